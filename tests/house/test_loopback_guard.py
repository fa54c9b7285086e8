"""The tests' own guard: this machine may be reached, nothing else may."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def test_a_connection_on_loopback_is_let_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.beyond_loopback
def test_a_connection_beyond_loopback_is_refused() -> None:
    with socket.socket() as client, pytest.raises(OSError, match="may not leave this machine"):
        client.connect(("192.0.2.1", 443))


@pytest.mark.beyond_loopback
def test_asyncio_is_refused_likewise() -> None:
    async def connect() -> None:
        await asyncio.open_connection("192.0.2.1", 443)

    with pytest.raises(OSError, match="may not leave this machine"):
        asyncio.run(connect())


@pytest.mark.beyond_loopback
def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("halo.customer.net", 443)


def test_a_reserved_name_does_not_exist_and_trying_it_is_no_fault() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("halo.example.com", 443)


def test_the_guard_is_in_programs_that_tests_start() -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 443), 5)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "may not leave this machine" in done.stderr


ATTEMPT = """
import socket

def test_that_swallows_the_refusal():
    try:
        socket.create_connection(("192.0.2.1", 443), 5)
    except OSError:
        pass
"""

SKIP = """
import pytest

def test_that_skips_itself():
    pytest.skip("no such program")
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [(ATTEMPT, "tried to reach 192.0.2.1 port 443"), (SKIP, "no test may be skipped here: Skipped: no such program")],
)
def test_what_a_test_may_not_do_fails_it(tmp_path: Path, text: str, words: str) -> None:
    """One that leaves this machine and takes the refusal in its stride, and one that skips where nothing may."""
    shutil.copytree(Path(__file__).parents[1] / "guard", tmp_path / "guard")
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    environment = os.environ | {"DIAGNOSE_NO_SKIPS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert (done.returncode, words in done.stdout) == (1, True), done.stdout
