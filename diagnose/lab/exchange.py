"""HTTP/1.1 as far as the lab needs it (RFC 9112): one request in, one reply out."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import parse_qsl

import msgspec

from diagnose.lab.scenario import Cut, Manner

LONGEST_BODY = 1 << 20
CHUNK = 64


class Incoming(msgspec.Struct, frozen=True):
    """One request. Header names are lower-case; `form` holds a urlencoded body's fields."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, lower-case: IIS and ASP.NET Core routing do not tell case apart."""
        return self.target.partition("?")[0].lower()

    @property
    def form(self) -> dict[str, str]:
        """The fields of an `application/x-www-form-urlencoded` body."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def query(self) -> dict[str, str]:
        """The query's fields, names lower-case."""
        pairs = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        return {name.lower(): value for name, value in pairs}


class Reply(msgspec.Struct, frozen=True):
    """One answer; a header with an empty value is not sent. `cut`: it never arrives as a whole."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    cut: Cut | None = None


def read(stream: BinaryIO) -> Incoming | None:
    """Read one request; None where the peer is done or does not speak HTTP."""
    words = stream.readline(65537).decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, target, version
        return None
    try:
        headers = {name.lower(): value for name, value in http.client.parse_headers(stream).items()}
        length = int(headers.get("content-length", "0"))
    except (http.client.HTTPException, ValueError):
        return None
    if not 0 <= length <= LONGEST_BODY:
        return None
    return Incoming(words[0], words[1], headers, stream.read(length))


def written(reply: Reply, method: str, manner: Manner) -> bytes:
    """Return the bytes of this reply, with IIS' headers and in the scenario's manner."""
    chunked = manner.chunked and not manner.http10 and reply.status != HTTPStatus.NO_CONTENT
    headers = _headers(reply, manner) | (
        {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(reply.body))}
    )
    lines = [f"HTTP/1.{0 if manner.http10 else 1} {reply.status} {_phrase(reply.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
    if method == "HEAD":
        return head
    return head + (_chunks(reply.body) if chunked else reply.body)


def _headers(reply: Reply, manner: Manner) -> dict[str, str]:
    now = datetime.now(UTC) + timedelta(seconds=manner.clock)
    headers = {"Server": "Microsoft-IIS/10.0", "X-Powered-By": "ASP.NET"} | reply.headers
    headers["Date"] = format_datetime(now, usegmt=True)
    if manner.closing or manner.http10:
        headers["Connection"] = "close"
    return headers


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _chunks(body: bytes) -> bytes:
    pieces = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a JSON answer as ASP.NET Core writes it."""
    named = {"Content-Type": "application/json; charset=utf-8"} | dict(headers or {})
    return Reply(status, msgspec.json.encode(value), named)
