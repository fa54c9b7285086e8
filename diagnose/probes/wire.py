"""Bytes over TCP, and TLS pumped by hand over two memory buffers.

asyncio's own streams keep no TLS object after a failed handshake; this one does, so the chain that was
sent can be read whatever became of it. Nothing here has a deadline: the caller wraps what it awaits in
`asyncio.timeout`, one deadline over the whole, so that a server that drips bytes gains nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from functools import lru_cache
from ipaddress import ip_address
from typing import Protocol

RECORD = 16 * 1024
FIRST = 256
"""Bytes of what the peer said first, kept to tell HTTP or SSH from TLS."""
HANDSHAKE_LIMIT = 512 * 1024
"""Bytes a peer may send before its handshake is complete; 20 certificates fit in a quarter of it."""


class EndlessHandshakeError(ssl.SSLError):
    """The peer talks on and on; OpenSSL's own errors have a `reason`, so this one has."""

    reason = "the handshake is too long"


class Stream(Protocol):
    """What HTTP needs of a connection."""

    async def read(self, most: int) -> bytes:
        """Return at least one byte, or `b""` at the end."""

    async def write(self, data: bytes) -> None:
        """Send all of it."""

    def stale(self) -> bool:
        """Tell, without waiting, that the peer has closed or said something unasked."""


class TcpStream:
    """A connected socket of ours."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def read(self, most: int) -> bytes:
        """Return at least one byte, or `b""` at the end."""
        return await asyncio.get_running_loop().sock_recv(self.socket, most)

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    def waiting(self) -> bytes | None:
        """Return what has already arrived: bytes, `b""` at the end, None for nothing."""
        try:
            return self.socket.recv(RECORD)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def stale(self) -> bool:
        """Tell, without waiting, that the peer has closed or said something unasked."""
        return self.waiting() is not None


class TlsStream:
    """TLS as a client over a `TcpStream`."""

    def __init__(self, tcp: TcpStream, context: ssl.SSLContext, host: str) -> None:
        self.tcp = tcp
        self.first = b""
        self._received = 0
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=_server_name(context, host))
        self._complete = False

    async def handshake(self) -> None:
        """Shake hands; ssl.SSLError or OSError where that fails, and the chain stays readable."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._exchange()
            except ssl.SSLError:
                await self._say_goodbye()
                raise
            else:
                await self._flush()
                self._complete = True
                return

    async def read(self, most: int) -> bytes:
        """Return at least one byte, or `b""` at the end."""
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                await self._exchange()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._tls.write(view) :]
            except ssl.SSLWantReadError:  # a renegotiation
                await self._exchange()
        await self._flush()

    def stale(self) -> bool:
        """Tell, without waiting, that the peer has closed or said something unasked; tickets are neither.

        A peer that talks faster than it is read would keep us here: more than any tickets need is unasked too.
        """
        for _ in range(HANDSHAKE_LIMIT // RECORD):
            if self._spoke():
                return True
            data = self.tcp.waiting()
            if data is None:
                return False
            if not data:
                return True
            self._incoming.write(data)
        return True

    def _spoke(self) -> bool:
        """Tell whether what has arrived is more than tickets."""
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            return True
        return True

    def chain(self) -> list[bytes]:
        """Return the certificates (DER) as sent, also after a failed handshake."""
        if hasattr(self._tls, "get_unverified_chain"):
            return list(self._tls.get_unverified_chain() or [])
        inner = self._tls._sslobj  # type: ignore[attr-defined] # noqa: SLF001 - public only from Python 3.13
        return [certificate.public_bytes(2) for certificate in inner.get_unverified_chain() or []]  # 2: DER

    @property
    def protocol(self) -> str | None:
        """The negotiated version, e.g. `TLSv1.3`."""
        return self._tls.version()

    @property
    def cipher(self) -> str | None:
        """The negotiated cipher suite."""
        found = self._tls.cipher()
        return found[0] if found else None

    async def _exchange(self) -> None:
        await self._flush()
        data = await self.tcp.read(RECORD)
        self.first += data[: FIRST - len(self.first)]
        self._received += len(data)
        if not self._complete and self._received > HANDSHAKE_LIMIT:
            raise EndlessHandshakeError(self._received, EndlessHandshakeError.reason)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self.tcp.write(data)

    async def _say_goodbye(self) -> None:
        """Send the alert that explains our refusal; the peer may be gone."""
        with contextlib.suppress(OSError):
            await self._flush()


def _server_name(context: ssl.SSLContext, host: str) -> str | None:
    """Return the name to send: never an address (RFC 6066, 3), unless it must be verified."""
    if not context.check_hostname and is_address(host):
        return None
    return host.rstrip(".")


def is_address(host: str) -> bool:
    """Whether this host is an address, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


EVERY_SUITE = "DEFAULT:@SECLEVEL=0"
"""The widest list from TLS 1.2 on: the question is what the server speaks, not what we like. That a server which
verifies speaks an old suite alone is told by `tls.handshake`, and keeps nobody from the other questions."""
MODERN_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""What every client of today speaks: forward secret, and authenticated encryption (RFC 9325, 4.2)."""


@lru_cache(maxsize=4)
def capture_context(suites: str = EVERY_SUITE) -> ssl.SSLContext:
    """Return the context that accepts any certificate, for looking at it and for what carries no credential."""
    return new_capture_context(suites)


def new_capture_context(suites: str = EVERY_SUITE) -> ssl.SSLContext:
    """Return one that may be changed; the other is everybody's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suites)
    context.set_alpn_protocols(["http/1.1"])
    return context


def is_modern(suite: str) -> bool:
    """Tell whether this suite (OpenSSL's name) is one that every client of today speaks; all of TLS 1.3 are."""
    return suite.startswith("TLS_") or (suite.startswith("ECDHE-") and ("GCM" in suite or "CHACHA20" in suite))
