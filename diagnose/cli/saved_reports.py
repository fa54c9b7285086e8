"""What the commands over saved reports share: they know no secret but the environment's, and make no connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diagnose import guard
from diagnose.guard import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from diagnose.report import Document

CHANGED = "the report's digest does not fit: it was changed after it was written"
FORGOTTEN = "The secrets of the run that made this report are not known here"
"""Begins the sentence that says what the guard can look for."""


def doubts(*reports: tuple[Path, Document]) -> Iterator[str]:
    """Yield a sentence for each report that was changed after it was written, named where there are several."""
    from diagnose.support.saved import was_changed  # noqa: PLC0415 - --help imports nothing but click

    for path, document in reports:
        if was_changed(document):
            yield CHANGED if len(reports) == 1 else f"{path}: {CHANGED}"


def writer() -> Writer:
    """Return the writer of a command that reads a saved report."""
    return guard.current()


def what_is_known(to: Writer) -> str:
    """Return the sentence on the secrets that such a command looks for."""
    known = "what is written was searched for those in the environment" if to.secrets.values else "none is known at all"
    return f"{FORGOTTEN}: {known} (HALO_CLIENT_SECRET, HALO_CLIENT_SECRET_FILE, proxy passwords)."
