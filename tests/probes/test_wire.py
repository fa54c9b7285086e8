"""A line that lies idle is looked at without waiting, also where its peer never stops talking."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from diagnose.probes.wire import HANDSHAKE_LIMIT, RECORD, TcpStream, TlsStream, capture_context
from tests.probes.peers import HOST, server_context

CHUNK = b" " * RECORD


@contextlib.contextmanager
def talking(*, chunks: int) -> Iterator[int]:
    """Say so much after the handshake, asked or not, from a thread of its own; then stay."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        with contextlib.suppress(OSError), server_context().wrap_socket(listening.accept()[0], server_side=True) as tls:
            for _ in range(chunks):
                if over.is_set():
                    return
                tls.sendall(CHUNK)
            over.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            listening.close()
            thread.join(10)


async def looked_at(port: int) -> tuple[bool, int]:
    """Return whether the line is stale, and how many bytes lie unread in it."""
    raw = socket.socket()
    raw.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
        stream = TlsStream(TcpStream(raw), capture_context(), HOST)
        await stream.handshake()
        await asyncio.sleep(0.2)
        return stream.stale(), stream._incoming.pending
    finally:
        raw.close()


@pytest.mark.parametrize(("chunks", "stale"), [(0, False), (1, True), (1_000_000, True)])
def test_a_peer_that_talks_unasked_makes_a_line_stale_at_once(chunks: int, stale: bool) -> None:
    with talking(chunks=chunks) as port:
        said, unread = asyncio.run(asyncio.wait_for(looked_at(port), 5))
    assert said is stale
    assert unread <= HANDSHAKE_LIMIT


def test_an_error_of_ours_has_a_reason_as_openssls_have() -> None:
    from diagnose.probes.wire import EndlessHandshakeError  # noqa: PLC0415 - beside what it is about

    assert isinstance(EndlessHandshakeError(1, "x"), ssl.SSLError)
    assert EndlessHandshakeError(1, "x").reason
