"""Which line a request takes: few handshakes where the server is near, and never a credential on a stranger's line."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from diagnose.credentials import Secrets
from diagnose.facts.channels import Channel
from diagnose.probes.http import Http
from diagnose.probes.network import FAR
from diagnose.probes.roots import RootStore
from tests.chain import pki
from tests.probes import peers
from tests.probes.peers import answering, ok

ANCHOR = pki.make("Lines Root", start=-3000, end=3000)
ISSUING = pki.make("Lines Issuing", ANCHOR, start=-3000, end=3000)
GOOD = (pki.server(ISSUING, sans=[peers.HOST], start=-3000, end=3000), ISSUING)
SIBLING = (pki.server(ISSUING, sans=[peers.HOST], start=-3000, end=3000), ISSUING)
WEAK = (pki.server(ISSUING, sans=[peers.HOST], start=-3000, end=3000, key=pki.rsa_key(1024)), ISSUING)
BEARER = "a-token-of-this-test"
JSON = ok(b"{}")


def written(folder: Path, name: str, *made: pki.Made, key: bool = False) -> str:
    file = folder / name
    secret = made[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) if key else b""
    file.write_bytes(secret + b"".join(each.x509.public_bytes(Encoding.PEM) for each in made))
    return str(file)


def presenting(folder: Path, *chain: pki.Made) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # a weak key is a fault to be shown
    context.load_cert_chain(written(folder, "server.pem", *chain, key=True))
    return context


def to(port: int, chain: Sequence[pki.Made] = (), *, verified: bool = True) -> Channel:
    shown = tuple(sha256(each.der).hexdigest() for each in chain)
    return Channel(peers.HOST, port, "127.0.0.1", verified, shown=shown)


def connections(
    folder: Path, context: ssl.SSLContext, judged: Sequence[pki.Made], anchor: pki.Made = ANCHOR
) -> tuple[int, str]:
    """Ask without a credential, then with one; return how many connections that took, and what became of the second."""
    store = RootStore.load(written(folder, "roots.pem", anchor))

    async def ask() -> tuple[int, str]:
        async with peers.serving(answering(JSON), context) as peer, peers.network() as network:
            http = Http(network, store, Secrets())
            url = peers.url(peer.port)
            await http.ask("GET", url, channel=to(peer.port, verified=False))
            answer, _ = await http.ask("GET", url, channel=to(peer.port, judged), bearer=BEARER)
            return peer.seen, answer.outcome

    return peers.run(ask())


def test_the_line_that_showed_the_judged_chain_carries_the_credential_too(tmp_path: Path) -> None:
    assert connections(tmp_path, presenting(tmp_path, *GOOD), GOOD) == (1, "answered")


def test_a_line_that_showed_another_chain_does_not(tmp_path: Path) -> None:
    assert connections(tmp_path, presenting(tmp_path, *SIBLING), GOOD) == (2, "answered")


def test_nor_one_whose_chain_the_strict_validator_refuses(tmp_path: Path) -> None:
    """Nothing leaves on it, and the verifying context that is asked instead refuses the server too."""
    stranger = pki.make("Another Root", start=-3000, end=3000)
    assert connections(tmp_path, presenting(tmp_path, *GOOD), GOOD, anchor=stranger) == (1, "tls_failed")


@pytest.mark.parametrize(("second", "outcome"), [(SIBLING, "answered"), (WEAK, "tls_failed")])
def test_what_a_later_connection_shows_is_held_to_every_demand_again(
    tmp_path: Path, second: tuple[pki.Made, ...], outcome: str
) -> None:
    """The first was judged; the second is another one, which OpenSSL's own rules accept in both cases."""
    assert connections(tmp_path, presenting(tmp_path, *second), GOOD)[1] == outcome


@pytest.mark.parametrize(
    ("suite", "expected"),
    [("ECDHE-ECDSA-AES128-GCM-SHA256", 1), ("ECDHE-ECDSA-CHACHA20-POLY1305", 1), ("ECDHE-ECDSA-AES128-SHA256", 2)],
)
def test_with_tls_1_2_only_a_suite_that_a_verifying_context_takes_too_will_do(
    tmp_path: Path, suite: str, expected: int
) -> None:
    context = presenting(tmp_path, *GOOD)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{suite}:ECDHE+AESGCM" if expected == 2 else suite)
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    assert connections(tmp_path, context, GOOD) == (expected, "answered")


def several(
    *, delay: float = 0.0, closing: bool = False, distance: float = 0.0, requests: int = 6
) -> tuple[int, list[str]]:
    """Ask so many things at once; return the connections made, and the outcomes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await peers.head_of(reader)
            await asyncio.sleep(delay)
            writer.write(ok(b"{}", "Connection: close") if closing else JSON)
            await writer.drain()
            if closing:
                return

    async def ask() -> tuple[int, list[str]]:
        async with peers.serving(talk, peers.server_context()) as peer, peers.network() as network:
            http, channel = peers.http(network), peers.unverified(peer.port)
            await http.ask("GET", peers.url(peer.port), channel=channel)
            network.measured((peers.HOST, peer.port, "127.0.0.1"), distance)
            asking = (http.ask("GET", peers.url(peer.port), channel=channel) for _ in range(requests))
            answers = await asyncio.gather(*asking)
            assert peer.most <= 4
            return peer.seen, [answer.outcome for answer, _ in answers]

    return peers.run(ask())


def test_one_line_does_for_a_server_that_is_near_and_quick() -> None:
    assert several() == (1, ["answered"] * 6)


def test_one_that_takes_its_time_is_asked_over_more_of_them() -> None:
    assert several(delay=0.3) == (4, ["answered"] * 6)


def test_one_that_is_far_is_too() -> None:
    assert several(distance=FAR) == (4, ["answered"] * 6)


def test_where_lines_do_not_come_back_each_request_has_its_own() -> None:
    assert several(closing=True) == (7, ["answered"] * 6)


def test_what_others_wait_for_goes_first() -> None:
    order: list[str] = []

    async def ask() -> None:
        async with peers.serving(answering(JSON), peers.server_context()) as peer, peers.network() as network:
            http, channel = peers.http(network), peers.unverified(peer.port)
            await http.ask("GET", peers.url(peer.port), channel=channel)

            async def one(name: str, *, urgent: bool) -> None:
                await http.ask("GET", peers.url(peer.port), channel=channel, urgent=urgent)
                order.append(name)

            names = [("a", False), ("b", False), ("c", True), ("d", True)]
            await asyncio.gather(*(one(name, urgent=urgent) for name, urgent in names))

    peers.run(ask())
    assert order == ["c", "d", "a", "b"]


def test_a_slot_that_is_waited_for_no_more_costs_no_line() -> None:
    """Six requests over four lines to a far server: whoever is given a line takes back its wish for another."""

    async def ask() -> int:
        async with peers.serving(answering(JSON), peers.server_context()) as peer, peers.network() as network:
            http, channel = peers.http(network), peers.unverified(peer.port)
            await http.ask("GET", peers.url(peer.port), channel=channel)
            network.measured((peers.HOST, peer.port, "127.0.0.1"), FAR)
            for _ in range(5):
                await asyncio.gather(*(http.ask("GET", peers.url(peer.port), channel=channel) for _ in range(4)))
            return peer.seen

    assert peers.run(ask()) == 4


class Doubtful:
    """Contexts that verify, of somebody who vouches for nothing."""

    def __init__(self, store: RootStore) -> None:
        self.context = store.context

    def vouches(self, channel: Channel, chain: Sequence[bytes]) -> bool:
        return False


def test_a_server_of_one_thread_is_let_go_of_before_another_connection_is_opened(tmp_path: Path) -> None:
    """It attends to the next connection when the one that may carry no credential is closed, and not before."""
    store = RootStore.load(written(tmp_path, "roots.pem", ANCHOR))

    async def ask(port: int) -> list[str]:
        async with peers.network() as network:
            http = Http(network, Doubtful(store), Secrets())
            first, _ = await http.ask("GET", peers.url(port), channel=to(port, verified=False))
            second, _ = await http.ask("GET", peers.url(port), channel=to(port, GOOD), bearer=BEARER, timeout=4.0)
            return [first.outcome, second.outcome]

    with peers.blocking(presenting(tmp_path, *GOOD), JSON) as port:
        assert peers.run(ask(port)) == ["answered", "answered"]
