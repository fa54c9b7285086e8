"""The handshake: each way in which it fails has its own words, and each has its twin that passes."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from checks.tls import tls_is_spoken
from diagnose.fact import Unavailable
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Answer, Gate
from diagnose.facts.network import Connection, Connections
from diagnose.facts.tls import Handshake, HandshakeOutcome, Handshakes
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint
from diagnose.outcome import Code, Outcome, Owner, Status

HOST = "halo.example.com"
NOTHING = Unavailable(Code.INTERNAL_ERROR)


def attempt(outcome: Any = "completed", address: str = "192.0.2.10", **more: Any) -> Handshake:
    protocol = "TLSv1.3" if outcome == "completed" else None
    return Handshake(HOST, 443, address, outcome, **({"protocol": protocol} | more))


def ask(*attempts: Handshake, connections: Any = NOTHING, instance: Any = NOTHING, endpoint: Any = NOTHING) -> Outcome:
    return tls_is_spoken(Handshakes(attempts), connections, instance, endpoint)


def test_a_completed_handshake_passes_with_its_version() -> None:
    outcome = ask(attempt())
    assert (outcome.status, outcome.evidence["tls.protocol.version"]) == (Status.PASS, "TLSv1.3")


@pytest.mark.parametrize("kind", sorted(set(get_args(HandshakeOutcome)) - {"completed", "not_tried"}))
def test_every_other_outcome_fails_in_words_of_its_own(kind: str) -> None:
    outcome = ask(attempt(kind, protocol="TLSv1", alert="handshake_failure", detail="x"))
    others = {
        ask(attempt(other)).summary for other in set(get_args(HandshakeOutcome)) - {kind, "completed", "not_tried"}
    }
    assert outcome.status is Status.FAIL
    assert outcome.summary not in others
    assert outcome.evidence["outcomes"] == [kind]
    assert outcome.remedy is not None
    assert outcome.remedy.verify.startswith("Run this diagnosis again")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("old_protocol", "speaks only TLSv1"),
        ("client_certificate", "client certificate"),
        ("alert", "the alert handshake_failure"),
        ("bad_signature", "does not belong to its key"),
        ("plain_http", "plain HTTP"),
        ("silent", "says nothing"),
        ("reset", "resets"),
        ("closed", "closes"),
    ],
)
def test_the_words_say_what_was_seen(kind: str, words: str) -> None:
    assert words in ask(attempt(kind, protocol="TLSv1", alert="handshake_failure")).summary


def test_old_suites_alone_are_warned_of_and_one_of_todays_is_enough() -> None:
    old = attempt(protocol="TLSv1.2", cipher="ECDHE-RSA-AES256-SHA", modern=False)
    outcome = ask(attempt(), msgspec.structs.replace(old, address="192.0.2.11"))
    assert (outcome.status, outcome.evidence["addresses"]) == (Status.WARN, ["192.0.2.11"])
    assert "ECDHE-RSA-AES256-SHA" in outcome.summary
    assert outcome.remedy is not None
    assert ask(msgspec.structs.replace(old, modern=True)).status is Status.PASS
    assert ask(msgspec.structs.replace(old, modern=None)).status is Status.PASS


def test_one_bad_address_is_enough_and_is_named() -> None:
    outcome = ask(attempt(), attempt("silent", "2001:db8::1"))
    assert (outcome.status, outcome.evidence["addresses"]) == (Status.FAIL, ["2001:db8::1"])
    assert outcome.owner is Owner.NETWORK_ADMIN


def test_an_address_without_a_route_is_listed_and_does_not_fail() -> None:
    tried = Connections((Connection(HOST, 443, "2001:db8::1", "not_tried"),))
    outcome = ask(attempt(), connections=tried)
    assert (outcome.status, outcome.evidence["not_tried"]) == (Status.PASS, ["2001:db8::1"])


def refusal(**more: Any) -> Answer:
    return Answer("GET", f"https://{HOST}/api/InstanceInfo", "answered", status=403, **more)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(title="403.7 - Client certificate required"),
        refusal(text="HTTP Error 403.7 - Forbidden"),
        refusal(gate=Gate("iis-client-certificate", "IIS", "iis", "blocked")),
        refusal(gate=Gate("nginx-client-certificate", "nginx", "proxy", "blocked")),
    ],
    ids=["title", "text", "signature", "nginx"],
)
def test_an_answer_403_7_demands_a_client_certificate_too(answer: Answer) -> None:
    assert ask(attempt(head=answer)).status is Status.FAIL
    assert ask(attempt(), instance=InstanceInfo(answer)).status is Status.FAIL
    assert ask(attempt(), endpoint=TokenEndpoint("", OAuthAnswer(answer))).status is Status.FAIL


def test_another_403_says_nothing_about_certificates() -> None:
    answer = refusal(title="403.4 - SSL required")
    assert ask(attempt(head=answer), instance=InstanceInfo(answer)).status is Status.PASS


def test_where_nothing_accepted_a_connection_the_connection_is_the_cause() -> None:
    outcome = ask(attempt("not_tried"), connections=Connections((Connection(HOST, 443, "192.0.2.10", "refused"),)))
    assert outcome.reason is not None
    assert outcome.reason.blocked_by == ("net.reachable",)


def test_where_the_time_was_used_up_it_says_so() -> None:
    outcome = ask(attempt("not_tried"), connections=Connections((Connection(HOST, 443, "192.0.2.10", "accepted"),)))
    assert outcome.reason is not None
    assert outcome.reason.code is Code.TIMEOUT


@pytest.mark.parametrize(
    ("why", "status", "code"),
    [
        (Unavailable(Code.BLOCKED, "", ("dns.resolves",)), Status.UNKNOWN, Code.BLOCKED),
        (Unavailable(Code.TIMEOUT, "late"), Status.UNKNOWN, Code.TIMEOUT),
        (Unavailable(Code.NOT_SELECTED, "not asked"), Status.SKIP, Code.NOT_SELECTED),
    ],
)
def test_without_handshakes_the_reason_is_handed_on(why: Unavailable, status: Status, code: Code) -> None:
    outcome = tls_is_spoken(why, NOTHING, NOTHING, NOTHING)
    assert outcome.reason is not None
    assert (outcome.status, outcome.reason.code) == (status, code)
