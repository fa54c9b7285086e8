"""The one door to the network: every connection of a run is dialled here, and every request counted here.

It knows the addresses given by `--resolve`, which hold for every connection to that host and port, the
proxy, the deadline of the run, the four slots and the thirty requests. A proxy is asked to CONNECT by
name, as any client does, so that its own resolver and rules apply; an address given by hand is asked for
as it is.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from diagnose.credentials import Secrets
from diagnose.facts.network import USED_UP
from diagnose.facts.run import Settings
from diagnose.probes.lines import Line, Lines, Place
from diagnose.probes.pace import Pace
from diagnose.probes.sockets import DialError, connect
from diagnose.probes.tunnels import Proxy
from diagnose.probes.wire import TcpStream
from diagnose.report import Contact

MARGIN = 0.3
"""Seconds before the run's deadline at which probes hand in what they have."""
CONNECTING = 5.0
"""Seconds for one TCP connection: the system repeats its first packet after 1 and 3 (RFC 6298)."""
FAIR = 2.0
"""Seconds without an answer before an address may be said not to answer."""
FAR = 0.025
"""Seconds from which on connecting or shaking hands tells of a server that is far: to such a one lines are opened
ahead of use, for one more costs two round trips."""
PATIENCE = 0.05
"""Seconds that a request to a near server waits for a busy line before it opens another."""
MOST_CHAINS = 4
"""Different chains of one address that are remembered."""
TARGET = "diagnosis of this HaloPSA"
PROXY = "proxy"


class Network:
    """Connections, budget and deadline of one run. `deadline` is in the event loop's time (`time.monotonic`).

    Without `ahead` nothing is opened ahead of use but the one connection of the second look, and a busy line is waited
    for longer: of many runs at a time each may wait.
    """

    def __init__(
        self, settings: Settings, secrets: Secrets, deadline: float, proxy: str | None = None, *, ahead: bool = True
    ) -> None:
        self.ahead = ahead
        self.patience = PATIENCE if ahead else 10 * PATIENCE
        self.settings = settings
        self.deadline = deadline
        self.lines = Lines()
        self.pace = Pace()
        self.proxy = Proxy(proxy, secrets) if proxy else None
        self._contacts: dict[tuple[str, int, str, str], int] = {}
        self._underway: set[asyncio.Task[Any]] = set()
        self._distances: dict[Place, float] = {}
        self.presented: dict[Place, list[list[bytes]]] = {}
        """Every different chain (DER) that connections to an address were shown, in order."""

    def until(self, seconds: float) -> float:
        """Return the loop time `seconds` from now, or the end of the observations where that is sooner."""
        return min(asyncio.get_running_loop().time() + seconds, self.deadline - MARGIN)

    def remaining(self) -> float:
        """Return the seconds until the observations end."""
        return max(0.0, self.deadline - MARGIN - asyncio.get_running_loop().time())

    def addresses(self, host: str, port: int, resolved: tuple[str, ...]) -> tuple[str, ...]:
        """Return the addresses to connect to: those given by hand, else by name over a proxy, else as resolved."""
        given = self.settings.addresses_for(host, port)
        if given is not None:
            return given
        return (host,) if self.proxy is not None else resolved

    async def dial(
        self,
        host: str,
        port: int,
        address: str,
        *,
        seconds: float = CONNECTING,
        purpose: str = TARGET,
        begun: Callable[[], None] = lambda: None,
    ) -> Line:
        """Return a new connection in a slot of its own; DialError where there is none.

        `begun` is called when a slot was had, and the connection is on its way.
        """
        try:
            async with asyncio.timeout(self.remaining()):
                await self.lines.slot()
        except TimeoutError as error:
            raise DialError("not_tried", USED_UP) from error
        begun()
        try:
            tcp = await self._connect(host, port, address, seconds, purpose)
        except BaseException:
            self.lines.give_back()
            raise
        return self.lines.lend(Line(host, port, address, tcp))

    async def _connect(self, host: str, port: int, address: str, seconds: float, purpose: str) -> TcpStream:
        self.note(host, port, address, purpose)
        given = min(seconds, self.remaining())
        try:
            async with asyncio.timeout(given):
                return await self._reach(port, address)
        except TimeoutError as error:
            if given < min(FAIR, seconds):
                raise DialError("not_tried", USED_UP) from error
            if self.proxy is not None:
                raise DialError("proxy_refused", f"the proxy did not answer within {given:.0f} s") from error
            raise DialError("no_answer", f"{address} did not answer within {given:.0f} s") from error

    async def _reach(self, port: int, address: str) -> TcpStream:
        if self.proxy is None:
            return await connect(address, port)
        self.note(self.proxy.host, self.proxy.port, self.proxy.host, PROXY)
        return await self.proxy.connect(port, address)

    async def secure(self, line: Line, context: ssl.SSLContext, *, usual: bool = True) -> None:
        """Shake hands on this line as `Line.secure` does, and remember the chain that was shown, come what may.

        Not where what is offered is not the `usual`: a server with an RSA and an ECDSA certificate chooses by that.
        """
        try:
            await line.secure(context)
        finally:
            chain = line.tls.chain() if line.tls is not None and usual else []
            known = self.presented.setdefault(line.place, [])
            if chain and chain not in known and len(known) < MOST_CHAINS:
                known.append(chain)

    def note(self, host: str, port: int, address: str, purpose: str, requests: int = 0) -> None:
        """Remember that this address was contacted, and how many requests it was sent."""
        key = (host, port, address, purpose)
        self._contacts[key] = self._contacts.get(key, 0) + requests

    def spend(self, line: Line, *, optional: bool) -> bool:
        """Take one request to the target from the budget and note it; False where none is left."""
        if not self.pace.spend(optional=optional):
            return False
        self.note(*line.place, TARGET, 1)
        return True

    def contacted(self) -> tuple[Contact, ...]:
        """Return every address that was contacted, why, and how often."""
        return tuple(Contact(*key, requests) for key, requests in self._contacts.items())

    def measured(self, place: Place, seconds: float) -> None:
        """Note how long it took to connect to this address, or to shake hands with it."""
        self._distances[place] = max(seconds, self._distances.get(place, 0.0))

    def far(self, place: Place) -> bool:
        """Whether this address is known to be far."""
        return self.ahead and self._distances.get(place, 0.0) >= FAR

    def keep(self, opening: asyncio.Task[Any]) -> None:
        """Hold on to a connection that is underway for whoever comes next."""
        self._underway.add(opening)
        opening.add_done_callback(self._underway.discard)

    async def close(self) -> None:
        """Close what is still open, and give up what is underway."""
        underway = list(self._underway)
        for opening in underway:
            opening.cancel()
        if underway:
            await asyncio.wait(underway)
        await self.lines.close_all()
