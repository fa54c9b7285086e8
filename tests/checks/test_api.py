"""What the token may read."""

from __future__ import annotations

from typing import Any

import pytest

from checks import api
from diagnose import Outcome, Status
from diagnose.fact import Unavailable
from diagnose.facts.halo import Agent, AreaRead
from diagnose.outcome import Code
from tests.checks import at_hand as at

AREAS = {
    "customers": api.customers_can_be_read,
    "contracts": api.contracts_can_be_read,
    "items": api.items_can_be_read,
    "invoices": api.invoices_can_be_read,
}


def agent(found: Agent, first: Any = at.INSTANCE, info: Any = at.AUTH_INFO) -> Outcome:
    return api.the_token_is_accepted(found, first, at.NOT_NEEDED, info)


def blocked_by(outcome: Outcome) -> tuple[str, ...]:
    assert outcome.reason is not None
    assert outcome.reason.code is Code.BLOCKED
    return outcome.reason.blocked_by


def test_the_agent_is_known() -> None:
    outcome = agent(at.AGENT)
    assert outcome.status is Status.PASS
    assert outcome.evidence["agent"] == "Gradient"


@pytest.mark.parametrize("found", [Agent(at.answer(401)), Agent(at.answer(403, kind="empty")), Agent(at.answer(200))])
def test_a_token_that_is_refused_or_acts_for_nobody_fails(found: Agent) -> None:
    outcome = agent(found)
    assert outcome.status is Status.FAIL
    assert outcome.remedy is not None


@pytest.mark.parametrize(
    "found",
    [
        Agent(at.answer(403, kind="html", gate=at.WAF)),
        Agent(at.answer(403, kind="html")),
        Agent(at.answer(401, kind="html", gate=at.WEB_FILTER)),
        Agent(at.answer(429)),
        Agent(at.answer(500)),
        Agent(at.answer(200, kind="html")),
        Agent(at.answer(None)),
        Agent(at.answer(None, outcome="not_sent")),
    ],
)
def test_no_answer_of_halo_is_unknown(found: Agent) -> None:
    assert agent(found).status is Status.UNKNOWN


def test_an_api_that_is_down_is_not_the_tokens_fault() -> None:
    down = agent(Agent(at.answer(503, kind="html")), at.instance(503), at.NO_AUTH_INFO)
    assert blocked_by(down) == ("halo.answers",)
    unobserved = agent(Agent(at.answer(503, kind="html")), Unavailable(Code.TIMEOUT), Unavailable(Code.TIMEOUT))
    assert blocked_by(unobserved) == ("halo.answers",)


@pytest.mark.parametrize("area", AREAS)
def test_an_area_that_can_be_read_passes_and_an_empty_one_warns(area: str) -> None:
    judge = AREAS[area]
    assert judge(at.reads(), at.AGENT, at.GRADIENT).status is Status.PASS
    empty = AreaRead(area, at.answer(), 0, readable=True)
    outcome = judge(at.reads(**{area: empty}), at.AGENT, at.GRADIENT)
    assert outcome.status is Status.WARN
    assert outcome.remedy is not None


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("status", [401, 403])
def test_an_area_that_is_refused_fails_alone_and_names_both_layers(area: str, status: int) -> None:
    reads = at.reads(**{area: AreaRead(area, at.answer(status, kind="empty"))})
    outcome = AREAS[area](reads, at.AGENT, at.GRADIENT)
    assert outcome.status is Status.FAIL
    assert outcome.remedy is not None
    assert any("tab Permissions" in step for step in outcome.remedy.steps)
    assert any("Roles" in step for step in outcome.remedy.steps)
    others = [judge(reads, at.AGENT, at.GRADIENT).status for other, judge in AREAS.items() if other != area]
    assert others == [Status.PASS] * 3


def test_a_scope_that_was_refused_blocks_its_area_alone() -> None:
    reads = at.reads(items=None)
    assert blocked_by(AREAS["items"](reads, at.AGENT, at.GRADIENT)) == ("auth.scopes",)
    assert AREAS["customers"](reads, at.AGENT, at.GRADIENT).status is Status.PASS


@pytest.mark.parametrize("refusing", [Agent(at.answer(401)), Unavailable(Code.TIMEOUT), Agent(at.answer(503))])
def test_a_token_that_is_not_accepted_is_one_cause(refusing: Any) -> None:
    reads = at.reads(items=AreaRead("items", at.answer(401)))
    assert blocked_by(AREAS["items"](reads, refusing, at.GRADIENT)) == ("api.agent",)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (at.answer(403, kind="html", gate=at.WAF), Code.UNEXPECTED_RESPONSE),
        (at.answer(403, kind="html"), Code.UNEXPECTED_RESPONSE),
        (at.answer(401, kind="html", gate=at.WAF), Code.UNEXPECTED_RESPONSE),
        (at.answer(429), Code.UNEXPECTED_RESPONSE),
        (at.answer(500), Code.UNEXPECTED_RESPONSE),
        (at.answer(200, kind="json"), Code.UNEXPECTED_RESPONSE),
        (at.answer(None), Code.TIMEOUT),
        (at.answer(None, outcome="reset"), Code.UNEXPECTED_RESPONSE),
        (at.answer(None, outcome="not_sent"), Code.NOT_PROVABLE_HERE),
    ],
)
def test_no_answer_about_an_area_is_unknown(answer: Any, code: Code) -> None:
    outcome = AREAS["items"](at.reads(items=AreaRead("items", answer)), at.AGENT, at.GRADIENT)
    assert (outcome.status, outcome.reason and outcome.reason.code) == (Status.UNKNOWN, code)


def test_an_area_that_the_integrator_does_not_read_is_skipped() -> None:
    profile = at.change(at.GRADIENT, areas=("customers",))
    assert AREAS["items"](at.reads(), at.AGENT, profile).status is Status.SKIP


def test_one_contract_is_enough_and_none_warns() -> None:
    assert api.there_is_a_contract(at.reads(), at.GRADIENT, at.SETTINGS).status is Status.PASS
    none = at.reads(contracts=AreaRead("contracts", at.answer(), 0, readable=True))
    outcome = api.there_is_a_contract(none, at.GRADIENT, at.SETTINGS)
    assert outcome.status is Status.WARN
    assert outcome.remedy is not None


def test_contracts_that_cannot_be_read_block_the_question_for_one() -> None:
    refused = at.reads(contracts=AreaRead("contracts", at.answer(403, kind="empty")))
    assert blocked_by(api.there_is_a_contract(refused, at.GRADIENT, at.SETTINGS)) == ("api.contracts",)
    assert blocked_by(api.there_is_a_contract(at.reads(contracts=None), at.GRADIENT, at.SETTINGS)) == ("auth.scopes",)


def test_who_needs_no_contract_is_not_asked() -> None:
    profile = at.change(at.GRADIENT, needs_contracts=False)
    assert api.there_is_a_contract(at.reads(), profile, at.SETTINGS).status is Status.SKIP
    assert api.there_is_a_contract(at.reads(), at.GRADIENT, at.NO_CREDENTIALS).status is Status.SKIP
