"""`run --wait`: run again until ready or until the time is up, telling on standard error only what changed.

For the admin who mends while it watches. The report of the last run is written once, at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.verdict import SPOKEN, VerdictStatus

PAUSE = 10.0
"""Seconds between two runs; one run makes at most 30 requests."""
QUIET = {Status.PASS, Status.SKIP}
MOST = 3
"""Checks named while nothing happens."""


class Waited(NamedTuple):
    """The last run, and whether Ctrl-C ended the waiting after it: its report is whole then."""

    document: Document
    interrupted: bool


def until_ready(
    once: Callable[[], Document],
    tell: Callable[[str], None],
    *,
    seconds: float,
    fail_on: str,
    rest: Callable[[float, str], None],
    pause: float = PAUSE,
) -> Waited:
    """Return the last run: the first that is ready, or the last that began in time.

    Ctrl-C during a run ends the waiting with that run's partial report, between two runs with the last report. `rest`
    lets the pause go by, and may say what is waited for.
    """
    end = time.monotonic() + seconds
    before, document = None, once()
    while True:
        try:
            for sentence in _first(document) if before is None else changed(before, document):
                tell(sentence)
            if _over(document, fail_on) or time.monotonic() + pause > end:
                return Waited(document, interrupted=False)
            rest(pause, in_the_way(document))
        except KeyboardInterrupt:
            tell("interrupted; this is the last report")
            return Waited(document, interrupted=True)
        before, document = document, once()


def in_the_way(document: Document) -> str:
    """Return the verdict, and the checks that keep it from READY: the causes, else whatever is not well."""
    report = document.report
    causes = report.verdict.causes or [result.id for result in report.checks if result.status not in QUIET]
    more = f" and {len(causes) - MOST} more" if len(causes) > MOST else ""
    return f"{SPOKEN[report.verdict.status]}: {', '.join(causes[:MOST])}{more}"


def _over(document: Document, fail_on: str) -> bool:
    good = {VerdictStatus.READY} | ({VerdictStatus.READY_WITH_WARNINGS} if fail_on != "warn" else set())
    return document.report.run.cancelled or document.report.verdict.status in good


def _first(document: Document) -> Iterator[str]:
    yield _stamped(document, SPOKEN[document.report.verdict.status])
    for result in document.report.checks:
        if result.status not in QUIET:
            yield f"  {result.id}  {result.status.upper()}  {result.summary}"


def changed(before: Document, after: Document) -> Iterator[str]:
    """Yield a line for the verdict and for each check whose status became another; nothing where none did."""
    known = {result.id: result.status for result in before.report.checks}
    lines = [
        f"  {result.id}  {known[result.id].upper()} -> {result.status.upper()}  {result.summary}"
        for result in after.report.checks
        if known.get(result.id, result.status) is not result.status
    ]
    if lines or before.report.verdict.status is not after.report.verdict.status:
        yield _stamped(after, SPOKEN[after.report.verdict.status])
        yield from lines


def _stamped(document: Document, words: str) -> str:
    moment: datetime = document.report.run.finished.astimezone()
    return f"{moment:%H:%M:%S}  {words}"
