"""What a fleet does with each target: diagnose it, write its report, tell its line; no target takes another down."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from diagnose import guard, registry, target
from diagnose.cli.failures import sentence_of
from diagnose.cli.fleet_targets import ordered_by
from diagnose.errors import UsageError
from diagnose.fleet.entries import Entry, entry, failed
from diagnose.fleet.listing import Row
from diagnose.fleet.running import Turns
from diagnose.format import Renderer, Style, renderer
from diagnose.report import Document, ReportError, digest
from diagnose.session import observe_and_judge
from diagnose.support.saved import read as read_report
from diagnose.text import harmless
from diagnose.threads import call

READING = 15.0
"""Seconds for the files of one target: its secret, its profile, its earlier report."""
Result = TypeVar("Result")
WRITING = 60.0
"""Seconds for its reports to be written."""


class Done(msgspec.Struct):
    """One target that was looked at: its entry, and the report until it is written."""

    entry: Entry
    document: Document | None = None
    writer: guard.Writer | None = None


class Fleet:
    """Carries out the targets of one list."""

    def __init__(
        self, found: registry.Registry, directory: Path | None, tell: Callable[[Entry], None], *, fail_on: str
    ) -> None:
        self._registry = found
        self._directory = directory
        self._tell = tell
        self._fail_on = fail_on
        self._turns = Turns()
        self._telling = asyncio.Lock()
        self._formats: dict[str, Renderer] = {kind: renderer(kind) for kind in ("html", "json")} if directory else {}
        self.entries: dict[str, Entry] = {}

    async def look(self, row: Row) -> Done | None:
        """Return what became of this target; None where it was interrupted. Never raises for what is its own."""
        began = time.monotonic()
        try:
            return await self._diagnosed(row)
        except Exception as error:  # noqa: BLE001 - the last net of one target: the others go on
            return Done(_failure(row, error, time.monotonic() - began))

    async def _diagnosed(self, row: Row) -> Done | None:
        order, keys, found, roots = await _reading(lambda: ordered_by(row, self._registry))
        async with self._turns.at(order.target.endpoints):
            began = time.monotonic()
            document = await observe_and_judge(order, keys, found, began, roots=roots)
        if document.report.run.cancelled:
            return None
        file = f"{row.stem}.json" if self._directory is not None else None
        told = entry(row.name, document.report, time.monotonic() - began, file, fail_on=self._fail_on)
        return Done(told, document, guard.Writer(keys.secrets))

    async def finish(self, row: Row, done: Done) -> None:
        """Write the report, drop it, tell the line. Raises where nobody can be told."""
        document, writer = done.document, done.writer or guard.current()
        told, done.document = done.entry, None
        try:
            if document is not None and self._directory is not None:
                await call(lambda: self._write(row, document, writer), seconds=WRITING)
            writer.refuse_values(msgspec.to_builtins(told), "the line of a target")
        except Exception as error:  # noqa: BLE001 - a full disk is this target's trouble alone
            told = _failure(row, error, told.seconds)
        self.entries[row.name] = told
        async with self._telling:  # in a thread: whoever reads may be slow, and the others must not wait for that
            await call(lambda: self._tell(told), seconds=math.inf)

    def _write(self, row: Row, document: Document, writer: guard.Writer) -> None:
        """Write both reports, JSON last: where it is, the target is done."""
        if self._directory is None:
            return
        writer.refuse_values(document.raw)
        made: dict[Path, str | bytes] = {
            self._directory / f"{row.stem}.{kind}": each.render(document, Style())
            for kind, each in self._formats.items()
        }
        writer.deliver(files=made)

    async def kept(self, row: Row) -> Done | None:
        """Return the entry of a target whose report an earlier run wrote whole; None where it is to be done."""
        directory = self._directory
        if directory is None or row.problem:
            return None
        try:
            found = await _reading(lambda: _kept(row, directory, self._fail_on))
        except (UsageError, ReportError):
            return None
        return Done(found) if found is not None else None


async def _reading(read: Callable[[], Result]) -> Result:
    try:
        return await call(read, seconds=READING)
    except TimeoutError as error:
        raise UsageError(f"its files could not be read within {READING:.0f} s") from error


def _kept(row: Row, directory: Path, fail_on: str) -> Entry | None:
    file = f"{row.stem}.json"
    if not (directory / file).is_file() or not (directory / f"{row.stem}.html").is_file():
        return None
    document = read_report(directory / file)
    report, given = document.report, _target(row)
    same = (report.target.resource_server, report.target.auth_server, report.target.tenant) == given
    whole = report.digest is not None and report.digest.value == digest(document.raw)
    if not (same and whole) or report.run.cancelled:
        return None
    seconds = (report.run.finished - report.run.started).total_seconds()
    return entry(row.name, report, seconds, file, fail_on=fail_on, kept=True)


def _target(row: Row) -> tuple[str, str, str | None]:
    found = target.read(
        resource_server=row.text("resource_server") or "",
        auth_server=row.text("auth_server") or "",
        tenant=row.text("tenant"),
    )
    return found.resource.given, found.auth.given, found.tenant


def _failure(row: Row, error: Exception, seconds: float) -> Entry:
    said, code = sentence_of(error)
    return failed(row.name, harmless(said), code, seconds)
