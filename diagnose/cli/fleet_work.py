"""What is done with each target of a fleet: it is diagnosed, its report is written; no target takes another down."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from diagnose import guard, registry
from diagnose.cli.failures import sentence_of
from diagnose.cli.fleet_targets import ordered_by
from diagnose.errors import UsageError
from diagnose.fleet.entries import Entry, entry, failed
from diagnose.fleet.listing import Row
from diagnose.format import Renderer, Style, renderer
from diagnose.report import Document
from diagnose.session import observe_and_judge
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


class Work:
    """Diagnoses targets and writes their reports; what is read once holds for all of them."""

    def __init__(self, found: registry.Registry, directory: Path | None, *, fail_on: str) -> None:
        self._registry = found
        self._directory = directory
        self._fail_on = fail_on
        self._formats: dict[str, Renderer] = {kind: renderer(kind) for kind in ("html", "json")} if directory else {}

    async def look(self, row: Row) -> Done | None:
        """Return what became of this target; None where it was interrupted. Never raises for what is its own."""
        began = time.monotonic()
        try:
            return await self._diagnosed(row)
        except Exception as error:  # noqa: BLE001 - the last net of one target: the others go on
            return Done(_failure(row, error, time.monotonic() - began))

    async def _diagnosed(self, row: Row) -> Done | None:
        order, keys, found, roots = await reading(lambda: ordered_by(row, self._registry))
        began = time.monotonic()
        document = await observe_and_judge(order, keys, found, began, roots=roots)
        if document.report.run.cancelled:
            return None
        file = f"{row.stem}.json" if self._directory is not None else None
        told = entry(row.name, document.report, time.monotonic() - began, file, fail_on=self._fail_on)
        return Done(told, document, guard.Writer(keys.secrets))

    async def written(self, row: Row, done: Done) -> Entry:
        """Write the report, drop it, and return the entry that can be told; where that fails, one that says so."""
        document, writer = done.document, done.writer or guard.current()
        told, done.document = done.entry, None
        try:
            if document is not None and self._directory is not None:
                await call(lambda: self._write(row, document, writer), seconds=WRITING)
            writer.refuse_values(msgspec.to_builtins(told), "the line of a target")
        except Exception as error:  # noqa: BLE001 - a full disk is this target's trouble alone
            return _failure(row, error, told.seconds)
        return told

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


async def reading(read: Callable[[], Result]) -> Result:
    """Return what `read()` reads of one target's files; UsageError where that takes too long."""
    try:
        return await call(read, seconds=READING)
    except TimeoutError as error:
        raise UsageError(f"its files could not be read within {READING:.0f} s") from error


def _failure(row: Row, error: Exception, seconds: float) -> Entry:
    said, code = sentence_of(error)
    return failed(row.name, harmless(said), code, seconds)
