"""A log read from beginning to end: its bytes in, what it says about the integrator's addresses out."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

from diagnose.logs.entries import Columns, Dialect
from diagnose.logs.lines import Line, Lines
from diagnose.logs.model import CLOCKS, TITLES, LogEvidence, LogsError
from diagnose.logs.recognise import DATE, FIELDS, by_fields, by_row
from diagnose.logs.sources import Limits, Readable, Source
from diagnose.logs.tally import Tally
from diagnose.logs.wanted import Wanted
from diagnose.text import harmless

_FORWARDED = re.compile(rb"forwarded|real-?ip|client-?ip|true-client", re.ASCII)
"""Columns that repeat a request header, which any client may write."""

_NO_LOG = (
    "this is no log that can be read here: give an IIS log in W3C format, an httperr log or a Windows Firewall log, "
    "as the server wrote it or compressed with gzip"
)


def read(
    stream: Readable,
    name: str,
    addresses: Collection[str],
    *,
    paths: Collection[str] = (),
    ports: Collection[int] = (),
    since: datetime | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> LogEvidence:
    """Return what the log says about these addresses; LogsError where it is no log that is understood.

    `paths` and `ports` are those of the two server URLs. Rows before `since` (with a zone) do not count.
    """
    stamp = since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S").encode() if since else b""
    try:
        return _Reader(Source(stream, limits), Wanted(addresses, paths, ports, stamp)).evidence(harmless(name))
    except OSError as error:
        raise LogsError("the log cannot be read to its end from where it is stored") from error


class _Reader:
    """The state between two interesting lines: the format, and the columns in force."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        self._source = source
        self._wanted = wanted
        self._lines = Lines(source, wanted.patterns)
        self._dialect: Dialect | None = None
        self._columns: Columns | None = None
        self._date = b""
        self._tallies: dict[str, Tally] = {}
        self._flaws: dict[str, int] = {}
        self._lacking = ""
        self._declared = False

    def evidence(self, name: str) -> LogEvidence:
        for line in self._lines:
            self._take(line)
        if self._dialect is None:
            raise LogsError(self._lacking or _NO_LOG)
        form = self._dialect.FORMAT
        empty = {address: Tally(address, form) for address in self._wanted.addresses}
        return LogEvidence(
            source=name,
            format=form,
            lines=self._lines.count,
            seen=tuple(tally.seen() for tally in {**empty, **self._tallies}.values()),
            remarks=(*self._source.remarks, *self._remarks()),
            stopped=self._source.stopped,
        )

    def _take(self, line: Line) -> None:
        if line.text.startswith(b"#"):
            self._directive(line.text)
        elif self._dialect is None:
            self._first_row(line)
        elif self._columns is not None:
            self._row(line)
        elif self._wanted.named_in(line.text):
            self._flaw("row_elsewhere")

    def _directive(self, text: bytes) -> None:
        if found := DATE.match(text):
            self._date = found[1]
        fields = FIELDS.match(text)
        if not fields and not found:
            return
        names = fields[1].split() if fields else self._columns.names if self._columns else []
        if names:
            self._declare(Columns(names, self._date))

    def _declare(self, columns: Columns) -> None:
        self._columns, self._declared = None, True
        dialect = by_fields(columns)
        if dialect is None:
            return
        self._lacking = self._lacking or dialect.missing(columns)
        if dialect.missing(columns):
            return
        if self._dialect is None:
            self._dialect = dialect
        if dialect.FORMAT == self._dialect.FORMAT:
            self._columns = columns

    def _first_row(self, line: Line) -> None:
        known = by_row(line.text)
        if known is not None and not self._declared:
            self._dialect, self._columns = known
            self._flaw("no_fields")
            self._row(line)

    def _row(self, line: Line) -> None:
        assert self._dialect is not None  # noqa: S101 - told to the type checker
        assert self._columns is not None  # noqa: S101 - likewise
        cells = self._columns.split(line.text)
        if cells is None:
            if self._wanted.named_in(line.text):
                self._flaw("unreadable")
            return
        entry = self._dialect.entry(cells, self._columns, self._wanted)
        if entry is None:
            self._another_clients(cells)
        elif self._wanted.since and CLOCKS[self._dialect.FORMAT] == "utc" and entry.stamp < self._wanted.since:
            self._flaw("before")
        else:
            tally = self._tallies.setdefault(entry.address, Tally(entry.address, self._dialect.FORMAT))
            tally.add(line.number, entry)

    def _another_clients(self, cells: list[bytes]) -> None:
        """Only notice that a wanted address stands in a column which proves nothing."""
        assert self._columns is not None  # noqa: S101 - as above
        for name, cell in zip(self._columns.names, cells, strict=False):
            if _FORWARDED.search(name) and any(self._wanted.address(part) for part in re.split(rb"[,;+ ]+", cell)):
                self._flaw("forwarded")
                return

    def _flaw(self, name: str) -> None:
        self._flaws[name] = self._flaws.get(name, 0) + 1

    def _remarks(self) -> list[str]:
        remarks = [_SENTENCES[name].format(count) for name, count in sorted(self._flaws.items())]
        if self._lines.too_long:
            remarks.append(f"{self._lines.too_long} lines are too long to be a log's and were left out")
        if self._wanted.since and self._dialect is not None and CLOCKS[self._dialect.FORMAT] == "local":
            remarks.append(f"{TITLES[self._dialect.FORMAT]} is in local time, so rows of any time were counted")
        return remarks


_SENTENCES = {
    "before": "{} rows are older than asked for and were not counted",
    "forwarded": "{} rows name an integrator's address only in a forwarded-for column, which any client can write; "
    "IIS saw a proxy's address there, so the proxy's own log and rules decide",
    "no_fields": "the log has no #Fields line before its first rows, so its usual columns were assumed",
    "row_elsewhere": "{} rows that may name an integrator's address stand under columns that are not understood",
    "unreadable": "{} rows that may name an integrator's address have fewer columns than #Fields says",
}
