"""A forward proxy on loopback: it tunnels to the lab's own places, refuses, or asks for a password."""

from __future__ import annotations

import base64
import selectors
import socket
from collections.abc import Mapping
from typing import Literal

from diagnose.lab.exchange import Incoming, Reply

USER, PASSWORD = "operator", "Proxy-Passw0rd-1234"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
"""A tunnel's answer has no length (RFC 9110, 9.3.6)."""


class Proxy:
    """Answers CONNECT; `places` are the addresses of the names it knows."""

    def __init__(self, behaviour: Literal["open", "refuses", "password"], places: Mapping[str, str]) -> None:
        self._behaviour = behaviour
        self._places = places

    def answer(self, request: Incoming) -> Reply:
        """Answer one request: 200 is a tunnel."""
        plain = {"Server": "squid/6.6", "X-Powered-By": "", "Content-Type": "text/html"}
        if request.method != "CONNECT":
            return Reply(405, b"", plain)
        if self._behaviour == "refuses":
            return Reply(403, b"<!-- ERR_ACCESS_DENIED -->", plain | {"X-Squid-Error": "ERR_ACCESS_DENIED 0"})
        if self._behaviour == "password" and request.headers.get("proxy-authorization") != _expected():
            return Reply(407, b"", plain | {"Proxy-Authenticate": 'Basic realm="proxy"'})
        return Reply(200)

    def tunnel(self, connection: socket.socket, request: Incoming) -> None:
        """Carry bytes between the client and the place it asked for, until one of them is done."""
        host, _, port = request.target.rpartition(":")
        name = host.strip("[]")
        with socket.create_connection((self._places.get(name, name), int(port)), 10) as further:
            connection.sendall(ESTABLISHED)
            _splice(connection, further)


def _expected() -> str:
    return "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def _splice(one: socket.socket, other: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65536) if isinstance(key.fileobj, socket.socket) else b""
                if not data:
                    return
                key.data.sendall(data)
