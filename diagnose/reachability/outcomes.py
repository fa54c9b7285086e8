"""What the allow-list checks answer, given what was collected. Pure: the checks only ask and pass on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from diagnose.facts.allowlist import RuleFiles, Unreadable
from diagnose.outcome import Code, Outcome, Remedy, failed, passed, skipped, unknown, warned
from diagnose.reachability.model import Basis, Collected, Entrance, Evidence, Reachability
from diagnose.reachability.sentences import listed
from diagnose.reachability.steps import confirm, decide, let_in, owner_of, refusals_in
from diagnose.rulesets.model import RateLimit, RuleSet

MOST_REASONS = 20
"""Sentences shown per check; a log of every day of a year repeats itself."""


def reachability(result: Reachability, files: RuleFiles, doors: Sequence[Entrance]) -> Outcome:
    """Return the answer of `allowlist.reachability`."""
    evidence = _evidence(result)
    if result.outcome == "pass":
        return passed(result.summary, **evidence)
    if result.outcome == "fail":
        refusals = refusals_in(result)
        return failed(result.summary, remedy=let_in(refusals, files, doors), owner=owner_of(refusals), **evidence)
    remedy = confirm(result) if result.of("deny") else decide(result)
    return unknown(Code.NOT_PROVABLE_HERE, result.summary, remedy=remedy, **evidence)


def configuration(files: RuleFiles, addresses: Collection[str], doors: Sequence[Entrance], found: Collected) -> Outcome:
    """Return the answer of `allowlist.configuration`; `found` is what `from_rules` collected."""
    if not files:
        return skipped(Code.NOT_SELECTED, "no rule file was given (--allow-list)")
    own = _of(found, "configuration")
    evidence = _shown(own, found)
    refusals = [item for item in own if item.outcome == "deny"]
    if refusals:
        text = f"{_names(refusals)} would be refused: {refusals[0].sentence}"
        return failed(text, remedy=let_in(refusals, files, doors), owner=owner_of(refusals), **evidence)
    if files.unreadable:
        return _not_understood(files.unreadable, evidence)
    open_ones = [item for item in own if item.outcome == "unknown"]
    if open_ones:
        return unknown(Code.NOT_PROVABLE_HERE, f"the rules leave it open: {open_ones[0].sentence}", **evidence)
    if not own:
        return unknown(Code.NOT_PROVABLE_HERE, "no file has a say about the server's port and paths", **evidence)
    return passed(f"the rules given let {listed(list(addresses))} in, as far as they reach", **evidence)


def logs(given: bool, unreadable: Sequence[Unreadable], addresses: Collection[str], found: Collected) -> Outcome:
    """Return the answer of `allowlist.logs`; `found` is what `from_logs` collected."""
    if not given:
        return skipped(Code.NOT_SELECTED, "no log was given (--server-log)")
    own = _of(found, "logs")
    evidence = _shown(own, found)
    refusals = [item for item in own if item.outcome == "deny"]
    if refusals:
        text = f"{_names(refusals)} was refused: {refusals[0].sentence}"
        remedy = let_in(refusals, RuleFiles(), ())
        return failed(text, remedy=remedy, owner=owner_of(refusals), **evidence)
    arrived = {item.address for item in own if item.proves}
    missing = [address for address in addresses if address not in arrived]
    if not missing and arrived:
        return passed(f"{listed(list(addresses))} reached Halo", **evidence)
    if unreadable:
        return _not_understood(unreadable, evidence)
    text = f"no log shows {listed(missing)} arriving, and none shows a refusal"
    return unknown(Code.NOT_PROVABLE_HERE, text, remedy=_ask_when(), **evidence)


def vantage(given: bool, unreadable: Sequence[Unreadable], found: Collected) -> Outcome:
    """Return the answer of `allowlist.vantage`; `found` is what `from_vantages` collected."""
    if not given:
        return skipped(Code.NOT_SELECTED, "no answered vantage request was given (--vantage)")
    own = _of(found, "vantage")
    evidence = _shown(own, found)
    refusals = [item for item in own if item.outcome == "deny"]
    if refusals:
        text = f"the outside run was refused: {refusals[0].sentence}"
        return failed(text, remedy=let_in(refusals, RuleFiles(), ()), owner=owner_of(refusals), **evidence)
    arrived = [item for item in own if item.proves]
    if arrived:
        return passed(f"{_names(arrived)} got through from outside", **evidence)
    if unreadable and not own:
        return _not_understood(unreadable, evidence)
    text = found.notes[0] if found.notes else "no run from one of the integrator's addresses got through or was refused"
    return unknown(Code.NOT_PROVABLE_HERE, text, **evidence)


def rate_limit(files: RuleFiles, doors: Sequence[Entrance]) -> Outcome:
    """Return the answer of `allowlist.rate-limit`."""
    iis = [rules for rules in files.sets if rules.layer == "iis"]
    if not iis:
        return skipped(Code.NOT_SELECTED, "no IIS configuration was given (--allow-list)")
    limits = [(rules, limit) for rules in iis for limit in _limits(rules, doors)]
    evidence: dict[str, Any] = {"sources": [rules.source for rules in iis], "limits": [_limit(*one) for one in limits]}
    throttling = [one for one in limits if one[1].throttles]
    if throttling:
        return warned(f"a synchronisation may be throttled: {_limit(*throttling[0])}", remedy=_LOOSEN, **evidence)
    doubtful = next((limit.doubt for _, limit in limits if limit.doubt), "")
    if doubtful:
        return unknown(Code.NOT_PROVABLE_HERE, f"the dynamic restriction was not understood: {doubtful}", **evidence)
    if not any(rules.covers(door.port, door.path, door.host) for rules in iis for door in doors):
        return unknown(Code.NOT_PROVABLE_HERE, "no file has a say about the server's port and paths", **evidence)
    return passed("no dynamic restriction that refuses is switched on", **evidence)


def _evidence(result: Reachability) -> dict[str, Any]:
    evidence: dict[str, Any] = {
        "basis": list(result.basis),
        "addresses": {one.address: {"outcome": one.outcome, "basis": list(one.basis)} for one in result.addresses},
        "reasons": [item.sentence for item in result.evidence][:MOST_REASONS],
    }
    for name, sentences in (("contradictions", result.contradictions), ("notes", result.notes)):
        if sentences:
            evidence[name] = list(sentences[:MOST_REASONS])
    return evidence


def _of(found: Collected, basis: Basis) -> list[Evidence]:
    return [item for item in found.evidence if item.basis == basis]


def _shown(own: Sequence[Evidence], found: Collected) -> dict[str, Any]:
    addresses: dict[str, list[str]] = {}
    for item in own:
        addresses.setdefault(item.address, []).append(item.sentence)
    evidence: dict[str, Any] = {"addresses": {name: said[:MOST_REASONS] for name, said in addresses.items()}}
    return {**evidence, "notes": list(found.notes[:MOST_REASONS])} if found.notes else evidence


def _names(items: Sequence[Evidence]) -> str:
    return listed(list(dict.fromkeys(item.address for item in items)))


def _not_understood(unreadable: Sequence[Unreadable], evidence: dict[str, Any]) -> Outcome:
    first = unreadable[0]
    return unknown(Code.MISSING_INPUT, f"{first.source} could not be understood: {first.why}", **evidence)


def _limits(rules: RuleSet, doors: Sequence[Entrance]) -> tuple[RateLimit, ...]:
    found = (limit for door in doors for limit in rules.rate_limits(door.port, door.path, door.host))
    return tuple(dict.fromkeys(found))


def _limit(rules: RuleSet, limit: RateLimit) -> str:
    parts = []
    if limit.max_concurrent is not None:
        parts.append(f"at most {limit.max_concurrent} requests at once")
    if limit.max_requests is not None:
        parts.append(f"at most {limit.max_requests} requests in {limit.interval_ms or 0} ms")
    said = listed(parts) or "no limit"
    logged = " (logged only)" if limit.logging_only else ""
    return f"{said}{logged} ({rules.source}, line {limit.line})" if limit.line else f"{said}{logged} ({rules.source})"


def _ask_when() -> Remedy:
    return Remedy(
        summary="Let the integrator try, and give the log of that moment",
        steps=(
            "Click Connect or Save and Test at the integrator, and note the time (IIS logs are in UTC)",
            "IIS writes with a delay: wait a minute, or run netsh http flush logbuffer",
            "If no row appears, the connection was stopped before this server: look at the perimeter firewall",
        ),
        verify="Run the diagnosis again with that log (--server-log): it shows every address arriving.",
    )


_LOOSEN = Remedy(
    summary="Let the integrator make more requests, or only log",
    steps=(
        "IIS Manager, the site, IP Address and Domain Restrictions, Edit Dynamic Restriction Settings",
        "Raise both limits (a synchronisation comes from two addresses in bursts), or tick Enable Logging Only Mode",
    ),
    verify="Export the configuration anew and run the diagnosis again: this check passes.",
)
