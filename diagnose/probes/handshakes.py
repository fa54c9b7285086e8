"""Handshakes: one for each address that accepts a connection, and one HEAD after it.

The chain is read whatever became of the handshake. Refusals of TLS 1.3 arrive only with the first answer,
so a HEAD follows; its Date is the server's clock. A line over which all went well is parked for the
requests. No session is ever resumed: each handshake shows its certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
import warnings
from typing import Any

from msgspec.structs import replace

from diagnose.credentials import Secrets
from diagnose.fact import Unavailable, probe
from diagnose.facts.http import Answer
from diagnose.facts.network import USED_UP, Connections
from diagnose.facts.run import ServerUrl, Target
from diagnose.facts.tls import Handshake, Handshakes
from diagnose.outcome import Code
from diagnose.probes.alerts import Trouble, alert_of, trouble
from diagnose.probes.captured import capped, certificates_of
from diagnose.probes.lines import MOST_OPEN, Line
from diagnose.probes.network import FAIR, FAR, Network
from diagnose.probes.replies import ExchangeError
from diagnose.probes.sending import Sending, send
from diagnose.probes.sockets import DialError
from diagnose.probes.wire import MODERN_SUITES, capture_context, is_modern, new_capture_context

SHAKING = 8.0
"""Seconds for one handshake."""
ANSWERING = 4.0
"""Seconds for the HEAD, which everything else waits for; an application that IIS has to start first may take
longer, and that is no fault."""
MOST_ASKED = 6
"""Addresses that are sent a HEAD: of thirty requests most are needed for other questions."""
REFUSALS = {"alert", "reset", "closed"}
"""How a server says that it speaks none of the suites that were offered; http.sys just closes."""
NO_CERTIFICATE_SENT = {495, 496}
"""nginx' own statuses for a client's certificate that is wrong or absent; to the client it says 400, unless it is
configured otherwise (nginx/nginx, src/http/ngx_http_special_response.c, read 2026-11-23)."""

Place = tuple[str, int, str]


@probe(timeout=600.0, waits_for="every address shows its certificates")
async def shake_hands(
    target: Target, connections: Connections, network: Network, secrets: Secrets
) -> Handshakes | Unavailable:
    """Shake hands with every address that accepts a connection, and ask each for its clock."""
    accepted = [attempt for attempt in connections.attempts if attempt.outcome == "accepted"]
    if not accepted:
        return Unavailable(Code.BLOCKED, "no address accepted a connection", ("net.reachable",))
    seen: set[tuple[str, int]] = set()
    captures = []
    for number, attempt in enumerate(accepted):
        endpoint = (attempt.host, attempt.port)
        place = (attempt.host, attempt.port, attempt.address)
        first = endpoint not in seen
        asks = first or number < MOST_ASKED
        captures.append(_Capture(place, _url(target, endpoint), network, secrets, first=first, asks=asks))
        spares = MOST_OPEN // len(accepted) - 1 if first else 0
        captures[-1].spares = spares if network.ahead else min(spares, 1)
        seen.add(endpoint)
    return Handshakes(tuple(await asyncio.gather(*(capture.run() for capture in captures))))


def _url(target: Target, endpoint: tuple[str, int]) -> ServerUrl:
    return target.resource if target.resource.endpoint == endpoint else target.auth


class _Capture:
    """One address: its handshake, again with old protocols where it speaks no other, and the HEAD."""

    def __init__(
        self, place: Place, url: ServerUrl, network: Network, secrets: Secrets, *, first: bool, asks: bool
    ) -> None:
        self._place = place
        self._url = url
        self._network = network
        self._secrets = secrets
        self._first = first
        self._asks = asks
        self._began = 0.0
        self.spares = 0
        """How many more connections are opened ahead of use where the server is far; the first in any case."""

    async def run(self) -> Handshake:
        try:
            line = await self._line()
        except DialError as error:
            return self._result(Trouble("not_tried", error.detail), None)
        shaken = self._open_ahead()
        try:
            found = await self._shake(line, capture_context())
        except BaseException:
            shaken.cancel()
            raise
        shaken.set_result(found is None)
        if found is None:
            return await self._with_modern_suites(await self._with_head(line))
        result = self._result(found, line)
        self._network.lines.close(line)
        hung_up = found.outcome in {"closed", "reset"} and not (line.tls and line.tls.first)
        return await self._with_old_protocols(result) if hung_up or found.outcome == "old_protocol" else result

    async def _line(self) -> Line:
        """Take up the connection that proved the port open, else dial again."""
        parked = self._network.lines.take(lambda line: line.tls is None and line.place == self._place)
        self._began = time.monotonic()
        return parked or await self._network.dial(*self._place)

    async def _shake(self, line: Line, context: ssl.SSLContext, *, usual: bool = True) -> Trouble | None:
        """Return None where the handshake was completed."""
        given = min(SHAKING, self._network.remaining())
        began = time.monotonic()
        try:
            async with asyncio.timeout(given):
                await self._network.secure(line, context, usual=usual)
        except TimeoutError as error:
            if given < FAIR:
                return Trouble("not_tried", USED_UP)
            return trouble(error, line.tls, certificates=len(certificates_of(line)))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            return trouble(error, line.tls, certificates=len(certificates_of(line)))
        except BaseException:
            self._network.lines.close(line)
            raise
        self._network.measured(self._place, time.monotonic() - began)
        return None

    async def _with_old_protocols(self, refused: Handshake) -> Handshake:
        """Look whether TLS 1.0 or 1.1 is spoken, to show the chain all the same; else what was seen stands."""
        try:
            line = await self._network.dial(*self._place)
        except DialError:
            return refused
        found = await self._shake(line, _old_context(), usual=False)
        result = self._result(Trouble("old_protocol", "the server offers no TLS 1.2", refused.alert), line)
        self._network.lines.close(line)
        if found is None or (result.chain and refused.outcome == "old_protocol"):
            return result
        nothing_old = refused.outcome == "old_protocol" and refused.alert is not None
        return replace(refused, outcome="alert") if nothing_old else refused

    async def _with_modern_suites(self, result: Handshake) -> Handshake:
        """Look whether today's suites are spoken too, where an old one was agreed upon."""
        if not result.cipher or is_modern(result.cipher) or result.outcome != "completed":
            return result
        with contextlib.suppress(DialError):
            line = await self._network.dial(*self._place)
            found = await self._shake(line, capture_context(MODERN_SUITES), usual=False)
            (self._network.lines.park if found is None else self._network.lines.close)(line)
            if found is None or found.outcome in REFUSALS:
                return replace(result, modern=found is None)
        return result

    async def _with_head(self, line: Line) -> Handshake:
        result = self._result(None, line)
        if not self._asks:
            self._network.lines.park(line)
            return result
        head, found = await self._ask("HEAD", line, optional=not self._first)
        if found is None and head.status in {400, 403}:
            head, found = await self._read_refusal(head)
        if found is None and (head.status in NO_CERTIFICATE_SENT or demands_certificate(head)):
            found = Trouble("client_certificate", f"the server answered {head.status}: it demands a client certificate")
        if found is None:
            return replace(result, head=head)
        return replace(result, head=head, outcome=found.outcome, detail=found.detail, alert=found.alert)

    async def _read_refusal(self, head: Answer) -> tuple[Answer, Trouble | None]:
        """Ask once more by GET: only a page with words tells what was refused."""
        line = self._network.lines.take(lambda one: one.tls is not None and one.place == self._place)
        line = line or await self._another_line()
        if line is None:
            return head, None
        page, found = await self._ask("GET", line, optional=True)
        return (page, found) if found is not None or demands_certificate(page) else (head, None)

    def _open_ahead(self) -> asyncio.Future[bool]:
        """Prepare what the requests will need meanwhile; the future is to be told whether hands were shaken."""
        shaken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        for number in range(self.spares):
            self._network.keep(asyncio.get_running_loop().create_task(self._spare(shaken, wanted=number == 0)))
        return shaken

    async def _spare(self, shaken: asyncio.Future[bool], *, wanted: bool) -> None:
        """Open one more line where the server is far, shake hands as soon as that is known to work, and park it.

        One is wanted in any case: behind one address may stand several servers, which take turns.
        """
        if not self._network.far(self._place):
            await asyncio.wait({shaken}, timeout=FAR)
            if shaken.done() and not wanted:
                return
        with contextlib.suppress(DialError):
            line = await self._network.dial(*self._place)
            try:
                useful = await shaken and await self._shake(line, capture_context()) is None
            except BaseException:
                self._network.lines.close(line)
                raise
            (self._network.lines.park if useful else self._network.lines.close)(line)

    async def _another_line(self) -> Line | None:
        """Shake hands anew: nginx closes the connection with this very answer."""
        try:
            line = await self._network.dial(*self._place)
        except DialError:
            return None
        if await self._shake(line, capture_context()) is None:
            return line
        self._network.lines.close(line)
        return None

    async def _ask(self, method: str, line: Line, *, optional: bool) -> tuple[Answer, Trouble | None]:
        from diagnose.probes.exchange import request_for  # noqa: PLC0415 - httpx is imported while sockets wait

        url = f"{self._url.origin}{self._url.path or '/'}"
        sending = Sending(Answer(method, url, "not_sent", address=line.address))
        try:
            async with asyncio.timeout(min(ANSWERING, self._network.remaining())):
                answer, _ = await send(
                    self._network, line, request_for(method, url), sending, self._secrets, optional=optional
                )
        except TimeoutError:
            return sending.failed("timeout", f"no complete answer within {ANSWERING:.0f} s"), None
        except ExchangeError as error:
            return sending.failed(error.outcome, error.detail), _refusal(error)
        return answer, None

    def _result(self, found: Trouble | None, line: Line | None) -> Handshake:
        chain, dropped = capped(certificates_of(line))
        done = line is not None and line.tls is not None and found is None
        tls: Any = line.tls if line is not None else None
        return Handshake(
            *self._place,
            outcome="completed" if found is None else found.outcome,
            chain=chain,
            dropped=dropped,
            protocol=tls.protocol if done or (found is not None and found.outcome == "old_protocol" and tls) else None,
            cipher=tls.cipher if done else None,
            alert=None if found is None else found.alert,
            detail="" if found is None else found.detail,
            seconds=time.monotonic() - self._began if self._began else 0.0,
        )


def _refusal(error: ExchangeError) -> Trouble | None:
    """Read an alert that came instead of the answer: in TLS 1.3 a client certificate is missed only then."""
    cause = error.__cause__
    alert = alert_of(cause) if isinstance(cause, ssl.SSLError) else None
    if alert is None:
        return None
    if alert in {"certificate_required", "bad_certificate", "handshake_failure", "certificate_unknown", "unknown_ca"}:
        return Trouble("client_certificate", "the server demanded a client certificate, and refused without one", alert)
    return Trouble("alert", f"the server refused the connection after the handshake: {alert}", alert)


def demands_certificate(page: Answer) -> bool:
    """Whether a page says that a client certificate is missing.

    IIS 403.7 with detailed errors (learn.microsoft.com, "HTTP status codes in IIS"); nginx's 400 (its source,
    src/http/ngx_http_special_response.c); both read 2026-11-23.
    """
    words = f"{page.title} {page.text}"
    return "403.7" in words or "No required SSL certificate was sent" in words


def _old_context() -> ssl.SSLContext:
    context = new_capture_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are looked for on purpose
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
