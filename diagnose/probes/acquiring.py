"""Which line a request takes: one that is parked, one that is freed, or a new one.

Theory of operation: a new line costs two round trips and a handshake on both sides. A server that is near frees a busy
line sooner than that, so a request waits a moment for one before it opens another; to one that is far, lines
are opened at once, and some ahead of use. What other requests wait for is urgent and goes first.

A credential leaves only on a line whose server is proven on that very line. Either a verifying TLS context shook
hands on it; or it is the one that was looked at (or was opened like it), the chain that it showed is the one that
was judged to verify, the strict validator accepts that chain for this host at this moment, and what was negotiated is
what a verifying context would have accepted. So a healthy run shakes hands once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from diagnose.facts.channels import Channel
from diagnose.probes.lines import Line
from diagnose.probes.network import Network
from diagnose.probes.sending import NoAnswer
from diagnose.probes.sockets import DialError
from diagnose.probes.wire import TlsStream, capture_context, is_modern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diagnose.probes.exchange import Request

A_MOMENT = 0.002
"""Seconds by which what is urgent goes first, of what is asked at the same time."""


class Contexts(Protocol):
    """Whoever knows the roots in force."""

    def context(self, channel: Channel) -> ssl.SSLContext:
        """Return a context that verifies this channel's server."""

    def vouches(self, channel: Channel, chain: Sequence[bytes]) -> bool:
        """Tell whether the strict validator accepts this chain (DER) for the channel's host now."""


class NoLineError(Exception):
    """There is no connection to send on: the outcome and the detail of the answer."""

    def __init__(self, outcome: NoAnswer, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


class Errand:
    """One request, and what its line must be."""

    def __init__(
        self, request: Request, channel: Channel, *, secret: bool, optional: bool, raw: bool, urgent: bool
    ) -> None:
        self.request = request
        self.channel = channel
        self.secret = secret
        self.optional = optional
        self.raw = raw
        self.urgent = urgent

    @property
    def place(self) -> tuple[str, int, str]:
        """Host, port and address."""
        return self.channel.host, self.channel.port, self.channel.address


class Acquiring:
    """Finds or opens the line of each errand."""

    def __init__(self, network: Network, roots: Contexts) -> None:
        self._network = network
        self._roots = roots

    async def line(self, errand: Errand) -> Line:
        """Return a line in use for this errand; NoLineError where there is none."""
        if not errand.urgent and self._network.ahead:
            await asyncio.sleep(A_MOMENT)
        lines = self._network.lines

        def fits(line: Line) -> bool:
            return self._fits(line, errand)

        parked = lines.take(fits)
        if parked is not None:
            return parked
        freed = lines.listen(fits, urgent=errand.urgent)
        try:
            if lines.awaited(errand.place) and not self._network.far(errand.place):
                await asyncio.wait({freed}, timeout=self._network.patience)
            return freed.result() if freed.done() else await self._first_of(freed, errand.channel)
        except asyncio.CancelledError:
            _give_up(lines.park, freed)
            raise

    async def _first_of(self, freed: asyncio.Future[Line], channel: Channel) -> Line:
        """Return whichever comes first: a line that another request frees, or a new one."""
        begun = asyncio.Event()
        opening = asyncio.get_running_loop().create_task(self.open(channel, begun.set))
        try:
            await asyncio.wait({freed, opening}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
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

    async def open(self, channel: Channel, begun: Callable[[], None] = lambda: None) -> Line:
        """Return a new line with TLS on it; NoLineError where there is none."""
        context = self._roots.context(channel) if channel.verified else capture_context()
        if channel.verified:
            self._network.lines.close_refused((channel.host, channel.port, channel.address))
        try:
            line = await self._network.dial(channel.host, channel.port, channel.address, begun=begun)
        except DialError as error:
            raise NoLineError("not_sent", error.detail) from error
        try:
            await self._network.secure(line, context)
        except (OSError, ValueError) as error:
            self._network.lines.close(line)
            raise NoLineError(*_tls_trouble(error)) from error
        except BaseException:
            self._network.lines.close(line)
            raise
        if channel.verified and not self._as_strong(line, channel):
            self._network.lines.close(line)
            raise NoLineError("tls_failed", "another certificate was shown than before, and it was not accepted")
        line.verified = channel.verified
        return line

    def _as_strong(self, line: Line, channel: Channel) -> bool:
        """Whether the chain is the judged one, or accepted by the strict validator: OpenSSL asks for no strength."""
        chain = line.tls.chain() if line.tls is not None else []
        return _digests(chain) == channel.shown or self._roots.vouches(channel, chain)

    def _fits(self, line: Line, errand: Errand) -> bool:
        """Whether this line leads to the errand's server, and may carry what is sent."""
        if line.tls is None or line.place != errand.place:
            return False
        return not errand.secret or line.verified or self._vouched(line, line.tls, errand.channel)

    def _vouched(self, line: Line, tls: TlsStream, channel: Channel) -> bool:
        """Whether the channel's server is proven by what this line showed; asked once for each line."""
        if line.refused or not channel.verified or not channel.shown or not is_modern(tls.cipher or ""):
            return False
        chain = tls.chain()
        same = _digests(chain) == channel.shown
        line.verified = same and self._roots.vouches(channel, chain)
        line.refused = not line.verified
        return line.verified


def _digests(chain: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(sha256(der).hexdigest() for der in chain)


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
