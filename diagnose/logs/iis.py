"""The IIS log in W3C format (`u_exYYMMDD.log`), in UTC.

A row proves arrival only where Halo itself must have answered. A 403.0 or 404.0 may come from a URL Rewrite
rule on the address, and a row without sub-status hides whose refusal it is: both decide nothing.
"""

from __future__ import annotations

from functools import lru_cache

from diagnose.logs.entries import Columns, Entry, number, shown_path
from diagnose.logs.model import Format, Meaning
from diagnose.logs.wanted import Wanted

DEFAULT = (
    b"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    b"cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
).split(b" ")
"""The fields of IIS 8 and later, unless changed (learn.microsoft.com/iis, logFile element, 2026-11)."""

# Sub-status codes: Microsoft SupportArticles http-status-code, October 2024.
REFUSALS = frozenset({(403, 6), (403, 8), *((status, sub) for status in (401, 403, 404) for sub in (503, 504))})
"""The address (.6, .503) or its host name (.8, .504) is in the deny list; the status is the `denyAction`."""
THROTTLES = frozenset((status, sub) for status in (401, 403, 404) for sub in (501, 502))
"""Dynamic restriction: too many at once (.501), too many in a short time (.502)."""

TOO_MANY = 429
UNAUTHORIZED = 401
ANSWERS = frozenset({400, 405, 409, 415, 422})
"""Statuses of the application, with sub-status 0. 400.10 is IIS refusing an X-Forwarded-For."""
AMBIGUOUS_WITHOUT_SUBSTATUS = frozenset({401, 403, 404})
PLAIN_HTTP = 80


class IisLog:
    """Rows of the W3C format."""

    FORMAT: Format = "iis-w3c"

    def missing(self, columns: Columns) -> str:
        """Name the box to tick in IIS Manager."""
        if columns.has(b"c-ip"):
            return ""
        return "this IIS log has no column c-ip; in IIS Manager, Logging, Select Fields, tick Client IP Address"

    def entry(self, cells: list[bytes], columns: Columns, wanted: Wanted) -> Entry | None:
        """Return what the row says about a wanted address."""
        address = wanted.address(columns.cell(cells, b"c-ip"))
        if address is None:
            return None
        path = shown_path(columns.cell(cells, b"cs-uri-stem"))
        area = wanted.area(path)
        status, substatus, result, meaning = _judged(
            columns.cell(cells, b"sc-status"), columns.cell(cells, b"sc-substatus")
        )
        if area is None:
            meaning = "other"
        if meaning == "arrived" and _another_port(number(columns.cell(cells, b"s-port")), wanted):
            meaning = "other"
        return Entry(address, columns.stamp(cells), meaning, result, path, area or "",
                     status, substatus)  # fmt: skip


@lru_cache(maxsize=256)
def _judged(status_cell: bytes, substatus_cell: bytes) -> tuple[int | None, int | None, str, Meaning]:
    """The same few pairs come again and again."""
    status, substatus = number(status_cell), number(substatus_cell)
    return status, substatus, shown(status, substatus), meaning_of(status, substatus)


def meaning_of(status: int | None, substatus: int | None) -> Meaning:
    """Return what a status at one of Halo's paths means."""
    if status is None:
        return "other"
    if (status, substatus) in REFUSALS:
        return "refused"
    if (status, substatus) in THROTTLES or status == TOO_MANY:
        return "throttled"
    if substatus is None and status in AMBIGUOUS_WITHOUT_SUBSTATUS:
        return "other"
    succeeded = 200 <= status < 300  # noqa: PLR2004 - RFC 9110, 15.3
    answered = status in ANSWERS and not substatus
    return "arrived" if succeeded or answered or status == UNAUTHORIZED else "other"


def shown(status: int | None, substatus: int | None) -> str:
    """Return `403.6` as administrators write it."""
    return "-" if status is None else f"{status}" if substatus is None else f"{status}.{substatus}"


def _another_port(port: int | None, wanted: Wanted) -> bool:
    """Port 80 may be open where 443 is not; any other may be what a port forward leads to."""
    return port == PLAIN_HTTP and PLAIN_HTTP not in wanted.ports
