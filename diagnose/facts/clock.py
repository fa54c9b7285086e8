"""The servers' clocks against this machine's, from the Date headers of the HEADs. Derived, never stored."""

from __future__ import annotations

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
