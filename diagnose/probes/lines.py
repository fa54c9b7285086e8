"""The connections of one run: at most four are open at any moment, whoever opened them.

Theory of operation: a line is one TCP connection, with TLS on it or not yet. Whoever opens one first takes
a slot. A line that is not in use is parked, and whoever fits may take it up again: the handshake takes the
connection that proved the port open, the first request the one that showed the chain. A slot that is
needed and not free is had by closing the line parked longest. A closed line keeps its slot until the peer
has closed too, or a moment has passed: so the server never counts a fifth.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from diagnose.probes.wire import RECORD, TcpStream, TlsStream

Place = tuple[str, int, str]

if TYPE_CHECKING:
    from diagnose.probes.exchange import LineTransport

MOST_OPEN = 4
A_MOMENT = 0.002
"""Seconds in which whoever was given a line takes back that it wanted a slot."""
FAREWELL = 0.3
"""Seconds a peer gets to close its half."""


class Line:
    """One open connection to one address of one host and port.

    `verified`: a verifying TLS context accepted it, or the chain that it showed was vouched for. `refused`: it was not.
    """

    def __init__(self, host: str, port: int, address: str, tcp: TcpStream) -> None:
        self.host = host
        self.port = port
        self.address = address
        self.tcp = tcp
        self.tls: TlsStream | None = None
        self.verified = False
        self.refused = False
        self.http: LineTransport | None = None
        """HTTP on this line, once it is spoken."""
        self.exchanges = 0
        self.waited = False
        """It was parked meanwhile, and the server may have closed it."""

    @property
    def place(self) -> Place:
        """Host, port and address."""
        return self.host, self.port, self.address

    @property
    def idle(self) -> bool:
        """Whether another request may be sent on this line."""
        return self.http is None or self.http.idle

    async def secure(self, context: ssl.SSLContext) -> TlsStream:
        """Shake hands on this line; ssl.SSLError or OSError where that fails, and `tls` still has the chain."""
        self.tls = TlsStream(self.tcp, context, self.host)
        await self.tls.handshake()
        return self.tls

    def stale(self) -> bool:
        """Tell whether the peer has closed a parked line."""
        return (self.tls or self.tcp).stale()


class _Listener(NamedTuple):
    """Somebody who waits for a line."""

    fits: Callable[[Line], bool]
    future: asyncio.Future[Line]
    urgent: bool


class Lines:
    """The four slots and the parked lines."""

    def __init__(self) -> None:
        self._open = 0
        self._parked: list[Line] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._farewells: set[asyncio.Task[None]] = set()
        self._listeners: list[_Listener] = []
        self._lent: set[Line] = set()
        self._once_only: set[Place] = set()

    @property
    def open(self) -> int:
        """The connections open at this moment, those just being closed included."""
        return self._open

    async def slot(self) -> None:
        """Return when one more connection may be opened; the longest parked line makes room."""
        while self._open >= MOST_OPEN:
            if self._parked:
                self.close(self._parked[0])
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                self._pass_on(waiter)
                raise
        self._open += 1

    def give_back(self) -> None:
        """Free a slot whose connection never came to be."""
        self._open -= 1
        self._wake()

    def lend(self, line: Line) -> Line:
        """Note that somebody uses this line now."""
        self._lent.add(line)
        return line

    def awaited(self, place: Place) -> bool:
        """Whether a line to this place is in use that can be expected to come back: others were kept by the server."""
        return place not in self._once_only and any(line.place == place and line.tls for line in self._lent)

    def park(self, line: Line) -> None:
        """Keep this line for whoever fits: first those who wait for one like it, then those who come.

        One that was refused is closed where somebody waits: a server of one thread attends to nobody else meanwhile.
        """
        self._lent.discard(line)
        line.waited = True
        for listener in sorted(self._listeners, key=lambda one: not one.urgent):
            if not listener.future.done() and listener.fits(line):
                self._listeners.remove(listener)
                listener.future.set_result(self.lend(line))
                return
        if line.refused and self._listeners:
            self.close(line)
            return
        self._parked.append(line)
        if self._waiting:
            asyncio.get_running_loop().call_later(A_MOMENT, self._make_room)

    def _make_room(self) -> None:
        """Close what is parked for those who still need a slot: whoever was just given a line needs none."""
        wanted = sum(not waiter.done() for waiter in self._waiting) - len(self._farewells)
        for line in self._parked[: max(0, wanted)]:
            self.close(line)

    def take(self, fits: Callable[[Line], bool]) -> Line | None:
        """Return a parked line that fits and is alive, or None; the verified ones last, for they do for all."""
        for line in sorted((one for one in self._parked if fits(one)), key=lambda one: one.verified):
            if line.stale():
                self.close(line)
                continue
            self._parked.remove(line)
            return self.lend(line)
        return None

    def listen(self, fits: Callable[[Line], bool], *, urgent: bool = False) -> asyncio.Future[Line]:
        """Return a future for the next line parked that fits; cancel it to stop listening. The urgent come first."""
        future: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        listener = _Listener(fits, future, urgent)
        self._listeners.append(listener)

        def forget(_: asyncio.Future[Line]) -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        future.add_done_callback(forget)
        return future

    def close_refused(self, place: Place) -> None:
        """Close what is parked at this place and may carry no credential: one that may is about to be opened."""
        for line in [one for one in self._parked if one.refused and one.place == place]:
            self.close(line)

    def used_up(self, line: Line) -> None:
        """Close a line that carries no second request, and expect none of its kind back."""
        self._once_only.add(line.place)
        self.close(line)

    def close(self, line: Line) -> None:
        """Close this line; its slot is free when the peer has seen it."""
        self._lent.discard(line)
        if line in self._parked:
            self._parked.remove(line)
        task = asyncio.get_running_loop().create_task(self._farewell(line.tcp.socket))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    async def close_all(self) -> None:
        """Close every parked line; nobody waits for a slot any more, so no peer is waited for."""
        for line in list(self._parked):
            self.close(line)
        await asyncio.sleep(0)  # each farewell begins, and says that we are going
        for task in list(self._farewells):
            task.cancel()
        if self._farewells:
            await asyncio.wait(self._farewells)

    async def _farewell(self, connected: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, TimeoutError):
                connected.shutdown(socket.SHUT_WR)
                async with asyncio.timeout(FAREWELL):
                    while await asyncio.get_running_loop().sock_recv(connected, RECORD):
                        pass
        finally:
            connected.close()
            self.give_back()

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _pass_on(self, waiter: asyncio.Future[None]) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        elif waiter.done() and not waiter.cancelled():
            self._wake()
