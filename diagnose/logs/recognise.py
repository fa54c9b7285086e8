"""Which log this is: by its `#Fields`, or, where the beginning is cut off, by the shape of its first row."""

from __future__ import annotations

import re

from diagnose.logs.entries import Columns, Dialect
from diagnose.logs.firewall import DEFAULT as FIREWALL_FIELDS
from diagnose.logs.firewall import FirewallLog
from diagnose.logs.httperr import DEFAULT as HTTPERR_FIELDS
from diagnose.logs.httperr import HttpErrLog
from diagnose.logs.iis import DEFAULT as IIS_FIELDS
from diagnose.logs.iis import IisLog

FIELDS = re.compile(rb"#Fields:[ \t]*(.*)", re.IGNORECASE)
DATE = re.compile(rb"#Date:[ \t]*(\d{4}-\d\d-\d\d)", re.IGNORECASE)

_MOMENT = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "
_IP = rb"[0-9A-Fa-f:.%]+ "
_FIREWALL_ROW = re.compile(_MOMENT + rb"(?:ALLOW|DROP|INFO-EVENTS-LOST) \S+ (?:\S+ ){4}")
_HTTPERR_ROW = re.compile(_MOMENT + _IP + rb"\d+ " + _IP + rb"\d+ (?:HTTP/\S+|-) \S+ \S+ ")
_IIS_ROW = re.compile(_MOMENT + _IP + rb"[A-Za-z_-]+ /\S* \S+ \d+ \S+ " + _IP + rb"\S+ \S+ \d{3} \d+ \d+ \d+\s*")


def by_fields(columns: Columns) -> Dialect | None:
    """Return the format whose fields these are; None for a log of something else."""
    if columns.has(b"action", b"protocol") or columns.has(b"src-ip", b"dst-ip"):
        return FirewallLog()
    if columns.has(b"s-reason") or columns.has(b"reason", b"siteid"):
        return HttpErrLog()
    if columns.has(b"cs-uri-stem", b"sc-status"):
        return IisLog()
    return None


def by_row(text: bytes) -> tuple[Dialect, Columns] | None:
    """Return the format of a row that no `#Fields` explains, with that format's usual fields."""
    if _FIREWALL_ROW.match(text):
        return FirewallLog(), Columns(FIREWALL_FIELDS)
    if _HTTPERR_ROW.match(text):
        return HttpErrLog(), Columns(HTTPERR_FIELDS)
    if _IIS_ROW.fullmatch(text):
        return IisLog(), Columns(IIS_FIELDS)
    return None
