"""One HTTP/1.1 exchange over a line that is open. The only module that imports httpcore.

httpcore's state machine (over h11) reads a stream of ours, so that what arrives is counted and capped
before it is parsed. Nothing is decompressed. Deadlines are the caller's. A server may do its worst:
whatever becomes of it is a `Reply` or an `ExchangeError`.
"""

from __future__ import annotations

import ssl
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from diagnose.probes.lines import Line
from diagnose.probes.wire import Stream

if TYPE_CHECKING:
    import httpcore

BODY_LIMIT = 1024 * 1024
HEAD_LIMIT = 128 * 1024
"""Bytes before and around the body: status lines, 1xx answers, headers, chunk sizes."""
TARGET_LIMIT = 8 * 1024


class Request(msgspec.Struct, frozen=True):
    """What is sent. `target` is the path with the query, `authority` the Host header (RFC 9110, 7.2)."""

    method: str
    authority: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """What came back, header names in lower case. `whole` is False where the body went past the limit."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    whole: bool = True

    def header(self, name: str) -> str:
        """The first value of this header, or nothing."""
        return next((value for key, value in self.headers if key == name), "")


Trouble = Literal["reset", "closed", "malformed", "too_large", "tls_failed"]


class ExchangeError(Exception):
    """No reply. `nothing_came`: not one byte of one; then a line that was idle may simply have been closed."""

    def __init__(self, outcome: Trouble, detail: str, *, nothing_came: bool) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.nothing_came = nothing_came


class _TooMuchError(Exception):
    """More bytes than any answer to us needs."""


class _Counted:
    """A stream as httpcore reads one (`AsyncNetworkStream`), counting what arrives in each exchange."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._limit = 0
        self.received = 0
        self.ended = False

    def begin(self, limit: int) -> None:
        self._limit = limit
        self.received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore's
        data = await self._stream.read(max_bytes)
        self.received += len(data)
        self.ended = not data
        if self.received > self._limit:
            raise _TooMuchError
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's
        try:
            await self._stream.write(buffer)
        except (ConnectionError, ssl.SSLError):
            return  # a server may answer, or say why not, before it has read everything: reading tells

    async def aclose(self) -> None:
        self.ended = True  # the line closes the socket

    def get_extra_info(self, info: str) -> object:  # noqa: ARG002 - httpcore's
        return None


class _Talk:
    """HTTP on one line: httpcore's connection and the stream under it."""

    def __init__(self, line: Line) -> None:
        import httpcore  # noqa: PLC0415 - imported while sockets wait

        self.stream = _Counted(line.tls or line.tcp)
        self.origin = httpcore.Origin(b"https", line.host.encode(), line.port)
        self.connection = httpcore.AsyncHTTP11Connection(self.origin, cast("httpcore.AsyncNetworkStream", self.stream))


async def exchange(line: Line, request: Request, limit: int = BODY_LIMIT) -> Reply:
    """Send the request and return the reply; ExchangeError where none came. Afterwards `reusable` tells."""
    import httpcore  # noqa: PLC0415 - imported while sockets wait

    talk = line.http = line.http or _Talk(line)
    talk.stream.begin(limit + HEAD_LIMIT)
    line.exchanges += 1
    try:
        response = await talk.connection.handle_async_request(_wire_request(request, talk))
        return await _reply(response, limit)
    except httpcore.ProtocolError as error:
        raise _broken(talk, error) from error
    except _TooMuchError as error:
        raise ExchangeError("too_large", "the answer is endless", nothing_came=False) from error
    except ssl.SSLError as error:
        raise ExchangeError("tls_failed", error.reason or str(error), nothing_came=talk.stream.received == 0) from error
    except OSError as error:
        detail = "the server cut the connection off"
        raise ExchangeError("reset", detail, nothing_came=talk.stream.received == 0) from error


def reusable(line: Line) -> bool:
    """Whether another request may be sent on this line."""
    return line.http is None or bool(line.http.connection.is_idle() and not line.http.stream.ended)


@cache
def user_agent() -> str:
    """Always sent: some filters refuse a request without one (GitHub's front end, seen 2026-11)."""
    try:
        return f"halo-diagnose/{metadata.version('halo-diagnose')}"
    except metadata.PackageNotFoundError:
        return "halo-diagnose/0"


def _wire_request(request: Request, talk: Any) -> httpcore.Request:  # noqa: ANN401 - `Line` keeps it untyped
    import httpcore  # noqa: PLC0415 - imported while sockets wait

    headers = [
        ("Host", request.authority),
        ("User-Agent", user_agent()),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        *request.headers,
    ]
    if request.body or request.method == "POST":
        headers.append(("Content-Length", str(len(request.body))))
    origin = talk.origin
    url = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=request.target.encode())
    return httpcore.Request(request.method, url, headers=headers, content=request.body)


async def _reply(response: httpcore.Response, limit: int) -> Reply:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
    body = bytearray()
    stream = cast("Any", response.stream)  # httpcore types it as sync or async; its own connection's is async
    try:
        async for chunk in stream:
            body += chunk
            if len(body) > limit:
                return Reply(response.status, headers, bytes(body[:limit]), whole=False)
    except _TooMuchError:
        return Reply(response.status, headers, bytes(body[:limit]), whole=False)
    finally:
        await stream.aclose()
    return Reply(response.status, headers, bytes(body))


def _broken(talk: Any, error: Exception) -> ExchangeError:  # noqa: ANN401 - `Line` keeps it untyped
    received = talk.stream.received
    if talk.stream.ended and received == 0:
        return ExchangeError("closed", "the server closed the connection without an answer", nothing_came=True)
    if talk.stream.ended and "complete" in str(error):
        return ExchangeError(
            "closed", "the server closed the connection in the middle of its answer", nothing_came=False
        )
    return ExchangeError("malformed", f"the answer is not HTTP/1.1: {error}", nothing_came=received == 0)
