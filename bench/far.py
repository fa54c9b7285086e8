"""A server far away, where packets cannot be delayed: TCP proxies on loopback, each adding a round-trip time.

Each direction holds what it carries back for half the round trip. The kernel accepts a connection on loopback at
once, so the round trip that connecting takes has to be charged to what is said first:

- said within a round trip of connecting: held back for one round trip more. Right for a client that waited for the
  connection; one that did something else meanwhile is charged up to a round trip too much, never too little.
- said later: nothing more. Right for a connection that was opened ahead of use: it would have been ready. A client that
  waited for the connection and then thought for longer than a round trip is charged one too little, so such
  connections are counted and shown.
- nothing said, and closed within a round trip: it was only looked at whether somebody listens. That costs a round trip
  which cannot be added from here: counted, and added to the result.
- nothing said, and held open longer: a spare that was never used; nobody waited for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import threading
from collections.abc import Generator, Mapping, Sequence

ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
"""Other addresses of loopback, so that the port, and with it every URL, stays the same."""
SERVER = "127.0.0.1"
CHUNK = 65536


def available(addresses: Sequence[str] = ADDRESSES) -> bool:
    """Tell whether this machine has these addresses; macOS has them only where they were configured."""
    for address in addresses:
        with socket.socket() as probe:
            try:
                probe.bind((address, 0))
            except OSError:
                return False
    return True


@dataclasses.dataclass(frozen=True)
class Tally:
    """Connections by what they were charged for being made."""

    at_once: int = 0
    """One round trip."""
    later: int = 0
    """Nothing."""
    looked: int = 0
    """Nothing, and it ought to have been a round trip."""
    spare: int = 0
    """Nothing: they carried nothing and were held open."""

    def with_one(self, kind: str) -> Tally:
        """Return the numbers with one more of this kind."""
        return dataclasses.replace(self, **{kind: getattr(self, kind) + 1})


class Far:
    """One proxy, and what it saw."""

    def __init__(self, address: str, port: int, round_trip: float) -> None:
        self.address = address
        self.port = port
        self.round_trip = round_trip
        self.tally = Tally()

    def taken(self) -> Tally:
        """Return what was counted so far, and count anew."""
        taken, self.tally = self.tally, Tally()
        return taken

    async def listen(self) -> asyncio.Server:
        """Begin to accept; OSError where that address or port cannot be had."""
        return await asyncio.start_server(self._carry, self.address, self.port)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        call = _Call(asyncio.get_running_loop().time(), self)
        try:
            away, forth = await asyncio.open_connection(SERVER, self.port)
        except OSError:
            back.close()
            return
        try:
            await asyncio.gather(self._hold(near, forth, call), self._hold(away, back, None))
        except asyncio.CancelledError:
            pass  # the proxy is over; passed on, Python 3.11 reports it as an error of its streams
        finally:
            forth.close()
            back.close()

    async def _hold(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, call: _Call | None) -> None:
        """Pass everything on, each piece after its delay."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(_deliver(pieces, sink))
        piece = b"."
        while piece:
            try:
                piece = await source.read(CHUNK)
            except ConnectionError:
                piece = b""
            now = asyncio.get_running_loop().time()
            pieces.put_nowait((now + self.round_trip / 2 + (call.charge(now, piece) if call else 0), piece))
        await delivery


class _Call:
    """A client's side of one connection: what connecting is charged with."""

    def __init__(self, accepted: float, far: Far) -> None:
        self._far = far
        self._ready = accepted + far.round_trip
        """When the connection would have stood."""
        self._first = True

    def charge(self, now: float, piece: bytes) -> float:
        """Return for how long this piece is held back more than others; the empty one is the end."""
        early = now < self._ready
        if self._first:
            self._first = False
            kind = ("at_once" if early else "later") if piece else ("looked" if early else "spare")
            self._far.tally = self._far.tally.with_one(kind)
        return self._far.round_trip if early else 0.0


async def _deliver(pieces: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
    """Write each piece when it is due and never before an earlier one; an empty one is the end."""
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
def proxies(port: int, round_trips: Mapping[str, float]) -> Generator[dict[str, Far]]:
    """Run proxies, round-trip time by address, in a thread; OSError where this machine lacks such an address."""
    running = {address: Far(address, port, round_trip) for address, round_trip in round_trips.items()}
    thread = _Thread(list(running.values()))
    thread.start()
    thread.ready.wait()
    try:
        if thread.trouble is not None:
            raise thread.trouble
        yield running
    finally:
        thread.end()


class _Thread(threading.Thread):
    """The loop that carries for every proxy."""

    def __init__(self, running: list[Far]) -> None:
        super().__init__(daemon=True)
        self._running = running
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self.ready = threading.Event()
        self.trouble: OSError | None = None

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            try:
                for far in self._running:
                    await stack.enter_async_context(await far.listen())
            except OSError as error:
                self.trouble = error
                return
            finally:
                self.ready.set()
            await self._over.wait()

    def end(self) -> None:
        """End it and wait for that."""
        with contextlib.suppress(RuntimeError):  # where it ended by itself
            self._loop.call_soon_threadsafe(self._over.set)
        self.join(5)
