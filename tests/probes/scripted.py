"""A real HTTPS server on loopback that answers by script, and what a probe needs to ask it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs

import trustme

from diagnose import profile, target
from diagnose.credentials import Credentials, Secrets
from diagnose.facts.channels import Channel, OpenChannels, VerifiedChannels
from diagnose.facts.run import Settings, Target
from diagnose.probes.http import Http
from diagnose.probes.network import Network

HOST = "halo.example.test"
CLIENT_ID = "0f1a2b3c-4d5e-4f60-8a7b-9c0d1e2f3a4b"
CLIENT_SECRET = "11111111-2222-4333-8444-555555555555-66666666-7777-4888-8999-aaaaaaaaaaaa"
GRADIENT = profile.load("gradient")


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    form: dict[str, str]
    bearer: str

    @property
    def scope(self) -> str:
        return self.form.get("scope", "")


class Reply(NamedTuple):
    """One scripted answer; a dict becomes JSON."""

    status: int
    body: object = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0


Script = Callable[[Asked], Reply]


class Server(NamedTuple):
    """A running server: its port, the requests so far, and the context that verifies it."""

    port: int
    asked: list[Asked]
    trusting: ssl.SSLContext

    def context(self, channel: Channel) -> ssl.SSLContext:
        assert channel.verified
        return self.trusting

    def vouches(self, channel: Channel, chain: object) -> bool:
        return True

    def posts(self) -> list[Asked]:
        return [one for one in self.asked if one.method == "POST"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: ClassVar[Script]
    asked: ClassVar[list[Asked]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked(self.command, self.path, form, bearer)
        self.asked.append(asked)
        reply = type(self).script(asked)
        time.sleep(reply.delay)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        with contextlib.suppress(OSError):
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serve(script: Script) -> Iterator[Server]:
    asked: list[Asked] = []
    handler = type("Handler", (_Handler,), {"script": staticmethod(script), "asked": asked})
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.socket = serving.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Server(server.server_address[1], asked, trusting)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Bench:
    """Everything a probe may ask for, made for one scripted server; used inside one event loop."""

    def __init__(self, server: Server, *, tenant: str | None = None, seconds: float = 20.0) -> None:
        origin = f"https://{HOST}:{server.port}"
        self.target: Target = target.read(resource_server=f"{origin}/api", auth_server=f"{origin}/auth/", tenant=tenant)
        self.settings = Settings()
        self.profile = GRADIENT
        self.secrets = Secrets()
        self.credentials = Credentials(CLIENT_ID, CLIENT_SECRET, self.secrets)
        self.network = Network(self.settings, self.secrets, time.monotonic() + seconds)
        self.http = Http(self.network, server, self.secrets)
        way = Channel(HOST, server.port, "127.0.0.1", verified=True)
        self.verified = VerifiedChannels(((self.target.auth.endpoint, way),))
        self.open = OpenChannels(
            ((self.target.auth.endpoint, Channel(HOST, server.port, "127.0.0.1", verified=False)),)
        )


def run(bench: Bench, work: Callable[[Bench], Coroutine[Any, Any, Any]]) -> Any:
    """Run `work` in an event loop of its own and close what it opened."""

    async def whole() -> Any:
        try:
            return await work(bench)
        finally:
            await bench.network.close()

    return asyncio.run(whole())
