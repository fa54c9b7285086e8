"""What to do next, ready to paste: let exactly the refused addresses in, or gather the evidence that decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from diagnose.facts.allowlist import RuleFiles
from diagnose.outcome import Command, Owner, Remedy
from diagnose.reachability.model import Entrance, Evidence, Reachability
from diagnose.reachability.sentences import listed
from diagnose.rulesets.exports import exports

if TYPE_CHECKING:
    from diagnose.rulesets.fixes import Fix

OWNERS: dict[str, Owner] = {"iis": Owner.WINDOWS_ADMIN, "host-firewall": Owner.WINDOWS_ADMIN}
"""Who mends a refusal at this layer; everything else is the network's."""

PLACES = {
    "iis": "IIS Manager, the site and its applications auth and api, IP Address and Domain Restrictions",
    "host-firewall": "Windows Defender Firewall with Advanced Security, Inbound Rules, the rule for HTTPS, Scope",
    "proxy": "the reverse proxy's configuration, above the rule that refuses",
    "cloud": "the network security group or security group of the server",
    "list": "the firewall or service that this list belongs to",
    "outside": "whatever stands in front of the server: perimeter firewall, proxy, cloud rules",
}

HOSTED = {"iis-appcmd", "windows-firewall-json"}
"""The exports that every HaloPSA of one's own has; the others are for who has that layer."""

_BY_LOG = (
    "Click Connect or Save and Test at the integrator once, then run again with the logs of that moment: "
    "C:\\inetpub\\logs\\LogFiles\\W3SVC*\\u_ex*.log, and pfirewall.log where it is switched on"
)
_BY_VANTAGE = "Or let the integrator run the outside half: diagnose vantage request writes what to send"


def owner_of(refusals: Sequence[Evidence]) -> Owner:
    """Return who mends these refusals: the first's layer decides."""
    return OWNERS.get(refusals[0].layer, Owner.NETWORK_ADMIN) if refusals else Owner.NETWORK_ADMIN


def let_in(refusals: Sequence[Evidence], files: RuleFiles, doors: Sequence[Entrance]) -> Remedy:
    """Return how to let exactly the refused addresses in: the rule to add, or the place to look at."""
    refused = tuple(dict.fromkeys(item.address for item in refusals))
    found = _fixes(files, refused, doors)
    return Remedy(
        summary=f"Let {listed(refused)} in",
        steps=(
            *dict.fromkeys(f"Refused: {item.sentence}" for item in refusals),
            *(f"{fix.note}: {fix.text}" if fix.shell == "config" else fix.note for fix in found),
            *_places(refusals),
        ),
        commands=tuple(Command(fix.shell, fix.text) for fix in found if fix.shell != "config"),
        verify="Export the rules anew, or let the integrator connect once and give the log; run the diagnosis again.",
    )


def decide(result: Reachability) -> Remedy:
    """Return what would decide it for the addresses that nothing is known about, the cheapest first."""
    missing = result.of("unknown") or result.of("deny")
    return Remedy(
        summary=f"Show whether {listed(missing)} can get through"
        if missing
        else "Ask the integrator for its addresses",
        steps=(
            "If nothing restricts access to this HaloPSA by address, run again with --ip-restriction no",
            _BY_LOG,
            _BY_VANTAGE,
            "A run from a phone's hotspot (diagnose vantage answer) shows whether strangers are kept out",
            "Rules of IIS, firewall and proxy can be judged too: they may show a blocker, never that there is none",
        ),
        commands=(
            Command("sh", "diagnose run --server-log FILE"),
            Command("sh", "diagnose vantage request"),
            *(Command(export.shell, export.text) for export in exports() if export.format in HOSTED),
            Command("sh", "diagnose run --allow-list FILE"),
        ),
        verify="Run the diagnosis again with a log or an outside run that shows them arriving: this check passes.",
    )


def confirm(result: Reachability) -> Remedy:
    """Return what decides it where the integrator's lists disagree and one of them is refused."""
    refused = listed(result.of("deny"))
    options = "".join(f" --integrator-ip {address}" for address in result.of("allow", "unknown"))
    return Remedy(
        summary="Let the integrator confirm which of its lists counts",
        steps=(
            f"Ask the integrator whether it still connects from {refused}",
            f"If it does, let {refused} in; if not, run again with the confirmed addresses only",
            _BY_LOG,
            _BY_VANTAGE,
        ),
        commands=(Command("sh", f"diagnose run{options}"),),
        verify="Run the diagnosis again with the confirmed addresses: this check judges them only.",
    )


def refusals_in(result: Reachability) -> tuple[Evidence, ...]:
    """Return everything that refuses one of the addresses."""
    return tuple(item for one in result.addresses if one.outcome == "deny" for item in one.decided_by)


def _fixes(files: RuleFiles, refused: tuple[str, ...], doors: Iterable[Entrance]) -> list[Fix]:
    from diagnose.rulesets.fixes import fixes  # noqa: PLC0415 - a run that refuses nobody needs none

    found = (
        fix for rules in files.sets for door in doors for fix in fixes(rules, refused, door.port, door.path, door.host)
    )
    return list(dict.fromkeys(found))


def _places(refusals: Iterable[Evidence]) -> list[str]:
    """Where to look for a refusal that no rule file explains."""
    layers: dict[str, list[str]] = {}
    for item in refusals:
        if item.basis != "configuration":
            layers.setdefault(item.layer, []).append(item.address)
    return [
        f"Let {listed(list(dict.fromkeys(addresses)))} in: {PLACES.get(layer, 'the rules of that layer')}"
        for layer, addresses in layers.items()
    ]
