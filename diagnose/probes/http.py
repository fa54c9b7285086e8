"""HTTP for the probes: one request, one `Answer`, whatever the server does.

Redirects are never followed. A credential leaves only on a line whose TLS was verified on that very line. A
request without one also takes the connection that showed the certificates, so that a healthy run opens
few; and while it waits for a line of its own, it takes the first that becomes free.

A line that was idle may have been closed by the server in the meantime: where not one byte of an answer
came, the request is sent once more on a fresh line (RFC 9112, 9.3.1). That holds for the POST to the token
endpoint too: a token that was granted and never arrived harms nothing.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from diagnose.credentials import Secrets
from diagnose.facts.channels import Channel
from diagnose.facts.clock import http_date
from diagnose.facts.http import Answer
from diagnose.probes.answers import KEPT_HEADERS
from diagnose.probes.lines import Line
from diagnose.probes.network import Network
from diagnose.probes.replies import ExchangeError
from diagnose.probes.sending import NoAnswer, Sending, send
from diagnose.probes.sockets import DialError
from diagnose.probes.strictjson import NotJson, strict_json
from diagnose.probes.wire import capture_context

if TYPE_CHECKING:
    from diagnose.probes.exchange import Request

__all__ = ["KEPT_HEADERS", "Http", "NotJson", "strict_json"]

LONGEST_PAUSE = 10.0
"""Seconds a 429 is honoured for; where it asks for more, asking again sooner would be in vain."""
USUAL_PAUSE = 2.0
"""Seconds where a 429 names none."""
TOO_MANY_REQUESTS = 429


class Contexts(Protocol):
    """Whoever makes verifying TLS contexts from the roots in force."""

    def context(self, channel: Channel) -> ssl.SSLContext:
        """Return a context that verifies this channel's server."""


class NoLineError(Exception):
    """There is no connection to send on: the outcome and the detail of the answer."""

    def __init__(self, outcome: NoAnswer, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


class Http:
    """Requests to the target, over the run's few lines and within its budget."""

    def __init__(self, network: Network, roots: Contexts, secrets: Secrets) -> None:
        self._network = network
        self._roots = roots
        self._secrets = secrets

    async def ask(  # noqa: PLR0913 - one request has as many sides
        self,
        method: str,
        url: str,
        *,
        channel: Channel,
        form: Mapping[str, str] | None = None,
        bearer: str | None = None,
        optional: bool = False,
        raw: bool = False,
        timeout: float = 15.0,  # noqa: ASYNC109 - the deadline of the exchange, kept here
    ) -> tuple[Answer, bytes]:
        """Send one request and return the answer and its body; never raises for what the network does.

        With `raw` the body still holds what the server echoed: a token is read out of it.
        ValueError for a credential on a channel that is not verified: a mistake of the program's own.
        """
        secret = bearer is not None or any(value in self._secrets.values for value in (form or {}).values())
        if secret and not channel.verified:
            raise ValueError("a credential may only be sent over a verified channel")
        asked = Answer(
            method,
            self._secrets.redact(url),
            "not_sent",
            address=channel.address,
            channel="verified" if channel.verified else "unverified",
        )
        from diagnose.probes.exchange import request_for  # noqa: PLC0415 - httpx is imported while sockets wait

        try:
            errand = _Errand(request_for(method, url, form, bearer), channel, secret, optional, raw)
        except ValueError as error:
            return msgspec.structs.replace(asked, detail=str(error)), b""
        answer, body = await self._within(timeout, errand, asked)
        pause = pause_for(answer)
        if pause is None:
            return answer, body
        if pause > LONGEST_PAUSE or pause >= self._network.remaining():
            return msgspec.structs.replace(answer, detail=_too_long(pause)), body
        self._network.pace.quiet(pause)
        return await self._within(timeout + pause, errand, asked)

    async def _within(self, seconds: float, errand: _Errand, asked: Answer) -> tuple[Answer, bytes]:
        sending = Sending(asked, raw=errand.raw)
        try:
            async with asyncio.timeout_at(self._network.until(seconds)):
                return await self._carry(errand, sending)
        except TimeoutError:
            return sending.failed("timeout", f"no complete answer within {seconds:.0f} s"), b""
        except NoLineError as error:
            return sending.failed(error.outcome, error.detail), b""
        except ExchangeError as error:
            return sending.failed(error.outcome, error.detail), b""

    async def _carry(self, errand: _Errand, sending: Sending) -> tuple[Answer, bytes]:
        line = await self._line(errand)
        was_idle = line.exchanges > 0
        try:
            return await send(self._network, line, errand.request, sending, self._secrets, optional=errand.optional)
        except ExchangeError as error:
            if not (was_idle and error.nothing_came and error.outcome in {"closed", "reset"}):
                raise
        line = await self._open(errand.channel)
        return await send(self._network, line, errand.request, sending, self._secrets, optional=errand.optional)

    async def _line(self, errand: _Errand) -> Line:
        """Return a parked line, else whichever comes first: one that another request frees, or a new one."""
        lines = self._network.lines
        parked = lines.take(errand.fits)
        if parked is not None:
            return parked
        begun = asyncio.Event()
        freed = lines.listen(errand.fits)
        opening = asyncio.get_running_loop().create_task(self._open(errand.channel, begun.set))
        try:
            await asyncio.wait({freed, opening}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            _give_up(lines.park, freed)
            self._leave(opening, underway=False)
            raise
        if not freed.done():
            freed.cancel()
            return opening.result()
        self._leave(opening, underway=begun.is_set())
        return freed.result()

    def _leave(self, opening: asyncio.Task[Line], *, underway: bool) -> None:
        """Leave a line to itself that nobody waits for: one that is underway is parked for the next request."""

        def park(task: asyncio.Task[Line]) -> None:
            if not task.cancelled() and task.exception() is None:
                self._network.lines.park(task.result())

        opening.add_done_callback(park)
        self._network.keep(opening)
        if not underway:
            opening.cancel()

    async def _open(self, channel: Channel, begun: Callable[[], None] = lambda: None) -> Line:
        """Return a new line with TLS on it; NoLineError where there is none."""
        context = self._roots.context(channel) if channel.verified else capture_context()
        try:
            line = await self._network.dial(channel.host, channel.port, channel.address, begun=begun)
        except DialError as error:
            raise NoLineError("not_sent", error.detail) from error
        try:
            await line.secure(context)
        except (OSError, ValueError) as error:
            self._network.lines.close(line)
            raise NoLineError(*_tls_trouble(error)) from error
        except BaseException:
            self._network.lines.close(line)
            raise
        line.verified = channel.verified
        return line


class _Errand:
    """One request and what its line must be."""

    def __init__(self, request: Request, channel: Channel, secret: bool, optional: bool, raw: bool = False) -> None:
        self.request = request
        self.channel = channel
        self.secret = secret
        self.optional = optional
        self.raw = raw

    def fits(self, line: Line) -> bool:
        """Whether this line leads to the channel's server, and may carry what is sent."""
        channel = self.channel
        there = line.tls is not None and line.place == (channel.host, channel.port, channel.address)
        return there and (line.verified or not self.secret)


def _give_up(park: Callable[[Line], None], freed: asyncio.Future[Line]) -> None:
    if freed.done() and not freed.cancelled():
        park(freed.result())
    else:
        freed.cancel()


def _tls_trouble(error: Exception) -> tuple[NoAnswer, str]:
    if isinstance(error, ssl.SSLEOFError):
        return "closed", "the server closed the connection during the TLS handshake"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls_failed", f"the certificate was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "tls_failed", f"the TLS handshake failed: {error.reason or error}"
    return "reset", "the server cut the connection off during the TLS handshake"


def pause_for(answer: Answer) -> float | None:
    """Return the seconds that a 429 asks to wait before the one repetition; None where there was no 429."""
    if not answer.answered or answer.status != TOO_MANY_REQUESTS:
        return None
    text = answer.headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    moment = http_date(text)
    if moment is None:
        return USUAL_PAUSE
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _too_long(pause: float) -> str:
    return f"it asks to be left alone for {pause:.0f} s, so it was not asked again"
