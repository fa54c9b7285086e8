"""Doors: sockets on loopback, what happens on the wire, and exactly the certificates of the scenario.

One thread accepts for every door, one thread attends each connection; nothing outlives `Doors.close`.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import struct
import threading
from http import HTTPStatus

import msgspec

from diagnose.lab import exchange
from diagnose.lab.flights import FLIGHTS
from diagnose.lab.log import Log, recorded
from diagnose.lab.proxy import Proxy
from diagnose.lab.scenario import Cut, Door, Manner
from diagnose.lab.site import Answers
from diagnose.lab.tricks import Ending, Moment, Script, Tricks

PATIENCE = 60.0
"""Seconds a connection may be idle."""

HANDSHAKE_FAILURE = bytes.fromhex("15030300020228")
"""A TLS alert record: fatal, handshake_failure (RFC 8446, 6)."""

CLIENT_HELLO = 0x16
"""The first byte a TLS client sends: a handshake record (RFC 8446, 5.1)."""


UNFINISHED = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"app_version": "' + b" " * 64
)
"""An answer that has no end but that of the connection (RFC 9112, 6.3)."""

DRIP = 0.5
"""Seconds between two bytes."""


class Place(msgspec.Struct, frozen=True):
    """One listening socket, what stands behind it, and how it is spoken to."""

    server: str
    """The listener's name in the log."""
    socket: socket.socket
    door: Door
    site: Answers
    manner: Manner
    context: ssl.SSLContext | None
    tricks: Tricks
    certificates: tuple[bytes, ...] = ()
    """What a handshake written by hand shows."""


def _aborted(connection: socket.socket) -> str:
    """Let the next close be a reset (RFC 9293, 3.10.5: ABORT)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return "reset"


def fill_backlog(bound: socket.socket) -> list[socket.socket]:
    """Let a bound socket listen and never answer: its queue is full, so the system drops what comes.

    Linux and macOS drop; Windows would refuse instead.
    """
    bound.listen(0)
    callers = [socket.socket(bound.family) for _ in range(4)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(bound.getsockname())
    return callers


class Doors:
    """Every door of one running scenario."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._sockets: list[socket.socket] = [self._waker, self._woken]
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def keep(self, *sockets: socket.socket) -> None:
        """Close these sockets too in the end."""
        self._sockets += sockets

    def add(self, place: Place) -> None:
        """Open one door; call before `open`."""
        self.keep(place.socket)
        if place.door.wire == "port-closed":
            return
        if place.door.wire == "no-answer":
            self.keep(*fill_backlog(place.socket))
            return
        place.socket.listen(64)
        self._selector.register(place.socket, selectors.EVENT_READ, place)

    def open(self) -> None:
        """Begin to accept connections."""
        self._begin(threading.Thread(target=self._accept, name="lab-accept", daemon=True))

    def close(self) -> None:
        """Close everything and wait for every thread to end."""
        self._stopping.set()
        self._waker.send(b"x")
        for thread in self._threads[:1]:
            thread.join(2)
        self._log.end_all()
        for thread in self._threads[1:]:
            thread.join(2)
        self._selector.close()
        for kept in self._sockets:
            kept.close()

    def _begin(self, thread: threading.Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select():
                if isinstance(key.data, Place) and not self._stopping.is_set():
                    self._welcome(key.data)

    def _welcome(self, place: Place) -> None:
        try:
            connection, _ = place.socket.accept()
        except OSError:  # the caller is gone already
            return
        number = self._log.opened(place.server, connection)
        attendant = _Attendant(place, self._log, number, self._stopping)
        self._begin(threading.Thread(target=attendant.attend, args=(connection,), name=f"lab-{number}", daemon=True))


class _Attendant:
    """Attends one connection to its end."""

    def __init__(self, place: Place, log: Log, number: int, stopping: threading.Event) -> None:
        self._place = place
        self._log = log
        self._number = number
        self._stopping = stopping
        self._connection: socket.socket | None = None

    def attend(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        try:
            self._converse(self._dressed(connection))
        except OSError:  # the peer went away or was sent away: both are part of the game
            pass
        finally:
            self._log.closed(self._number)
            self._connection.close()

    def _dressed(self, connection: socket.socket) -> socket.socket:
        """Do what the door does before HTTP; OSError where nothing follows."""
        wire, flight = self._place.door.wire, self._place.door.flight
        if flight in FLIGHTS:
            connection.recv(65536)
            self._play(connection, FLIGHTS[flight](self._place.certificates))
            raise ConnectionAbortedError(flight)
        if wire == "reset-at-once":
            raise ConnectionAbortedError(_aborted(connection))
        if wire == "tls" and self._place.context is not None:
            return self._handshake(connection, self._place.context)
        first = connection.recv(1, socket.MSG_PEEK)
        if wire == "plain-http" and first and first[0] != CLIENT_HELLO:
            return connection
        if wire == "plain-http":
            connection.recv(65536)
            connection.sendall(exchange.written(exchange.Reply(400), "GET", Manner(closing=True)))
        elif wire == "silent":
            self._stopping.wait(PATIENCE)
        elif wire == "alert":
            connection.recv(65536)
            connection.sendall(HANDSHAKE_FAILURE)
        elif wire == "reset":
            _aborted(connection)
        elif wire == "closed":
            connection.recv(65536)
        raise ConnectionAbortedError(wire)

    def _handshake(self, connection: socket.socket, chosen: ssl.SSLContext) -> ssl.SSLSocket:
        dressed = self._log.dressed(
            self._number, lambda: chosen.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        )
        self._connection = dressed
        dressed.do_handshake()
        if self._place.door.flight == "cut-off":
            raise ConnectionAbortedError(_aborted(dressed))
        return dressed

    def _converse(self, connection: socket.socket) -> None:
        ends = connection.getpeername()[0], connection.getsockname()[0]
        manner = self._place.manner
        with connection.makefile("rb") as stream:
            while (request := exchange.read(stream)) is not None:
                self._record(request, ends)
                if manner.delay and self._stopping.wait(manner.delay):
                    return
                script = self._place.tricks.script(self._moment(request))
                if script is not None:
                    if not self._play(connection, script):
                        return
                    continue
                reply = self._place.site.answer(request)
                if isinstance(self._place.site, Proxy) and reply.status == HTTPStatus.OK:
                    self._place.site.tunnel(connection, request)
                    return
                if reply.cut:
                    self._cut(connection, reply.cut)
                    return
                connection.sendall(exchange.written(reply, request.method, manner))
                if manner.closing or manner.http10 or request.headers.get("connection", "").lower() == "close":
                    return

    def _cut(self, connection: socket.socket, how: Cut) -> None:
        """Let the client down, in one of the ways a server may; the connection is over afterwards."""
        if how == "silent":
            self._stopping.wait(PATIENCE)
        elif how == "reset":
            _aborted(connection)
        elif how == "drip":
            for letter in UNFINISHED:
                connection.sendall(bytes((letter,)))
                if self._stopping.wait(DRIP):
                    return
        elif how == "endless":
            connection.sendall(UNFINISHED)
            while not self._stopping.is_set():
                connection.sendall(b" " * 65536)

    def _moment(self, request: exchange.Incoming) -> Moment:
        def honest() -> bytes:
            return exchange.written(self._place.site.answer(request), request.method, self._place.manner)

        return Moment(request.method, request.target, honest)

    def _play(self, connection: socket.socket, script: Script) -> bool:
        """Do what the script says; True where the connection is left for the next request."""
        for step in script:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float) and self._stopping.wait(step):
                return False
            elif step is Ending.SILENT:
                self._stopping.wait(PATIENCE)
            elif step is Ending.RESET:
                _aborted(connection)
            if isinstance(step, Ending) or self._stopping.is_set():
                return False
        return True

    def _record(self, request: exchange.Incoming, ends: tuple[str, str]) -> None:
        recorded(
            self._log,
            server=self._place.server,
            connection=self._number,
            ends=ends,
            method=request.method,
            target=request.target,
            headers=request.headers,
            form=request.form,
            body=request.body.decode("utf-8", "replace"),
        )
