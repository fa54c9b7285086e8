"""What arrived at the simulated HaloPSA, so that a test can hold a diagnosis to its promises.

No secret is kept: whether a request carried one is found out when it arrives, by its value.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from urllib.parse import quote, quote_plus

import msgspec

HALO = ("halo", "auth")
"""The listeners that are the HaloPSA; the others are `aia`, `elsewhere` and `plain`."""

_ESTABLISHED = 1
"""Linux's TCP_ESTABLISHED (include/net/tcp_states.h): the peer has not closed its side."""


class Request(msgspec.Struct, frozen=True):
    """One HTTP request as it arrived."""

    when: float
    """time.monotonic()."""
    server: str
    connection: int
    peer: str
    address: str
    """The lab's address it was sent to."""
    method: str
    path: str
    query: str
    form: dict[str, str]
    """Fields of a form, the client secret's value left out."""
    headers: dict[str, str]
    """Lower-case names; Authorization and Proxy-Authorization only as their scheme."""
    credential: str
    """Empty, `secret` or `token`: which real credential was anywhere in it."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header, or nothing."""
        return self.headers.get("user-agent", "")


class Log:
    """Requests and connections, in the order of their arrival. Safe to read while the lab runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._open: dict[int, tuple[str, socket.socket]] = {}
        self._connections: dict[str, int] = {}
        self._credentials: dict[str, str] = {}
        self.most_connections = 0
        """The most connections to the HaloPSA that were seen open at one moment."""

    def knows(self, value: str, kind: str) -> None:
        """Look out for this credential from now on; `kind` is `secret` or `token`."""
        with self._lock:
            self._credentials[value] = kind

    def opened(self, server: str, connection: socket.socket) -> int:
        """Count a connection that was just accepted and return its number."""
        with self._lock:
            self._connections[server] = self._connections.get(server, 0) + 1
            number = sum(self._connections.values())
            self._open[number] = (server, connection)
            alive = sum(1 for name, other in self._open.values() if name in HALO and _is_open(other))
            self.most_connections = max(self.most_connections, alive)
            return number

    def dressed(self, number: int, dress: Callable[[], ssl.SSLSocket]) -> ssl.SSLSocket:
        """Let a TLS socket take the place of the connection's plain one; nobody counts while that happens."""
        with self._lock:
            connection = dress()
            self._open[number] = (self._open[number][0], connection)
            return connection

    def closed(self, number: int) -> None:
        """The connection is over."""
        with self._lock:
            self._open.pop(number, None)

    def end_all(self) -> None:
        """End every connection that is not over, whatever its thread is doing."""
        with self._lock:
            for _, connection in self._open.values():
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def arrived(self, request: Request) -> None:
        """Keep one request."""
        with self._lock:
            self._requests.append(request)

    def credential_in(self, *texts: str) -> str:
        """Return the kind of the credential found in these texts, however it is written; else nothing."""
        with self._lock:
            known = dict(self._credentials)
        for value, kind in known.items():
            forms = {value, quote(value, safe=""), quote_plus(value)}
            if any(form in text for text in texts for form in forms):
                return kind
        return ""

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request, whichever listener it came to."""
        with self._lock:
            return tuple(self._requests)

    @property
    def to_halo(self) -> tuple[Request, ...]:
        """The requests to the HaloPSA itself."""
        return self.at(HALO)

    def at(self, servers: Collection[str]) -> tuple[Request, ...]:
        """Return the requests that came to these listeners."""
        return tuple(request for request in self.requests if request.server in servers)

    def connections(self, *servers: str) -> int:
        """Return how many connections were accepted, to the HaloPSA unless listeners are named."""
        with self._lock:
            return sum(self._connections.get(server, 0) for server in servers or HALO)

    def with_credential(self) -> tuple[Request, ...]:
        """Return the requests that carried the real secret or a token of this run."""
        return tuple(request for request in self.requests if request.credential)

    def busiest(self, seconds: float = 0.2) -> int:
        """Return the most requests to the HaloPSA that arrived within any such window."""
        moments = [request.when for request in self.to_halo]
        return max((sum(1 for other in moments if start <= other < start + seconds) for start in moments), default=0)


def recorded(  # noqa: PLR0913 - one request has as many sides
    log: Log,
    *,
    server: str,
    connection: int,
    ends: tuple[str, str],
    method: str,
    target: str,
    headers: Mapping[str, str],
    form: Mapping[str, str],
    body: str,
) -> Request:
    """Write one request down. `ends` are the peer's and the lab's address."""
    path, _, query = target.partition("?")
    value = headers.get("authorization", "").partition(" ")[2]
    request = Request(
        when=time.monotonic(),
        server=server,
        connection=connection,
        peer=ends[0],
        address=ends[1],
        method=method,
        path=path,
        query=query,
        form={name: text for name, text in form.items() if name != "client_secret"},
        headers=_without_secrets(headers),
        credential=log.credential_in(target, body, value, _decoded(value), *headers.values(), *form.values()),
    )
    log.arrived(request)
    return request


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value.partition(" ")[0] if name.endswith("authorization") else value for name, value in headers.items()
    }


def _decoded(value: str) -> str:
    """Return what HTTP Basic hides (RFC 7617), or nothing."""
    import base64  # noqa: PLC0415 - rarely needed
    import binascii  # noqa: PLC0415

    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _is_open(connection: socket.socket) -> bool:
    """Tell whether the peer still holds its side open; where the system does not say, assume it does."""
    if connection.fileno() < 0:
        return False
    if not hasattr(socket, "TCP_INFO"):
        return True
    try:
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED
    except OSError:
        return False
