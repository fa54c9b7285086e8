"""What the evidence comes to, in words: kind, exact, and never more than was shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diagnose.reachability.model import AddressResult, Evidence, Proof, Restriction, Together

_STRANGERS: dict[Restriction, str] = {
    "in_force": "; a stranger was refused, so an allow-list is in force and holds them",
    "none_seen": "; a stranger gets in too, so no restriction by address is to be seen",
    "unknown": "",
}


def summary(
    outcome: Together,
    groups: Collection[frozenset[str]],
    results: Sequence[AddressResult],
    restriction: Restriction,
) -> str:
    """Return one sentence on all addresses."""
    if not results:
        return "no address of the integrator is known"
    if outcome == "pass":
        return f"{listed(_with(results, 'allow'))} got through, as logs or outside runs show{_STRANGERS[restriction]}"
    if outcome == "fail":
        return _refused(groups, results)
    return _undecided(groups, results, restriction)


def listed(words: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), "".join(words[-1:])) if part)


def contradiction(own: Sequence[Evidence]) -> list[str]:
    """Return a sentence for each refusal of one address that something else contradicts; the refusal counts."""
    return [
        f"{refusal.address}: {other.sentence}, yet {refusal.sentence}; the refusal counts. {_hint(refusal, other)}"
        for refusal in own
        if refusal.outcome == "deny" and (other := _against(refusal, own)) is not None
    ]


def _against(refusal: Evidence, own: Sequence[Evidence]) -> Evidence | None:
    """What shows the address getting through, or a rule of the very layer that refused it which would let it in."""
    arrivals = [item for item in own if item.proves]
    same_layer = [
        item
        for item in own
        if item.outcome == "allow" and item.layer == refusal.layer != "" and refusal.basis == "logs"
    ]
    return next(iter(arrivals + same_layer), None)


def _hint(refusal: Evidence, other: Evidence) -> str:
    if other.basis == "configuration":
        return "The rules given are perhaps not those in force, or were changed after that row."
    if refusal.basis == "configuration":
        return "The rules given are perhaps not those in force there, or came after that arrival."
    return "If the rules were changed in between, give only what was recorded since."


def _with(results: Sequence[AddressResult], proof: Proof) -> list[str]:
    return [result.address for result in results if result.outcome == proof]


def _refused(groups: Collection[frozenset[str]], results: Sequence[AddressResult]) -> str:
    refused = [result for result in results if result.outcome == "deny"]
    verb = "is" if len(refused) == 1 else "are"
    lead = f"{listed([result.address for result in refused])} {verb} refused"
    if len(groups) > 1:
        lead += f", so none of the integrator's {len(groups)} lists is let in whole"
    return f"{lead}: {refused[0].decided_by[0].sentence}"


def _undecided(groups: Collection[frozenset[str]], results: Sequence[AddressResult], restriction: Restriction) -> str:
    refused, arrived = _with(results, "deny"), _with(results, "allow")
    open_ones = _with(results, "unknown")
    if refused:
        rest = f"; {listed(arrived)} got through" if arrived else ""
        return (
            f"{listed(refused)} would be refused{rest}. The integrator's {len(groups)} published lists disagree, "
            "and only the integrator can say which of them counts"
        )
    if arrived:
        return f"{listed(arrived)} got through, and nothing shows whether {listed(open_ones)} would"
    if restriction == "none_seen":
        return "an address that is on no list gets in, so no restriction is to be seen; that is a hint and no proof"
    if any(item.outcome == "allow" for result in results for item in result.decided_by):
        return "no blocker was found in the rules given, which does not show that the integrator gets through"
    return "whether the integrator gets through cannot be seen from here"
