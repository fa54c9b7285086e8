"""The clocks: certificates and tokens are judged by them."""

from __future__ import annotations

from diagnose import Code, Command, Importance, Outcome, Owner, Remedy, check, passed, unknown, warned
from diagnose.facts.clock import ServerClock

TOLERATED = 60.0
"""Seconds that two clocks may differ."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@check("clock.agrees", importance=Importance.RECOMMENDED, owner=Owner.WINDOWS_ADMIN)
def the_clocks_agree(clock: ServerClock) -> Outcome:
    """The clocks of this machine and of the server agree within 60 s.

    Tokens are refused and certificates misjudged where they do not.
    """
    if not clock.by_host:
        return unknown(
            Code.UNEXPECTED_RESPONSE, "no server said what time it is (its answer has no Date header that can be read)"
        )
    offsets = dict(clock.by_host)
    host, offset = max(clock.by_host, key=lambda reading: abs(reading[1]))
    if abs(offset) <= TOLERATED:
        return passed(f"the clocks agree within {abs(offset):.0f} s", offset_seconds=offsets)
    direction = "ahead of" if offset > 0 else "behind"
    return warned(
        f"the clock of {host} is {_duration(abs(offset))} {direction} this machine's",
        Remedy(
            "Set the wrong one of the two clocks by a time server",
            steps=("See which of the two is wrong: compare both with https://time.is or a phone.",),
            commands=(
                Command("powershell", "w32tm /query /status"),
                Command("powershell", "w32tm /resync"),
            ),
            verify="Run this diagnosis again: the clocks agree.",
        ),
        offset_seconds=offsets,
    )


def _duration(seconds: float) -> str:
    for size, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{seconds:.0f} seconds"
