"""A worker of `diagnose fleet`, which starts it: diagnoses the targets that it is handed. No command for people.

Its standard input and output belong to the fleet (`diagnose.fleet.messages`). Once that input ends, what is looked at
is dropped, what is being written is written to its end, and the process leaves; so it outlives nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import BinaryIO

import msgspec

from diagnose import garbage, guard
from diagnose.cli import failures
from diagnose.cli.fleet_work import Done, Work
from diagnose.cli.plugging import registry_of
from diagnose.converting import decode
from diagnose.fleet.messages import Answered, Asked, Terms
from diagnose.fleet.running import Pool

NO_MORE = b""


def main() -> None:
    """Work until there is no more to do, and leave."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    garbage.seldom()
    asked, answers = _kept_apart()
    failures.leave(failures.run(lambda: _work(asked, answers), []))


def _kept_apart() -> tuple[BinaryIO, int]:
    """Return the fleet's two pipes; whoever reads or prints here, as plug-ins may, does so elsewhere from now on."""
    asked, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return open(asked, "rb"), answers  # noqa: PTH123 - a pipe, open until the process ends


def _work(asked: BinaryIO, answers: int) -> int:
    first = asked.readline()
    if first == NO_MORE:
        return 0
    terms = decode(first, Terms)
    found = registry_of({"plugins": terms.plugins, "plugin": terms.plugin, "quiet": True})  # the fleet has told
    work = Work(found, Path(terms.directory) if terms.directory is not None else None, fail_on=terms.fail_on)
    garbage.keep_what_is_there()
    asyncio.run(_serve(work, asked, answers))
    return 0


async def _serve(work: Work, asked: BinaryIO, answers: int) -> None:
    """Diagnose whatever is asked for, all at a time, until there is no more or nobody hears the answers."""

    async def look(target: Asked) -> Done | None:
        return await work.look(target.row)

    async def finish(target: Asked, done: Done) -> None:
        entry = await work.written(target.row, done)
        guard.hand_over(answers, msgspec.json.encode(Answered(target.number, entry)))

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            lines.put_nowait(NO_MORE)

    lines = _lines(asked)
    pool, tasks = Pool(look, finish), set[asyncio.Task[None]]()
    while (line := await lines.get()) != NO_MORE:
        task = asyncio.create_task(pool.one(decode(line, Asked)))
        tasks.add(task)
        task.add_done_callback(ended)
    await pool.stop(tasks)


def _lines(stream: BinaryIO) -> asyncio.Queue[bytes]:
    """Return the lines as they come, the last of them empty; a thread reads, for that works with any system's pipes."""
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody heard the answers any more
            for line in stream:
                if line.endswith(b"\n"):  # else the fleet died over it
                    loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, NO_MORE)

    threading.Thread(target=read, daemon=True, name="worker-targets").start()
    return lines
