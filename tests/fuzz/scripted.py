"""A connection whose other end says what was made up, in the pieces in which it was made up, and then closes."""

from __future__ import annotations

import socket
from collections.abc import Sequence


class Scripted:
    """A stream, as `diagnose.probes.wire.Stream` has it; `socket` is for the line that wants one."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]
        self.socket = socket.socket()

    async def read(self, most: int) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if len(piece) > most:
            self._pieces.insert(0, piece[most:])
        return piece[:most]

    async def write(self, data: bytes) -> None:
        """Whatever is said, nobody listens."""

    def stale(self) -> bool:
        return False
