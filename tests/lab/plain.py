"""Plain clients of the standard library: what the lab puts on the wire is shown without the tool's own probes."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from diagnose.lab import Running


def overridden(running: Running, host: str, port: int) -> tuple[str, ...]:
    for entry in running.resolve:
        name, number, addresses = entry.split(":", 2)
        if (name, int(number)) == (host, port):
            return tuple(address.strip("[]") for address in addresses.split(","))
    return (host,)


@dataclass
class Plain:
    """Speaks to one running scenario as curl would with `--resolve`."""

    running: Running
    kept: list[socket.socket] = field(default_factory=list)

    def tcp(self, place: str, address: int = 0, timeout: float = 5.0) -> socket.socket:
        parts = urlsplit(place)
        assert parts.hostname is not None
        assert parts.port is not None
        addresses = overridden(self.running, parts.hostname, parts.port)
        raw = socket.create_connection((addresses[address], parts.port), timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept.append(raw)
        return raw

    def handshake(
        self, place: str | None = None, address: int = 0, *, verify: bool = False, highest: str = "", lowest: str = ""
    ) -> ssl.SSLSocket:
        """Return a TLS socket that is not yet dressed: call `do_handshake`, read the chain whatever happens."""
        place = place or self.running.origin
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if verify:
            context.hostname_checks_common_name = False
            context.load_verify_locations(self.running.trust_roots)
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.maximum_version = ssl.TLSVersion[highest] if highest else context.maximum_version
            context.minimum_version = ssl.TLSVersion[lowest] if lowest else context.minimum_version
        dressed = context.wrap_socket(
            self.tcp(place, address), server_hostname=urlsplit(place).hostname, do_handshake_on_connect=False
        )
        self.kept.append(dressed)
        return dressed

    def chain(self, place: str | None = None, address: int = 0) -> list[bytes]:
        """Return the chain exactly as sent, DER."""
        dressed = self.handshake(place, address)
        with contextlib.suppress(ssl.SSLError):
            dressed.do_handshake()
        return sent(dressed)

    def verdict(self, place: str | None = None, address: int = 0) -> str:
        """Return what OpenSSL says of this server with the lab's root alone, or nothing."""
        try:
            self.handshake(place, address, verify=True).do_handshake()
        except ssl.SSLCertVerificationError as error:
            return str(error.verify_message)
        return ""

    def ask(
        self,
        method: str,
        url: str,
        form: dict[str, str] | None = None,
        bearer: str = "",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Return one answer and its body; redirects are not followed."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        if parts.scheme == "https":
            dressed = self.handshake(url)
            dressed.do_handshake()
            connection.sock = dressed
        else:
            connection.sock = self.tcp(url)
        sending = dict(headers or {})
        if form is not None:
            body = urlencode(form).encode()
            sending["Content-Type"] = "application/x-www-form-urlencoded"
        if bearer:
            sending["Authorization"] = f"Bearer {bearer}"
        connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, sending)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def token(self, *scopes: str, **changes: str) -> tuple[int, dict[str, Any]]:
        """Ask for a token with the credentials as typed."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.running.client_id.strip(),
            "client_secret": self.running.client_secret.strip(),
            "scope": " ".join(scopes),
        } | changes
        answer, body = self.ask("POST", self.running.auth_server + "token", form)
        return answer.status, json.loads(body)

    def close(self) -> None:
        for connection in self.kept:
            connection.close()


def sent(dressed: ssl.SSLSocket) -> list[bytes]:
    """Return the captured chain: public from Python 3.13, before that an object with DER as format 2."""
    if hasattr(dressed, "get_unverified_chain"):
        return list(dressed.get_unverified_chain())
    inner: Any = dressed._sslobj  # type: ignore[attr-defined]
    return [certificate.public_bytes(2) for certificate in inner.get_unverified_chain() or []]


Maker = Callable[[Running], Plain]
