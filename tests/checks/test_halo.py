"""Whether a HaloPSA answers."""

from __future__ import annotations

from typing import Any

import pytest

from checks import halo
from diagnose import Outcome, Owner, Status
from diagnose.fact import Unavailable
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Gate
from diagnose.outcome import Code
from tests.checks import at_hand as at


def judged(first: InstanceInfo, **others: Any) -> Outcome:
    facts = {"again": at.NOT_NEEDED, "auth_info": at.NO_AUTH_INFO, "endpoint": at.ENDPOINT}
    return halo.the_resource_server_is_a_halo_api(at.TARGET, first=first, **(facts | others))


def test_a_halo_psa_answers() -> None:
    outcome = judged(at.instance(channel="unverified"))
    assert outcome.status is Status.PASS
    assert outcome.evidence["app_version"] == "2.250.32"
    assert outcome.evidence["channel"] == "unverified"


def test_an_application_of_another_name_is_none() -> None:
    assert judged(at.instance(app_name="Hello CMS")).status is Status.FAIL
    assert judged(at.instance(app_name=None)).status is Status.PASS


def test_auth_info_alone_is_enough() -> None:
    assert judged(at.instance(404, kind="html"), auth_info=at.AUTH_INFO).status is Status.PASS


def test_an_old_build_answers_with_the_token() -> None:
    outcome = judged(at.instance(401), again=at.with_token(at.INSTANCE))
    assert outcome.status is Status.PASS


def test_an_old_build_is_not_known_without_credentials_and_blocked_by_a_refused_token() -> None:
    unasked = judged(at.instance(401), again=at.NOT_ASKED)
    assert (unasked.status, unasked.reason and unasked.reason.code) == (Status.UNKNOWN, Code.MISSING_INPUT)
    refused = judged(at.instance(401), again=at.TOKEN_REFUSED)
    assert refused.reason is not None
    assert refused.reason.blocked_by == ("auth.token",)


def test_a_log_in_of_something_in_front_fails() -> None:
    windows = at.instance(401, kind="html", headers={"www-authenticate": "Negotiate"})
    assert judged(windows, again=at.NOT_ASKED).status is Status.FAIL
    assert judged(
        at.instance(401, kind="empty", headers={"www-authenticate": "Bearer"}), again=at.NOT_ASKED
    ).status is (Status.UNKNOWN)


def test_iis_own_page_over_a_401_of_halo_is_no_log_in_in_front() -> None:
    both = at.instance(401, kind="html", headers={"www-authenticate": "Negotiate, Bearer"})
    outcome = judged(both, again=at.NOT_ASKED)
    assert (outcome.status, outcome.reason and outcome.reason.code) == (Status.UNKNOWN, Code.MISSING_INPUT)
    assert judged(both, again=at.with_token(at.INSTANCE)).status is Status.PASS
    page = Gate("iis-401", "IIS", "iis", "blocked")
    assert judged(at.instance(401, kind="html", gate=page), again=at.with_token(at.INSTANCE)).status is Status.PASS


def test_the_second_question_may_fail_by_itself() -> None:
    outcome = judged(at.instance(401), again=Unavailable(Code.TIMEOUT, "used up"))
    assert (outcome.status, outcome.reason and outcome.reason.code) == (Status.UNKNOWN, Code.TIMEOUT)


def test_an_api_that_refuses_its_own_token_fails() -> None:
    assert judged(at.instance(401), again=at.with_token(at.instance(401))).status is Status.FAIL


@pytest.mark.parametrize("gate", [at.POOL_DOWN, None])
def test_the_api_down_while_auth_answers_says_both(gate: Gate | None) -> None:
    outcome = judged(at.instance(503, kind="html", gate=gate))
    assert (outcome.status, outcome.owner) == (Status.FAIL, Owner.WINDOWS_ADMIN)
    assert "the authorization server answers" in outcome.summary


def test_both_down_says_so() -> None:
    silent = at.change(at.ENDPOINT, marker=at.oauth(None))
    assert "neither does" in judged(at.instance(None), endpoint=silent).summary
    down = at.change(at.ENDPOINT, marker=at.oauth(503, kind="html"))
    assert "status 503" in judged(at.instance(None), endpoint=down).summary


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (200, {"kind": "html"}),
        (404, {"kind": "html"}),
        (302, {"kind": "html", "headers": {"location": "/login"}}),
        (400, {"kind": "text"}),
        (None, {"outcome": "reset"}),
        (None, {"outcome": "malformed"}),
        (200, {"kind": "html", "gate": Gate("iis", "IIS", "iis", "missing")}),
    ],
)
def test_what_is_no_halo_fails_with_a_remedy(status: int | None, changes: dict[str, Any]) -> None:
    outcome = judged(at.instance(status, **changes))
    assert outcome.status is Status.FAIL
    assert outcome.remedy is not None


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (403, {"kind": "html", "gate": at.WAF}),
        (403, {"kind": "html"}),
        (200, {"kind": "html", "gate": at.WEB_FILTER}),
        (429, {"kind": "text"}),
        (401, {"kind": "html", "gate": at.WAF}),
        (None, {"outcome": "not_sent", "detail": "the requests were used up"}),
    ],
)
def test_a_gates_page_is_no_answer(status: int | None, changes: dict[str, Any]) -> None:
    assert judged(at.instance(status, **changes)).status is Status.UNKNOWN
