"""TCP to one literal address, and in the words of the report why there was no connection."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from ipaddress import IPv6Address, IPv6Network
from typing import Literal

from diagnose.probes.wire import TcpStream

Trouble = Literal["refused", "no_answer", "unreachable", "not_tried", "proxy_refused"]

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_INSIDE = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))
"""RFC 4193 and RFC 4291: from such a source nothing comes back from outside."""

CUT_OFF = (ConnectionResetError, BrokenPipeError)
"""The connection was accepted and cut off at once (HAProxy's `tcp-request connection reject`): a port that is
closed says ECONNREFUSED. What is done with the connection next shows that it is gone."""


class DialError(Exception):
    """No connection; `outcome` is the word of `Connection.outcome` for it."""

    def __init__(self, outcome: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


async def connect(address: str, port: int) -> TcpStream:
    """Return a TCP connection to one address; DialError says why there is none."""
    connected = await connected_socket(address, port)
    return TcpStream(connected)


async def connected_socket(address: str, port: int) -> socket.socket:
    """Return a connected, non-blocking socket; DialError says why there is none."""
    try:
        family, sockaddr = _sockaddr(address, port)
        fresh = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise DialError("not_tried", f"this machine cannot use {address}: {error}") from error
    fresh.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(fresh, sockaddr)
    except CUT_OFF:
        return fresh
    except OSError as error:
        fresh.close()
        raise _dial_error(error, family, sockaddr, address) from error
    except BaseException:
        fresh.close()
        raise
    return fresh


def _sockaddr(address: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Return the socket address of a literal address; a zone (`fe80::1%eth0`) is read by the system."""
    *_, last = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return last[0], last[4]  # type: ignore[return-value]  # IPv6 adds flow and scope


def _dial_error(error: OSError, family: socket.AddressFamily, sockaddr: tuple[str, int], address: str) -> DialError:
    if isinstance(error, ConnectionRefusedError):
        return DialError("refused", f"{address} refused the connection")
    if isinstance(error, TimeoutError):
        return DialError("no_answer", f"{address} did not answer")
    if error.errno in _NO_ROUTE and not _has_route(family, sockaddr):
        kind = "IPv6" if family == socket.AF_INET6 else "IPv4"
        return DialError("not_tried", f"this machine has no {kind} route to {address}")
    return DialError("unreachable", f"{address} cannot be reached: {_said(error)}")


def _said(error: OSError) -> str:
    """Return the system's own words: asyncio puts others in their place (CPython 3.11, `sock_connect`)."""
    return os.strerror(error.errno) if error.errno and os.name == "posix" else error.strerror or str(error)


def _has_route(family: socket.AddressFamily, sockaddr: tuple[str, int]) -> bool:
    """Ask the routing table only: connecting a datagram socket sends nothing.

    A machine with inside IPv6 addresses alone may have a default route all the same; it leads nowhere.
    """
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(sockaddr)
            source = probe.getsockname()[0]
    except OSError:
        return False
    return family != socket.AF_INET6 or _inside(sockaddr[0]) or not _inside(source)


def _inside(address: str) -> bool:
    plain = IPv6Address(address.partition("%")[0])
    return plain.is_loopback or any(plain in network for network in _INSIDE)
