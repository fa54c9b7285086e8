"""Which channels a request may use, and what is in the way of the others."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from diagnose.chain.derivations import judged_chains, open_channels, verified_channels
from diagnose.fact import Unavailable
from diagnose.facts.chains import JudgedChains
from diagnose.facts.channels import Channel
from diagnose.facts.clock import ServerClock
from diagnose.facts.network import Addresses, Connection, Connections, Resolution
from diagnose.facts.run import Moment, ServerUrl, Target
from diagnose.facts.tls import Handshakes, TrustRoots
from diagnose.outcome import Code
from tests.chain import pki
from tests.chain.pki import ADDRESS, HOST, LEAF, LOWER, NOW, PRIVATE, ROOT, UPPER, fetched, handshake, make, server

GOOD = [LEAF, LOWER, UPPER]
AUTH = "auth.example.com"
BY_AIA = fetched((LOWER, LEAF), (UPPER, LOWER))
UNKNOWN = Unavailable(Code.INTERNAL_ERROR)


def target(*hosts: str) -> Target:
    urls = [ServerUrl(f"https://{host}/", f"https://{host}/", host, 443, "/") for host in hosts]
    return Target(urls[0], urls[-1])


def connections(*outcomes: tuple[str, Any], host: str = HOST) -> Connections:
    return Connections(tuple(Connection(host, 443, address, outcome) for address, outcome in outcomes))


def judge_all(
    attempts: Any, *, issuers: Any = UNKNOWN, clock: Any = UNKNOWN, tried: Any = UNKNOWN, roots: Any = (ROOT,)
) -> Any:
    relevant = tuple(root.der for root in roots)
    facts = TrustRoots("certifi", "1", "", 1, True, relevant)
    return judged_chains.function(Handshakes(tuple(attempts)), UNKNOWN, tried, facts, issuers, clock, Moment(NOW))


def ways(attempts: Any, *, hosts: Any = (HOST,), tried: Any = UNKNOWN, addresses: Any = UNKNOWN, **more: Any) -> Any:
    """Both kinds of channels for every host."""
    chosen = target(*hosts)
    handshakes = attempts if isinstance(attempts, Unavailable) else Handshakes(tuple(attempts))
    judged = attempts if isinstance(attempts, Unavailable) else judge_all(attempts, tried=tried, **more)
    verified = verified_channels.function(chosen, handshakes, tried, addresses, judged)
    opened = open_channels.function(chosen, handshakes, tried, addresses, verified)
    return verified, opened


def way(attempts: Any, **more: Any) -> Any:
    verified, opened = ways(attempts, **more)
    return verified.of((HOST, 443)), opened.of((HOST, 443))


def test_a_good_chain_makes_a_verified_channel_that_both_use() -> None:
    expected = Channel(HOST, 443, ADDRESS, True, shown=tuple(each.sha256 for each in GOOD))
    assert way([handshake(GOOD)]) == (expected, expected)


def test_a_chain_that_aia_completes_brings_its_intermediates_along() -> None:
    verified, _ = way([handshake([LEAF])], issuers=BY_AIA)
    assert verified == Channel(HOST, 443, ADDRESS, True, (LOWER.der, UPPER.der), shown=(LEAF.sha256,))


def test_what_was_not_looked_at_whole_is_not_said_to_have_been_shown() -> None:
    verified, _ = way([msgspec.structs.replace(handshake(GOOD), dropped=1)])
    assert verified == Channel(HOST, 443, ADDRESS, True)


def test_no_self_signed_certificate_is_ever_among_the_intermediates() -> None:
    leaf = server(PRIVATE)
    verified, _ = way([handshake([leaf])], issuers=fetched((PRIVATE, leaf)))
    assert isinstance(verified, Unavailable)


FAULTS = {
    "tls.chain-complete": [LEAF],
    "tls.trusted": [server(PRIVATE), PRIVATE],
    "tls.name": [server(LOWER, sans=["other.example"]), LOWER, UPPER],
    "tls.dates": [server(LOWER, start=-9, end=-1), LOWER, UPPER],
    "tls.purpose": [server(LOWER, eku=[ExtendedKeyUsageOID.CLIENT_AUTH]), LOWER, UPPER],
    "tls.strength": [server(LOWER, key=pki.rsa_key(1024)), LOWER, UPPER],
    "tls.not-intercepted": [server(make("Zscaler Root CA"))],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_blocks_the_credential_by_its_own_check_and_nothing_else(fault: str) -> None:
    verified, opened = way([handshake(FAULTS[fault])])
    assert isinstance(verified, Unavailable)
    assert (verified.code, verified.blocked_by) == (Code.BLOCKED, (fault,))
    assert opened == Channel(HOST, 443, ADDRESS, False)


def test_several_faults_are_all_named() -> None:
    verified, _ = way([handshake([server(PRIVATE, sans=["x.example"], end=-1), PRIVATE])])
    assert isinstance(verified, Unavailable)
    assert verified.blocked_by == ("tls.trusted", "tls.name", "tls.dates")


def test_a_clock_in_doubt_blocks_the_credential() -> None:
    clock = ServerClock(70 * 86400.0, ((HOST, 70 * 86400.0),))
    verified, _ = way([handshake(GOOD)], clock=clock)
    assert isinstance(verified, Unavailable)
    assert verified.blocked_by == ("tls.dates",)
    assert isinstance(way([handshake(GOOD)], clock=ServerClock(0.5, ((HOST, 0.5),)))[0], Channel)


def test_an_address_that_verifies_is_used_although_another_does_not() -> None:
    attempts = [handshake([LEAF], address="192.0.2.9"), handshake(GOOD)]
    verified, opened = way(attempts)
    assert isinstance(verified, Channel)
    assert verified.address == ADDRESS
    assert opened == verified


@pytest.mark.parametrize("outcome", ["client_certificate", "old_protocol", "bad_signature", "alert", "silent", "reset"])
def test_a_handshake_that_was_not_completed_is_no_channel(outcome: str) -> None:
    for found in way([handshake(GOOD, outcome=outcome)]):
        assert isinstance(found, Unavailable)
        assert found.blocked_by == ("tls.handshake",)


def test_what_broke_before_the_handshake_is_named() -> None:
    refused = connections((ADDRESS, "refused"))
    for found in way([handshake([], outcome="not_tried")], tried=refused):
        assert isinstance(found, Unavailable)
        assert found.blocked_by == ("net.reachable",)
    nameless = Addresses((Resolution(AUTH, "not_found"), Resolution(HOST, "resolved", (ADDRESS,))))
    verified, opened = ways([handshake(GOOD)], hosts=(HOST, AUTH), addresses=nameless)
    assert isinstance(verified.of((HOST, 443)), Channel)
    for channels in (verified, opened):
        found = channels.of((AUTH, 443))
        assert isinstance(found, Unavailable)
        assert found.blocked_by == ("dns.resolves",)


def test_an_accepted_connection_without_a_handshake_is_the_handshakes_matter() -> None:
    found, _ = way([handshake([], outcome="not_tried")], tried=connections((ADDRESS, "accepted")))
    assert isinstance(found, Unavailable)
    assert found.blocked_by == ("tls.handshake",)


def test_a_missing_fact_hands_its_reason_on() -> None:
    blocked = Unavailable(Code.BLOCKED, "", ("dns.resolves",))
    late = Unavailable(Code.TIMEOUT, "too late")
    skip = Unavailable(Code.NOT_SELECTED, "not asked")
    assert [each.blocked_by for each in way(blocked)] == [("dns.resolves",)] * 2
    assert [each.blocked_by for each in way(late)] == [("tls.handshake",)] * 2
    assert way(skip) == (skip, skip)


def test_without_any_certificate_there_is_nothing_to_judge() -> None:
    judged = judge_all([handshake([], outcome="silent")])
    assert isinstance(judged, Unavailable)
    assert judged.blocked_by == ("tls.handshake",)


def test_addresses_of_which_nothing_is_known_are_listed() -> None:
    tried = connections(
        (ADDRESS, "accepted"), ("192.0.2.9", "accepted"), ("2001:db8::1", "not_tried"), ("192.0.2.8", "refused")
    )
    attempts = [handshake(GOOD), handshake([], address="192.0.2.9", outcome="silent")]
    judged = judge_all(attempts, tried=tried)
    assert isinstance(judged, JudgedChains)
    assert (judged.not_tried, judged.not_connected, judged.not_captured) == (
        ("2001:db8::1",),
        ("192.0.2.8",),
        ("192.0.2.9",),
    )


def test_the_judgement_needs_only_what_a_report_stores() -> None:
    """The same facts judge the same, whatever roots this machine has."""
    one = judge_all([handshake([LEAF])], issuers=BY_AIA)
    two = judge_all([handshake([LEAF])], issuers=BY_AIA)
    assert one == two
