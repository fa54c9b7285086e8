"""Small servers on loopback that say exactly what a test wants, and the objects a run would make."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from functools import cache
from typing import Any, TypeVar

import trustme

from diagnose.credentials import Secrets
from diagnose.facts.channels import Channel
from diagnose.facts.run import Override, ServerUrl, Settings, Target
from diagnose.probes.http import Http
from diagnose.probes.network import Network

HOST = "halo.example.test"
T = TypeVar("T")
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(host: str = HOST) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(host).configure_cert(context)
    return context


class Roots:
    """Verifying contexts that trust the tests' authority and nobody else."""

    def context(self, channel: Channel) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority().configure_trust(context)
        return context

    def vouches(self, channel: Channel, chain: object) -> bool:
        return True


class Peer:
    """A running server: its port, how many connections it saw, how many at once, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen = 0
        self.now = 0
        self.most = 0
        self.asked: list[bytes] = []


@contextlib.asynccontextmanager
async def serving(
    talk: Talk, context: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Peer]:
    """Serve `talk` to every connection until the test is over; what it raises is the client's doing."""
    tasks: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        peer.seen += 1
        peer.now += 1
        peer.most = max(peer.most, peer.now)
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, asyncio.LimitOverrunError):
            pass
        finally:
            peer.now -= 1
            tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError, ssl.SSLError):
                await writer.wait_closed()

    server = await asyncio.start_server(handle, address, port, ssl=context)
    peer = Peer(server.sockets[0].getsockname()[1])
    try:
        yield peer
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2)


async def head_of(reader: asyncio.StreamReader) -> bytes:
    """Read one request: its head, and the body it announces."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            head += await reader.readexactly(int(line.split(b":")[1]))
    return head


def answering(*answers: bytes, asked: list[bytes] | None = None) -> Talk:
    """Answer each request of a connection with the next of these, the last one for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(1000):
            request = await head_of(reader)
            if asked is not None:
                asked.append(request)
            writer.write(answers[min(number, len(answers) - 1)])
            await writer.drain()

    return talk


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def saying(*pieces: bytes, then: Callable[[asyncio.StreamWriter], None] | None = None, pause: float = 0.0) -> Talk:
    """After one request say these pieces, then do something to the connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if then is not None:
            then(writer)
            return
        await asyncio.sleep(30)

    return talk


def cut(writer: asyncio.StreamWriter) -> None:
    """Reset the connection instead of closing it."""
    writer.transport.abort()


@contextlib.contextmanager
def blocking(context: ssl.SSLContext, answer: bytes = b"") -> Iterator[int]:
    """Serve TLS from a thread, as most servers do: unlike asyncio's, it sends the alert when it refuses."""

    def serve(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.settimeout(5)
                with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    while tls.recv(65536):
                        tls.sendall(answer)
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(6)


async def until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing, and notice when the client has gone."""
    await reader.read()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def target(port: int, host: str = HOST, auth_port: int | None = None) -> Target:
    def url(path: str, at: int) -> ServerUrl:
        bracketed = f"[{host}]" if ":" in host else host
        text = f"https://{bracketed}:{at}{path}"
        return ServerUrl(text, text, host, at, path)

    return Target(url("/api", port), url("/auth/", auth_port or port))


def settings(port: int, *addresses: str, **more: Any) -> Settings:
    return Settings(overrides=(Override(HOST, port, addresses or ("127.0.0.1",)),), **more)


@contextlib.asynccontextmanager
async def network(
    given: Settings | None = None, *, seconds: float = 20.0, secrets: Secrets | None = None, proxy: str | None = None
) -> AsyncIterator[Network]:
    made = Network(given or Settings(), secrets or Secrets(), asyncio.get_running_loop().time() + seconds, proxy)
    try:
        yield made
    finally:
        await made.close()


def http(made: Network, *secrets: str) -> Http:
    known = Secrets()
    for secret in secrets:
        known.add(secret)
    return Http(made, Roots(), known)


def verified(port: int) -> Channel:
    return Channel(HOST, port, "127.0.0.1", True)


def unverified(port: int) -> Channel:
    return Channel(HOST, port, "127.0.0.1", False)


def url(port: int, path: str = "/api/InstanceInfo") -> str:
    return f"https://{HOST}:{port}{path}"


def run(coroutine: Coroutine[Any, Any, T], *, within: float = 20.0) -> T:
    """Run one test; no promise may take longer than its deadline."""

    async def limited() -> T:
        async with asyncio.timeout(within):
            return await coroutine

    return asyncio.run(limited())
