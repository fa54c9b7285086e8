"""Real web servers on loopback, and clients that come from 127.0.0.x: the evaluator must agree with all of them."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = ("127.0.0.1", "127.0.0.2", "127.0.0.77", "127.0.1.1", "127.1.2.3", "127.200.0.9")
RANGES = (
    "127.0.0.1", "127.0.0.2", "127.0.0.77", "127.0.1.1", "127.1.2.3", "127.200.0.9", "127.0.0.0/24", "127.0.0.64/26",
    "127.0.0.0/16", "127.0.0.0/8", "127.1.0.0/16", "127.128.0.0/9", "127.0.0.0/31", "10.0.0.0/8", "3.19.3.152",
    "0.0.0.0/0", "2001:db8::/32", "::/0",
)  # fmt: skip


def binary(name: str) -> str:
    """Where the server is, or a skip that says what is missing."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed here: the Debian package brings it")
    return found


def free_ports(number: int) -> list[int]:
    """Ports that nothing listens on."""
    with contextlib.ExitStack() as open_sockets:
        found = []
        for _ in range(number):
            listener = open_sockets.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            found.append(listener.getsockname()[1])
        return found


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """The server while it answers; what it said is in the failure otherwise."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            for _ in range(300):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if process.poll() is not None:
                    break
                time.sleep(0.05)
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def statuses(source: str, port: int, asked: list[tuple[str, str]], *, keep: bool = True) -> list[str]:
    """The status of every (host, path), asked from one address; `closed` where the connection just ends.

    With `keep` the connection is used for all of them, else each gets its own.
    """
    answers: list[str] = []
    connection: socket.socket | None = None
    for host, path in asked:
        try:
            connection = connection or socket.create_connection(("127.0.0.1", port), 5, source_address=(source, 0))
        except ConnectionResetError:  # refused so fast that the connection was never seen
            answers.append("closed")
            continue
        status, goes_on = _ask(connection, host, path)
        answers.append(status)
        if not goes_on or not keep:
            connection.close()
            connection = None
    if connection is not None:
        connection.close()
    return answers


def _ask(connection: socket.socket, host: str, path: str) -> tuple[str, bool]:
    try:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return "closed", False
            head += more
    except ConnectionError:
        return "closed", False
    words = head.split(b"\r\n", 1)[0].split()
    return words[1].decode(), b"connection: close" not in head.lower()


def some_ranges(chance: random.Random, most: int = 3) -> list[str]:
    """A few ranges, now and then the same twice."""
    return [chance.choice(RANGES) for _ in range(chance.randint(1, most))]
