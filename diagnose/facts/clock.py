"""The servers' clocks against this machine's, from the Date headers of the HEADs. Derived, never stored."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import ClassVar

from diagnose.fact import Derived


class ServerClock(Derived, frozen=True):
    """How far each server's clock is ahead of this machine's, in seconds; negative: behind.

    `offset_seconds` is the reading nearest to zero: where one server agrees with this machine, it is
    the other server that is wrong. None where no server named a date.
    """

    JUDGED_BY: ClassVar[str] = "clock.agrees"
    offset_seconds: float | None
    by_host: tuple[tuple[str, float], ...]


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
"""IMF-fixdate (RFC 9110, 5.6.7), the one form that may be sent. `email.utils` would import socket."""


def http_date(text: str) -> datetime | None:
    """Read the value of a Date or Retry-After header; None where it is no date."""
    match = _DATE.fullmatch(text.strip())
    if match is None or match[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(match[2].lower()) + 1, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
