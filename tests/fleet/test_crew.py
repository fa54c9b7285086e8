"""Workers that do not do as they should: none of them is waited for longer than is said."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time

import pytest

from diagnose.fleet import crew, worker
from diagnose.fleet.crew import LEAVING, Crew
from diagnose.fleet.listing import Row
from diagnose.fleet.messages import Terms
from diagnose.fleet.running import GRACE
from diagnose.fleet.worker import EndedError

WRONG = Row("wrong", problem="it is wrong")
"""A target that is done as soon as it is asked for."""


@pytest.mark.parametrize(("cores", "targets", "jobs", "workers"), [
    (2, 16, 4, 2), (8, 16, 8, 4), (8, 16, 3, 3), (1, 16, 4, 0), (2, 15, 4, 0), (2, 16, 1, 0),
])  # fmt: skip
def test_there_are_as_many_processes_as_are_of_use(
    monkeypatch: pytest.MonkeyPatch, cores: int, targets: int, jobs: int, workers: int
) -> None:
    monkeypatch.setattr(crew, "cores", lambda: cores)
    assert crew.how_many(targets, jobs) == workers


def test_this_machine_has_a_core() -> None:
    assert 1 <= crew.cores() <= (os.cpu_count() or 1)


def test_an_entry_comes_back_and_the_worker_leaves() -> None:
    async def asked() -> tuple[str | None, list[bool]]:
        crew = Crew(1, Terms())
        found = await crew.look(WRONG)
        await crew.close()
        return found.error if found is not None else None, [each.over.done() for each in crew._workers]

    assert asyncio.run(asked()) == ("it is wrong", [True])


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")
def test_one_that_does_not_leave_is_ended() -> None:
    async def closed() -> tuple[float, bool]:
        crew = Crew(1, Terms())
        os.kill(crew._workers[0]._process.pid, signal.SIGSTOP)
        began = time.monotonic()
        await crew.close()
        return time.monotonic() - began, crew._workers[0].over.done()

    seconds, over = asyncio.run(closed())
    assert over
    assert LEAVING <= seconds < LEAVING + 1.5


@pytest.mark.parametrize(("module", "why"), [("this", "ended"), ("no_such_module", "exit code 1")])
def test_one_that_talks_nonsense_or_nothing_is_told_of(monkeypatch: pytest.MonkeyPatch, module: str, why: str) -> None:
    """The module `this` prints the Zen of Python."""
    monkeypatch.setattr(worker, "START", f"import {module}")

    async def asked() -> list[str]:
        crew = Crew(2, Terms())
        said = []
        for _ in range(12):
            try:
                await crew.look(WRONG)
            except EndedError as error:
                said.append(str(error))
        await crew.close()
        return said

    said = asyncio.run(asked())
    assert len(said) == 12
    assert any(why in sentence for sentence in said)
    assert "--jobs 1" in said[-1]


@pytest.mark.parametrize("after", [0, 2])
def test_whoever_is_interrupted_gets_no_entry_of_a_target_that_was_under_way(after: float) -> None:
    """Whether the worker was still starting or not; and nobody waits until it must have written."""

    async def interrupted(row: Row) -> tuple[bool, bool]:
        crew = Crew(1, Terms())
        target = asyncio.ensure_future(crew.look(row))
        await asyncio.sleep(after)
        began = time.monotonic()
        target.cancel()
        found = await target
        await crew.close()
        return found is None, time.monotonic() - began < GRACE

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = (f"https://127.0.0.1:{silent.getsockname()[1]}/",)
        row = Row("hanging", {"resource_server": url, "auth_server": url, "no_credentials": True})
        assert asyncio.run(interrupted(row)) == (True, True)
