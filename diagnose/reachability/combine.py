"""All evidence together: one pure function.

The rule, per address: a refusal anywhere is a refusal, whatever else says; else an arrival shown by a log or a
run from the very address is an arrival; rules that allow decide nothing. Together: every address arrived,
pass. Lists of the integrator's that disagree are sets, one of which must be right: fail only where each of them
has a refused address, so where one list is let in and another refused, the integrator has to say which counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import ip_address
from typing import get_args

from diagnose.reachability.model import (
    AddressResult,
    Basis,
    Collected,
    Evidence,
    Proof,
    Reachability,
    Restriction,
    Together,
)
from diagnose.reachability.sentences import contradiction, summary

BASES: tuple[Basis, ...] = get_args(Basis)
_RESTRICTIONS: tuple[Restriction, ...] = ("none_seen", "in_force")
"""The first that any outside run showed is what is said: one stranger let in is enough."""


def combine(sets: Iterable[Collection[str]], collected: Iterable[Collected]) -> Reachability:
    """Return what all evidence comes to for these sets of addresses; never raises."""
    parts = tuple(collected)
    groups = tuple(dict.fromkeys(frozenset(one) for one in sets if one))
    addresses = sorted({address for group in groups for address in group}, key=_order)
    evidence = tuple(sorted({item for part in parts for item in part.evidence}, key=_evidence_order))
    results = tuple(_result(address, evidence) for address in addresses)
    proofs = {result.address: result.outcome for result in results}
    outcome = together(groups, proofs)
    shown = {part.restriction for part in parts}
    restriction: Restriction = next((word for word in _RESTRICTIONS if word in shown), "unknown")
    return Reachability(
        outcome=outcome,
        summary=summary(outcome, groups, results, restriction),
        addresses=results,
        basis=tuple(basis for basis in BASES if any(basis in result.basis for result in results)),
        contradictions=tuple(text for address in addresses for text in contradiction(_about(address, evidence))),
        notes=tuple(sorted({note for part in parts for note in part.notes})),
        evidence=evidence,
    )


def together(groups: Collection[frozenset[str]], proofs: dict[str, Proof]) -> Together:
    """Return the outcome for these sets; without any address nothing is known."""
    if not groups:
        return "unknown"
    if all(any(proofs[address] == "deny" for address in group) for group in groups):
        return "fail"
    return "pass" if all(proof == "allow" for proof in proofs.values()) else "unknown"


def _result(address: str, evidence: Iterable[Evidence]) -> AddressResult:
    own = _about(address, evidence)
    refusals = tuple(item for item in own if item.outcome == "deny")
    proofs = tuple(item for item in own if item.proves)
    outcome: Proof = "deny" if refusals else "allow" if proofs else "unknown"
    basis = tuple(basis for basis in BASES if any(item.basis == basis for item in own))
    return AddressResult(address, outcome, basis, refusals or proofs or own)


def _about(address: str, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(item for item in evidence if item.address == address)


def _order(address: str) -> tuple[int, int, str]:
    try:
        parsed = ip_address(address)
    except ValueError:
        return 0, 0, address
    return parsed.version, int(parsed), address


def _evidence_order(item: Evidence) -> tuple[object, ...]:
    when = item.when.isoformat() if item.when else ""
    return (*_order(item.address), BASES.index(item.basis), item.source, item.line or 0, item.outcome, item.layer,
            item.why, when)  # fmt: skip
