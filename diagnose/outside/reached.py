"""From connections, handshakes and answers to what a document says of each address. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

from diagnose.facts.allowlist import Asked, Reach, TargetRole, Tried
from diagnose.facts.network import Addresses, Connection, Connections
from diagnose.facts.run import ServerUrl
from diagnose.facts.tls import Handshake, HandshakeOutcome, Handshakes
from diagnose.reachability.reach import outcome_of
from diagnose.vantage import MOST, VantageDocument
from diagnose.verdict import VerdictStatus

Tls = Literal["completed", "reset", "closed", "alert", "timeout", "failed", "not_tried"]

_TLS: dict[HandshakeOutcome, Tls] = {
    "completed": "completed",
    "reset": "reset",
    "closed": "closed",
    "alert": "alert",
    "silent": "timeout",
    "not_tried": "not_tried",
}
"""Every other outcome is `failed`: a server that speaks to us, and about something else than our address."""


def tried(  # noqa: PLR0913 - one value per kind of observation
    role: TargetRole,
    url: ServerUrl,
    *,
    written: str,
    addresses: Addresses,
    connections: Connections,
    handshakes: Handshakes,
    asked: Mapping[str, Asked],
    left_from: Mapping[str, str],
) -> Tried:
    """Return what became of one server URL. `asked` and `left_from` go by the server's address."""
    shaken = {attempt.address: attempt for attempt in handshakes.of(url.endpoint)}
    reaches = [
        _reach(attempt, shaken.get(attempt.address), asked.get(attempt.address), left_from.get(attempt.address, ""))
        for attempt in connections.of(url.endpoint)
    ]
    resolved = addresses.of(url.host).addresses[:MOST]
    known = {reach.address for reach in reaches}
    left_out = [Reach(address, "not_tried") for address in resolved if address not in known]
    return Tried(role, written, tuple([*reaches, *left_out][:MOST]), resolved)


def _reach(attempt: Connection, handshake: Handshake | None, asked: Asked | None, left_from: str) -> Reach:
    shaken = handshake is not None and bool(handshake.chain)
    return Reach(
        address=attempt.address,
        tcp=attempt.outcome,
        tls=_TLS.get(handshake.outcome, "failed") if handshake is not None else "not_tried",
        tls_detail=_detail(attempt, handshake),
        tls_version=(handshake.protocol or "") if handshake is not None else "",
        leaf_sha256=hashlib.sha256(handshake.chain[0]).hexdigest() if handshake is not None and shaken else "",
        asked=(asked,) if asked is not None else (),
        egress=left_from,
        seconds=attempt.seconds + (handshake.seconds if handshake is not None else 0.0),
    )


def _detail(attempt: Connection, handshake: Handshake | None) -> str:
    """Say in words why it ended there: `No route to host` at once is a filter that answers (ICMP type 3, code 13)."""
    if handshake is None:
        return attempt.detail
    return handshake.alert or handshake.detail


def nowhere(addresses: Addresses) -> tuple[str, ...]:
    """Return the hosts of which no address may be connected to."""
    return tuple(found.host for found in addresses.hosts if not found.addresses)


def verdict(document: VantageDocument) -> VerdictStatus:
    """Return what came out, seen from that place: Halo everywhere, a refusal somewhere, or neither."""
    anybody = any(canary.connected for canary in document.canaries)
    judged = [
        [outcome_of(reach, answers_for_anybody=anybody)[0].outcome for reach in _attempts(one.reaches)]
        for one in document.targets
    ]
    if any("deny" in outcomes for outcomes in judged):
        return VerdictStatus.NOT_READY
    if judged and all(outcomes and set(outcomes) == {"allow"} for outcomes in judged):
        return VerdictStatus.READY
    return VerdictStatus.UNDECIDED


def _attempts(reaches: Iterable[Reach]) -> list[Reach]:
    return [reach for reach in reaches if reach.tcp != "not_tried"]


def told(document: VantageDocument) -> list[str]:
    """Return one line per address, for the person who ran it."""
    anybody = any(canary.connected for canary in document.canaries)
    lines = []
    for one in document.targets:
        lines += (
            [f"{one.role}  {one.url}: its name has no address that was tried"] if not _attempts(one.reaches) else []
        )
        for reach in one.reaches:
            judged, why = outcome_of(reach, answers_for_anybody=anybody)
            word = {"allow": "through", "deny": "REFUSED", "unknown": "unclear"}[judged.outcome]
            lines.append(
                f"{one.role}  {reach.address}  {word}: {why}{f' ({reach.tls_detail})' if reach.tls_detail else ''}"
            )
    return lines
