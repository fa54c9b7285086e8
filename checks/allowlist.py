"""Whether the integrator's addresses are known, and whether they reach this HaloPSA.

The rule: each kind of evidence is judged by a check of its own, which is skipped without its files; one check
combines them. What they answer is worked out by `diagnose.reachability`.
"""

from __future__ import annotations

from typing import Any

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
from diagnose.facts.allowlist import RuleFiles, ServerLogs, Unreadable, VantageAnswers
from diagnose.facts.run import Settings, Target
from diagnose.halo.egress import Egress, egress
from diagnose.profile import Profile
from diagnose.reachability import outcomes
from diagnose.reachability.combine import combine
from diagnose.reachability.derivations import FromOutside
from diagnose.reachability.model import Collected
from diagnose.reachability.rules import entrances, from_rules
from diagnose.reachability.server_logs import from_logs

OPEN = "this HaloPSA does not restrict access by address (--ip-restriction no)"


@check("allowlist.addresses", importance=Importance.REQUIRED, owner=Owner.INTEGRATOR)
def the_addresses_are_known(profile: Profile, settings: Settings) -> Outcome:
    """The integrator's addresses are known, valid and dated.

    Only they need to be let in, and a wrong one in the allow-list helps nobody.
    """
    if settings.ip_restriction == "no":
        return skipped(Code.NOT_APPLICABLE, OPEN)
    known = egress(profile, settings)
    evidence = _lists(known)
    if known.given:
        return passed("the integrator's addresses were given", **evidence)
    if known.invalid:
        return failed(
            f"the profile {profile.name} holds what is no usable address: {', '.join(known.invalid)}",
            remedy=Remedy(
                summary="Correct the address in the profile, or give the right ones here",
                steps=(f"Ask the integrator's support for its addresses: {profile.support}",),
                commands=(Command("sh", "diagnose run --integrator-ip ADDRESS --integrator-ip ADDRESS"),),
                verify="Run the diagnosis again: this check passes.",
            ),
            **evidence,
            invalid=list(known.invalid),
        )
    if not known.addresses:
        return unknown(
            Code.MISSING_INPUT,
            f"no addresses of {profile.integrator} are known; give them with --integrator-ip",
            remedy=_confirm(profile),
            **evidence,
        )
    if known.conflict:
        return warned(
            f"{profile.integrator} publishes lists of addresses that do not agree; every valid one is judged",
            remedy=_confirm(profile),
            **evidence,
        )
    return passed(f"{len(known.addresses)} addresses are published, as of {known.lists[0].as_of}", **evidence)


def _lists(known: Egress) -> dict[str, Any]:
    return {
        "addresses": list(known.addresses),
        "source": "--integrator-ip" if known.given else "profile",
        "lists": [
            {
                "addresses": list(entry.addresses),
                "malformed": list(entry.malformed),
                "source": entry.source,
                "as_of": entry.as_of.isoformat(),
                "note": entry.note,
            }
            for entry in known.lists
        ],
    }


def _confirm(profile: Profile) -> Remedy:
    return Remedy(
        summary="Let the integrator confirm its addresses",
        steps=(
            f"Ask the support of {profile.integrator} from which addresses it connects today: {profile.support}",
            "Run the diagnosis again with exactly those.",
        ),
        commands=(Command("sh", "diagnose run --integrator-ip ADDRESS --integrator-ip ADDRESS"),),
        verify="Run the diagnosis again with --integrator-ip: this check passes, and only those addresses are judged.",
    )


@check("allowlist.reachability", importance=Importance.REQUIRED, owner=Owner.NETWORK_ADMIN)
def the_addresses_reach_this_halopsa(
    target: Target,
    profile: Profile,
    settings: Settings,
    files: RuleFiles | Unavailable,
    logs: ServerLogs | Unavailable,
    outside: FromOutside,
) -> Outcome:
    """The integrator's addresses reach this HaloPSA.

    That cannot be proved by sending packets from here: only rules, logs, or a run from one of those
    addresses tell. Rules can refute it, but not prove it.
    """
    known = egress(profile, settings)
    if settings.ip_restriction == "no" or not known.addresses:
        return _without(settings)
    doors = entrances(target)
    given = files if isinstance(files, RuleFiles) else RuleFiles(unreadable=_not_read("--allow-list", files))
    rows = logs if isinstance(logs, ServerLogs) else ServerLogs(unreadable=_not_read("--server-log", logs))
    collected = (
        from_rules(given, known.addresses, doors),
        from_logs(rows, known.addresses),
        outside.collected,
        Collected(notes=outside.notes),
    )
    return outcomes.reachability(combine(known.sets, collected), given, doors)


def _not_read(option: str, missing: Unavailable) -> tuple[Unreadable, ...]:
    return (Unreadable(option, missing.detail or "it was not read"),)


@check("allowlist.configuration", importance=Importance.RECOMMENDED, owner=Owner.NETWORK_ADMIN)
def the_rules_let_every_address_in(target: Target, profile: Profile, settings: Settings, files: RuleFiles) -> Outcome:
    """Every rule set given lets every one of the integrator's addresses in.

    One that refuses is enough to keep the integrator out. That all let it in shows no more than that
    nothing in these files stands in the way.
    """
    known = egress(profile, settings)
    if settings.ip_restriction == "no" or (files and not known.addresses):
        return _without(settings)
    doors = entrances(target)
    return outcomes.configuration(files, known.addresses, doors, from_rules(files, known.addresses, doors))


@check("allowlist.logs", importance=Importance.RECOMMENDED, owner=Owner.NETWORK_ADMIN)
def the_logs_show_them_arriving(profile: Profile, settings: Settings, logs: ServerLogs) -> Outcome:
    """The server's logs show the integrator's addresses arriving.

    An address in a log came as far as the software that wrote it; an answer of Halo's proves that it got in.
    """
    known = egress(profile, settings)
    if settings.ip_restriction == "no" or (logs and not known.addresses):
        return _without(settings)
    return outcomes.logs(bool(logs), logs.unreadable, known.addresses, from_logs(logs, known.addresses))


@check("allowlist.vantage", importance=Importance.RECOMMENDED, owner=Owner.INTEGRATOR)
def a_run_from_outside_got_through(
    profile: Profile, settings: Settings, answers: VantageAnswers, outside: FromOutside
) -> Outcome:
    """A run from one of the integrator's addresses got through.

    It counts where it answers the request made here, is a day old at most, and met the same certificate.
    """
    known = egress(profile, settings)
    if settings.ip_restriction == "no" or (answers and not known.addresses):
        return _without(settings)
    return outcomes.vantage(bool(answers), answers.unreadable, outside.collected)


@check("allowlist.rate-limit", importance=Importance.RECOMMENDED, owner=Owner.WINDOWS_ADMIN)
def no_dynamic_restriction_throttles(target: Target, settings: Settings, files: RuleFiles) -> Outcome:
    """No dynamic restriction of IIS would throttle a synchronisation.

    It counts requests by address, and a synchronisation sends many from few addresses.
    """
    if settings.ip_restriction == "no":
        return skipped(Code.NOT_APPLICABLE, OPEN)
    return outcomes.rate_limit(files, entrances(target))


def _without(settings: Settings) -> Outcome:
    """Answer where access is not restricted, or no address is known that could be judged."""
    if settings.ip_restriction == "no":
        return skipped(Code.NOT_APPLICABLE, OPEN)
    return blocked("allowlist.addresses", "no valid address is known", basis=[], addresses={})
