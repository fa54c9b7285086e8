"""`net.*` and `clock.agrees` in each status, from literal facts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from checks.clock import the_clocks_agree
from checks.net import every_address_accepts_a_connection, nothing_answers_in_the_servers_place
from diagnose import Code, Outcome, Status, Unavailable
from diagnose.facts.chains import JudgedChains
from diagnose.facts.clock import ServerClock
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Answer
from diagnose.facts.network import Connection, Connections
from diagnose.facts.run import Override, Settings
from diagnose.facts.tls import Handshake, Handshakes
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint
from tests.chain import pki
from tests.checks import at_hand as at

HOST = "halo.example.com"
BLOCKED = Unavailable(Code.BLOCKED, "no TLS handshake was completed", ("tls.handshake",))


def tried(*outcomes: Any) -> Outcome:
    attempts = (
        Connection(HOST, 443, f"192.0.2.{number}", outcome, "" if outcome == "accepted" else f"{outcome} it was")
        for number, outcome in enumerate(outcomes, 1)
    )
    return every_address_accepts_a_connection(Connections(tuple(attempts)), at.TARGET)


def reason(outcome: Outcome) -> tuple[str, tuple[str, ...]] | None:
    return None if outcome.reason is None else (outcome.reason.code.value, outcome.reason.blocked_by)


def test_every_address_must_accept() -> None:
    assert tried("accepted", "accepted").status is Status.PASS
    for outcome in ("refused", "no_answer", "unreachable"):
        found = tried("accepted", outcome)
        assert found.status is Status.FAIL
        assert "192.0.2.2" in found.summary
        assert found.remedy is not None


def test_a_family_without_a_route_is_left_out_and_named() -> None:
    found = tried("accepted", "not_tried")
    assert found.status is Status.PASS
    assert found.evidence["not_tried"] == ["192.0.2.2"]
    assert "not tried" in found.summary


def test_with_nothing_left_it_cannot_be_proved_from_here() -> None:
    assert reason(tried("not_tried", "not_tried")) == ("not_provable_here", ())
    assert reason(tried("accepted", "proxy_refused")) == ("not_provable_here", ())


def test_an_endpoint_without_an_address_blames_its_name() -> None:
    other = msgspec.structs.replace(at.TARGET, auth=msgspec.structs.replace(at.TARGET.auth, host="auth.example.com"))
    known = Connections((Connection(HOST, 443, "192.0.2.1", "accepted"),))
    assert reason(every_address_accepts_a_connection(known, other)) == ("blocked", ("dns.resolves",))


def oauth(**changes: Any) -> TokenEndpoint:
    return TokenEndpoint(f"{at.HOST}/auth/token", OAuthAnswer(at.answer(400), oauth=True, **changes))


INSTANCE = InstanceInfo(at.answer(200), app_version="2.250.32", readable=True)
FILTERED = InstanceInfo(at.answer(403, gate=at.WEB_FILTER, title="Blocked"))
CHAINS = JudgedChains((pki.judged([pki.LEAF, pki.LOWER, pki.UPPER]),))
INTERCEPTED = JudgedChains(
    (msgspec.structs.replace(CHAINS.chains[0], interceptor="Example Inspector", intercepting_issuer="CN=Inspector"),)
)


def direct(
    settings: Settings | None = None,
    *,
    handshakes: Any = BLOCKED,
    instance: Any = BLOCKED,
    auth_info: Any = BLOCKED,
    endpoint: Any = BLOCKED,
    chains: Any = CHAINS,
) -> Outcome:
    return nothing_answers_in_the_servers_place(
        settings or Settings(), at.TARGET, handshakes, instance, auth_info, endpoint, chains
    )


def test_halo_or_its_authorization_server_answering_is_proof() -> None:
    assert direct(instance=INSTANCE).status is Status.PASS
    assert direct(endpoint=oauth()).evidence["answered"] == ["the token endpoint"]


def test_an_outbound_filter_anywhere_warns() -> None:
    outcome = direct(instance=FILTERED, endpoint=oauth())
    assert outcome.status is Status.WARN
    assert "Example Filter" in outcome.summary
    head = Answer("HEAD", f"{at.HOST}/api", "answered", status=403, gate=at.WEB_FILTER)
    seen = Handshakes((Handshake(HOST, 443, "192.0.2.1", "completed", head=head),))
    assert direct(handshakes=seen, instance=INSTANCE).status is Status.WARN


def test_a_page_of_the_servers_side_is_not_this_networks() -> None:
    outcome = direct(instance=InstanceInfo(at.answer(403, gate=at.WAF)))
    assert reason(outcome) == ("blocked", ("halo.answers",))


def test_interception_is_told_by_its_own_check() -> None:
    assert reason(direct(instance=INSTANCE, chains=INTERCEPTED)) == ("blocked", ("tls.not-intercepted",))


def test_without_an_answer_it_is_blocked_by_what_broke_first() -> None:
    assert reason(direct()) == ("blocked", ("tls.handshake",))


def test_addresses_given_by_hand_are_skipped() -> None:
    assert reason(direct(Settings(overrides=(Override(HOST, 443, ("127.0.0.1",)),)))) == ("overridden", ())


def test_a_proxy_that_was_not_used_is_named() -> None:
    outcome = direct(Settings(proxy_not_used="http://proxy.example.com:3128"), instance=INSTANCE)
    assert outcome.evidence["proxy_not_used"] == "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("offset", "status"), [(0.0, Status.PASS), (60.0, Status.PASS), (-60.1, Status.WARN), (172800.0, Status.WARN)]
)
def test_clocks_agree_within_a_minute(offset: float, status: Status) -> None:
    outcome = the_clocks_agree(ServerClock(offset, ((HOST, offset),)))
    assert outcome.status is status
    assert outcome.evidence["offset_seconds"] == {HOST: offset}


def test_the_worse_of_two_servers_is_named() -> None:
    outcome = the_clocks_agree(ServerClock(0.0, ((HOST, 0.0), ("auth.example.com", -7200.0))))
    assert outcome.summary == "the clock of auth.example.com is 2 hours behind this machine's"


def test_a_server_without_a_date_leaves_it_unknown() -> None:
    assert reason(the_clocks_agree(ServerClock(None, ()))) == ("unexpected_response", ())
