"""How many requests a run makes, and how fast.

IIS' default dynamic restriction throttles 5 concurrent requests and 20 in 200 ms; at most 30 requests in a
run, never more than 15 in 200 ms, and what is optional stops at 24.
"""

from __future__ import annotations

import asyncio
from collections import deque

MOST_REQUESTS = 30
MOST_WITH_OPTIONAL = 24
BURST = 14
WINDOW = 0.25
"""Seconds. Narrower than the promise on both counts: the server's clock ticks differently."""


class Pace:
    """The request budget of one run, and its sliding window."""

    def __init__(self) -> None:
        self.spent = 0
        self._sent: deque[float] = deque(maxlen=BURST)
        self._quiet_until = 0.0

    def spend(self, *, optional: bool) -> bool:
        """Take one request from the budget; False where none is left for this purpose."""
        most = MOST_WITH_OPTIONAL - 1 if optional else MOST_REQUESTS
        if self.spent >= most:
            return False
        self.spent += 1
        return True

    async def turn(self) -> None:
        """Return when the next request may leave."""
        loop = asyncio.get_running_loop()
        while (wait := self._wait(loop.time())) > 0:  # noqa: ASYNC110 - the clock is what is waited for
            await asyncio.sleep(wait)
        self._sent.append(loop.time())

    def quiet(self, seconds: float) -> None:
        """Let nothing leave for so many seconds: a server said 429."""
        self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + seconds)

    def _wait(self, now: float) -> float:
        full = self._sent[0] + WINDOW - now if len(self._sent) == BURST else 0.0
        return max(full, self._quiet_until - now)
