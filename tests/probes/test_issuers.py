"""Issuers are fetched where they are missing, from public places only, and used only where they signed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from diagnose.chain.certificate import Certificate
from diagnose.facts.run import Override, Settings
from diagnose.facts.tls import Handshake, Handshakes, Issuers
from diagnose.probes.issuers import certificates_in, fetch_issuers
from tests.chain import pki
from tests.probes import peers
from tests.probes.peers import Talk, ok

AIA = "ca.example.test"


class Roots:
    """The tests' root, and nothing else."""

    @staticmethod
    def named_in(_: Iterable[bytes]) -> list[Certificate]:
        return [pki.ROOT.read]


def fetched(
    chain: list[pki.Made], talk: Talk, settings: Settings | None = None, seconds: float = 20.0
) -> tuple[Issuers, int, float]:
    async def look() -> tuple[Issuers, int, float]:
        async with peers.serving(talk, port=PORT) as peer:
            given = settings or Settings(overrides=(Override(AIA, PORT, ("127.0.0.1",)),))
            async with peers.network(given, seconds=seconds) as network:
                captured = Handshake(
                    peers.HOST, 443, "127.0.0.1", "completed", tuple(certificate.der for certificate in chain)
                )
                began = time.monotonic()
                found: Any = await fetch_issuers.function(Handshakes((captured,)), given, Roots(), network)
                assert network.pace.spent == 0
                return found, peer.seen, time.monotonic() - began

    return peers.run(look())


def free_port() -> int:
    async def ask() -> int:
        async with peers.serving(peers.silent) as peer:
            return peer.port

    return peers.run(ask())


PORT = free_port()
UPPER = pki.make("AIA Upper", pki.ROOT, end=2000)
LOWER = pki.make("AIA Lower", UPPER, end=1000, aia=[f"http://{AIA}:{PORT}/upper.der"])
LEAF = pki.server(LOWER, aia=[f"http://{AIA}:{PORT}/lower.der"])


def leaf_from(*urls: str) -> pki.Made:
    return pki.server(LOWER, aia=list(urls))


def files(**by_name: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await peers.head_of(reader)
        name = head.split(b" ")[1].strip(b"/").decode().replace(".", "_")
        writer.write(by_name.get(name, ok(b"not here", status="404 Not Found")))
        await writer.drain()

    return talk


SERVED = files(lower_der=ok(LOWER.der), upper_der=ok(UPPER.der))


def test_everything_missing_is_climbed_to() -> None:
    found, asked, _ = fetched([LEAF], SERVED)
    assert [each.certificate for each in found.fetched] == [LOWER.der, UPPER.der]
    assert [each.for_sha256 for each in found.fetched] == [LEAF.sha256, LOWER.sha256]
    assert [attempt.outcome for attempt in found.attempts] == ["fetched", "fetched"]
    assert asked == 2


def test_nobody_is_asked_where_nothing_is_missing() -> None:
    found, asked, took = fetched([LEAF, LOWER, UPPER], SERVED)
    assert (found.fetched, found.attempts, asked) == ((), (), 0)
    assert took < 1


def test_nobody_is_asked_where_it_was_forbidden() -> None:
    given = Settings(aia=False, overrides=(Override(AIA, PORT, ("127.0.0.1",)),))
    found, asked, _ = fetched([LEAF], SERVED, given)
    assert (found, asked) == (Issuers(allowed=False), 0)


@pytest.mark.parametrize(
    "body",
    [
        LOWER.x509.public_bytes(Encoding.PEM),
        pkcs7.serialize_certificates([pki.PRIVATE.x509, LOWER.x509], Encoding.DER),
        pkcs7.serialize_certificates([LOWER.x509], Encoding.PEM),
        pki.PRIVATE.x509.public_bytes(Encoding.PEM) + LOWER.x509.public_bytes(Encoding.PEM),
    ],
)
def test_pem_and_p7c_are_read_too(body: bytes) -> None:
    found, _, _ = fetched([LEAF], files(lower_der=ok(body)))
    assert [each.certificate for each in found.fetched] == [LOWER.der]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (ok(UPPER.der), "not_the_issuer"),
        (ok(pki.PRIVATE.der), "not_the_issuer"),
        (ok(b"<html>a page"), "not_a_certificate"),
        (ok(b""), "not_a_certificate"),
        (ok(b"gone", status="404 Not Found"), "http_error"),
        (ok(b"x" * 100_000), "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 100_000, "too_large"),
        (b"nonsense\r\n\r\n", "http_error"),
        (ok(b"", "Location: /lower.der", status="302 Found"), "too_many_redirects"),
        (ok(b"", "Location: http://169.254.169.254/latest/", status="302 Found"), "refused_address"),
        (ok(b"", "Location: http://127.0.0.1/x.der", status="301 Moved"), "refused_address"),
        (ok(b"", "Location: https://ca.example.com/x.der", status="302 Found"), "not_http"),
        (ok(b"", "Location: file:///etc/passwd", status="302 Found"), "not_http"),
    ],
)
def test_what_is_no_issuer_is_not_used(answer: bytes, outcome: str) -> None:
    found, asked, took = fetched([LEAF], files(lower_der=answer))
    assert found.fetched == ()
    assert [attempt.outcome for attempt in found.attempts] == [outcome]
    assert asked <= 4
    assert took < 3


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://127.0.0.1/lower.der", "refused_address"),
        ("http://localhost/lower.der", "refused_address"),
        ("http://[::ffff:10.0.0.1]/lower.der", "refused_address"),
        ("http://[64:ff9b::a00:1]/lower.der", "refused_address"),
        ("http://169.254.169.254/lower.der", "refused_address"),
        ("http://100.64.0.1/lower.der", "refused_address"),
        (f"http://{AIA}:8080/lower.der", "refused_address"),
        ("http://nowhere.example.test/lower.der", "unreachable"),
        ("https://ca.example.test/lower.der", "not_http"),
        ("ldap:///CN=Lower?cACertificate", "not_http"),
        ("http://[::1/lower.der", "not_http"),
    ],
)
def test_only_public_places_are_asked(url: str, outcome: str) -> None:
    found, asked, _ = fetched([leaf_from(url)], SERVED)
    assert (found.fetched, asked) == ((), 0)
    assert [attempt.outcome for attempt in found.attempts] == [outcome]


def test_a_redirect_to_a_place_that_is_allowed_is_followed() -> None:
    moved = ok(b"", "Location: /elsewhere.der", status="302 Found")
    found, asked, _ = fetched([LEAF], files(lower_der=moved, elsewhere_der=ok(LOWER.der)))
    assert [each.certificate for each in found.fetched] == [LOWER.der]
    assert asked == 3


def test_the_next_address_is_tried_where_the_first_gives_nothing() -> None:
    leaf = leaf_from("ldap:///CN=x", f"http://{AIA}:{PORT}/missing.der", f"http://{AIA}:{PORT}/lower.der")
    found, _, _ = fetched([leaf, UPPER], SERVED)
    assert [each.certificate for each in found.fetched] == [LOWER.der]
    assert [attempt.outcome for attempt in found.attempts] == ["not_http", "http_error", "fetched"]


def test_no_more_than_five_places_are_asked() -> None:
    below = pki.ROOT
    made = {}
    chain: list[pki.Made] = []
    for number in range(8):
        aia = [f"http://{AIA}:{PORT}/ca{number}.der"] if number else []
        below = pki.make(f"Level {number}", below, end=900, aia=aia)
        made[f"ca{number + 1}_der"] = ok(below.der)
        chain.append(below)
    leaf = pki.server(below, aia=[f"http://{AIA}:{PORT}/ca8.der"])
    found, asked, _ = fetched([leaf], files(**made))
    assert (len(found.fetched), asked) == (5, 5)


def test_silence_ends_with_the_run() -> None:
    found, _, took = fetched([LEAF], peers.silent, seconds=1.0)
    assert [attempt.outcome for attempt in found.attempts] == ["timeout"]
    assert took < 1


def test_bytes_that_are_no_certificate_give_none() -> None:
    assert certificates_in(b"-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----") == []
    assert certificates_in(b"\x30\x82\xff\xff" + b"\0" * 100) == []
    assert len(certificates_in(LOWER.x509.public_bytes(Encoding.PEM) * 50)) == 20
