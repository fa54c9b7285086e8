"""The server that every program is pointed at."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"


@dataclasses.dataclass(frozen=True)
class Counted:
    """What arrived at the server by its own log."""

    requests: int
    connections: int

    def since(self, before: Counted) -> Counted:
        """Return what arrived after that."""
        return Counted(self.requests - before.requests, self.connections - before.connections)


@dataclasses.dataclass(frozen=True)
class Server:
    """Where it is, and how each program is told."""

    host: str
    port: int
    address: str
    roots: str
    """PEM of its root."""
    resource: str
    auth: str
    client_id: str
    secret_file: str
    newest: str
    """The stable line that it runs."""
    options: tuple[str, ...]
    """Of `diagnose run`."""

    @property
    def resolve(self) -> str:
        """In the syntax of `--resolve`."""
        return f"{self.host}:{self.port}:{self.address}"

    def at(self, address: str) -> Self:
        """The same server, reached at another address."""
        there = dataclasses.replace(self, address=address)
        options = tuple(there.resolve if option == self.resolve else option for option in self.options)
        return dataclasses.replace(there, options=options)


class Lab:
    """The running server and what it counts."""

    def __init__(self, pipes: tuple[IO[str], IO[str]]) -> None:
        self._said, self._asked = pipes
        self.server = told(json.loads(self._said.readline()))

    def counted(self) -> Counted:
        """Ask what has arrived so far."""
        self._asked.write("\n")
        self._asked.flush()
        return Counted(**json.loads(self._said.readline()))


@contextlib.contextmanager
def running(listen: str = LOOPBACK) -> Generator[Lab]:
    """Run the healthy server in a process of its own, so that it neither waits for us nor counts as our memory."""
    command = [sys.executable, "-m", "bench.lab", listen]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        try:
            yield Lab((process.stdout, process.stdin))
        finally:
            process.stdin.close()


def told(said: Mapping[str, Any]) -> Server:
    """Read its description; it is reached over loopback, wherever it listens."""
    place = urlsplit(said["resource"])
    host, port = str(place.hostname), place.port or 443
    given = [text.removeprefix(f"{host}:{port}:") for text in said["resolve"] if text.startswith(f"{host}:{port}:")]
    named = {name: value for name, value in said.items() if name not in {"resolve", "options"}}
    return Server(host=host, port=port, address=given[0], options=tuple(said["options"]), **named).at(LOOPBACK)
