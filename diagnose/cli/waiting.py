"""`run --wait`: run again until ready or until the time is up, telling on standard error only what changed.

For the admin who mends while it watches. The report of the last run is written once, at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.verdict import SPOKEN, VerdictStatus

PAUSE = 10.0
"""Seconds between two runs; one run makes at most 30 requests."""
QUIET = {Status.PASS, Status.SKIP}


def until_ready(
    once: Callable[[], Document],
    tell: Callable[[str], None],
    *,
    seconds: float,
    fail_on: str,
    pause: float = PAUSE,
) -> Document:
    """Return the last run's document: the first that is ready, or the last that began in time.

    Ctrl-C during a run ends the waiting with that run's partial report, between two runs with the last report.
    """
    end = time.monotonic() + seconds
    document = once()
    for sentence in _first(document):
        tell(sentence)
    while not _over(document, fail_on) and time.monotonic() + pause <= end:
        try:
            time.sleep(pause)
        except KeyboardInterrupt:
            tell("interrupted; this is the last report")
            return document
        before, document = document, once()
        for sentence in changed(before, document):
            tell(sentence)
    return document


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
