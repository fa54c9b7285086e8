"""Today's checks over the facts of a saved report. Pure: nothing in a report makes this touch network or disk.

What is taken from the report: facts, profile, options, waivers, roots, and the moment by which dates are
judged. What is today's: checks, derivations, the tables of releases, interceptors and signatures.

A check that lacks a fact says so (`missing_input`). One that may do without it is asked all the same; its
answer stands where it fails, or where it says what the report said, so that taking evidence away never
makes anything better.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from diagnose import tables
from diagnose.certificates.verdict import verdict_on
from diagnose.declared import Check
from diagnose.fact import Fact, Need, Probe, Unavailable
from diagnose.facts.certificate_file import CertificateFile
from diagnose.facts.chains import JudgedChains
from diagnose.facts.run import Moment, Settings
from diagnose.graph import plan
from diagnose.halo import versions
from diagnose.inputs.selection import chosen, demanded
from diagnose.inputs.waivers import Waivers
from diagnose.judging import not_asked, told
from diagnose.outcome import Code, Outcome, Status, skipped, unknown
from diagnose.profile import Profile
from diagnose.pseudonyms.certificates import as_of, kept_judgement
from diagnose.registry import DISTRIBUTION, Registry, version
from diagnose.report import SCHEMA_VERSION, Document, Recheck, Report, ReportError, Tool, digest, with_digest
from diagnose.runner import derived, judge
from diagnose.support import stored
from diagnose.support.changes import Stage, changes
from diagnose.support.gates_today import by_todays_table
from diagnose.verdict import CheckResult, Verdict, verdict

LACKING = "the report does not hold what this check needs: {names}"
GONE = "this check is not installed here, so it could not be judged again; the report said {said}"


def recheck(document: Document, registry: Registry, *, now: datetime | None = None, plugins: bool = True) -> Document:
    """Return the report that today's checks make of these facts.

    Dates are judged as of the report's own moment, or of `now`. With `plugins`, checks in the report that
    are not installed here stay in it as unknown; without, they are left out. ReportError where there is no
    report to judge.
    """
    report = document.report
    of_digest = _digest(document)
    stages = _stages(report, registry, now, plugins=plugins)
    judged = stages[-1].results
    again = Recheck(of_digest, report.tool, now or moment_of(report), changes(report, stages))
    made = msgspec.structs.replace(
        report,
        schema_version=max(SCHEMA_VERSION, report.schema_version, key=_minor),
        tool=Tool(DISTRIBUTION, version(), registry.plugins, tables.in_force()),
        verdict=_verdict(judged, report),
        checks=judged,
        facts={},
        recheck=again,
    )
    told_anew = Document.of(made).raw
    kept = {key: value for key, value in document.raw.items() if key != "digest"}
    renewed = {key: told_anew[key] for key in ("schema_version", "tool", "verdict", "checks", "recheck")}
    return Document(with_digest(kept | renewed))


def results(document: Document, registry: Registry, *, now: datetime | None = None) -> tuple[CheckResult, ...]:
    """Return what today's checks say of these facts, no more."""
    return _stages(document.report, registry, now, plugins=True)[-1].results


def moment_of(report: Report) -> datetime:
    """Return the moment by which the run judged dates."""
    moment = stored.fact(Moment, report.facts)
    found = report.run.started if isinstance(moment, Unavailable) else moment.now
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _verdict(judged: tuple[CheckResult, ...], report: Report) -> Verdict:
    file = stored.fact(CertificateFile, report.facts)
    if isinstance(file, CertificateFile):
        return verdict_on(judged, file)
    profile = stored.fact(Profile, report.facts)
    return verdict(judged, profile.integrator) if isinstance(profile, Profile) else verdict(judged)


def _digest(document: Document) -> str:
    try:
        return digest(document.raw)
    except (ValueError, RecursionError) as error:
        raise ReportError("this report is damaged: it holds text or numbers that no report holds") from error


def _minor(schema_version: str) -> int:
    minor = schema_version.partition(".")[2]
    return int(minor) if minor.isascii() and minor.isdigit() else 0


def _stages(report: Report, registry: Registry, now: datetime | None, *, plugins: bool) -> tuple[Stage, ...]:
    """Judge once for each thing that is today's, so that every change can be told its cause."""
    then = moment_of(report)
    first = _Judgement(report, registry, then)
    found = [Stage("", first.results(plugins=plugins), first.lacking())]
    known = report.tool.tables.get("signatures")
    today = tables.in_force()["signatures"]
    classified = known is None or known.sha256 != today.sha256
    if classified:
        second = _Judgement(report, registry, then, classified=True)
        found.append(Stage(f"today's table of pages ({today.as_of})", second.results(plugins=plugins), {}))
    if now is not None:
        third = _Judgement(report, registry, now, classified=classified)
        why = f"today's clock ({now:%Y-%m-%d %H:%M} UTC instead of {then:%Y-%m-%d %H:%M})"
        found.append(Stage(why, third.results(plugins=plugins), {}))
    return tuple(found)


class _Judgement:
    """One pass over the facts: read, derived, judged."""

    def __init__(self, report: Report, registry: Registry, moment: datetime, *, classified: bool = False) -> None:
        self._report = report
        profile = stored.fact(Profile, report.facts)
        self._checks = demanded(registry.checks, profile.checks if isinstance(profile, Profile) else ())
        self._today: date = moment.astimezone(UTC).date()
        self._before = {result.id: result for result in report.checks}
        derivations = tuple(probe for probe in registry.probes if not probe.stored)
        self._values = _given(report, self._checks, derivations, moment, classified=classified)
        settings = self._values.get(Settings)
        only, skip = (settings.only, settings.skip) if isinstance(settings, Settings) else ((), ())
        self._selected = chosen((check.id for check in self._checks), only, skip)
        self._lacks = {kind: _names(kind) for kind, value in self._values.items() if isinstance(value, stored.Missing)}
        for probe in plan(self._checks, derivations, self._values).probes:
            self._values[probe.provides] = derived(probe, self._values)
            self._lacks[probe.provides] = self._lacked(probe.needs)

    def results(self, *, plugins: bool) -> tuple[CheckResult, ...]:
        """Return what every registered check says; with `plugins` also those that are not installed here."""
        waivers = stored.fact(Waivers, self._report.facts)
        judged = told(
            self._checks,
            {check.id: self._outcome(check) for check in self._checks},
            {result.id: result.seconds for result in self._report.checks},
            waivers if isinstance(waivers, Waivers) else Waivers(),
            self._today,
        )
        return (*judged, *self._gone()) if plugins else judged

    def lacking(self) -> dict[str, tuple[str, ...]]:
        """Return, per check, the names of the facts that the report does not hold for it."""
        lacked = {check.id: self._lacked(check.needs) for check in self._checks if check.id in self._selected}
        return {name: names for name, names in lacked.items() if names}

    def _lacked(self, needs: tuple[Need, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for need in needs for name in self._lacks.get(need.type, ())))

    def _outcome(self, check: Check) -> Outcome:
        if check.id not in self._selected:
            return not_asked()
        lacked, before = self._lacked(check.needs), self._before.get(check.id)
        if not lacked:
            return judge(check, self._values)
        if any(self._is_missing(need) for need in check.needs):
            if before is not None and before.status is Status.SKIP and before.reason is not None:
                return skipped(before.reason.code, before.summary, **before.evidence)
            return _missing_input(lacked)
        outcome = judge(check, self._values)
        stands = outcome.status is Status.FAIL or (before is not None and _alike(outcome, before))
        return outcome if stands else _missing_input(lacked)

    def _is_missing(self, need: Need) -> bool:
        """Whether the check cannot be asked, because the report does not hold what this takes."""
        value = self._values[need.type]
        missing = isinstance(value, Unavailable) and value.code is Code.MISSING_INPUT
        return missing and not need.tolerant and bool(self._lacks.get(need.type))

    def _gone(self) -> tuple[CheckResult, ...]:
        """Return the results of checks that are not installed here: nothing gets better by not asking."""
        registered = {check.id for check in self._checks}
        absent = [result for name, result in self._before.items() if name not in registered]
        return tuple(
            msgspec.structs.replace(result, **_not_judged(GONE.format(said=result.status.value.upper())))
            for result in absent
            if result.status is not Status.SKIP
        )


def _given(
    report: Report, checks: tuple[Check, ...], derivations: tuple[Probe, ...], moment: datetime, *, classified: bool
) -> dict[type, Any]:
    """Return everything that is asked for and not derived, as the report or today's tables have it."""
    provided = {probe.provides for probe in derivations}
    needs = [need for check in checks for need in check.needs] + [need for probe in derivations for need in probe.needs]
    asked = {need.type for need in needs} | {Settings}
    values = {kind: _value(kind, report) for kind in asked - provided}
    if classified:
        values = {kind: by_todays_table(value) for kind, value in values.items()}
    return values | {Moment: Moment(moment)} | _kept(report, moment)


def _kept(report: Report, moment: datetime) -> dict[type, Any]:
    """Return what a report under pseudonyms holds in the place of certificates that name somebody."""
    chains = kept_judgement(report.facts)
    if chains is None:
        return {}
    return {JudgedChains: chains if moment == moment_of(report) else as_of(chains, moment)}


def _value(kind: type, report: Report) -> Any:  # noqa: ANN401 - a fact, a table, or why there is none
    if kind is versions.Releases:
        return versions.load()
    if issubclass(kind, Fact):
        return stored.fact(kind, report.facts)
    return stored.Missing(Code.MISSING_INPUT, f"{kind.__name__} is no fact, so no report holds it")


def _names(kind: type) -> tuple[str, ...]:
    return (getattr(kind, "NAME", "") or kind.__name__,)


def _missing_input(lacked: tuple[str, ...]) -> Outcome:
    return unknown(Code.MISSING_INPUT, LACKING.format(names=", ".join(lacked)))


def _not_judged(summary: str) -> dict[str, Any]:
    outcome = unknown(Code.MISSING_INPUT, summary)
    return {"status": outcome.status, "summary": outcome.summary, "reason": outcome.reason, "explained_by": ()}


def _alike(outcome: Outcome, before: CheckResult) -> bool:
    def place(reason: Any) -> Any:  # noqa: ANN401 - a reason, or none
        return None if reason is None else (reason.code, reason.blocked_by)

    return outcome.status is before.status and place(outcome.reason) == place(before.reason)
