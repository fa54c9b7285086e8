"""The token, its permissions, `all`, and the tenant."""

from __future__ import annotations

from typing import Any

import pytest

from checks import auth
from checks.token_errors import explain
from diagnose import Outcome, Owner, Status
from diagnose.facts.halo import AuthInfo, InstanceInfo
from diagnose.facts.tokens import OAuthAnswer, TokenGrant
from diagnose.outcome import Code
from tests.checks import at_hand as at

SCOPES = at.SCOPES
UNKNOWN = "read:nothing"


def three(grant: TokenGrant) -> tuple[Outcome, Outcome, Outcome]:
    """Return auth.token, auth.scopes and auth.all-permission."""
    return (
        auth.the_token_endpoint_grants_a_token(grant),
        auth.every_scope_is_granted(grant, at.GRADIENT),
        auth.the_application_does_not_hold_all(grant, at.GRADIENT),
    )


def statuses(grant: TokenGrant) -> tuple[Status, Status, Status]:
    token, scopes, everything = three(grant)
    return token.status, scopes.status, everything.status


def blocked_by(outcome: Outcome) -> tuple[str, ...]:
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason is not None
    assert outcome.reason.code is Code.BLOCKED
    return outcome.reason.blocked_by


PASS, FAIL, UNDECIDED = Status.PASS, Status.FAIL, Status.UNKNOWN


def test_a_named_grant_of_everything_asked_for_passes() -> None:
    token, scopes, everything = three(at.GRANT)
    assert (token.status, scopes.status, everything.status) == (PASS, PASS, PASS)
    assert token.evidence.keys() >= {"http.response.status_code", "error", "error_description"}
    assert scopes.evidence["requested"] == list(SCOPES)
    assert scopes.evidence["missing"] == []


def test_an_answer_without_scope_counts_once_an_unknown_scope_is_refused() -> None:
    unnamed = at.granted(*SCOPES)
    assert statuses(TokenGrant(unnamed, unknown_scope=at.refused(UNKNOWN), everything=at.NO_ALL)) == (PASS, PASS, PASS)


def test_the_twin_that_grants_an_unknown_scope_proves_nothing() -> None:
    grant = TokenGrant(at.granted(*SCOPES), unknown_scope=at.granted(UNKNOWN), everything=at.granted("all"))
    token, scopes, everything = three(grant)
    assert token.status is PASS
    for outcome in (scopes, everything):
        assert (outcome.status, outcome.reason and outcome.reason.code) == (UNDECIDED, Code.NOT_PROVABLE_HERE)


def test_a_server_that_names_what_is_left_of_an_unknown_scope_is_believed() -> None:
    """RFC 6749, 5.1: scope is left out only where it is what was asked for."""
    grant = TokenGrant(at.granted(*SCOPES), unknown_scope=at.granted(UNKNOWN, names=()), everything=at.NO_ALL)
    assert statuses(grant) == (PASS, PASS, PASS)


def test_an_unconfirmed_grant_is_open() -> None:
    limited = at.oauth(429, kind="text", requested=(UNKNOWN,))
    token, scopes, _ = three(TokenGrant(at.granted(*SCOPES), unknown_scope=limited, everything=at.NO_ALL))
    assert token.status is PASS
    assert (scopes.status, scopes.reason and scopes.reason.code) == (UNDECIDED, Code.UNEXPECTED_RESPONSE)


def test_a_readable_token_is_heard_where_the_answer_names_nothing() -> None:
    assert statuses(TokenGrant(at.granted(*SCOPES, claimed_scope=SCOPES), everything=at.NO_ALL)) == (PASS, PASS, PASS)


def one_by_one(*missing: str, error: str = "invalid_scope", **said: Any) -> tuple[OAuthAnswer, ...]:
    return tuple(
        at.refused(scope, error=error, **said) if scope in missing else at.granted(scope, names=(scope,))
        for scope in SCOPES
    )


@pytest.mark.parametrize(
    ("error", "number"), [("invalid_scope", ""), ("invalid_request", "ID2051"), ("invalid_request", "")]
)
def test_a_missing_permission_fails_the_scopes_alone(error: str, number: str) -> None:
    left = tuple(scope for scope in SCOPES if scope != "edit:items")
    grant = TokenGrant(
        at.refused(*SCOPES, error=error, error_id=number),
        one_by_one("edit:items", error=error, error_id=number),
        at.granted(*left, names=left),
        everything=at.NO_ALL,
    )
    token, scopes, everything = three(grant)
    assert (token.status, scopes.status, everything.status) == (PASS, FAIL, PASS)
    assert scopes.evidence["missing"] == ["edit:items"]
    assert scopes.remedy is not None
    assert "edit:items" in scopes.remedy.summary


def test_a_grant_that_names_fewer_scopes_names_the_missing_ones() -> None:
    named = tuple(scope for scope in SCOPES if not scope.endswith("invoices"))
    trials = (at.refused("read:invoices"), at.refused("edit:invoices"))
    grant = TokenGrant(at.granted(*SCOPES, names=named), trials, everything=at.NO_ALL)
    token, scopes, everything = three(grant)
    assert (token.status, scopes.status, everything.status) == (PASS, FAIL, PASS)
    assert scopes.evidence["missing"] == ["read:invoices", "edit:invoices"]


def test_a_scope_that_another_one_implies_is_not_missing() -> None:
    named = tuple(scope for scope in SCOPES if scope != "read:items")
    trials = (at.granted("read:items", names=("read:items",)),)
    assert statuses(TokenGrant(at.granted(*SCOPES, names=named), trials, everything=at.NO_ALL)) == (PASS, PASS, PASS)


def test_no_permission_at_all_fails_the_scopes_and_blocks_the_token() -> None:
    grant = TokenGrant(at.refused(*SCOPES), tuple(at.refused(scope) for scope in SCOPES), everything=at.NO_ALL)
    token, scopes, everything = three(grant)
    assert blocked_by(token) == ("auth.scopes",)
    assert (scopes.status, everything.status) == (FAIL, PASS)
    assert scopes.evidence["missing"] == list(SCOPES)


def test_a_token_without_any_permission_is_as_good_as_none() -> None:
    grant = TokenGrant(
        at.granted(*SCOPES, names=()), tuple(at.granted(scope, names=()) for scope in SCOPES), everything=at.NO_ALL
    )
    token, scopes, everything = three(grant)
    assert blocked_by(token) == ("auth.scopes",)
    assert (scopes.status, everything.status) == (FAIL, PASS)


def test_trials_without_an_answer_leave_the_scopes_open() -> None:
    limited = tuple(at.oauth(429, kind="text", requested=(scope,)) for scope in SCOPES)
    token, scopes, _ = three(TokenGrant(at.refused(*SCOPES), limited, everything=at.NO_ALL))
    assert blocked_by(token) == ("auth.scopes",)
    assert (scopes.status, scopes.reason and scopes.reason.code) == (UNDECIDED, Code.UNEXPECTED_RESPONSE)


def test_all_ticked_fails_alone_where_the_scopes_are_granted_too() -> None:
    assert statuses(TokenGrant(at.NAMED, everything=at.granted("all", names=("all",)))) == (PASS, PASS, FAIL)


def test_all_ticked_and_nothing_else_granted_blocks_the_others() -> None:
    grant = TokenGrant(
        at.refused(*SCOPES),
        tuple(at.refused(scope) for scope in SCOPES),
        everything=at.granted("all", names=("all",)),
    )
    token, scopes, everything = three(grant)
    assert blocked_by(token) == blocked_by(scopes) == ("auth.all-permission",)
    assert everything.status is FAIL
    assert everything.remedy is not None


def test_all_granted_without_being_named_counts_where_unknown_scopes_are_refused() -> None:
    grant = TokenGrant(at.NAMED, unknown_scope=at.refused(UNKNOWN), everything=at.granted("all"))
    assert statuses(grant) == (PASS, PASS, FAIL)


def test_silence_of_a_server_that_always_names_is_no_grant_of_all() -> None:
    """npm's oidc-provider leaves out what is not ticked, and leaves `scope` out where nothing remains."""
    silent = at.granted("all")
    assert statuses(TokenGrant(at.NAMED, unknown_scope=at.granted(UNKNOWN), everything=silent)) == (PASS, PASS, PASS)


def test_silence_about_what_was_left_out_elsewhere_is_no_grant_of_all() -> None:
    named = at.granted(*SCOPES, names=SCOPES[:-1])
    trials = (at.granted(SCOPES[-1]),)
    grant = TokenGrant(named, trials, unknown_scope=at.granted(UNKNOWN), everything=at.granted("all"))
    assert statuses(grant) == (PASS, FAIL, PASS)


def test_a_token_for_all_that_names_other_scopes_is_no_grant_of_all() -> None:
    assert statuses(TokenGrant(at.NAMED, everything=at.granted("all", names=SCOPES))) == (PASS, PASS, PASS)


@pytest.mark.parametrize(("status", "outcome"), [(429, "answered"), (500, "answered"), (None, "timeout")])
def test_no_usable_answer_about_all_is_open(status: int | None, outcome: str) -> None:
    everything = at.oauth(status, outcome=outcome, kind="text", requested=("all",))
    assert statuses(TokenGrant(at.NAMED, everything=everything)) == (PASS, PASS, UNDECIDED)


def test_a_profile_may_not_mind_all() -> None:
    profile = at.change(at.GRADIENT, forbids_all=False)
    assert auth.the_application_does_not_hold_all(TokenGrant(at.NAMED), profile).status is Status.SKIP


REFUSALS = [
    ("invalid_client", "ID2052", 401, "", "does not know this client id", Owner.HALO_ADMIN),
    ("invalid_client", "ID2055", 401, "", "refuses the client secret", Owner.HALO_ADMIN),
    ("invalid_client", "", 401, "The specified 'client_id' parameter is invalid.", "does not know", Owner.HALO_ADMIN),
    ("invalid_client", "", 401, "The specified client credentials are invalid.", "client secret", Owner.HALO_ADMIN),
    ("invalid_client", "", 400, "", "client id or the client secret", Owner.HALO_ADMIN),
    ("unauthorized_client", "ID2064", 400, "", "not set to log in with client id and secret", Owner.HALO_ADMIN),
    ("unsupported_grant_type", "ID2032", 400, "", "did not arrive as it was sent", Owner.NETWORK_ADMIN),
    ("invalid_request", "ID2029", 400, "", "did not arrive", Owner.NETWORK_ADMIN),
    ("invalid_request", "ID2057", 400, "", "did not arrive", Owner.NETWORK_ADMIN),
    ("invalid_request", "ID2082", 400, "", "did not arrive", Owner.NETWORK_ADMIN),
    ("invalid_request", "ID2084", 400, "", "did not arrive", Owner.NETWORK_ADMIN),
    ("invalid_request", "ID2087", 400, "", "did not arrive", Owner.NETWORK_ADMIN),
    ("invalid_request", "ID2083", 400, "", "without encryption", Owner.NETWORK_ADMIN),
    ("invalid_grant", "", 400, "", "agent", Owner.HALO_ADMIN),
    ("access_denied", "", 403, "", "agent", Owner.HALO_ADMIN),
    ("server_error", "", 500, "", "fails while it checks", Owner.WINDOWS_ADMIN),
    ("something_new", "ID9999", 400, "tenant unknown", "tenant unknown", Owner.HALO_ADMIN),
]


@pytest.mark.parametrize(("error", "number", "status", "text", "words", "owner"), REFUSALS)
def test_every_error_is_explained_and_blocks_the_rest(
    error: str, number: str, status: int, text: str, words: str, owner: Owner
) -> None:
    said: dict[str, Any] = {"error": error, "error_id": number, "status": status, "error_description": text}
    grant = TokenGrant(at.refused(*SCOPES, **said), everything=at.refused("all", **said))
    token, scopes, everything = three(grant)
    assert (token.status, token.owner) == (FAIL, owner)
    assert words in token.summary
    assert token.remedy is not None
    assert token.remedy.steps
    assert token.evidence["error"] == error
    assert token.evidence["http.response.status_code"] == status
    assert blocked_by(scopes) == blocked_by(everything) == ("auth.token",)


def test_the_error_decides_before_its_number_and_never_the_words_alone() -> None:
    assert "client id" in explain(at.refused(error="invalid_client", error_id="ID2064", status=401)).summary
    assert "client id" not in explain(at.refused(error="odd", error_description="client_id client credentials")).summary


def test_an_unclear_refusal_of_everything_is_about_the_token_and_not_the_permissions() -> None:
    said: dict[str, Any] = {"error": "invalid_request", "error_description": "tenant unknown"}
    grant = TokenGrant(
        at.refused(*SCOPES, **said),
        tuple(at.refused(scope, **said) for scope in SCOPES),
        everything=at.refused("all", **said),
    )
    token, scopes, _ = three(grant)
    assert token.status is FAIL
    assert blocked_by(scopes) == ("auth.token",)


def test_the_same_unclear_refusal_of_one_scope_is_about_that_scope() -> None:
    left = tuple(scope for scope in SCOPES if scope != "edit:items")
    grant = TokenGrant(
        at.refused(*SCOPES, error="invalid_request"),
        one_by_one("edit:items", error="invalid_request"),
        at.granted(*left, names=left),
        everything=at.NO_ALL,
    )
    assert statuses(grant) == (PASS, FAIL, PASS)


def test_each_alone_but_not_together_fails_the_token() -> None:
    token, scopes, _ = three(TokenGrant(at.refused(*SCOPES), one_by_one(), everything=at.NO_ALL))
    assert token.status is FAIL
    assert blocked_by(scopes) == ("auth.token",)


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (at.oauth(500, kind="html", requested=SCOPES), FAIL),
        (at.oauth(None, requested=SCOPES), FAIL),
        (at.oauth(None, outcome="reset", requested=SCOPES), FAIL),
        (at.oauth(429, kind="text", requested=SCOPES), UNDECIDED),
        (at.oauth(403, kind="html", gate=at.WAF, requested=SCOPES), UNDECIDED),
        (at.oauth(302, kind="html", headers={"location": "/x"}, requested=SCOPES), UNDECIDED),
        (at.oauth(200, kind="html", requested=SCOPES), UNDECIDED),
        (at.oauth(None, outcome="not_sent", requested=SCOPES), UNDECIDED),
    ],
)
def test_an_answer_that_is_no_oauth(first: OAuthAnswer, status: Status) -> None:
    token, scopes, _ = three(TokenGrant(first, everything=at.change(first, requested=("all",))))
    assert token.status is status
    assert scopes.status is UNDECIDED


def tenant(given: str | None, first: InstanceInfo = at.INSTANCE, info: AuthInfo = at.AUTH_INFO) -> Outcome:
    target = at.change(at.TARGET, tenant=given)
    return auth.the_tenant_suits_the_deployment(target, at.SETTINGS, at.GRADIENT, first, at.NOT_NEEDED, info)


def test_on_premise_no_tenant_is_right_and_one_warns() -> None:
    assert tenant(None).status is PASS
    outcome = tenant("acme")
    assert outcome.status is Status.WARN
    assert outcome.remedy is not None
    assert tenant(None, at.instance(401), at.change(at.AUTH_INFO, tenant_id="Not set")).status is PASS


@pytest.mark.parametrize(("given", "status"), [("Acme", PASS), ("other", Status.WARN), (None, Status.WARN)])
def test_hosted_the_tenant_is_the_one_reported(given: str | None, status: Status) -> None:
    assert tenant(given, at.instance(tenant_id="acme", hosted_group="US16-Stable8")).status is status
    assert tenant(given, at.INSTANCE, at.change(at.AUTH_INFO, tenant_id="acme")).status is status


def test_the_tenant_is_not_judged_without_credentials_or_without_halo() -> None:
    facts = (at.GRADIENT, at.INSTANCE, at.NOT_NEEDED, at.AUTH_INFO)
    assert auth.the_tenant_suits_the_deployment(at.TARGET, at.NO_CREDENTIALS, *facts).status is Status.SKIP
    assert blocked_by(tenant(None, at.instance(503), at.NO_AUTH_INFO)) == ("halo.answers",)
