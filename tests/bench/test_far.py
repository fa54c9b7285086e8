"""The delaying proxy costs what a distant server costs, and nothing else of what is said changes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator

import pytest

from bench import far

ROUND_TRIP = 0.1
pytestmark = pytest.mark.skipif(not far.available(), reason=f"this machine has no {far.ADDRESS}")


@pytest.fixture
def port() -> Generator[int]:
    """A server that says everything back."""
    with socket.create_server((far.SERVER, 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _echo(server: socket.socket) -> None:
    with server.accept()[0] as connection:
        while said := connection.recv(100):
            connection.sendall(said)


def asked(connection: socket.socket, text: bytes) -> float:
    """Return how long the answer took, which must be the question."""
    began = time.monotonic()
    connection.sendall(text)
    assert connection.recv(100) == text
    return time.monotonic() - began


def test_connecting_and_asking_takes_two_round_trips_and_asking_again_one(port: int) -> None:
    with far.proxy(port, ROUND_TRIP) as away, socket.create_connection((far.ADDRESS, port)) as client:
        assert 2 * ROUND_TRIP <= asked(client, b"connect and ask") < 2.7 * ROUND_TRIP
        assert ROUND_TRIP <= asked(client, b"ask again") < 1.7 * ROUND_TRIP
        assert away.bare == 0


def test_without_a_proxy_it_takes_next_to_nothing(port: int) -> None:
    with socket.create_connection((far.SERVER, port)) as client:
        assert asked(client, b"near") < ROUND_TRIP / 2


def test_a_connection_that_carries_nothing_is_counted(port: int) -> None:
    with far.proxy(port, 0.01) as away:
        with socket.create_connection((far.ADDRESS, port)) as client:
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
        until = time.monotonic() + 5
        while not away.bare and time.monotonic() < until:
            time.sleep(0.01)
        assert away.bare == 1
