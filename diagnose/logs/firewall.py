"""The Windows Firewall log (`pfirewall.log`), in the server's local time.

A dropped SYN is a refusal. Other dropped segments belong to connections that are already over, and dropped UDP
is HTTP/3, which falls back: neither is one.
"""

from __future__ import annotations

import re

from diagnose.logs.entries import Columns, Entry, number
from diagnose.logs.model import Format, Meaning
from diagnose.logs.wanted import Wanted

DEFAULT = (
    b"date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin "
    b"icmptype icmpcode info path"
).split(b" ")
"""learn.microsoft.com, Configure Windows Firewall logging, version 1.5, read 2026-11."""

_ACTION = re.compile(rb"[A-Z-]{1,20}")
INBOUND = {b"", b"RECEIVE"}
TCP = {b"TCP", b"6"}


class FirewallLog:
    """Rows of the Windows Firewall log."""

    FORMAT: Format = "pfirewall"

    def missing(self, columns: Columns) -> str:
        """Windows writes these always."""
        needed = columns.has(b"action", b"protocol", b"src-ip", b"dst-port")
        return "" if needed else "this firewall log lacks one of the columns action, protocol, src-ip and dst-port"

    def entry(self, cells: list[bytes], columns: Columns, wanted: Wanted) -> Entry | None:
        """Return what the row says about a wanted address as the source."""
        address = wanted.address(columns.cell(cells, b"src-ip"))
        if address is None:
            return None
        action = columns.cell(cells, b"action").upper()
        result = action.decode("ascii") if _ACTION.fullmatch(action) else "-"
        return Entry(address, columns.stamp(cells), _meaning(action, cells, columns, wanted), result)


def _meaning(action: bytes, cells: list[bytes], columns: Columns, wanted: Wanted) -> Meaning:
    inbound = columns.cell(cells, b"path").upper() in INBOUND
    web = columns.cell(cells, b"protocol").upper() in TCP and number(columns.cell(cells, b"dst-port")) in wanted.ports
    if not (inbound and web):
        return "other"
    if action == b"ALLOW":
        return "let_in"
    flags = columns.cell(cells, b"tcpflags").upper()
    opening = not flags or (b"S" in flags and b"A" not in flags)
    return "refused" if action == b"DROP" and opening else "other"
