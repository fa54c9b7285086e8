"""Several workers side by side, so that a large fleet uses every core.

One that dies takes down only the targets that it was diagnosing; another takes its place, unless several in a row die
before any target is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from itertools import count

from diagnose.fleet.entries import Entry
from diagnose.fleet.listing import Row
from diagnose.fleet.messages import Asked, Terms
from diagnose.fleet.worker import EndedError, Worker

MOST = 4
"""Workers; each holds about 55 MB."""
WORTHWHILE = 16
"""Targets to be done from which on the start of workers costs less than they save."""
FRUITLESS = 3
"""Workers that are started in place of dead ones before any target is done."""
LEAVING = 2.0
"""Seconds in which a worker must have left that has nothing to finish any more."""


def how_many(targets: int, jobs: int) -> int:
    """Return how many workers are worthwhile for so many targets, `jobs` at a time; 0: none."""
    found = min(cores(), MOST, jobs)
    return found if found > 1 and targets >= WORTHWHILE else 0


def cores() -> int:
    """Return the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # there is none on macOS and Windows
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Crew:
    """Several workers, each target given to the one that has the fewest."""

    def __init__(self, workers: int, terms: Terms) -> None:
        """Start them. OSError where this machine starts no further process."""
        self._terms = terms
        self._wanted = workers
        self._numbers = count()
        self._fruitless = 0
        self._stopped = False
        self._workers: list[Worker] = []
        try:
            for _ in range(workers):
                self._start()
        except OSError:
            self.stop()
            raise

    async def look(self, row: Row) -> Entry | None:
        """Return what became of this target; None where it was interrupted. EndedError where its worker died."""
        answer = self._asked(Asked(next(self._numbers), row))
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            self.stop()
        with contextlib.suppress(EndedError):  # its report may be just being written: then it is done
            return await answer
        return None

    def stop(self) -> None:
        """Let every worker finish what it is writing, and leave."""
        self._stopped = True
        for worker in self._workers:
            worker.stop()

    async def close(self) -> None:
        """Stop, and wait until every worker has left; kill those that do not."""
        self.stop()
        for end in (lambda _: None, Worker.kill):
            left = [worker for worker in self._workers if not worker.over.done()]
            for worker in left:
                end(worker)
            if left:
                await asyncio.wait([worker.over for worker in left], timeout=LEAVING)

    def _asked(self, asked: Asked) -> asyncio.Future[Entry]:
        while (worker := self._least_busy()) is not None:
            try:
                return worker.ask(asked)
            except OSError:  # it has died and nobody has told us yet
                worker.kill()
        raise EndedError(
            "the tool itself failed: its worker processes end before any target is done; try again with --jobs 1"
        )

    def _least_busy(self) -> Worker | None:
        self._workers = [worker for worker in self._workers if not worker.over.done()]
        if len(self._alive()) < self._wanted and self._fruitless < FRUITLESS and not self._stopped:
            self._fruitless += 1
            with contextlib.suppress(OSError):
                self._start()
        return min(self._alive(), key=lambda worker: len(worker.open), default=None)

    def _alive(self) -> list[Worker]:
        return [worker for worker in self._workers if not worker.lost]

    def _start(self) -> None:
        self._workers.append(Worker(self._terms, self._fruitful))

    def _fruitful(self) -> None:
        self._fruitless = 0
