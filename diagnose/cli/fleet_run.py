"""One run of a fleet: every target of the list, the lines as they come, the summary and the index at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from diagnose import garbage, guard
from diagnose.cli.choices import make_folder
from diagnose.cli.fitting import fitting
from diagnose.cli.fleet import INDEX
from diagnose.cli.fleet_rows import kept, places, to_do
from diagnose.cli.fleet_work import Done, Work
from diagnose.cli.plugging import registry_of
from diagnose.errors import UsageError
from diagnose.exit_codes import INTERNAL_ERROR
from diagnose.fleet import told
from diagnose.fleet.crew import Crew, how_many
from diagnose.fleet.entries import Entry, Fleet, failed
from diagnose.fleet.listing import Row
from diagnose.fleet.messages import Terms
from diagnose.fleet.running import Pool, Turns
from diagnose.fleet.worker import EndedError
from diagnose.format import fleet_renderer
from diagnose.interrupts import Patience
from diagnose.threads import call

Looking = Callable[[Row], Awaitable[Done | None]]


def carried_out(rows: Sequence[Row], given: Mapping[str, Any]) -> int:
    """Diagnose all of them, tell it, and return the exit code. UsageError before anything is sent."""
    began = time.monotonic()
    directory: Path | None = given["directory"]
    found = registry_of(given)
    if directory is not None:
        make_folder(directory)
        guard.tried(directory / INDEX)
    elif sys.stdout is None:
        raise UsageError("standard output is closed, so the answers would be lost; --output DIR writes them to files")
    work = Work(found, directory, fail_on=given["fail_on"])
    telling = Telling(work, _teller(rows, given["format_"]))
    garbage.keep_what_is_there()
    interrupted = asyncio.run(_all(rows, given, work, telling))
    entries = tuple(telling.entries[row.name] for row in rows if row.name in telling.entries)
    fleet = Fleet(entries, len(rows), round(time.monotonic() - began, 3), interrupted)
    with Patience():
        _conclude(fleet, directory, given)
    return fleet.exit_code


class Telling:
    """Tells the line of each target that is done, and keeps its entry."""

    def __init__(self, work: Work, tell: Callable[[Entry], None]) -> None:
        self._work = work
        self._tell = tell
        self._turn = asyncio.Lock()
        self.entries: dict[str, Entry] = {}

    async def finish(self, row: Row, done: Done) -> None:
        """Write what is to be written, and tell the line. Raises where nobody can be told."""
        told = self.entries[row.name] = await self._work.written(row, done)
        async with self._turn:  # in a thread: whoever reads may be slow, and the others must not wait for that
            await call(lambda: self._tell(told), seconds=math.inf)


async def _all(rows: Sequence[Row], given: Mapping[str, Any], work: Work, telling: Telling) -> bool:
    """Take every target to its line; return whether it was interrupted."""
    turns = Turns()
    async with _working(rows, given, work) as diagnosed:

        async def look(row: Row) -> Done | None:
            done = await kept(row, _earlier(given), given["fail_on"])
            if done is not None:
                return done
            async with turns.at(places(row)):
                return await diagnosed(row)

        pool = Pool(look, telling.finish)
        await pool.run(rows, given["jobs"])
    return pool.interrupted


@contextlib.asynccontextmanager
async def _working(rows: Sequence[Row], given: Mapping[str, Any], work: Work) -> AsyncIterator[Looking]:
    """Give what diagnoses one target: this process alone, or workers, where that is worthwhile and possible."""
    workers = how_many(to_do(rows, _earlier(given)), given["jobs"])
    try:
        crew = Crew(workers, _terms(given)) if workers else None
    except OSError:  # this machine starts no further process
        crew = None
    if crew is None:
        yield work.look
        return
    try:
        yield lambda row: _handed_over(crew, row)
    finally:
        await crew.close()


def _earlier(given: Mapping[str, Any]) -> Path | None:
    """Return the folder in which the reports of an earlier run count; None without `--resume`."""
    return given["directory"] if given["resume"] else None


def _terms(given: Mapping[str, Any]) -> Terms:
    directory = str(given["directory"]) if given["directory"] is not None else None
    return Terms(given["plugins"], tuple(given["plugin"]), directory, given["fail_on"])


async def _handed_over(crew: Crew, row: Row) -> Done | None:
    """Let a worker do all of it; None where it was interrupted."""
    began = time.monotonic()
    try:
        found = await crew.look(row)
    except EndedError as error:
        found = failed(row.name, str(error), INTERNAL_ERROR, time.monotonic() - began)
    return Done(found) if found is not None else None


def _teller(rows: Sequence[Row], format_: str) -> Callable[[Entry], None]:
    writer = guard.current()
    if format_ == "jsonl":
        return lambda entry: writer.output(json.dumps(msgspec.to_builtins(entry)) + "\n")
    wide = told.width(rows)
    return lambda entry: writer.output(_fitting(told.line(entry, wide)) + "\n")


def _fitting(text: str) -> str:
    return fitting(text, "text", getattr(sys.stdout, "encoding", None) or "utf-8")


def _conclude(fleet: Fleet, directory: Path | None, given: Mapping[str, Any]) -> None:
    """Write the index and tell the summary: beside the lines, or as messages where those are JSON."""
    writer = guard.current()
    if directory is not None:
        writer.file(directory / INDEX, fleet_renderer().render(fleet))
    lines = told.summary(fleet)
    if directory is not None:
        lines.append(f"The reports lie in {directory.absolute()}; begin with {INDEX}")
    if given["format_"] == "terminal":
        writer.output(_fitting("\n".join(["", *lines, ""])))
    elif not given["quiet"]:
        for line in lines:
            writer.message(line)
