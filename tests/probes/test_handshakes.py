"""The chain is captured whatever becomes of the handshake, and what became of it has a word."""

from __future__ import annotations

import asyncio
import ssl
import struct
import time
import warnings
from typing import Any

import pytest
import trustme

from diagnose.credentials import Secrets
from diagnose.fact import Unavailable
from diagnose.facts.network import Connection, Connections
from diagnose.facts.tls import Handshake, Handshakes
from diagnose.probes.captured import MOST_BYTES, capped, with_later
from diagnose.probes.handshakes import shake_hands
from diagnose.probes.wire import capture_context
from tests.probes import peers
from tests.probes.peers import Talk, answering, ok

HELLO = answering(ok(b"", "Date: Sun, 22 Nov 2026 09:00:00 GMT"))


def accepted(port: int, *addresses: str) -> Connections:
    return Connections(tuple(Connection(peers.HOST, port, address, "accepted") for address in addresses))


def captured(talk: Talk, context: ssl.SSLContext | None = None, *, seconds: float = 20.0) -> tuple[Handshake, float]:
    async def look() -> tuple[Handshake, float]:
        async with peers.serving(talk, context) as peer, peers.network(seconds=seconds) as network:
            began = time.monotonic()
            found = await shake_hands.function(
                peers.target(peer.port), accepted(peer.port, "127.0.0.1"), network, Secrets()
            )
            return found.attempts[0], time.monotonic() - began

    return peers.run(look())


def shown(made: ssl.SSLContext, answer: bytes = ok(b"")) -> Handshake:
    """What a server in a thread shows."""

    async def look(port: int) -> Handshake:
        async with peers.network() as network:
            found = await shake_hands.function(peers.target(port), accepted(port, "127.0.0.1"), network, Secrets())
            return found.attempts[0]  # type: ignore[no-any-return]

    with peers.blocking(made, answer) as port:
        return peers.run(look(port))


def context(**changes: Any) -> ssl.SSLContext:
    made = peers.server_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name, value in changes.items():
            setattr(made, name, value)
    return made


def test_a_healthy_server_shows_its_chain_and_its_clock() -> None:
    found, _ = captured(HELLO, peers.server_context())
    assert (found.outcome, found.protocol, len(found.chain), found.dropped) == ("completed", "TLSv1.3", 1, 0)
    assert found.head is not None
    assert found.head.headers["date"] == "Sun, 22 Nov 2026 09:00:00 GMT"
    assert found.head.method == "HEAD"


def test_tls_1_2_is_enough() -> None:
    found, _ = captured(HELLO, context(maximum_version=ssl.TLSVersion.TLSv1_2))
    assert (found.outcome, found.protocol) == ("completed", "TLSv1.2")


OLD_SUITE = "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256"


@pytest.mark.parametrize(
    ("suites", "modern"), [(OLD_SUITE, False), (f"{OLD_SUITE}:ECDHE+AESGCM", True), ("ECDHE+AESGCM", None)]
)
def test_where_an_old_suite_is_agreed_upon_todays_are_asked_for(suites: str, modern: bool | None) -> None:
    made = context(maximum_version=ssl.TLSVersion.TLSv1_2)
    made.set_ciphers(suites)
    made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    found, _ = captured(HELLO, made)
    assert (found.outcome, found.protocol, found.modern) == ("completed", "TLSv1.2", modern)


def test_the_other_certificate_of_a_server_that_has_two_is_no_other_server() -> None:
    """With an old suite alone for RSA, today's lead to its ECDSA certificate; both are its own."""
    made = context(maximum_version=ssl.TLSVersion.TLSv1_2)
    authority = trustme.CA()
    authority.issue_cert(peers.HOST, key_type=trustme.KeyType.RSA).configure_cert(made)
    authority.issue_cert(peers.HOST, key_type=trustme.KeyType.ECDSA).configure_cert(made)
    made.set_ciphers("ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
    made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE

    async def look() -> Handshakes:
        async with peers.serving(HELLO, made) as peer, peers.network() as network:
            found = await shake_hands.function(
                peers.target(peer.port), accepted(peer.port, "127.0.0.1"), network, Secrets()
            )
            return with_later(found, network)

    found = peers.run(look())
    assert (found.attempts[0].cipher, found.attempts[0].modern) == ("ECDHE-RSA-AES128-SHA256", True)
    assert found.later == ()


def test_what_another_connection_to_the_same_address_was_shown_is_kept_and_what_all_were_shown_is_not() -> None:
    first, other = peers.server_context(), peers.server_context()

    async def look() -> tuple[Handshakes, Handshakes]:
        async with peers.serving(HELLO, first) as peer, peers.network() as network:
            found = await shake_hands.function(
                peers.target(peer.port), accepted(peer.port, "127.0.0.1"), network, Secrets()
            )
            alike = with_later(found, network)
            place = (peers.HOST, peer.port, "127.0.0.1")
            async with peers.serving(HELLO, other) as twin:
                line = await network.dial(peers.HOST, twin.port, "127.0.0.1")
                line.port = peer.port
                await network.secure(line, capture_context())
                network.lines.close(line)
            assert line.place == place
            return alike, with_later(found, network)

    alike, both = peers.run(look())
    assert alike.later == ()
    assert [one.address for one in both.later] == ["127.0.0.1 on some connections"]
    assert both.later[0].chain != both.attempts[0].chain
    assert both.shown == (*both.attempts, *both.later)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_protocol_is_named_and_shows_its_chain(version: ssl.TLSVersion) -> None:
    old = context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = version
    found = shown(old)
    assert (found.outcome, found.protocol, len(found.chain)) == ("old_protocol", version.name.replace("_", "."), 1)
    assert found.head is None


def test_a_server_that_only_hangs_up_on_new_protocols_is_asked_for_old_ones() -> None:
    """asyncio sends no alert when it refuses, as some balancers do not."""
    old = context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    found, _ = captured(HELLO, old)
    assert (found.outcome, found.protocol) == ("old_protocol", "TLSv1.1")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_that_is_demanded_is_not_one_that_is_asked_for(version: ssl.TLSVersion) -> None:
    def asking(mode: ssl.VerifyMode) -> ssl.SSLContext:
        made = context(minimum_version=version, maximum_version=version)
        made.verify_mode = mode
        peers.authority().configure_trust(made)
        return made

    demanded = shown(asking(ssl.CERT_REQUIRED))
    assert (demanded.outcome, bool(demanded.chain)) == ("client_certificate", True)
    assert shown(asking(ssl.CERT_OPTIONAL)).outcome == "completed"


@pytest.mark.parametrize(
    ("status", "page"),
    [
        ("403 Forbidden", b"<html><h2>HTTP Error 403.7 - Forbidden</h2>"),
        ("400 Bad Request", b"<html><head><title>400 No required SSL certificate was sent</title>"),
    ],
)
def test_a_page_may_demand_the_client_certificate(status: str, page: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await peers.head_of(reader)
            whole = ok(page, status=status)
            writer.write(whole[: whole.index(b"\r\n\r\n") + 4] if head.startswith(b"HEAD") else whole)

    assert captured(talk, peers.server_context())[0].outcome == "client_certificate"


def test_another_refusal_by_page_is_a_completed_handshake() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await peers.head_of(reader)
            whole = ok(b"<html><title>403 - Forbidden: Access is denied.</title>", status="403 Forbidden")
            writer.write(whole[: whole.index(b"\r\n\r\n") + 4] if head.startswith(b"HEAD") else whole)

    found, _ = captured(talk, peers.server_context())
    assert found.outcome == "completed"
    assert found.head is not None
    assert (found.head.method, found.head.status) == ("HEAD", 403)


def raw(*pieces: bytes, end: str = "wait", first: bool = False, pause: float = 0.0) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not first:
            await reader.read(65536)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if end == "wait":
            await asyncio.sleep(30)
        if end == "reset":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SOL_SOCKET, SO_LINGER: close by RST
            writer.transport.abort()

    return talk


@pytest.mark.parametrize(
    ("talk", "outcome", "words"),
    [
        (raw(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>", end="close"), "plain_http", "400 Bad Request"),
        (raw(b"<!DOCTYPE html><html>", end="close"), "plain_http", "HTTP"),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n", first=True), "not_tls", "SSH-2.0-OpenSSH_9.6"),
        (raw(b"220 mail.example.test ESMTP\r\n", first=True), "not_tls", "220 mail"),
        (raw(end="close"), "closed", "closed"),
        (raw(end="reset"), "reset", "cut"),
        (raw(b"\x15\x03\x03\x00\x02\x02\x28", end="close"), "alert", "handshake_failure"),
        (raw(b"\x15\x03\x03\x00\x02\x02\x31", end="close"), "alert", "access_denied"),
        (raw(b"\x15\x03\x03\x00\x02\x02\x50", end="close"), "alert", "internal_error"),
        (raw(b"\x15\x03\x03\x00\x02\x02\x70", end="close"), "alert", "unrecognized_name"),
        (raw(b"\x15\x03\x03\x00\x02\x02\x46", end="close"), "alert", "protocol_version"),
        (raw(b"\x16\x03\x03\x00\x05\x09\x00\x00\x01\x00", end="wait"), "failed", "UNEXPECTED_MESSAGE"),
    ],
)
def test_what_stands_behind_the_port_has_a_word(talk: Talk, outcome: str, words: str) -> None:
    found, took = captured(talk)
    assert found.outcome == outcome
    assert words.lower() in f"{found.detail} {found.alert}".lower()
    assert (found.chain, found.head) == ((), None)
    assert took < 3


@pytest.mark.parametrize(
    "talk", [raw(), raw(b"\x16\x03\x03\x40\x00", *[b"\x02\x00\x3f\x00"], *[b"\0"] * 400, pause=0.02)]
)
def test_silence_and_a_trickle_end_with_the_run_and_are_handed_in(talk: Talk) -> None:
    found, took = captured(talk, seconds=2.5)
    assert found.outcome == "silent"
    assert took < 2.5


def test_an_address_that_got_no_fair_time_was_not_tried() -> None:
    found, took = captured(raw(), seconds=1.0)
    assert found.outcome == "not_tried"
    assert took < 1.0


def test_what_was_captured_before_the_end_is_handed_in_beside_the_silent_ones() -> None:
    made = peers.server_context()

    async def some_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if writer.get_extra_info("sockname")[0] == "127.0.0.1":
            await writer.start_tls(made)
            await HELLO(reader, writer)
        await asyncio.sleep(30)

    async def look() -> Handshakes | Unavailable:
        async with peers.serving(some_silent, address="0.0.0.0") as peer, peers.network(seconds=2.8) as network:  # noqa: S104
            places = accepted(peer.port, *(f"127.0.0.{number}" for number in range(1, 9)))
            found = await shake_hands.function(peers.target(peer.port), places, network, Secrets())
            assert isinstance(found, Handshakes | Unavailable)
            return found

    found = peers.run(look())
    assert isinstance(found, Handshakes)
    outcomes = [attempt.outcome for attempt in found.attempts]
    assert outcomes[0] == "completed"
    assert set(outcomes[1:]) <= {"silent", "not_tried"}
    assert outcomes.count("not_tried") >= 3


def test_a_server_that_never_answers_the_head_has_completed_its_handshake() -> None:
    found, took = captured(peers.silent, peers.server_context(), seconds=1.5)
    assert (found.outcome, len(found.chain)) == ("completed", 1)
    assert found.head is not None
    assert found.head.outcome == "timeout"
    assert took < 1.5


def test_the_caps_count_what_they_drop() -> None:
    assert capped([b"x"] * 25) == ((b"x",) * 20, 5)
    assert capped([b"x" * 100_000] * 3) == ((b"x" * 100_000,), 2)
    assert capped([b"x"] * 3) == ((b"x",) * 3, 0)
    assert MOST_BYTES == 128 * 1024


def test_no_name_is_sent_to_an_address() -> None:
    names: list[str | None] = []

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        names.append(name)

    async def look(host: str) -> None:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(host).configure_cert(made)
        made.sni_callback = note
        async with peers.serving(HELLO, made) as peer, peers.network() as network:
            tried = Connections((Connection(host, peer.port, "127.0.0.1", "accepted"),))
            await shake_hands.function(peers.target(peer.port, host), tried, network, Secrets())

    peers.run(look("127.0.0.1"))
    peers.run(look(peers.HOST))
    assert list(dict.fromkeys(names)) == [None, peers.HOST]


def test_the_capture_takes_up_the_parked_connection_and_parks_it_again() -> None:
    async def look() -> tuple[int, int, int]:
        async with peers.serving(HELLO, peers.server_context()) as peer, peers.network() as network:
            network.ahead = False
            network.lines.park(await network.dial(peers.HOST, peer.port, "127.0.0.1"))
            await shake_hands.function(peers.target(peer.port), accepted(peer.port, "127.0.0.1"), network, Secrets())
            await peers.http(network).ask("GET", peers.url(peer.port), channel=peers.unverified(peer.port))
            await asyncio.sleep(0.2)  # one more connection is on its way, for the second look
            return peer.seen, network.lines.open, network.pace.spent

    assert peers.run(look()) == (2, 2, 2)


def test_eight_addresses_never_have_more_than_four_connections() -> None:
    async def look() -> tuple[Handshakes | Unavailable, int]:
        async with (
            peers.serving(HELLO, peers.server_context(), address="0.0.0.0") as peer,  # noqa: S104
            peers.network() as network,
        ):
            places = accepted(peer.port, *(f"127.0.0.{number}" for number in range(1, 9)))
            found = await shake_hands.function(peers.target(peer.port), places, network, Secrets())
            return found, peer.most

    found, most = peers.run(look())
    assert isinstance(found, Handshakes)
    assert [attempt.outcome for attempt in found.attempts] == ["completed"] * 8
    assert most <= 4


def test_without_a_connection_reachability_is_to_blame() -> None:
    async def look() -> Any:
        async with peers.network() as network:
            refused = Connections((Connection(peers.HOST, 443, "127.0.0.1", "refused"),))
            return await shake_hands.function(peers.target(443), refused, network, Secrets())

    found = peers.run(look())
    assert isinstance(found, Unavailable)
    assert found.blocked_by == ("net.reachable",)
