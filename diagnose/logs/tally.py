"""Rows become evidence: per address how many of each meaning, the latest that decides, and what that proves."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from diagnose.logs.entries import Entry
from diagnose.logs.model import CLOCKS, DECISIVE, Arrival, Format, Meaning, Seen

_Row = tuple[bytes, int, Entry]
"""Sorts by time, then by place in the file."""


class Tally:
    """One address in one log."""

    def __init__(self, address: str, form: Format) -> None:
        self._address = address
        self._clock = CLOCKS[form]
        self._counts: dict[Meaning, int] = {}
        self._latest: dict[Meaning, _Row] = {}
        self._decisive: dict[str, _Row] = {}

    def add(self, line: int, entry: Entry) -> None:
        """Count one row, and keep it where it is the latest of its meaning or the latest that decides at its path."""
        self._counts[entry.meaning] = self._counts.get(entry.meaning, 0) + 1
        row = (entry.stamp, line, entry)
        if not _later(self._latest.get(entry.meaning), row):
            self._latest[entry.meaning] = row
        if entry.meaning in DECISIVE and not _later(self._decisive.get(entry.area), row):
            self._decisive[entry.area] = row

    def seen(self) -> Seen:
        """Return what was found."""
        latest = max(self._decisive.values(), key=_order, default=None)
        refusals = [row for row in self._decisive.values() if row[2].meaning == "refused"]
        still = max(refusals, key=_order, default=None) if latest and latest[2].meaning != "refused" else None
        return Seen(
            address=self._address,
            counts=dict(sorted(self._counts.items())),
            latest=self._arrival(latest) if latest else None,
            samples=tuple(self._arrival(row) for row in sorted(self._latest.values(), key=lambda row: row[1])),
            still_refused=self._arrival(still) if still else None,
        )

    def _arrival(self, row: _Row) -> Arrival:
        stamp, line, entry = row
        return Arrival(
            line=line,
            meaning=entry.meaning,
            result=entry.result,
            time=_time(stamp, utc=self._clock == "utc"),
            path=entry.path,
            status=entry.status,
            substatus=entry.substatus,
        )


def _order(row: _Row) -> tuple[bytes, int]:
    return row[:2]


def _later(one: _Row | None, other: _Row) -> bool:
    return one is not None and one[:2] > other[:2]


def _time(stamp: bytes, *, utc: bool) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(stamp.decode("ascii")).replace(tzinfo=UTC if utc else None)
    return None
