"""A server far away: a TCP proxy on loopback that adds a round-trip time.

Each direction holds what it carries back for half the round trip. The kernel accepts a connection on
loopback at once, so what a client says within a round trip of connecting is held back for one round trip
more: that is when it could have said it. A connection that never carries anything cannot be delayed from
here; such are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Generator

ADDRESS = "127.0.0.2"
"""Another address of loopback, so that the port, and with it every URL, stays the same."""
SERVER = "127.0.0.1"
CHUNK = 65536


def available() -> bool:
    """Tell whether this machine has that address; macOS has it only where it was configured."""
    with socket.socket() as probe:
        try:
            probe.bind((ADDRESS, 0))
        except OSError:
            return False
    return True


class Far:
    """The proxy, and what it saw."""

    def __init__(self, port: int, round_trip: float) -> None:
        self.port = port
        self.round_trip = round_trip
        self.bare = 0
        """Connections that carried nothing."""

    async def serve(self, ready: threading.Event, over: threading.Event) -> None:
        """Accept until it is over."""
        async with await asyncio.start_server(self._carry, ADDRESS, self.port):
            ready.set()
            while not over.is_set():  # noqa: ASYNC110 - it is set by another thread
                await asyncio.sleep(0.02)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        accepted = asyncio.get_running_loop().time()
        away, forth = await asyncio.open_connection(SERVER, self.port)
        try:
            said = await asyncio.gather(self._hold(near, forth, accepted), self._hold(away, back, None))
            self.bare += not any(said)
        except asyncio.CancelledError:
            pass  # the proxy is over; passed on, Python 3.11 reports it as an error of its streams
        finally:
            forth.close()
            back.close()

    async def _hold(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, accepted: float | None) -> int:
        """Pass everything on, each piece after its delay; return how many bytes there were."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(_deliver(pieces, sink))
        total, loop = 0, asyncio.get_running_loop()
        piece = b"."
        while piece:
            try:
                piece = await source.read(CHUNK)
            except ConnectionError:
                piece = b""
            now = loop.time()
            early = accepted is not None and now - accepted < self.round_trip
            pieces.put_nowait((now + self.round_trip / 2 + (self.round_trip if early else 0), piece))
            total += len(piece)
        await delivery
        return total


async def _deliver(pieces: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
    """Write each piece when it is due; an empty one is the end."""
    loop = asyncio.get_running_loop()
    while True:
        due, piece = await pieces.get()
        await asyncio.sleep(due - loop.time())
        with contextlib.suppress(OSError):
            if piece:
                sink.write(piece)
            else:
                sink.write_eof()
        if not piece:
            return


@contextlib.contextmanager
def proxy(port: int, round_trip: float) -> Generator[Far]:
    """Run the proxy in a thread of its own; OSError where this machine has no second loopback address."""
    far, ready, over = Far(port, round_trip), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(far.serve(ready, over)), daemon=True)
    thread.start()
    if not ready.wait(5):
        raise OSError(f"nothing can listen at {ADDRESS} port {port}")
    try:
        yield far
    finally:
        over.set()
        thread.join(5)
