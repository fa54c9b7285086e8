"""The proxies charge what a distant server costs, and nothing else of what is said changes."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator

import pytest

from bench import far
from bench.far import Far, Tally
from tests.bench import clients
from tests.bench.clients import NEEDED, ROUND_TRIP, Client, ask, dial, right, round_trips, tried

ADDRESS = far.ADDRESSES[0]
pytestmark = pytest.mark.skipif(not far.available(), reason=f"this machine has no {ADDRESS}")


@pytest.fixture
def port() -> Generator[int]:
    with clients.echoing(far.SERVER) as port:
        yield port


@pytest.fixture
def proxy(port: int) -> Generator[Far]:
    with far.proxies(port, {ADDRESS: ROUND_TRIP}) as running:
        yield running[ADDRESS]


def counted(proxy: Far, connections: int) -> Tally:
    """Wait until so many connections are known for what they were."""
    until = time.monotonic() + 5
    while proxy.tally.at_once + proxy.tally.later + proxy.tally.looked + proxy.tally.spare < connections:
        assert time.monotonic() < until, proxy.tally
        time.sleep(0.01)
    return proxy.taken()


@pytest.mark.parametrize(
    ("client", "tally"),
    [
        (clients.asks_at_once, Tally(at_once=1)),
        (clients.asks_on_one_opened_ahead, Tally(at_once=1, later=1)),
        (clients.asks_on_one_after_the_other, Tally(at_once=2)),
        (clients.leaves_a_spare, Tally(at_once=1, spare=1)),
        (clients.looks_whether_somebody_listens, Tally(looked=1)),
    ],
)
def test_a_client_needs_as_many_round_trips_as_over_a_network(client: Client, tally: Tally, proxy: Far) -> None:
    """Those of test_tunnel, but for a connection that only looks: that one cannot be charged here, and is counted."""
    seen = []

    def attempt() -> float:
        took = round_trips(client, (ADDRESS, proxy.port))
        seen.append(counted(proxy, sum(vars(tally).values())))
        return took + seen[-1].looked

    assert right(tried(NEEDED[client], attempt), NEEDED[client])
    assert seen[-1] == tally


def test_who_says_something_half_a_round_trip_after_connecting_is_charged_a_whole_one(proxy: Far) -> None:
    """It cannot be told whether it waited for the connection: rather too much than too little."""

    def attempt() -> float:
        with dial((ADDRESS, proxy.port)) as client:
            time.sleep(ROUND_TRIP / 2)
            began = time.monotonic()
            ask(client)
            return (time.monotonic() - began) / ROUND_TRIP

    assert right(tried(2, attempt), 2)


def test_what_is_said_later_never_overtakes_what_was_held_back_longer(proxy: Far) -> None:
    with dial((ADDRESS, proxy.port)) as client:
        time.sleep(ROUND_TRIP * 0.8)
        client.sendall(b"held back, ")
        time.sleep(ROUND_TRIP * 0.4)
        client.sendall(b"and this is not")
        client.shutdown(socket.SHUT_WR)
        said = b""
        while piece := client.recv(100):
            said += piece
    assert said == b"held back, and this is not"


def test_two_distances_are_two_addresses_of_one_port(port: int) -> None:
    near, away = far.ADDRESSES[:2]
    with far.proxies(port, {near: 0.01, away: ROUND_TRIP}):
        assert round_trips(clients.asks_at_once, (near, port)) < 3
        assert round_trips(clients.asks_at_once, (away, port)) >= 3


def test_without_a_proxy_it_takes_next_to_nothing(port: int) -> None:
    assert round_trips(clients.asks_at_once, (far.SERVER, port)) < 0.5


def test_an_address_that_is_not_this_machines_is_an_error(port: int) -> None:
    with pytest.raises(OSError, match=r"192\.0\.2\.1"), far.proxies(port, {"192.0.2.1": ROUND_TRIP}):
        pass


def test_a_server_that_is_gone_ends_the_connection() -> None:
    with socket.create_server((far.SERVER, 0)) as bound:
        port = bound.getsockname()[1]
    with far.proxies(port, {ADDRESS: 0.01}), dial((ADDRESS, port)) as client:
        assert client.recv(100) == b""
