"""What runs from outside say about the addresses they left from.

The rule: a run counts for an address only where it was seen to leave from that very address, answers our request
within a day, and met the same server (its certificate). What it could not reach is a refusal only where the
server is known to be up: Halo answered here, or another run, or this one at its other address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from diagnose.addresses import public
from diagnose.facts.allowlist import Reach, TargetRole, Tried, VantageAnswer, VantageAnswers, family
from diagnose.reachability.model import Collected, Evidence, Proof, Restriction
from diagnose.reachability.reach import outcome_of

OLDEST = timedelta(hours=24)
"""Rules change; a run from the day before yesterday says nothing about today's."""
CLOCK_DOUBT = timedelta(minutes=5)
"""So far ahead of ours a clock may be; a run from the future beyond that has a wrong date."""


class Inside(msgspec.Struct, frozen=True, omit_defaults=True):
    """What this machine saw of one of the two server URLs. `dead`: addresses that do not answer here either."""

    role: TargetRole
    url: str
    marker: bool = False
    leafs_sha256: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()


def from_vantages(
    files: VantageAnswers, addresses: Collection[str], inside: Collection[Inside], now: datetime
) -> Collected:
    """Return one piece of evidence per run and listed address that it left from."""
    usable: list[VantageAnswer] = []
    notes = [f"{file.source} could not be understood: {file.why}" for file in files.unreadable]
    for answer in files.answers:
        why = objection(answer, inside, now)
        if why:
            notes.append(f"{answer.source} does not count: {why}")
        else:
            usable.append(answer)
    alive = _alive(usable, inside)
    evidence: list[Evidence] = []
    for answer in usable:
        evidence += (_evidence(answer, address, inside, alive) for address in _left_from(answer, addresses))
        notes += _egress_notes(answer, addresses)
    restriction = _restriction(usable, addresses, inside, alive)
    return Collected(tuple(evidence), (*notes, *_restriction_notes(restriction), *_down(usable, alive)), restriction)


def objection(answer: VantageAnswer, inside: Collection[Inside], now: datetime) -> str:
    """Return why this run says nothing about this HaloPSA today, or nothing."""
    if not answer.nonce_ok:
        return "it does not answer the request that was made here"
    if answer.age(now) > OLDEST:
        return f"it is older than {OLDEST // timedelta(hours=1)} hours, and rules change"
    if answer.age(now) < -CLOCK_DOUBT:
        return "by its own clock it was made in the future"
    own = {one.role: one for one in inside}
    tried = {one.role: one for one in answer.targets}
    if not own or set(tried) != set(own) or any(tried[role].url != one.url for role, one in own.items()):
        return "it is about other server URLs"
    for role, one in own.items():
        met = {reach.leaf_sha256 for reach in tried[role].reaches if reach.leaf_sha256}
        if one.leafs_sha256 and not met <= set(one.leafs_sha256):
            return "it met another certificate than this machine, so another server or something in between answered"
    return ""


def _alive(usable: Iterable[VantageAnswer], inside: Iterable[Inside]) -> frozenset[TargetRole]:
    """The server URLs at which Halo answered somebody."""
    here = {one.role for one in inside if one.marker}
    there = {tried.role for answer in usable for tried in answer.targets if any(r.marker for r in tried.reaches)}
    return frozenset(here | there)


def _left_from(answer: VantageAnswer, addresses: Collection[str]) -> list[str]:
    """The listed addresses that at least one attempt is known to have left from."""
    return [address for address in addresses if any(_attempts(tried, answer, address) for tried in answer.targets)]


def _attempts(tried: Tried, answer: VantageAnswer, address: str) -> list[Reach]:
    return [reach for reach in tried.reaches if reach.tcp != "not_tried" and _egress(reach, answer) == address]


def _egress(reach: Reach, answer: VantageAnswer) -> str:
    """Where an attempt left from; nothing where several addresses of that family were seen."""
    if reach.egress:
        return reach.egress
    kin = {seen.address for seen in answer.egress if family(seen.address) == reach.family}
    return kin.pop() if len(kin) == 1 else ""


def _evidence(
    answer: VantageAnswer, address: str, inside: Collection[Inside], alive: Collection[TargetRole]
) -> Evidence:
    outcome, why = _said(answer, address, inside, alive)
    return Evidence(
        basis="vantage",
        address=address,
        outcome=outcome,
        why=f"{address} {why}",
        layer="outside",
        source=answer.source,
        when=answer.ended,
    )


def _said(
    answer: VantageAnswer, address: str, inside: Collection[Inside], alive: Collection[TargetRole]
) -> tuple[Proof, str]:
    """A block at one address of the server is a refusal; an arrival needs Halo's answer everywhere that was tried."""
    dead = {one.role: one.dead for one in inside}
    arrived = True
    for tried in answer.targets:
        attempts = _attempts(tried, answer, address)
        arrived = arrived and bool(attempts)
        for reach in attempts:
            proof, why = outcome_of(reach, answers_for_anybody=answer.answers_for_anybody)
            counts = (tried.role in alive and reach.address not in dead.get(tried.role, ())) or proof.explicit
            if proof.outcome == "deny" and counts:
                return "deny", f"is refused at {tried.url} ({reach.address}): {why}"
            arrived = arrived and proof.outcome == "allow"
    return ("allow", "reached Halo from outside") if arrived else ("unknown", "got part of the way from outside")


def _strangers(usable: Iterable[VantageAnswer], addresses: Collection[str]) -> list[VantageAnswer]:
    """Runs from truly outside: seen from public addresses, none of them listed."""
    return [
        answer
        for answer in usable
        if answer.role == "foreign"
        and answer.egress
        and all(public(seen.address) and seen.address not in addresses for seen in answer.egress)
    ]


def _restriction(
    usable: Iterable[VantageAnswer],
    addresses: Collection[str],
    inside: Collection[Inside],
    alive: Collection[TargetRole],
) -> Restriction:
    found: set[Proof] = set()
    for answer in _strangers(usable, addresses):
        for seen in answer.egress:
            found.add(_said(answer, seen.address, inside, alive)[0])
    return "none_seen" if "allow" in found else "in_force" if "deny" in found else "unknown"


def _restriction_notes(restriction: Restriction) -> list[str]:
    return {
        "none_seen": ["an address that is on no list reached Halo: no restriction by address is to be seen"],
        "in_force": ["an address that is on no list is refused: access is restricted, or not open to the outside"],
        "unknown": [],
    }[restriction]


def _egress_notes(answer: VantageAnswer, addresses: Collection[str]) -> list[str]:
    if answer.role != "integrator" or _left_from(answer, addresses):
        return []
    seen = ", ".join(sorted({one.address for one in answer.egress})) or "no address that anybody saw"
    return [f"{answer.source} proves nothing about the integrator's addresses: it left from {seen}"]


def _down(usable: Collection[VantageAnswer], alive: Collection[TargetRole]) -> list[str]:
    roles = sorted({tried.role for answer in usable for tried in answer.targets} - set(alive))
    return [f"Halo's {role} answered nobody, neither here nor outside: it may be down, which is no allow-list's doing"
            for role in roles]  # fmt: skip
