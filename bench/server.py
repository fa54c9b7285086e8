"""The server that every program is pointed at."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit


@dataclasses.dataclass(frozen=True)
class Server:
    """Where it is, and how `diagnose run` is told."""

    host: str
    port: int
    address: str
    roots: str
    """PEM of its root."""
    options: tuple[str, ...]

    def at(self, address: str) -> Self:
        """The same server, reached at another address."""
        before, after = (f"{self.host}:{self.port}:{place}" for place in (self.address, address))
        options = tuple(after if option == before else option for option in self.options)
        return dataclasses.replace(self, address=address, options=options)


@contextlib.contextmanager
def running() -> Generator[Server]:
    """Run the healthy server in a process of its own, so that it neither waits for us nor counts as our memory."""
    command = [sys.executable, "-m", "bench.lab"]
    folder = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        try:
            yield _told(process.stdout.readline())
        finally:
            process.stdin.close()


def _told(line: str) -> Server:
    told = json.loads(line)
    place = urlsplit(told["url"])
    host, port = str(place.hostname), place.port or 443
    address = next(given.removeprefix(f"{host}:{port}:") for given in told["resolve"] if given.startswith(f"{host}:"))
    return Server(host, port, address, told["roots"], tuple(told["options"]))
