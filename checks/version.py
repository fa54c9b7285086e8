"""The running version against the stable lines, the published security fixes and the database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from checks.answers import UNAUTHORIZED, foreign, latest, log_in_demanded, seen, without_token
from diagnose import (
    Code,
    Command,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    blocked,
    check,
    failed,
    passed,
    skipped,
    unknown,
    warned,
)
from diagnose.facts.halo import AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.run import Moment, Settings
from diagnose.halo.versions import LINE, Releases, Version, Vulnerable, known, line, parse, spelt
from diagnose.profile import Profile

GRACE = timedelta(days=30)
"""How long the stable line before the newest one only warns."""


@check("version.current", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN, explained_by=("version.secure",))
def the_version_is_the_latest_stable(
    first: InstanceInfo,
    again: InstanceInfoWithToken | Unavailable,
    auth_info: AuthInfo | Unavailable,
    releases: Releases,
    settings: Settings,
    profile: Profile,
    moment: Moment,
) -> Outcome:
    """The version is the latest stable.

    The integrator demands the latest stable version of HaloPSA. Without --latest-stable the release line
    is compared with a bundled, dated table; the newest patch of a line cannot be known offline.
    """
    if profile.version == "any":
        return skipped(Code.NOT_APPLICABLE, f"{profile.integrator} takes any version")
    running = _read(first, again, auth_info)
    if isinstance(running, Outcome):
        return running
    instance = latest(first, again)
    evidence: dict[str, Any] = {"running": instance.app_version, "channel": instance.answer.channel}
    if settings.latest_stable is not None:
        demanded = parse(settings.latest_stable)
        if demanded is None:
            return unknown(
                Code.MISSING_INPUT, f"{settings.latest_stable!r} (--latest-stable) is no version", **evidence
            )
        return _against_option(running, demanded, evidence, moment.now.date())
    return _against_table(running, releases, evidence, moment.now.date())


def _against_option(running: Version, stable: Version, evidence: dict[str, Any], today: date) -> Outcome:
    evidence |= {"latest_stable": spelt(stable), "as_of": today.isoformat(), "source": "--latest-stable"}
    same_length = running[: len(stable)]
    if len(running) < len(stable) and running == stable[: len(running)]:
        return unknown(Code.NOT_PROVABLE_HERE, "Halo reports its release line without the patch", **evidence)
    if same_length < stable:
        return failed(f"{spelt(running)} is older than {spelt(stable)}", remedy=upgrade(spelt(stable)), **evidence)
    if same_length == stable:
        return passed(f"{spelt(running)} is the latest stable, as given", **evidence)
    return _ahead(running, stable, evidence)


def _against_table(running: Version, releases: Releases, evidence: dict[str, Any], today: date) -> Outcome:
    newest, *older = releases.by_number
    stable = known(newest.line)
    evidence |= {
        "latest_stable": newest.line,
        "as_of": releases.as_of.isoformat(),
        "table_age_days": (today - releases.as_of).days,
        "source": releases.source,
    }
    if line(running) == stable:
        return passed(f"{spelt(running)} is on the latest stable line, {newest.line}", **evidence)
    if line(running) > stable:
        return _ahead(running, stable, evidence)
    if older and line(running) == known(older[0].line) and today - newest.date < GRACE:
        return warned(
            f"{spelt(running)} is on the stable line before {newest.line}, which is younger than 30 days",
            remedy=upgrade(newest.line),
            **evidence,
        )
    return failed(
        f"{spelt(running)} is behind the latest stable line, {newest.line}", remedy=upgrade(newest.line), **evidence
    )


def _ahead(running: Version, stable: Version, evidence: dict[str, Any]) -> Outcome:
    return warned(
        f"{spelt(running)} is newer than the latest stable known, {spelt(stable)}: a beta, or the table is old",
        remedy=Remedy(
            summary="Make sure that this is a Stable release",
            steps=(
                (
                    "Log in to Halo's Self Service Portal (https://support.haloservicedesk.com/) and look up the newest"
                    " Stable release for on-premise."
                ),
                "If this version is Release Candidate or Beta, plan the move to Stable.",
            ),
            verify="Run the diagnosis again with --latest-stable VERSION, the version found there: this check passes.",
        ),
        **evidence,
    )


def upgrade(version: str) -> Remedy:
    """Return how an on-premise HaloPSA is brought to `version`."""
    return Remedy(
        summary=f"Upgrade HaloPSA to the latest stable version ({version} or later)",
        steps=(
            "Download the newest Stable release from Halo's Self Service Portal, https://support.haloservicedesk.com/",
            "Back up the database and the web folders. Stop the site in IIS Manager.",
            "Replace the web application's files, keep your own headers in web.config, run upgrader.exe to its end.",
            "Start the site. From 2.220 on the database needs compatibility level 140 or higher.",
        ),
        commands=(Command("sh", 'diagnose run --only "version.*"'),),
        verify="Run the diagnosis again: this check passes. The About window in HaloPSA shows the new version.",
        doc="https://support.haloservicedesk.com/",
    )


@check("version.secure", importance=Importance.REQUIRED, owner=Owner.HALO_ADMIN)
def the_version_contains_the_security_fixes(
    first: InstanceInfo,
    again: InstanceInfoWithToken | Unavailable,
    auth_info: AuthInfo | Unavailable,
    releases: Releases,
) -> Outcome:
    """The version contains the published security fixes.

    Before 2.174.94 (and in the lines after it until 2.184.23 and 2.186.2) the database can be read and
    changed from the Internet without a log-in.
    """
    running = _read(first, again, auth_info)
    if isinstance(running, Outcome):
        return running
    instance = latest(first, again)
    evidence: dict[str, Any] = {
        "running": instance.app_version,
        "as_of": releases.as_of.isoformat(),
        "channel": instance.answer.channel,
    }
    for known_hole in releases.vulnerable:
        affected = _affected(running, known_hole)
        if affected is None:
            return unknown(
                Code.NOT_PROVABLE_HERE,
                f"Halo reports {spelt(running)} without the patch, which decides here",
                **evidence,
            )
        if affected:
            return _vulnerable(running, known_hole, evidence)
    return passed(f"{spelt(running)} contains the published security fixes", **evidence)


def _affected(running: Version, hole: Vulnerable) -> bool | None:
    """Whether the version lies in the range; None where only its missing patch would tell."""
    fixed = known(hole.fixed_in)
    if len(running) == LINE and running == line(fixed):
        return None
    return known(hole.first) <= running < fixed


def _vulnerable(running: Version, hole: Vulnerable, evidence: dict[str, Any]) -> Outcome:
    return failed(
        f"{spelt(running)} lacks a published security fix ({hole.what}); it is fixed in {hole.fixed_in}",
        remedy=Remedy(
            summary="Upgrade now, and until then do not leave this HaloPSA open to the Internet",
            steps=(
                "Restrict access to the server by address in the firewall until the upgrade is done.",
                *upgrade(hole.fixed_in).steps,
                "Read Halo's report for what to look for in the logs.",
            ),
            verify="Run the diagnosis again: this check passes. The About window in HaloPSA shows the new version.",
            doc=hole.source,
        ),
        **evidence,
        fixed_in=hole.fixed_in,
        source=hole.source,
    )


@check("version.database", importance=Importance.RECOMMENDED, owner=Owner.HALO_ADMIN)
def application_and_database_version_agree(
    first: InstanceInfo, again: InstanceInfoWithToken | Unavailable, auth_info: AuthInfo | Unavailable
) -> Outcome:
    """Application and database version agree.

    Where they differ, the database step of an upgrade was not run, or not to its end.
    """
    running = _read(first, again, auth_info)
    if isinstance(running, Outcome):
        return running
    instance = latest(first, again)
    evidence: dict[str, Any] = {
        "application": instance.app_version,
        "database": instance.database_version,
        "channel": instance.answer.channel,
    }
    if not instance.database_version:
        return unknown(Code.UNEXPECTED_RESPONSE, "Halo does not report its database version", **evidence)
    if _glued(instance.database_version) == "".join(str(part) for part in line(running)):
        return passed("application and database are of the same version", **evidence)
    return warned(
        f"the application is {instance.app_version}, its database {instance.database_version}",
        remedy=Remedy(
            summary="Finish the upgrade: run the database step",
            steps=(
                "On the HaloPSA server stop the site in IIS Manager and back up the database.",
                "Run upgrader.exe of the installed version as administrator, to its end, and read its log.",
                "Start the site.",
            ),
            verify="Run the diagnosis again: both versions agree.",
        ),
        **evidence,
    )


def _glued(version: str) -> str:
    """Return `2250` for `2250`, `2.250` and `2.250.32`: Halo glues major and minor together."""
    parsed = parse(version)
    return "".join(str(part) for part in line(parsed)) if parsed else version


def _read(
    first: InstanceInfo, again: InstanceInfoWithToken | Unavailable, auth_info: AuthInfo | Unavailable
) -> Version | Outcome:
    """Return the running version, or the outcome that says why it is not known."""
    instance = latest(first, again)
    evidence = seen(instance.answer)
    if foreign(instance):
        return blocked("halo.answers", "what answers is not HaloPSA", **evidence)
    if instance.readable:
        version = parse(instance.app_version)
        return version or unknown(Code.UNEXPECTED_RESPONSE, f"{instance.app_version} is no version", **evidence)
    closed = instance.answer.status == UNAUTHORIZED and instance.answer.gate is None
    if closed and not log_in_demanded(instance.answer) and isinstance(again, Unavailable):
        return without_token(again, "Halo tells its version only with a token", evidence)
    if not isinstance(auth_info, Unavailable) and auth_info.readable:
        return unknown(Code.UNEXPECTED_RESPONSE, "Halo answers, but does not tell its version", **evidence)
    return blocked("halo.answers", "Halo did not tell its version", **evidence)
