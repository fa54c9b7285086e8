"""Answers of servers that mean harm or are broken beyond words: each a script of bytes, pauses and endings.

A script yields bytes to send, seconds to wait, or how the connection ends; a script that just stops leaves
the connection open for the next request.
"""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, auto
from functools import cache

import msgspec

from diagnose.lab.authority import HOSTILE
from diagnose.lab.pages import HTML
from diagnose.lab.site import matches


class Ending(Enum):
    """How a connection ends."""

    CLOSED = auto()
    RESET = auto()
    SILENT = auto()
    """It stays open, and nothing is said any more."""


Script = Iterator[bytes | float | Ending]


class Moment(msgspec.Struct, frozen=True):
    """What a script may know: the request, the honest answer to it, and how many it was asked before."""

    method: str
    target: str
    honest: Callable[[], bytes]
    turn: int = 0
    origin: str = ""


DRIP = 0.4
"""Seconds between two bytes: slow enough never to end, quick enough for no single read to time out."""
GIGABYTE = 1 << 30
LEVELS = 100_000
DIGITS = 10_000
_OK = b"HTTP/1.1 200 OK\r\n"
_JSON = b"Content-Type: application/json\r\n"


def _whole(moment: Moment, body: bytes, *lines: str, status: str = "200 OK") -> Script:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines]
    yield "\r\n".join(head).encode() + b"\r\n\r\n"
    if moment.method != "HEAD":
        yield body


def _json(body: bytes, times: int = 1, after: bytes = b"") -> Callable[[Moment], Script]:
    return lambda moment: _whole(moment, body * times + after, "Content-Type: application/json")


def _redirect(place: str) -> Callable[[Moment], Script]:
    def script(moment: Moment) -> Script:
        where = place.format(origin=moment.origin, target=moment.target, turn=moment.turn)
        return _whole(moment, b"", f"Location: {where}", status="307 Temporary Redirect")

    return script


def _dripped(data: bytes) -> Script:
    for letter in data:
        yield bytes((letter,))
        yield DRIP


def _for_ever(start: bytes, more: bytes) -> Callable[[Moment], Script]:
    def script(_: Moment) -> Script:
        yield start
        yield from itertools.repeat(more)

    return script


def _drip_headers(_: Moment) -> Script:
    yield _OK
    yield from _dripped(b"X-Padding: " + b"x" * 10_000)


def _drip_body(_: Moment) -> Script:
    yield _OK + _JSON + b"Content-Length: 10000\r\n\r\n"
    yield from _dripped(b'{"app_version": "2.250.32"' + b" " * 9_974)


def _long_body(_: Moment) -> Script:
    yield _OK + _JSON + b"Content-Length: %d\r\n\r\n" % GIGABYTE
    yield from itertools.repeat(b" " * 65536, GIGABYTE // 65536)


def _long_body_unsent(_: Moment) -> Script:
    yield _OK + _JSON + b"Content-Length: %d\r\n\r\n{" % GIGABYTE
    yield Ending.SILENT


def _bomb(coding: str, packed: Callable[[], bytes]) -> Callable[[Moment], Script]:
    return lambda moment: _whole(moment, packed(), "Content-Type: application/json", f"Content-Encoding: {coding}")


@cache
def _gzip_bomb() -> bytes:
    """A gigabyte of blanks in about a megabyte: a hundred members of ten megabytes (RFC 1952, 2.2)."""
    return gzip.compress(b" " * (10 << 20), 9, mtime=0) * 100


@cache
def _deflate_bomb() -> bytes:
    return zlib.compress(zlib.compress(b" " * (100 << 20), 9), 9)


def _reset_in_headers(_: Moment) -> Script:
    yield _OK + b"Content-Ty"
    yield Ending.RESET


def _reset_in_body(_: Moment) -> Script:
    yield _OK + _JSON + b'Content-Length: 4000\r\n\r\n{"app_version": "2.2'
    yield Ending.RESET


def _reset_between(moment: Moment) -> Script:
    yield moment.honest()
    yield Ending.RESET


def _reset_at_once(_: Moment) -> Script:
    yield Ending.RESET


def _fickle(moment: Moment) -> Script:
    """Answer with an error, then with a page, then not at all, then honestly, and so on."""
    turn = moment.turn % 4
    if turn == 0:
        yield from _whole(moment, b"", status="500 Internal Server Error")
    elif turn == 1:
        yield from _whole(moment, b"<!DOCTYPE html><title>Welcome</title>", f"Content-Type: {HTML}")
    elif turn == 2:  # noqa: PLR2004 - the third of four
        yield Ending.RESET
    else:
        yield moment.honest()


def _marked(moment: Moment) -> Script:
    """Put markup, escape sequences and right-to-left marks wherever a string may stand."""
    keys = ["app_name", "app_version", "database_version", "auth_url", "tenant_id", "agent_url", "hosted_group"]
    keys += ["error", "error_description", "error_uri", "scope", "token_type"]
    odd = HOSTILE.replace("\x1b", "")  # no header may hold it: see `escapes-in-headers`
    headers = [f"{name}: {odd}" for name in ("Server", "X-Powered-By", "WWW-Authenticate", "Via", "X-Cache")]
    body = msgspec.json.encode(dict.fromkeys(keys, HOSTILE))
    yield from _whole(moment, body, "Content-Type: application/json", *headers, status=f"400 {odd}")


def _marked_page(moment: Moment) -> Script:
    page = f"<html><title>{HOSTILE}</title><body>{HOSTILE}"
    yield from _whole(moment, page.encode(), f"Content-Type: {HTML}", status="502 Bad Gateway")


def _escapes_in_headers(moment: Moment) -> Script:
    yield from _whole(moment, b"{}", f"Server: {HOSTILE}", "Content-Type: application/json")


TRICKS: dict[str, Callable[[Moment], Script]] = {
    "endless-headers": _for_ever(_OK, b"X-Padding: " + b"x" * 4096 + b"\r\n"),
    "endless-status-line": _for_ever(b"HTTP/1.1 200 ", b"x" * 4096),
    "endless-interim": _for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless-chunks": _for_ever(
        _OK + _JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b" " * 4096 + b"\r\n"
    ),
    "endless-chunk-size": _for_ever(_OK + _JSON + b"Transfer-Encoding: chunked\r\n\r\n1;x=", b"x" * 4096),
    "drip-headers": _drip_headers,
    "drip-body": _drip_body,
    "long-body": _long_body,
    "long-body-unsent": _long_body_unsent,
    "length-nonsense": lambda _: iter([_OK + _JSON + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", Ending.CLOSED]),
    "lengths-differ": lambda _: iter([_OK + b"Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}", Ending.CLOSED]),
    "gzip-bomb": _bomb("gzip", _gzip_bomb),
    "deflate-bomb": _bomb("deflate, deflate", _deflate_bomb),
    "redirect-loop": _redirect("{origin}{target}"),
    "redirect-for-ever": _redirect("{origin}/next-{turn}"),
    "redirect-elsewhere": _redirect("https://collector.invalid/{target}"),
    "redirect-to-file": _redirect("file:///etc/passwd"),
    "redirect-to-metadata": _redirect("http://169.254.169.254/latest/meta-data/"),
    "redirect-to-private": _redirect("http://10.11.12.13/"),
    "redirect-nonsense": _redirect("http://[::1:99999/%zz"),
    "json-deep": _json(b"[", LEVELS, b"]" * LEVELS),
    "json-deep-object": _json(b'{"app_version":', LEVELS, b"1" + b"}" * LEVELS),
    "json-huge": _json(b'{"app_version": "2.250.32", "padding": "', 1, b"x" * (2 << 20) + b'"}'),
    "huge-token": _json(b'{"token_type": "Bearer", "access_token": "', 1, b"x" * 900_000 + b'"}'),
    "json-many-keys": _json(b"{" + b",".join(b'"k%d":0' % number for number in range(60_000)) + b"}"),
    "json-not-utf-8": _json(b'{"app_name": "Halo PSA", "app_version": "2.250.32\xff\xfe\xc3"}'),
    "json-utf-16": _json('{"app_name": "Halo PSA", "app_version": "2.250.32"}'.encode("utf-16")),
    "json-same-key-twice": _json(
        b'{"app_name": "Halo PSA", "app_version": "2.250.32", "app_version": "1.0", "error": "a", "error": "b"}'
    ),
    "json-long-number": _json(b'{"app_name": "Halo PSA", "expires_in": 1', 1, b"0" * DIGITS + b"}"),
    "json-no-number": _json(b'{"app_name": "Halo PSA", "app_version": NaN, "expires_in": Infinity}'),
    "json-other-types": _json(
        b'{"app_name": ["Halo PSA"], "app_version": {"a": 1}, "database_version": true, "auth_url": 7, "error": [1],'
        b' "error_description": {}, "access_token": {"a": []}, "scope": 1, "expires_in": "x", "clients": {}, "id": []}'
    ),
    "reset": _reset_at_once,
    "reset-in-headers": _reset_in_headers,
    "reset-in-body": _reset_in_body,
    "reset-between": _reset_between,
    "fickle": _fickle,
    "marked": _marked,
    "marked-page": _marked_page,
    "escapes-in-headers": _escapes_in_headers,
}
"""By name; a scenario lays them over paths."""


class Tricks:
    """The scripts of one site by path, and how often each was played."""

    def __init__(self, by_pattern: Mapping[str, str], origin: str) -> None:
        self._by_pattern = by_pattern
        self._origin = origin
        self._turns = {pattern: itertools.count() for pattern in by_pattern}

    def script(self, moment: Moment) -> Script | None:
        """Return the script that answers this request; None where it is answered honestly."""
        path = moment.target.partition("?")[0].lower()
        for pattern, name in self._by_pattern.items():
            if matches(pattern, path):
                turn = next(self._turns[pattern])
                return TRICKS[name](msgspec.structs.replace(moment, turn=turn, origin=self._origin))
        return None
