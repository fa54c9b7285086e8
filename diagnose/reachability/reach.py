"""What one attempt from outside came to: Halo's own answer, the look of a refusal, or neither.

What a refusal looks like on the wire: the errors of CPython 3.11 on Linux, as its tests show.
"""

from __future__ import annotations

import msgspec

from diagnose.facts.allowlist import Asked, Reach
from diagnose.reachability.model import Proof

EXPLICIT = frozenset({"iis-ip-restriction", "cloudflare-ip-ban", "cloudflare-geography"})
"""Signatures (data/signatures.toml) of pages that say themselves that it is for the address."""
NOT_THE_ADDRESS = frozenset({"iis-client-certificate"})
OWN_NETWORK = frozenset({"outbound_filter", "portal"})
"""Pages of the network that the run was made in: they hide the server and say nothing about it."""
REFUSALS = frozenset({401, 403, 404})
"""What `denyAction` of IIS answers, and 403 everywhere else; Halo's own answers have a marker."""

_TCP = {
    "no_answer": "no answer to the connection, which is how a firewall drops",
    "refused": "the connection was refused",
    "unreachable": "no way to that address, or a firewall that says so",
}
_TLS = {
    "reset": "the connection was cut when TLS began",
    "closed": "the connection was closed when TLS began",
    "timeout": "the connection was accepted, and then nothing came",
}


class Judged(msgspec.Struct, frozen=True):
    """`explicit`: the refusal says itself that it is for the address, so nobody else need get in to believe it."""

    outcome: Proof
    explicit: bool = False


UNCLEAR = Judged("unknown")


def outcome_of(reach: Reach, *, answers_for_anybody: bool) -> tuple[Judged, str]:
    """Return what one attempt came to, and in words why.

    `answers_for_anybody`: connections from there are accepted in others' names, so how TLS ends says nothing.
    """
    if reach.tcp in _TCP:
        return Judged("deny"), _TCP[reach.tcp]
    if reach.tcp != "accepted":
        return UNCLEAR, "it was not tried"
    if reach.tls in _TLS:
        return (UNCLEAR if answers_for_anybody else Judged("deny")), _TLS[reach.tls]
    if reach.tls != "completed":
        return UNCLEAR, "TLS did not come about"
    return _answered(reach)


def _answered(reach: Reach) -> tuple[Judged, str]:
    """A page for the address outweighs another path's answer; else Halo's answer outweighs the rest."""
    judged = [_asked(asked) for asked in reach.asked]
    explicit = next((found for found in judged if found[0].explicit), None)
    if explicit is not None:
        return explicit
    if reach.marker:
        return Judged("allow"), "Halo answered"
    return next((found for found in judged if found[0].outcome == "deny"), (UNCLEAR, "nothing of Halo's answered"))


def _asked(asked: Asked) -> tuple[Judged, str]:
    gate = asked.gate
    if gate is not None and gate.id in EXPLICIT:
        return Judged("deny", explicit=True), f"a page of {gate.product} says so"
    if asked.outcome in {"reset", "closed"}:
        return Judged("deny"), "the connection was cut instead of an answer"
    if asked.outcome != "answered" or asked.marker:
        return UNCLEAR, ""
    if gate is None:
        refused = asked.status in REFUSALS
        return (Judged("deny") if refused else UNCLEAR), f"something else than Halo answered with {asked.status}"
    own = gate.kind in OWN_NETWORK or gate.id in NOT_THE_ADDRESS
    refused = gate.state == "blocked" or (gate.state == "missing" and asked.status in REFUSALS)
    return (Judged("deny") if refused and not own else UNCLEAR), f"a page of {gate.product} answered"
