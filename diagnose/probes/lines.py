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
from typing import TYPE_CHECKING

from diagnose.probes.wire import RECORD, TcpStream, TlsStream

if TYPE_CHECKING:
    from diagnose.probes.exchange import LineTransport

MOST_OPEN = 4
FAREWELL = 0.3
"""Seconds a peer gets to close its half."""


class Line:
    """One open connection to one address of one host and port.

    `verified`: a verifying TLS context accepted it, with these intermediates (DER) at hand.
    """

    def __init__(self, host: str, port: int, address: str, tcp: TcpStream) -> None:
        self.host = host
        self.port = port
        self.address = address
        self.tcp = tcp
        self.tls: TlsStream | None = None
        self.verified = False
        self.intermediates: tuple[bytes, ...] = ()
        self.http: LineTransport | None = None
        """HTTP on this line, once it is spoken."""
        self.exchanges = 0

    @property
    def place(self) -> tuple[str, int, str]:
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


class Lines:
    """The four slots and the parked lines."""

    def __init__(self) -> None:
        self._open = 0
        self._parked: list[Line] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._farewells: set[asyncio.Task[None]] = set()
        self._listeners: deque[tuple[Callable[[Line], bool], asyncio.Future[Line]]] = deque()

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

    def park(self, line: Line) -> None:
        """Keep this line for whoever fits: first those who wait for one like it, then those who come."""
        for listener in self._listeners:
            fits, future = listener
            if not future.done() and fits(line):
                self._listeners.remove(listener)
                future.set_result(line)
                return
        self._parked.append(line)
        if self._waiting:
            self.close(self._parked[0])

    def take(self, fits: Callable[[Line], bool]) -> Line | None:
        """Return a parked line that fits and is alive, or None; the verified ones last, for they do for all."""
        for line in sorted((one for one in self._parked if fits(one)), key=lambda one: one.verified):
            if line.stale():
                self.close(line)
                continue
            self._parked.remove(line)
            return line
        return None

    def listen(self, fits: Callable[[Line], bool]) -> asyncio.Future[Line]:
        """Return a future for the next line parked that fits; cancel it to stop listening."""
        future: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        listener = (fits, future)
        self._listeners.append(listener)

        def forget(_: asyncio.Future[Line]) -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        future.add_done_callback(forget)
        return future

    def close(self, line: Line) -> None:
        """Close this line; its slot is free when the peer has seen it."""
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
