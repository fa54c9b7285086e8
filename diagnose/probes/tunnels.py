"""CONNECT through a proxy: the one the user named, never one that the environment names."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.probes.resolver import resolve
from diagnose.probes.sockets import DialError, connect
from diagnose.probes.wire import TcpStream

PROXY_HEAD = 16 * 1024
"""Bytes of a proxy's answer to CONNECT."""


class Proxy:
    """An `http://` proxy that is asked to CONNECT (RFC 9110, 9.3.6). Its password is in no message."""

    def __init__(self, url: str, secrets: Secrets) -> None:
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            self.host, self.port = parts.hostname or "", parts.port or 80
        except ValueError as error:
            raise UsageError("--proxy cannot be read as a URL, e.g. http://proxy.example.com:3128") from error
        if parts.scheme != "http" or not self.host:
            raise UsageError("--proxy must be an http:// URL with a host, e.g. http://proxy.example.com:3128")
        self._authorization = ""
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._authorization = base64.b64encode(pair.encode()).decode()
            secrets.add(unquote(parts.password or ""))
            secrets.add(self._authorization)

    async def connect(self, port: int, address: str) -> TcpStream:
        """Return a tunnel to `address`, which may be a name; DialError where the proxy gives none."""
        tcp = await self._reach()
        try:
            status = await self._ask(tcp, port, address)
        except (OSError, ValueError) as error:
            tcp.socket.close()
            raise DialError("proxy_refused", f"the proxy {self.host} did not answer CONNECT: {error}") from error
        except BaseException:
            tcp.socket.close()
            raise
        if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 9.3.6: any 2xx
            return tcp
        tcp.socket.close()
        raise DialError("proxy_refused", f"the proxy {self.host} refused to connect to {address}: status {status}")

    async def _reach(self) -> TcpStream:
        found = await resolve(self.host, seconds=10.0)
        trouble = found.detail or "its name does not resolve"
        for address in found.addresses:
            try:
                return await connect(address, self.port)
            except DialError as error:
                trouble = error.detail
        raise DialError("proxy_refused", f"the proxy {self.host}:{self.port} cannot be reached: {trouble}")

    async def _ask(self, tcp: TcpStream, port: int, address: str) -> int:
        place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        head = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
        if self._authorization:
            head += f"Proxy-Authorization: Basic {self._authorization}\r\n"
        await tcp.write(f"{head}\r\n".encode())
        return _status(await _head(tcp))


async def _head(tcp: TcpStream) -> bytes:
    """Read up to the blank line and not one byte further: what follows is the server's."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        data = await tcp.read(1)
        if not data or len(received) > PROXY_HEAD:
            raise ValueError("its answer is not HTTP")
        received += data
    return received


def _status(head: bytes) -> int:
    protocol, _, rest = head.partition(b" ")
    if not protocol.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise ValueError("its answer is not HTTP")
    return int(rest[:3])
