"""Where a scenario says so, the server lets its client down after a good handshake; its neighbours answer."""

from __future__ import annotations

import socket
import time

import pytest

from diagnose import lab
from tests.lab.plain import Maker

ASK = b"GET /api/InstanceInfo HTTP/1.1\r\nHost: halo.example.test\r\n\r\n"


@pytest.mark.parametrize(("name", "begins"), [("api-closed", b""), ("api-endless", b"HTTP/1.1 200 OK\r\n")])
def test_what_comes_is_no_whole_answer(name: str, begins: bytes, plain: Maker) -> None:
    with lab.start(name) as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        dressed.sendall(ASK)
        assert dressed.recv(4096).startswith(begins)
        assert name == "api-endless" or not dressed.recv(4096)


def test_an_endless_answer_does_not_end(plain: Maker) -> None:
    with lab.start("api-endless") as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        dressed.sendall(ASK)
        received = 0
        while received < 3_000_000:
            received += len(dressed.recv(65536))


def test_a_reset_is_a_reset(plain: Maker) -> None:
    with lab.start("api-reset") as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        dressed.sendall(ASK)
        with socket.socket(fileno=dressed.detach()) as bare, pytest.raises(ConnectionResetError):
            drain(bare)


def drain(bare: socket.socket) -> None:
    """Read to the end; TLS 1.3's session tickets come first."""
    bare.settimeout(5)
    while bare.recv(4096):
        pass


def test_silence_is_silent_and_ends_with_the_lab(plain: Maker) -> None:
    with lab.start("api-silent") as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        dressed.sendall(ASK)
        dressed.settimeout(0.2)
        with pytest.raises(TimeoutError):
            dressed.recv(4096)
        began = time.monotonic()
    assert time.monotonic() - began < 2


def test_a_reset_may_come_before_anything_is_said(plain: Maker) -> None:
    with lab.start("reset-at-once") as running, pytest.raises(OSError, match=r"reset|closed|EOF|Broken"):
        plain(running).handshake().do_handshake()


def test_the_neighbours_answer(plain: Maker) -> None:
    with lab.start("api-silent") as running:
        assert plain(running).ask("GET", running.origin + "/auth/token")[0].status == 400
