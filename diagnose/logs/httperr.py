"""HTTP.sys' own log (`httperr*.log`), in UTC: requests that ended before IIS could log them.

No row decides anything, but each shows that perimeter and host firewall let the address in. Reasons:
Microsoft KB 820729, read 2026-11.
"""

from __future__ import annotations

import re

from diagnose.logs.entries import Columns, Entry, number, shown_path
from diagnose.logs.model import Format, Meaning
from diagnose.logs.wanted import Wanted

DEFAULT = (
    b"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"
).split(b" ")
"""Windows Server 2008 to 2022; later ones add streamid and transport and say so in #Fields."""

ABORTED = re.compile(r"Timer_\w+|Connection_\w+|Client_Reset|FieldLength|AbortRequest", re.ASCII)
_REASON = re.compile(rb"\w{1,60}", re.ASCII)


class HttpErrLog:
    """Rows of the HTTPERR log."""

    FORMAT: Format = "httperr"

    def missing(self, columns: Columns) -> str:
        """Windows writes the address always."""
        return "" if columns.has(b"c-ip") else "this HTTPERR log has no column c-ip"

    def entry(self, cells: list[bytes], columns: Columns, wanted: Wanted) -> Entry | None:
        """Return what the row says about a wanted address."""
        address = wanted.address(columns.cell(cells, b"c-ip"))
        if address is None:
            return None
        cell = columns.cell(cells, b"s-reason", b"reason")
        reason = cell.decode("ascii") if _REASON.fullmatch(cell) else "-"
        meaning: Meaning = "aborted" if ABORTED.fullmatch(reason) else "other"
        path = shown_path(columns.cell(cells, b"cs-uri", b"url"))
        status = number(columns.cell(cells, b"sc-status", b"status"))
        return Entry(address, columns.stamp(cells), meaning, reason, path, "", status)
