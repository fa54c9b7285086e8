"""Names: found, absent, and not answered are three things; a public resolver is asked only where one was given."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest

from diagnose.fact import Unavailable
from diagnose.facts.network import Addresses, PublicAnswers, Resolution
from diagnose.facts.run import Override, Settings
from diagnose.outcome import Code
from diagnose.probes.names import _server, ask_public_resolver, look_up
from diagnose.probes.resolver import resolve
from tests.probes import peers

Zone = Mapping[tuple[str, str], list[str]]


def resolved(host: str, settings: Settings | None = None, auth_port: int | None = None) -> Resolution:
    async def look() -> Resolution:
        given = settings or Settings()
        async with peers.network(given) as network:
            found: Addresses = await look_up.function(peers.target(443, host, auth_port), given, network)
            return found.of(host)

    return peers.run(look())


def test_a_name_that_exists_has_addresses_without_repetition() -> None:
    found = resolved("localhost")
    assert found.outcome == "resolved"
    assert "127.0.0.1" in found.addresses
    assert len(found.addresses) == len(set(found.addresses))


def test_a_name_that_does_not_exist_is_not_found() -> None:
    assert resolved("nowhere.example.test").outcome == "not_found"
    assert resolved("a" * 64 + ".example.test").outcome == "not_found"


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_is_literal_and_nobody_is_asked(host: str) -> None:
    found = resolved(host)
    assert (found.outcome, found.addresses) == ("literal", (host,))


def test_a_host_given_by_hand_is_not_asked_for() -> None:
    settings = Settings(overrides=(Override(peers.HOST, 443, ("127.0.0.7",)),))
    found = resolved(peers.HOST, settings)
    assert (found.outcome, found.addresses) == ("overridden", ("127.0.0.7",))


def test_a_host_given_by_hand_for_one_of_two_ports_is_asked_for_all_the_same() -> None:
    settings = Settings(overrides=(Override(peers.HOST, 443, ("127.0.0.7",)),))
    assert resolved(peers.HOST, settings, auth_port=8443).outcome == "not_found"


def test_a_resolver_without_time_is_a_timeout() -> None:
    assert peers.run(resolve("localhost", seconds=0.0)).outcome == "timeout"


class Resolver(asyncio.DatagramProtocol):
    """A resolver that knows one zone; what is not in it does not exist."""

    def __init__(self, zone: Zone, spoil: Callable[[bytes], bytes] | None, code: str | None) -> None:
        self.zone, self.spoil, self.code = zone, spoil, code
        self.asked = 0
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        question = dns.message.from_wire(data)
        reply = dns.message.make_response(question)
        name, kind = str(question.question[0].name).rstrip("."), dns.rdatatype.to_text(question.question[0].rdtype)
        if (name, kind) in self.zone:
            records = self.zone[name, kind]
            reply.answer = [dns.rrset.from_text(f"{name}.", 60, "IN", kind, *records)] if records else []
        else:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if self.code:
            reply.set_rcode(dns.rcode.from_text(self.code))
        assert self.transport is not None
        if self.code != "REFUSED" or self.spoil is None:
            wire = reply.to_wire()
            self.transport.sendto(self.spoil(wire) if self.spoil else wire, addr)


@contextlib.asynccontextmanager
async def resolver(
    zone: Zone, spoil: Callable[[bytes], bytes] | None = None, code: str | None = None
) -> AsyncIterator[tuple[str, Resolver]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: Resolver(zone, spoil, code), local_addr=("127.0.0.1", 0)
    )
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}", protocol
    finally:
        transport.close()


async def told(server: str | None, *hosts: Resolution, seconds: float = 5.0) -> PublicAnswers | Unavailable:
    settings = Settings(dns_server=server)
    async with peers.network(settings, seconds=seconds) as network:
        found = await ask_public_resolver.function(Addresses(hosts), settings, network)
    assert isinstance(found, PublicAnswers | Unavailable)
    return found


NAME = Resolution("halo.example.test", "resolved", ("10.0.0.5",))


def public(zone: Zone, **more: str) -> Resolution:
    async def ask() -> Resolution:
        async with resolver(zone, **more) as (server, _):  # type: ignore[arg-type]
            found = await told(server, NAME)
            assert isinstance(found, PublicAnswers)
            return found.hosts[0]

    return peers.run(ask())


def test_the_public_answer_is_both_families_together() -> None:
    found = public({("halo.example.test", "A"): ["198.51.100.7"], ("halo.example.test", "AAAA"): ["2001:db8::7"]})
    assert (found.outcome, found.addresses) == ("resolved", ("198.51.100.7", "2001:db8::7"))


def test_a_name_the_world_does_not_know_is_not_found() -> None:
    assert public({}).outcome == "not_found"
    assert public({("halo.example.test", "A"): [], ("halo.example.test", "AAAA"): []}).outcome == "not_found"


def test_a_resolver_that_fails_says_nothing_about_the_name() -> None:
    found = public({}, code="SERVFAIL")
    assert (found.outcome, "SERVFAIL" in found.detail) == ("failed", True)


def test_a_silent_resolver_ends_with_the_run() -> None:
    async def ask() -> tuple[PublicAnswers | Unavailable, float]:
        async with resolver({}, spoil=lambda wire: wire, code="REFUSED") as (server, _):
            began = time.monotonic()
            return await told(server, NAME, seconds=1.0), time.monotonic() - began

    found, took = peers.run(ask())
    assert isinstance(found, PublicAnswers)
    assert found.hosts[0].outcome == "timeout"
    assert took < 1.0


def test_an_answer_that_is_no_dns_is_a_failure() -> None:
    async def ask() -> PublicAnswers | Unavailable:
        async with resolver({}, spoil=lambda wire: wire[:2] + b"\xff" * 30) as (server, _):
            return await told(server, NAME, seconds=1.5)

    found = peers.run(ask())
    assert isinstance(found, PublicAnswers)
    assert found.hosts[0].outcome in {"failed", "timeout"}


def test_nobody_is_asked_without_the_option_or_for_addresses_given_by_hand() -> None:
    found = peers.run(told(None, NAME))
    assert isinstance(found, Unavailable)
    assert found.code is Code.NOT_SELECTED

    async def ask() -> int:
        async with resolver({}) as (server, protocol):
            await told(server, Resolution("halo.example.test", "overridden", ("127.0.0.1",)))
            return protocol.asked

    assert peers.run(ask()) == 0


def test_the_resolvers_address_may_name_a_port() -> None:
    assert _server("9.9.9.9") == ("9.9.9.9", 53)
    assert _server("2620:fe::9") == ("2620:fe::9", 53)
    assert _server("127.0.0.1:5353") == ("127.0.0.1", 5353)
    assert _server("[::1]:5353") == ("::1", 5353)
