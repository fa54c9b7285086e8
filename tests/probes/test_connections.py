"""Every address is tried once, at most four at a time, and what is in the way has a word."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time

import pytest

from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.fact import Unavailable
from diagnose.facts.channels import Channel
from diagnose.facts.network import Addresses, Connections, Resolution
from diagnose.facts.run import Override, Settings
from diagnose.outcome import Code
from diagnose.probes import sockets
from diagnose.probes.connections import both_families, connect_to_all
from diagnose.probes.network import Network
from diagnose.probes.sockets import DialError
from tests.probes import peers


async def connected(port: int, *addresses: str, network: Network) -> Connections | Unavailable:
    known = Addresses((Resolution(peers.HOST, "resolved" if addresses else "not_found", addresses),))
    found = await connect_to_all.function(peers.target(port), known, network)
    assert isinstance(found, Connections | Unavailable)
    return found


def test_an_open_port_is_accepted_and_a_closed_one_refused() -> None:
    async def look() -> Connections | Unavailable:
        async with peers.serving(peers.silent) as peer, peers.network() as network:
            return await connected(peer.port, "127.0.0.1", "127.0.0.2", network=network)

    found = peers.run(look())
    assert isinstance(found, Connections)
    assert [(each.address, each.outcome) for each in found.attempts] == [
        ("127.0.0.1", "accepted"),
        ("127.0.0.2", "refused"),
    ]


def test_an_address_that_drops_packets_gives_no_answer_in_time() -> None:
    """A full queue on loopback drops the first packet, as a firewall does."""

    async def look() -> str:
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(socket.socket())
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            for _ in range(3):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    filler.connect(server.getsockname())
            async with peers.network() as network:
                began = loop.time()
                with pytest.raises(DialError) as caught:
                    await network.dial(peers.HOST, server.getsockname()[1], "127.0.0.1", seconds=0.5)
                assert loop.time() - began < 1
                return caught.value.outcome

    assert peers.run(look()) == "no_answer"


def test_a_family_without_a_route_is_not_tried() -> None:
    def refused(error: int) -> DialError:
        return sockets._dial_error(OSError(error, "no"), socket.AF_INET6, ("::1", 9), "::1")

    assert sockets._dial_error(OSError(errno.EHOSTUNREACH, "no"), socket.AF_INET, ("127.0.0.1", 9), "x").outcome == (
        "unreachable"
    )
    assert refused(errno.ECONNABORTED).outcome == "unreachable"
    no_family = sockets._dial_error(OSError(errno.ENETUNREACH, "no"), socket.AF_INET6, ("not an address", 9), "y")
    assert no_family.outcome == "not_tried"


def test_thirty_two_addresses_are_tried_and_never_more_than_four_are_open() -> None:
    async def look() -> tuple[Connections | Unavailable, int, int]:
        async with peers.serving(peers.until_closed, address="0.0.0.0") as peer, peers.network() as network:  # noqa: S104
            found = await connected(peer.port, *(f"127.0.0.{n}" for n in range(1, 35)), network=network)
            return found, peer.most, network.lines.open

    found, most, still_open = peers.run(look())
    assert isinstance(found, Connections)
    assert [each.outcome for each in found.attempts] == ["accepted"] * 32 + ["not_tried"] * 2
    assert "only 32" in found.attempts[-1].detail
    assert most <= 4
    assert still_open <= 4


def test_a_limit_leaves_both_families_in() -> None:
    fours, sixes = tuple(f"192.0.2.{n}" for n in range(33)), tuple(f"2001:db8::{n}" for n in range(33))
    kept = both_families(fours + sixes)[:32]
    assert sum(":" in address for address in kept) == 16
    assert both_families(("192.0.2.1", "2001:db8::1")) == ["192.0.2.1", "2001:db8::1"]


def test_without_any_address_the_name_is_to_blame() -> None:
    async def look() -> Connections | Unavailable:
        async with peers.network() as network:
            return await connected(443, network=network)

    assert peers.run(look()) == Unavailable(
        Code.BLOCKED, "no name resolved, so there was nothing to connect to", ("dns.resolves",)
    )


def test_an_address_given_by_hand_holds_for_its_host_and_port_alone() -> None:
    network = Network(Settings(overrides=(Override(peers.HOST, 443, ("127.0.0.9",)),)), Secrets(), 0.0)
    assert network.addresses(peers.HOST, 443, ("192.0.2.1",)) == ("127.0.0.9",)
    assert network.addresses(peers.HOST, 8443, ("192.0.2.1",)) == ("192.0.2.1",)
    assert network.addresses("other.example.test", 443, ()) == ()


def test_what_is_not_connected_when_the_run_ends_was_not_tried() -> None:
    async def look() -> tuple[Connections | Unavailable, float]:
        async with peers.serving(peers.silent) as peer, peers.network(seconds=0.2) as network:
            began = time.monotonic()
            return await connected(peer.port, "127.0.0.1", network=network), time.monotonic() - began

    found, took = peers.run(look())
    assert isinstance(found, Connections)
    assert found.attempts[0].outcome == "not_tried"
    assert took < 0.5


async def proxying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Connect to the same port on loopback, whatever the name."""
    head = await peers.head_of(reader)
    port = int(head.split(b" ")[1].rsplit(b":", 1)[1])
    away, forth = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()

    try:
        await asyncio.gather(carry(reader, forth), carry(away, writer))
    finally:
        forth.close()


def test_a_proxy_is_asked_by_name_and_the_answer_comes_through_it() -> None:
    async def look() -> tuple[str, int, list[str]]:
        async with (
            peers.serving(peers.answering(peers.ok(b"{}")), peers.server_context()) as peer,
            peers.serving(proxying) as proxy,
            peers.network(proxy=f"http://user:proxy-password@127.0.0.1:{proxy.port}") as network,
        ):
            channel = Channel(peers.HOST, peer.port, peers.HOST, True)
            answer, _ = await peers.http(network).ask("GET", peers.url(peer.port), channel=channel)
            return answer.outcome, proxy.seen, [contact.purpose for contact in network.contacted()]

    outcome, asked, purposes = peers.run(look())
    assert (outcome, asked) == ("answered", 1)
    assert "proxy" in purposes


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 "]
)
def test_a_proxy_that_will_not_connect_is_named(said: bytes) -> None:
    def close(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def look() -> Connections | Unavailable:
        async with (
            peers.serving(peers.saying(said, then=close)) as proxy,
            peers.network(proxy=f"http://user:proxy-password@127.0.0.1:{proxy.port}") as network,
        ):
            return await connected(443, "192.0.2.1", network=network)

    found = peers.run(look())
    assert isinstance(found, Connections)
    assert [each.outcome for each in found.attempts] == ["proxy_refused"]
    assert "127.0.0.1" in found.attempts[0].detail
    assert "password" not in repr(found)


def test_the_proxys_password_is_known_as_a_secret() -> None:
    secrets = Secrets()
    Network(Settings(), secrets, 0.0, proxy="http://user:p%40ss-word-1@proxy.example.test:3128")
    assert "p@ss-word-1" in secrets.values


@pytest.mark.parametrize("url", ["socks5://proxy.example.test:1080", "http://", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="--proxy"):
        Network(Settings(), Secrets(), 0.0, proxy=url)
