"""`dns.*` in each status, from literal facts."""

from __future__ import annotations

from typing import Any

import pytest

from checks.dns import the_name_leads_to_public_addresses, the_name_resolves
from diagnose import Code, Outcome, Status, Unavailable
from diagnose.facts.network import Addresses, PublicAnswers, Resolution
from diagnose.facts.run import Settings

HOST = "halo.example.com"
NOT_ASKED = Unavailable(Code.NOT_SELECTED, "no public resolver was given (--dns-server)")
GOOD, PRIVATE = ("9.9.9.9", "2620:fe::9"), ("10.0.0.5",)


def host(outcome: Any = "resolved", *addresses: str, name: str = HOST, detail: str = "") -> Resolution:
    return Resolution(name, outcome, addresses, detail)


def resolves(*hosts: Resolution, settings: Settings | None = None) -> Outcome:
    return the_name_resolves(Addresses(hosts), settings or Settings())


def public(found: Resolution, *answers: Resolution, instead: Unavailable = NOT_ASKED) -> Outcome:
    told = PublicAnswers("9.9.9.9", answers) if answers else instead
    return the_name_leads_to_public_addresses(Addresses((found,)), told)


def code(outcome: Outcome) -> str | None:
    return None if outcome.reason is None else outcome.reason.code.value


def test_a_name_with_an_address_resolves() -> None:
    outcome = resolves(host("resolved", *GOOD))
    assert outcome.status is Status.PASS
    assert outcome.evidence["addresses"] == {HOST: list(GOOD)}
    assert resolves(host("literal", "9.9.9.9", name="9.9.9.9")).status is Status.PASS


def test_a_name_without_one_does_not() -> None:
    outcome = resolves(host("resolved", *GOOD), host("not_found", name="auth.example.com"))
    assert outcome.status is Status.FAIL
    assert "auth.example.com" in outcome.summary
    assert outcome.remedy is not None
    assert outcome.remedy.commands


@pytest.mark.parametrize(("found", "reason"), [("timeout", "timeout"), ("failed", "unexpected_response")])
def test_a_resolver_that_does_not_answer_proves_nothing(found: str, reason: str) -> None:
    outcome = resolves(host(found))
    assert (outcome.status, code(outcome)) == (Status.UNKNOWN, reason)


def test_behind_a_proxy_this_machine_need_not_resolve() -> None:
    outcome = resolves(host("not_found"), settings=Settings(proxy="http://proxy.example.com:3128"))
    assert (outcome.status, code(outcome)) == (Status.UNKNOWN, "not_provable_here")


def test_addresses_given_by_hand_are_skipped_and_the_other_host_is_not() -> None:
    given = host("overridden", "10.0.0.5")
    assert code(resolves(given)) == code(public(given)) == "overridden"
    assert resolves(given, host("not_found", name="auth.example.com")).status is Status.FAIL


def test_public_addresses_pass_and_one_private_one_proves_nothing() -> None:
    assert public(host("resolved", *GOOD)).status is Status.PASS
    outcome = public(host("resolved", *GOOD, *PRIVATE))
    assert (outcome.status, code(outcome)) == (Status.UNKNOWN, "not_provable_here")
    assert outcome.remedy is not None
    assert "--dns-server" in outcome.remedy.commands[0].text


def test_a_literal_private_address_fails() -> None:
    outcome = public(host("literal", "192.168.1.4", name="192.168.1.4"))
    assert outcome.status is Status.FAIL
    assert "private" in outcome.summary
    assert public(host("literal", "9.9.9.9", name="9.9.9.9")).status is Status.PASS


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (host("resolved", *GOOD), Status.PASS),
        (host("resolved", *PRIVATE), Status.FAIL),
        (host("resolved", *GOOD, "100.64.0.1"), Status.FAIL),
        (host("not_found"), Status.FAIL),
        (host("timeout"), Status.UNKNOWN),
        (host("failed"), Status.UNKNOWN),
    ],
)
def test_a_public_resolver_decides(answer: Resolution, status: Status) -> None:
    outcome = public(host("resolved", *PRIVATE), answer)
    assert outcome.status is status
    assert outcome.evidence["resolver"] == "9.9.9.9"


def test_without_the_extra_the_sentence_says_what_to_install() -> None:
    missing = Unavailable(Code.MISSING_INPUT, 'asking needs: python -m pip install "halo-diagnose[dns]"')
    outcome = public(host("resolved", *PRIVATE), instead=missing)
    assert code(outcome) == "missing_input"
    assert "pip install" in outcome.summary
    assert public(host("resolved", *GOOD), instead=missing).status is Status.PASS


def test_a_name_that_does_not_resolve_is_not_judged_twice() -> None:
    outcome = public(host("not_found"))
    assert outcome.reason is not None
    assert outcome.reason.blocked_by == ("dns.resolves",)
