"""Runs from outside: the differential table, and the runs that do not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from diagnose.facts.allowlist import (
    Asked,
    Canary,
    ObservedEgress,
    Reach,
    TargetRole,
    Tried,
    Unreadable,
    VantageAnswer,
    VantageAnswers,
)
from diagnose.facts.http import Gate
from diagnose.reachability.combine import combine
from diagnose.reachability.model import Collected
from diagnose.reachability.outside import Inside, from_vantages

A, B, STRANGER = "3.19.3.152", "3.19.4.238", "81.2.69.142"
SERVER, SERVER6 = "93.184.216.34", "2606:2800:220:1::1"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LEAF = "aa" * 32
URLS: dict[TargetRole, str] = {"auth": "https://halo.example.com/auth/", "api": "https://halo.example.com/api"}
HERE = tuple(Inside(role, url, marker=True, leafs_sha256=(LEAF,)) for role, url in URLS.items())
DOWN_HERE = tuple(Inside(role, url) for role, url in URLS.items())

ANSWERED = Asked("POST", "/auth/token", "answered", 400, "json", "oauth_error")
FORBIDDEN = Asked("POST", "/auth/token", "answered", 403, "html", gate=Gate("iis-403", "IIS", "iis", "blocked"))
SAYS_SO = replace(FORBIDDEN, gate=Gate("iis-ip-restriction", "IIS IP address restriction", "iis", "blocked"))

GOOD = Reach(SERVER, "accepted", "completed", leaf_sha256=LEAF, asked=(ANSWERED,))
NO_ANSWER = Reach(SERVER, "no_answer")


def http(asked: Asked) -> Reach:
    return replace(GOOD, asked=(asked,))


def answer(reach: Reach, left_from: str = A, **changes: Any) -> VantageAnswer:
    usual = VantageAnswer(
        source=f"{left_from}.json",
        request_id="r1",
        role="foreign" if left_from == STRANGER else "integrator",
        started=NOW - timedelta(minutes=2),
        ended=NOW - timedelta(minutes=1),
        nonce_ok=True,
        egress=(ObservedEgress(left_from, "echo"),),
        targets=tuple(Tried(role, url, (reach,)) for role, url in URLS.items()),
    )
    return replace(usual, **changes)


def collected(
    *answers: VantageAnswer, inside: tuple[Inside, ...] = HERE, listed: tuple[str, ...] = (A, B)
) -> Collected:
    return from_vantages(VantageAnswers(answers), listed, inside, NOW)


def proofs(*answers: VantageAnswer, inside: tuple[Inside, ...] = HERE) -> dict[str, str]:
    return {item.address: item.outcome for item in collected(*answers, inside=inside).evidence}


@pytest.mark.parametrize(
    ("ours", "strangers", "inside", "outcome", "restriction"),
    [
        (GOOD, http(FORBIDDEN), HERE, "pass", "in_force"),
        (GOOD, GOOD, HERE, "pass", "none_seen"),
        (NO_ANSWER, NO_ANSWER, HERE, "fail", "in_force"),
        (NO_ANSWER, GOOD, HERE, "fail", "none_seen"),
        (NO_ANSWER, GOOD, DOWN_HERE, "fail", "none_seen"),
        (NO_ANSWER, NO_ANSWER, DOWN_HERE, "unknown", "unknown"),
        (NO_ANSWER, None, HERE, "fail", "unknown"),
        (NO_ANSWER, None, DOWN_HERE, "unknown", "unknown"),
        (None, GOOD, HERE, "unknown", "none_seen"),
        (None, NO_ANSWER, HERE, "unknown", "in_force"),
        (None, None, HERE, "unknown", "unknown"),
        (GOOD, None, HERE, "pass", "unknown"),
        (GOOD, None, DOWN_HERE, "pass", "unknown"),
    ],
)
def test_the_differential_table(
    ours: Reach | None, strangers: Reach | None, inside: tuple[Inside, ...], outcome: str, restriction: str
) -> None:
    answers = [answer(ours, A)] if ours else []
    answers += [answer(strangers, STRANGER)] if strangers else []
    found = collected(*answers, inside=inside, listed=(A,))
    assert (combine(((A,),), [found]).outcome, found.restriction) == (outcome, restriction)


def test_one_address_that_gets_in_and_one_that_does_not_is_a_fail_that_names_the_other() -> None:
    found = combine(((A, B),), [collected(answer(GOOD, A), answer(NO_ANSWER, B), inside=DOWN_HERE)])
    assert (found.outcome, found.of("deny")) == ("fail", (B,))


def test_a_server_that_answers_nobody_is_no_finding_about_addresses() -> None:
    found = collected(answer(NO_ANSWER), inside=DOWN_HERE)
    assert any("may be down" in note for note in found.notes)


@pytest.mark.parametrize(
    ("reach", "outcome"),
    [
        (GOOD, "allow"),
        (NO_ANSWER, "deny"),
        (Reach(SERVER, "refused"), "deny"),
        (Reach(SERVER, "unreachable"), "deny"),
        (Reach(SERVER, "proxy_refused"), "unknown"),
        (Reach(SERVER, "accepted", "reset"), "deny"),
        (Reach(SERVER, "accepted", "closed"), "deny"),
        (Reach(SERVER, "accepted", "timeout"), "deny"),
        (Reach(SERVER, "accepted", "alert"), "unknown"),
        (Reach(SERVER, "accepted", "failed"), "unknown"),
        (replace(GOOD, asked=()), "unknown"),
        (http(FORBIDDEN), "deny"),
        (http(SAYS_SO), "deny"),
        (http(Asked("POST", "/auth/token", "reset")), "deny"),
        (http(Asked("POST", "/auth/token", "closed")), "deny"),
        (http(Asked("POST", "/auth/token", "timeout")), "unknown"),
        (http(Asked("POST", "/auth/token", "answered", 404, "html")), "deny"),
        (http(Asked("POST", "/auth/token", "answered", 200, "html")), "unknown"),
        (http(replace(FORBIDDEN, gate=Gate("fortigate", "FortiGate", "outbound_filter", "blocked"))), "unknown"),
        (http(replace(FORBIDDEN, gate=Gate("captive-portal", "portal", "portal", "blocked"))), "unknown"),
        (http(replace(FORBIDDEN, gate=Gate("iis-client-certificate", "IIS", "iis", "blocked"))), "unknown"),
        (http(replace(FORBIDDEN, gate=Gate("iis-dynamic-restriction", "IIS", "iis", "limited"))), "unknown"),
        (http(replace(FORBIDDEN, status=404, gate=Gate("iis-404", "IIS", "iis", "missing"))), "deny"),
        (http(replace(FORBIDDEN, status=503, gate=Gate("httpsys-503", "http.sys", "iis", "down"))), "unknown"),
        (replace(GOOD, asked=(FORBIDDEN, ANSWERED)), "allow"),
        (replace(GOOD, asked=(SAYS_SO, ANSWERED)), "deny"),
    ],
)
def test_each_look_on_the_wire(reach: Reach, outcome: str) -> None:
    assert proofs(answer(reach)) == {A: outcome}


def test_a_page_that_names_the_address_needs_nobody_who_gets_in() -> None:
    assert proofs(answer(http(SAYS_SO)), inside=DOWN_HERE) == {A: "deny"}
    assert proofs(answer(http(FORBIDDEN)), inside=DOWN_HERE) == {A: "unknown"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"nonce_ok": False}, "the request that was made here"),
        ({"ended": NOW - timedelta(hours=24, seconds=1)}, "older than 24 hours"),
        ({"ended": NOW + timedelta(minutes=6)}, "in the future"),
        ({"targets": ()}, "other server URLs"),
        ({"targets": (Tried("auth", URLS["auth"], (GOOD,)),)}, "other server URLs"),
        ({"targets": tuple(Tried(role, "https://else.example/", (GOOD,)) for role in URLS)}, "other server URLs"),
        (
            {"targets": tuple(Tried(role, url, (replace(GOOD, leaf_sha256="bb"),)) for role, url in URLS.items())},
            "another certificate",
        ),
    ],
)
@pytest.mark.parametrize("reach", [GOOD, NO_ANSWER])
def test_a_run_that_does_not_count_proves_neither_way(changes: dict[str, Any], why: str, reach: Reach) -> None:
    found = collected(replace(answer(reach), **changes))
    assert found.evidence == ()
    assert any(why in note for note in found.notes)


@pytest.mark.parametrize("ended", [NOW - timedelta(hours=24), NOW + timedelta(minutes=5), NOW])
def test_a_run_within_the_day_counts(ended: datetime) -> None:
    assert proofs(answer(GOOD, ended=ended)) == {A: "allow"}


def test_only_the_address_that_it_was_seen_to_leave_from_is_covered() -> None:
    elsewhere = collected(answer(GOOD, "198.51.100.9"))
    assert elsewhere.evidence == ()
    assert "proves nothing about the integrator's addresses" in elsewhere.notes[0]
    assert proofs(answer(GOOD, egress=())) == {}


def test_where_two_addresses_of_a_family_were_seen_neither_is_covered_unless_the_attempt_says_which() -> None:
    both = (ObservedEgress(A, "one echo"), ObservedEgress(B, "another echo"))
    assert proofs(answer(GOOD, egress=both)) == {}
    assert proofs(answer(replace(GOOD, egress=B), egress=both)) == {B: "allow"}


def test_each_family_has_its_own_way_out() -> None:
    egress = (ObservedEgress(A, "echo"), ObservedEgress("2600:1f16::1", "echo"))
    targets = tuple(Tried(role, url, (GOOD, replace(NO_ANSWER, address=SERVER6))) for role, url in URLS.items())
    assert proofs(answer(GOOD, egress=egress, targets=targets)) == {A: "allow"}


def test_an_arrival_at_one_of_the_two_urls_is_no_arrival() -> None:
    half = (Tried("auth", URLS["auth"], (GOOD,)), Tried("api", URLS["api"], ()))
    assert proofs(answer(GOOD, targets=half)) == {A: "unknown"}
    blocked = (Tried("auth", URLS["auth"], (GOOD,)), Tried("api", URLS["api"], (http(FORBIDDEN),)))
    assert proofs(answer(GOOD, targets=blocked)) == {A: "deny"}


def test_an_address_of_the_server_that_is_dead_here_too_refuses_nobody() -> None:
    inside = tuple(replace(one, dead=(SERVER,)) for one in HERE)
    assert proofs(answer(NO_ANSWER), inside=inside) == {A: "unknown"}


def test_where_something_answers_for_anybody_the_end_of_tls_says_nothing() -> None:
    cut = Reach(SERVER, "accepted", "reset")
    accepted, not_accepted = (Canary("192.0.2.1", connected) for connected in (True, False))
    assert proofs(answer(cut, canaries=(accepted,))) == {A: "unknown"}
    assert proofs(answer(cut, canaries=(not_accepted,))) == {A: "deny"}
    assert proofs(answer(GOOD, canaries=(accepted,))) == {A: "allow"}


@pytest.mark.parametrize("egress", [(), (ObservedEgress("10.0.0.7", "echo"),), (ObservedEgress(A, "echo"),)])
def test_a_stranger_is_one_only_from_a_public_address_on_no_list(egress: tuple[ObservedEgress, ...]) -> None:
    assert collected(answer(GOOD, STRANGER, egress=egress)).restriction == "unknown"


def test_without_a_certificate_seen_here_there_is_none_to_compare() -> None:
    inside = tuple(replace(one, leafs_sha256=()) for one in HERE)
    assert proofs(answer(GOOD), inside=inside) == {A: "allow"}


def test_a_file_that_was_not_understood_is_named() -> None:
    files = VantageAnswers(unreadable=(Unreadable("answer.json", "it is not JSON"),))
    assert from_vantages(files, (A,), HERE, NOW).notes == ("answer.json could not be understood: it is not JSON",)
