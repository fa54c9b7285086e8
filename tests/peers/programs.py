"""Real servers as peers: found, or the test is skipped with one sentence; started, waited for, and ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

MODULES = Path(__file__).parent / "node_modules"
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
"""Debian keeps servers where only the administrator looks."""

PATIENCE = 15.0


def program(name: str) -> str:
    """Return where the program is; skip the test where it is not."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed on this machine")
    return found


def npm_package(name: str) -> Path:
    """Return the package's folder; skip the test where it is not installed."""
    folder = MODULES / name
    if not (folder / "package.json").is_file():
        pytest.skip(f"the npm package {name} is not installed; `npm ci` in tests/peers installs it")
    return folder


def many_loopbacks() -> None:
    """Skip the test where 127.0.0.0/8 is not this machine as a whole (macOS has 127.0.0.1 alone)."""
    try:
        with socket.create_server(("127.0.3.1", 0)):
            pass
    except OSError:
        pytest.skip("this machine has no loopback address but 127.0.0.1")


def free_port() -> int:
    """Return a port that is free at every loopback address."""
    with socket.create_server(("", 0)) as bound:
        return int(bound.getsockname()[1])


def accepts(address: str, port: int) -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), 0.5):
        return True
    return False


@contextlib.contextmanager
def running(
    command: list[str], ready: tuple[str, int], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the context is left; `ready` is where it listens. It writes to `folder`/output."""
    output = folder / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=os.environ | dict(environment or {}),
        )
        try:
            _wait(process, ready, output)
            yield process
        finally:
            _end(process)


def _wait(process: subprocess.Popen[bytes], ready: tuple[str, int], output: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not accepts(*ready):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"{process.args!r} does not listen at {ready}: {output.read_text('utf-8', 'replace')[-2000:]}")
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
