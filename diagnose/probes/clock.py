"""The servers' clocks, read off the Date header of the answer to the HEAD. Pure: no clock is asked here."""

from __future__ import annotations

import re
from datetime import timedelta

from diagnose.fact import Unavailable, derive_quickly
from diagnose.facts.clock import ServerClock, http_date
from diagnose.facts.http import Answer
from diagnose.facts.tls import Handshakes
from diagnose.outcome import Code

HALF_A_SECOND = timedelta(seconds=0.5)
"""A Date header names whole seconds, cut off."""


@derive_quickly
def server_clock(handshakes: Handshakes) -> ServerClock | Unavailable:
    """Compare each server's Date with the middle of the exchange that brought it."""
    if all(attempt.head is None for attempt in handshakes.attempts):
        return Unavailable(Code.BLOCKED, "nothing was asked, as no handshake succeeded", ("tls.handshake",))
    readings: dict[str, float] = {}
    for attempt in handshakes.attempts:
        offset = _offset(attempt.head) if attempt.head is not None else None
        if offset is not None and abs(offset) >= abs(readings.get(attempt.host, 0.0)):
            readings[attempt.host] = round(offset, 1)
    return ServerClock(min(readings.values(), key=abs, default=None), tuple(readings.items()))


def _offset(head: Answer) -> float | None:
    """Return the server's clock minus ours; None where the date is not the server's own.

    A cache answers with the date of the original, and says its age (RFC 9111, 5.1); a filter or a portal
    answers with its own clock.
    """
    date = http_date(head.headers.get("date", ""))
    if not head.answered or date is None or head.sent is None:
        return None
    if head.gate is not None and head.gate.kind in {"outbound_filter", "portal"}:
        return None
    age = head.headers.get("age", "0")
    aged = timedelta(seconds=int(age)) if re.fullmatch(r"\d{1,9}", age, re.ASCII) else timedelta(0)
    middle = head.sent + timedelta(seconds=head.seconds / 2)
    return (date + aged + HALF_A_SECOND - middle).total_seconds()
