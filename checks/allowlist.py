"""Whether the integrator's addresses are known, and whether they reach this HaloPSA."""

from __future__ import annotations

from typing import Any

from diagnose import (
    Code,
    Command,
    Importance,
    Outcome,
    Owner,
    Remedy,
    blocked,
    check,
    failed,
    passed,
    skipped,
    unknown,
    warned,
)
from diagnose.egress import Egress, egress
from diagnose.facts.run import Settings
from diagnose.profile import Profile

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
        verify="This check passes, and the allow-list checks judge those addresses only.",
    )


@check("allowlist.reachability", importance=Importance.REQUIRED, owner=Owner.NETWORK_ADMIN)
def the_addresses_reach_this_halopsa(profile: Profile, settings: Settings) -> Outcome:
    """The integrator's addresses reach this HaloPSA.

    That cannot be proved by sending packets from here: only rules, logs, or a run from one of those
    addresses tell. Rules can refute it, but not prove it.
    """
    if settings.ip_restriction == "no":
        return skipped(Code.NOT_APPLICABLE, OPEN)
    known = egress(profile, settings)
    if not known.addresses:
        return blocked("allowlist.addresses", "no valid address is known", basis=[], addresses={})
    return unknown(
        Code.NOT_PROVABLE_HERE,
        f"whether {profile.integrator} gets through cannot be seen from here",
        remedy=next_steps(profile, known),
        basis=[],
        addresses={address: {"outcome": "unknown", "basis": []} for address in known.addresses},
    )


def next_steps(profile: Profile, known: Egress) -> Remedy:
    """Return the three ways to decide it, the cheapest first."""
    return Remedy(
        summary="Decide it in one of three ways",
        steps=(
            (
                "If nothing restricts access to this HaloPSA by address (firewall, IIS, proxy), run again with"
                " --ip-restriction no"
            ),
            (
                f"Click Connect or Save and Test at {profile.integrator} once, then run again with the server's log"
                " of that moment: --server-log FILE (IIS logs are in C:\\inetpub\\logs\\LogFiles)"
            ),
            "Or let the integrator's support run the outside half: diagnose vantage request writes what to send.",
            f"Meanwhile let these addresses in: {', '.join(known.addresses)}. --allow-list FILE judges exported rules.",
        ),
        commands=(
            Command("sh", "diagnose run --ip-restriction no"),
            Command("sh", "diagnose run --server-log FILE"),
            Command("sh", "diagnose vantage request"),
        ),
        verify="With a log or an outside run that shows every address arriving, this check passes.",
    )


@check("allowlist.configuration", importance=Importance.RECOMMENDED, owner=Owner.NETWORK_ADMIN)
def the_rules_let_every_address_in(settings: Settings) -> Outcome:
    """Every rule set given lets every one of the integrator's addresses in."""
    return _without_files(settings, "no rule file was given (--allow-list)")


@check("allowlist.logs", importance=Importance.RECOMMENDED, owner=Owner.NETWORK_ADMIN)
def the_logs_show_them_arriving(settings: Settings) -> Outcome:
    """The server's logs show the integrator's addresses arriving."""
    return _without_files(settings, "no log was given (--server-log)")


@check("allowlist.vantage", importance=Importance.RECOMMENDED, owner=Owner.INTEGRATOR)
def a_run_from_outside_got_through(settings: Settings) -> Outcome:
    """A run from one of the integrator's addresses got through."""
    return _without_files(settings, "no answered vantage request was given (--vantage)")


@check("allowlist.rate-limit", importance=Importance.RECOMMENDED, owner=Owner.WINDOWS_ADMIN)
def no_dynamic_restriction_throttles(settings: Settings) -> Outcome:
    """No dynamic restriction of IIS would throttle a synchronisation."""
    return _without_files(settings, "no IIS configuration was given (--allow-list)")


def _without_files(settings: Settings, why: str) -> Outcome:
    if settings.ip_restriction == "no":
        return skipped(Code.NOT_APPLICABLE, OPEN)
    return skipped(Code.NOT_SELECTED, why)
