"""One row, taken apart by the columns that the log itself declares (W3C Extended Log File Format, 1996)."""

from __future__ import annotations

import re
from typing import Protocol

import msgspec

from diagnose.logs.model import Format, Meaning
from diagnose.logs.wanted import Wanted
from diagnose.text import harmless

LONGEST_PATH = 200

_QUOTED = re.compile(rb'"(?:[^"]|"")*"|[^ ]+')
_DATE = re.compile(rb"\d{4}-\d\d-\d\d")
_TIME = re.compile(rb"\d\d:\d\d:\d\d")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One row about a wanted address. `stamp` sorts by time; it is empty where the row has none."""

    address: str
    stamp: bytes
    meaning: Meaning
    result: str
    path: str = ""
    area: str = ""
    """The prefix of Halo's that covers the path; what is refused at one may be let in at another."""
    status: int | None = None
    substatus: int | None = None


class Columns:
    """Where each field stands, by its lower-case name."""

    def __init__(self, names: list[bytes], date: bytes = b"") -> None:
        self.names = [name.lower() for name in names]
        self._at = {name: position for position, name in reversed(list(enumerate(self.names)))}
        self._date = date

    def has(self, *names: bytes) -> bool:
        """Whether every one of these fields is there."""
        return all(name in self._at for name in names)

    def split(self, text: bytes) -> list[bytes] | None:
        """Return the cells; None where there are fewer than fields.

        IIS writes a blank as `+` and never quotes, and clients choose what stands in most columns. So quotes
        count only in a row that does not fit without them; columns after the last field are left out.
        """
        wanted = len(self.names)
        cells = text.split(b" ")
        if len(cells) != wanted:
            cells = [cell for cell in cells if cell] if b'"' not in text else _QUOTED.findall(text)
        return cells if len(cells) >= wanted else None

    def cell(self, cells: list[bytes], *names: bytes) -> bytes:
        """Return the first of these fields that the log has; empty for none and for `-`."""
        for name in names:
            if name in self._at:
                found = cells[self._at[name]]
                return b"" if found == b"-" else found
        return b""

    def stamp(self, cells: list[bytes]) -> bytes:
        """Return `2026-11-22 09:00:00`; the day is the `#Date` directive's where no column has it."""
        date, time = self.cell(cells, b"date") or self._date, self.cell(cells, b"time")
        return date + b" " + time if _DATE.fullmatch(date) and _TIME.fullmatch(time) else b""


class Dialect(Protocol):
    """One format: which fields it needs, and what its rows mean."""

    FORMAT: Format

    def missing(self, columns: Columns) -> str:
        """Return a sentence where the log lacks what nothing can be said without."""

    def entry(self, cells: list[bytes], columns: Columns, wanted: Wanted) -> Entry | None:
        """Return what the row says about a wanted address; None where it is about another."""


def number(cell: bytes) -> int | None:
    """Return a cell's number, None where it is none or larger than any status."""
    return int(cell) if cell.isdigit() and len(cell) <= 5 else None  # noqa: PLR2004 - 65535 has five


def shown_path(cell: bytes) -> str:
    """Return a URL path without query and fragment, as may be shown."""
    try:
        text = cell.decode("utf-8")
    except UnicodeDecodeError:
        text = cell.decode("latin-1")  # what is left of an older client's code page
    return harmless(text.partition("?")[0].partition("#")[0], longest=LONGEST_PATH)
