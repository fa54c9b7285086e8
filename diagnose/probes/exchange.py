"""One HTTP/1.1 exchange over a line that is open: httpx's requests and responses, and a transport of ours.

The only module that imports httpx. It is imported while sockets wait, never for `--help`.

Theory of operation: httpx makes the request (URL, form, headers) and holds the response; `LineTransport`
carries both over a line that was dialled, watched and counted elsewhere, with h11 as the state machine, as
in httpx's own transport. httpx's client stays out: even where it follows no redirect it reads where one
leads, and fails where that is nonsense; it keeps cookies; and it unpacks what is compressed. Deadlines are
the caller's. A server may do its worst: whatever becomes of it is a `Reply` or an `ExchangeError`.
"""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from functools import cache, lru_cache
from importlib import metadata
from types import ModuleType
from typing import cast

import h11

from diagnose.probes.lines import Line
from diagnose.probes.replies import ExchangeError, Reply
from diagnose.probes.wire import RECORD, Stream

# httpx imports its own command line, and with that click, rich and pygments; where that fails it does without.
cast("dict[str, ModuleType | None]", sys.modules).setdefault("httpx._main", None)

import httpx  # noqa: E402 - after its command line was shut out
from httpx import Request, Response  # noqa: E402

__all__ = ["LineTransport", "Request", "Response", "exchange", "request_for", "user_agent"]

BODY_LIMIT = 1024 * 1024
HEAD_LIMIT = 128 * 1024
"""Bytes before and around the body: status lines, 1xx answers, headers, chunk sizes."""


@cache
def user_agent() -> str:
    """Always sent, so that a server's log tells whose requests these are."""
    try:
        return f"halo-diagnose/{metadata.version('halo-diagnose')}"
    except metadata.PackageNotFoundError:
        return "halo-diagnose/0"


def request_for(method: str, url: str, form: Mapping[str, str] | None = None, bearer: str | None = None) -> Request:
    """Return the request; ValueError where the URL or the token cannot be written into one."""
    place, target = _place(url)
    headers = {
        "Host": place.netloc.decode(),  # httpx would decode `xn--` first, and refuse some names that exist
        "User-Agent": user_agent(),
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    if bearer is not None:
        if not re.fullmatch(r"[!-~]+", bearer):
            raise ValueError("the token holds characters that no header can carry")
        headers["Authorization"] = f"Bearer {bearer}"
    return Request(method, place, headers=headers, data=form, extensions={"target": target})


def _place(url: str) -> tuple[httpx.URL, bytes]:
    """Return whose URL it is, and the target of the request line (RFC 9112, 3.2); a server's URLs are parsed once."""
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        return _parsed(plain[1]), plain[2].encode()
    whole = _parsed(url)
    return whole, whole.raw_path


_PLAIN = re.compile(r"(https?://[^/?#]+)(/[A-Za-z0-9/_~?=&-]*)")
"""A URL whose path and query need no quoting and hold no dots: it is sent as it is written."""


@lru_cache(maxsize=32)
def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"the address is no URL: {error}") from error


async def exchange(line: Line, request: Request, limit: int = BODY_LIMIT) -> Reply:
    """Send the request and return the reply; ExchangeError where none came. Afterwards `line.idle` tells."""
    transport = line.http = line.http or LineTransport(line.tls or line.tcp, limit)
    line.exchanges += 1
    try:
        return await _reply(await transport.handle_async_request(request))
    except h11.ProtocolError as error:
        raise _broken(transport, error) from error
    except _TooMuchError as error:
        raise ExchangeError("too_large", "the answer is endless", nothing_came=False) from error
    except ssl.SSLError as error:
        raise ExchangeError("tls_failed", error.reason or str(error), nothing_came=transport.received == 0) from error
    except OSError as error:
        detail = "the server cut the connection off"
        raise ExchangeError("reset", detail, nothing_came=transport.received == 0) from error


class _TooMuchError(Exception):
    """More bytes than any answer to us needs."""


class LineTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 on one connection, kept alive; `limit`: the longest body. What arrives is counted, then parsed."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        self._around = 0
        self.received = 0
        """Bytes of the answer so far."""
        self.answering = False
        """The answer's status and headers have come."""
        self.ended = False
        """The server has closed its half."""

    @property
    def idle(self) -> bool:
        """Whether another request may follow: all was said, both sides keep the line, and nothing came unasked."""
        return {self._http.our_state, self._http.their_state} == {h11.DONE} and not self._http.trailing_data[0]

    async def handle_async_request(self, request: Request) -> Response:
        """Send the request; return the response as soon as its headers have come."""
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        self._around = self.received = 0
        self.answering = False
        await self._send(request)
        event = await self.event()
        while isinstance(event, h11.InformationalResponse):
            event = await self.event()
        head = cast("h11.Response", event)  # h11 lets nothing else follow a request
        self.answering = True
        body = _Body(self, self._limit)
        return Response(head.status_code, headers=head.headers.raw_items(), stream=body)

    async def _send(self, request: Request) -> None:
        http = self._http
        target = request.extensions["target"]
        data = http.send(h11.Request(method=request.method, target=target, headers=request.headers.raw))
        content = http.send(h11.Data(request.content)) if request.content else b""
        data = (data or b"") + (content or b"") + (http.send(h11.EndOfMessage()) or b"")
        try:
            await self._stream.write(data)
        except (ConnectionError, ssl.SSLError):
            return  # a server may answer, or say why not, before it has read everything: reading tells

    async def event(self) -> h11.Event:
        """Return what the server says next."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._stream.read(RECORD)
            self.ended = not data
            self.received += len(data)
            self._around += len(data)
            if self._around > HEAD_LIMIT:
                raise _TooMuchError
            self._http.receive_data(data)
        if isinstance(event, h11.Data):
            self._around -= len(event.data)
        return cast("h11.Event", event)


class _Body(httpx.AsyncByteStream):
    """The body as it comes in, up to its limit."""

    def __init__(self, transport: LineTransport, limit: int) -> None:
        self._transport = transport
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._transport.event(), h11.Data):
            self._left -= len(event.data)
            if self._left < 0:
                raise _TooMuchError
            yield bytes(event.data)


async def _reply(response: Response) -> Reply:
    body = bytearray()
    try:
        async for chunk in cast("_Body", response.stream):  # ours: as it comes in, never unpacked
            body += chunk
    except _TooMuchError:
        return Reply(response, bytes(body), whole=False)
    return Reply(response, bytes(body))


def _broken(transport: LineTransport, error: Exception) -> ExchangeError:
    if transport.ended and transport.received == 0:
        return ExchangeError("closed", "the server closed the connection without an answer", nothing_came=True)
    if transport.ended and transport.answering:
        detail = "the server closed the connection in the middle of its answer"
        return ExchangeError("closed", detail, nothing_came=False)
    why = "it ends before its headers do" if transport.ended else str(error)
    return ExchangeError("malformed", f"the answer is not HTTP/1.1: {why}", nothing_came=transport.received == 0)
