"""Whatever the facts are, a check answers, says why, and never blocks itself in a circle."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checks import api, auth, halo, url, url_endpoint, version
from diagnose import Outcome, Status
from diagnose.fact import Unavailable
from diagnose.facts.halo import Agent, AreaRead, AreaReads, AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.http import Answer, Gate
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint, TokenGrant
from diagnose.outcome import Code
from diagnose.runner import with_roots
from tests.checks import at_hand as at

TEXT = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["2.250.32", "2.174", "2250", "Halo PSA", "https://h/a"])
)
GATE = st.builds(
    Gate,
    st.just("id"),
    st.text(max_size=5),
    st.sampled_from(["outbound_filter", "waf", "proxy", "iis", "portal", "unknown"]),
    st.sampled_from(["blocked", "down", "missing", "limited", "error"]),
)
ANSWER = st.builds(
    Answer,
    method=st.sampled_from(["GET", "POST"]),
    url=st.sampled_from(["https://h/a", "https://[::1]/x"]),
    outcome=st.sampled_from(
        ["answered", "answered", "timeout", "reset", "closed", "malformed", "too_large", "tls_failed", "not_sent"]
    ),
    status=st.sampled_from([None, 200, 201, 302, 400, 401, 403, 404, 405, 407, 429, 500, 503, 599]),
    kind=st.sampled_from(["json", "html", "text", "empty", "binary"]),
    headers=st.sampled_from([{}, {"location": "http://[x"}, {"location": "/y"}, {"www-authenticate": "Basic"}]),
    gate=st.none() | GATE,
)
MISSING = st.builds(Unavailable, st.sampled_from(list(Code)), st.just(""), st.sampled_from([(), ("tls.dates",)]))
INSTANCE = st.builds(InstanceInfo, ANSWER, st.booleans(), TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.booleans())
AGAIN = MISSING | st.builds(InstanceInfoWithToken, INSTANCE)
AUTH_INFO = MISSING | st.builds(AuthInfo, ANSWER, TEXT, TEXT, st.booleans())
AGENT = st.builds(Agent, ANSWER, st.none() | st.integers(), TEXT, TEXT)
AREAS = st.sampled_from(["customers", "contracts", "items", "invoices"])
READS = st.builds(
    AreaReads,
    st.lists(st.builds(AreaRead, AREAS, ANSWER, st.none() | st.integers(0, 9), st.booleans()), max_size=4).map(tuple),
    st.lists(AREAS, max_size=2).map(tuple),
)


def oauth(*requested: str) -> st.SearchStrategy[OAuthAnswer]:
    return st.builds(
        OAuthAnswer,
        ANSWER,
        st.just(requested),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "invalid_client", "invalid_scope", "invalid_request", "server_error", "odd"]),
        st.sampled_from(["", "ID2051", "ID2052", "ID2055", "ID2064", "ID2083"]),
        st.sampled_from(["", "scope", "client_id"]),
        st.sampled_from([None, (), requested, requested[:1], ("all",)]),
    ).map(consistent)


def consistent(said: OAuthAnswer) -> OAuthAnswer:
    """A grant has status 200 and no error; that is how the answers are read."""
    if not said.granted:
        return said
    answer = at.change(said.answer, outcome="answered", status=200)
    return at.change(said, answer=answer, oauth=True, error="", error_id="")


GRANT = st.builds(
    TokenGrant,
    oauth(*at.SCOPES),
    st.just(()) | st.tuples(*(oauth(scope) for scope in at.SCOPES)),
    st.none() | oauth(*at.SCOPES[:3]),
    st.none() | oauth("read:nothing"),
    oauth("all"),
)
ENDPOINT = st.builds(
    TokenEndpoint, st.just("u"), oauth(), st.none() | oauth(), st.none() | oauth(), st.none() | oauth()
)


def sound(outcome: Outcome) -> None:
    assert outcome.evidence or outcome.status not in {Status.PASS, Status.FAIL}
    assert (outcome.reason is None) == (outcome.status not in {Status.UNKNOWN, Status.SKIP})
    assert outcome.remedy or outcome.status is not Status.FAIL
    assert outcome.summary


@given(INSTANCE, AGAIN, AUTH_INFO, ENDPOINT | MISSING)
def test_halo_version_and_advertised_answer(first: InstanceInfo, again: Any, info: Any, endpoint: Any) -> None:
    sound(halo.the_resource_server_is_a_halo_api(at.TARGET, first, again, info, endpoint))
    sound(url.halo_reports_the_same_auth_server(at.TARGET, first, again, info))
    sound(
        version.the_version_is_the_latest_stable(first, again, info, at.RELEASES, at.SETTINGS, at.GRADIENT, at.MOMENT)
    )
    sound(version.the_version_contains_the_security_fixes(first, again, info, at.RELEASES))
    sound(version.application_and_database_version_agree(first, again, info))
    for tenant in (None, "acme"):
        target = at.change(at.TARGET, tenant=tenant)
        sound(auth.the_tenant_suits_the_deployment(target, at.SETTINGS, at.GRADIENT, first, again, info))


@given(ENDPOINT, INSTANCE | MISSING)
def test_the_endpoint_answers(endpoint: TokenEndpoint, first: Any) -> None:
    sound(url_endpoint.the_joined_url_is_a_token_endpoint(at.TARGET, endpoint, first))


@given(GRANT)
def test_token_scopes_and_all_answer_and_name_a_root(grant: TokenGrant) -> None:
    outcomes = {
        "auth.token": auth.the_token_endpoint_grants_a_token(grant),
        "auth.scopes": auth.every_scope_is_granted(grant, at.GRADIENT),
        "auth.all-permission": auth.the_application_does_not_hold_all(grant, at.GRADIENT),
    }
    for outcome in outcomes.values():
        sound(outcome)
    for name, outcome in with_roots(outcomes).items():
        for root in outcome.reason.blocked_by if outcome.reason else ():
            assert root != name
            assert outcomes[root].status in {Status.FAIL, Status.UNKNOWN}, (name, root, outcomes)
            reason = outcomes[root].reason
            assert reason is None or not reason.blocked_by, (name, root, outcomes)


@given(AGENT | MISSING, READS, INSTANCE | MISSING, AGAIN, AUTH_INFO)
def test_agent_and_areas_answer(agent: Any, reads: AreaReads, first: Any, again: Any, info: Any) -> None:
    if isinstance(agent, Agent):
        sound(api.the_token_is_accepted(agent, first, again, info))
    for judge in (
        api.customers_can_be_read,
        api.contracts_can_be_read,
        api.items_can_be_read,
        api.invoices_can_be_read,
    ):
        sound(judge(reads, agent, at.GRADIENT))
    sound(api.there_is_a_contract(reads, at.GRADIENT, at.SETTINGS))
