"""Several targets at the same time in one event loop: bounded, in the order of the list, each on its own.

Two targets that share a server take turns, so that the server never sees more than one run's connections and
requests. When the fleet is interrupted, what is underway is cancelled and dropped; what is being written is
written to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from typing import Generic, TypeVar

Target = TypeVar("Target")
Result = TypeVar("Result")
Place = tuple[str, int]
GRACE = 5.0
"""Seconds in which, after an interruption, what is being written must be written."""


class CutOffError(Exception):
    """A target was given up, and not by the pool: Ctrl-C came while its facts were judged."""


class Pool(Generic[Target, Result]):
    """Carries each target through `look`, which may be cut off (None then), and `finish`, which is not."""

    def __init__(
        self,
        look: Callable[[Target], Awaitable[Result | None]],
        finish: Callable[[Target, Result], Awaitable[None]],
    ) -> None:
        self._look = look
        self._finish = finish
        self._looking: set[asyncio.Task[Result | None]] = set()
        self._stopped = False
        self.interrupted = False

    async def run(self, targets: Iterable[Target], jobs: int) -> None:
        """Do all of them, `jobs` at a time. Raises what `finish` raises, for then nobody can be told anything."""
        waiting = iter(targets)
        workers = [asyncio.create_task(self._work(waiting)) for _ in range(jobs)]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            self.interrupted = True
        await self.stop(workers)
        for worker in workers:
            if worker.done():
                self._look_back(worker)

    def _look_back(self, worker: asyncio.Task[None]) -> None:
        try:
            worker.result()
        except CutOffError:
            self.interrupted = True

    async def _work(self, waiting: Iterator[Target]) -> None:
        for target in waiting:
            await self.one(target)
            if self._stopped:
                return

    async def one(self, target: Target) -> None:
        """Carry one target through; CutOffError where it was given up without having been stopped."""
        if self._stopped:
            return
        looking = asyncio.ensure_future(self._look(target))
        self._looking.add(looking)
        try:
            result = await looking
        except asyncio.CancelledError:
            return
        finally:
            self._looking.discard(looking)
        if result is not None:
            await self._finish(target, result)
        elif not self._stopped:
            raise CutOffError

    async def stop(self, tasks: Collection[asyncio.Task[None]]) -> None:
        """Cut off what is looked at, and wait for these tasks, in which something may be finished: GRACE at most."""
        self._stopped = True
        for looking in self._looking:
            looking.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)


class Turns:
    """One run at a time for each place."""

    def __init__(self) -> None:
        self._locks: dict[Place, tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def at(self, places: Iterable[Place]) -> AsyncIterator[None]:
        """Wait until nobody else is at any of these places; always in one order, so that no two wait for each other."""
        async with contextlib.AsyncExitStack() as stack:
            for place in sorted(set(places)):
                stack.callback(self._forget, place)
                await stack.enter_async_context(self._lock(place))
            yield

    def _lock(self, place: Place) -> asyncio.Lock:
        lock, users = self._locks.get(place, (asyncio.Lock(), 0))
        self._locks[place] = lock, users + 1
        return lock

    def _forget(self, place: Place) -> None:
        lock, users = self._locks.pop(place)
        if users > 1:
            self._locks[place] = lock, users - 1
