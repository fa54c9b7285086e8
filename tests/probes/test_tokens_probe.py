"""What is asked of the authorization server, what is kept of its answers, and what never leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from diagnose.fact import Unavailable
from diagnose.facts.channels import OpenChannels, VerifiedChannels
from diagnose.facts.http import Answer
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint, TokenGrant
from diagnose.outcome import Code
from diagnose.probes import tokens
from tests.probes.scripted import CLIENT_ID, CLIENT_SECRET, GRADIENT, Asked, Bench, Reply, Server, run, serve

ALL_SEVEN = " ".join(GRADIENT.scopes)
SEES_HTTP = OAuthAnswer(Answer("POST", "", "answered", 400), oauth=True, error="invalid_request", error_id="ID2083")
PAGE = Reply(200, b"<html><title>Halo</title><body>Please log in</body></html>", (("Content-Type", "text/html"),))
UNKNOWN_CLIENT = {"error": "invalid_client", "error_uri": "https://documentation.openiddict.com/errors/ID2052"}
NOT_ALLOWED = Reply(
    400, {"error": "invalid_request", "error_uri": "https://documentation.openiddict.com/errors/ID2051"}
)
NO_OAUTH = OAuthAnswer(Answer("POST", "", "answered", 200))
FOUND = TokenEndpoint("", OAuthAnswer(Answer("POST", "", "answered", 401), oauth=True, error="invalid_client"))


def token_for(asked: Asked, **more: object) -> Reply:
    return Reply(200, {"token_type": "Bearer", "access_token": f"[{asked.scope}]-token", "expires_in": 3600, **more})


def halo(*ticked: str, names: bool = True) -> Callable[[Asked], Reply]:
    """A token endpoint whose application holds these permissions."""

    def script(asked: Asked) -> Reply:
        if set(asked.scope.split()) - set(ticked):
            return NOT_ALLOWED
        return token_for(asked, scope=asked.scope) if names else token_for(asked)

    return script


async def find(bench: Bench) -> Any:
    return await tokens.token_endpoint.function(
        bench.target, bench.profile, bench.open, bench.http, bench.network, bench.secrets
    )


def asking(endpoint: TokenEndpoint | Unavailable = FOUND) -> Callable[[Bench], Any]:
    async def ask(bench: Bench) -> Any:
        where = endpoint
        if isinstance(endpoint, TokenEndpoint):
            where = msgspec.structs.replace(endpoint, url=f"{bench.target.auth.used}token")
        return await tokens.token_grant.function(
            bench.target,
            bench.settings,
            bench.profile,
            where,
            bench.verified,
            bench.credentials,
            bench.http,
            bench.network,
        )

    return ask


def granted(script: Callable[[Asked], Reply], **options: Any) -> tuple[TokenGrant, Bench, Server]:
    with serve(script) as server:
        bench = Bench(server, **options)
        return run(bench, asking()), bench, server


def scopes_asked(server: Server) -> list[str]:
    return [asked.scope for asked in server.posts()]


def test_the_endpoint_is_asked_once_with_a_made_up_client_and_its_neighbours_by_get() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(401, UNKNOWN_CLIENT) if asked.path == "/auth/token" else PAGE

    with serve(script) as server:
        bench = Bench(server)
        endpoint = run(bench, find)
    posts = server.posts()
    assert [asked.path for asked in posts] == ["/auth/token"]
    assert posts[0].form["grant_type"] == "client_credentials"
    assert posts[0].scope == ALL_SEVEN
    assert posts[0].form["client_id"] != CLIENT_ID
    assert len(posts[0].form["client_secret"]) == len(CLIENT_SECRET)
    assert CLIENT_SECRET not in repr(server.asked)
    assert endpoint.found
    assert (endpoint.marker.error, endpoint.marker.error_id) == ("invalid_client", "ID2052")
    assert not endpoint.origin_control.oauth
    assert not endpoint.sibling_control.oauth
    gets = sorted(asked.path for asked in server.asked if asked.method == "GET")
    assert gets[0].startswith("/auth//token")
    assert gets[-1] == "/token"
    assert len(gets) == 3


def test_a_redirect_is_told_and_not_followed() -> None:
    with serve(lambda _: Reply(302, b"", (("Location", "/elsewhere"),))) as server:
        endpoint = run(Bench(server), find)
    assert not endpoint.found
    assert endpoint.marker.answer.headers["location"] == "/elsewhere"
    assert "/elsewhere" not in [asked.path for asked in server.asked]


def test_without_a_way_nothing_is_asked() -> None:
    blocked = Unavailable(Code.BLOCKED, "closed", ("net.reachable",))
    with serve(lambda _: PAGE) as server:
        bench = Bench(server)
        bench.open = OpenChannels(((bench.target.auth.endpoint, blocked),))
        assert run(bench, find) == blocked
    assert server.asked == []


def test_exactly_the_profiles_scopes_are_asked_for_and_all_apart() -> None:
    grant, bench, server = granted(halo(*GRADIENT.scopes))
    assert sorted(scopes_asked(server)) == sorted([ALL_SEVEN, "all"])
    assert all(asked.form["client_secret"] == CLIENT_SECRET for asked in server.posts())
    assert grant.first.granted
    assert grant.first.scope == GRADIENT.scopes
    assert grant.everything is not None
    assert not grant.everything.granted
    assert grant.trials == ()
    assert grant.remaining is grant.unknown_scope is None
    assert bench.credentials.token == f"[{ALL_SEVEN}]-token"


def test_a_refused_scope_is_found_by_asking_for_each_alone_and_the_rest_together() -> None:
    left = tuple(scope for scope in GRADIENT.scopes if scope != "edit:items")
    grant, bench, server = granted(halo(*left))
    assert sorted(scopes_asked(server)[:2]) == sorted([ALL_SEVEN, "all"])
    assert sorted(scopes_asked(server)[2:9]) == sorted(GRADIENT.scopes)
    assert scopes_asked(server)[9:] == [" ".join(left)]
    assert [trial.requested[0] for trial in grant.trials if not trial.granted] == ["edit:items"]
    assert grant.best is grant.remaining
    assert bench.credentials.token == f"[{' '.join(left)}]-token"


def test_one_remaining_scope_is_not_asked_for_twice() -> None:
    grant, bench, server = granted(halo("read:items"))
    assert len(server.posts()) == 9
    assert grant.remaining is not None
    assert grant.remaining.requested == ("read:items",)
    assert bench.credentials.token == "[read:items]-token"


def test_a_grant_that_names_fewer_scopes_leads_to_trials_of_the_missing_ones_only() -> None:
    def script(asked: Asked) -> Reply:
        kept = [scope for scope in asked.scope.split() if scope != "edit:items"]
        return token_for(asked, scope=" ".join(kept)) if kept else NOT_ALLOWED

    grant, bench, server = granted(script)
    assert [trial.requested for trial in grant.trials] == [("edit:items",)]
    assert bench.credentials.token == f"[{ALL_SEVEN}]-token"
    assert len(server.posts()) == 3


def test_refused_credentials_are_not_tried_again() -> None:
    grant, bench, server = granted(lambda _: Reply(401, UNKNOWN_CLIENT))
    assert sorted(scopes_asked(server)) == sorted([ALL_SEVEN, "all"])
    assert grant.first.error == "invalid_client"
    assert bench.credentials.token is None


def test_a_token_without_any_permission_is_not_used() -> None:
    grant, bench, _ = granted(lambda asked: token_for(asked, scope=""))
    assert grant.first.granted
    assert len(grant.trials) == 7
    assert bench.credentials.token is None


def test_only_all_granted_is_never_used_to_read_anything() -> None:
    grant, bench, _ = granted(halo("all"))
    assert grant.everything is not None
    assert grant.everything.granted
    assert not grant.best.granted
    assert bench.credentials.token is None


def test_an_answer_that_names_no_scope_is_confirmed_by_one_that_cannot_exist() -> None:
    grant, _, server = granted(halo(*GRADIENT.scopes, names=False))
    assert grant.unknown_scope is not None
    assert not grant.unknown_scope.granted
    assert len(server.posts()) == 3
    assert scopes_asked(server)[2].startswith("read:nothing-")


def test_all_is_not_asked_for_where_the_profile_does_not_mind_it() -> None:
    with serve(halo(*GRADIENT.scopes)) as server:
        bench = Bench(server)
        bench.profile = msgspec.structs.replace(GRADIENT, forbids_all=False)
        grant = run(bench, asking())
    assert scopes_asked(server) == [ALL_SEVEN]
    assert grant.everything is None


def test_a_server_that_issues_one_token_for_all_requests_has_it_used_and_not_kept() -> None:
    def script(asked: Asked) -> Reply:
        if "edit:items" in asked.scope or asked.scope == "all":
            return NOT_ALLOWED
        return Reply(200, {"access_token": "the-one-and-only-token", "scope": asked.scope})

    grant, bench, _ = granted(script)
    assert bench.credentials.token == "the-one-and-only-token"
    assert "the-one-and-only" not in repr(grant)


@pytest.mark.parametrize("tenant", ["Acme & Söhne", "acme"])
def test_a_tenant_goes_into_the_query_and_none_into_none(tenant: str) -> None:
    _, _, server = granted(halo(*GRADIENT.scopes), tenant=tenant)
    assert {asked.path for asked in server.posts()} == {
        "/auth/token?tenant=" + {"acme": "acme"}.get(tenant, "Acme%20%26%20S%C3%B6hne")
    }
    _, _, without = granted(halo(*GRADIENT.scopes), tenant="Not set")
    assert {asked.path for asked in without.posts()} == {"/auth/token"}


SECRETS = ("access-1234567890", "refresh-1234567890", "id-1234567890")


@pytest.mark.parametrize(
    "body",
    [
        {"access_token": SECRETS[0], "refresh_token": SECRETS[1], "id_token": SECRETS[2], "scope": f"a {SECRETS[1]}"},
        {"access_token": SECRETS[0], "error": SECRETS[0], "error_description": f"x {SECRETS[0]} {CLIENT_SECRET}"},
        b'{"access_token": "access-1234567890", "access_token": "access-1234567890", "x": "refresh-12345"}',
        b'<html><title>access_token</title>"access_token": "access-1234567890" </html>',
    ],
)
def test_no_token_and_no_secret_is_in_what_is_kept(body: object) -> None:
    grant, bench, _ = granted(lambda _: Reply(200, body, (("X-Powered-By", SECRETS[0]),)))
    kept = msgspec.json.encode(grant).decode()
    assert SECRETS[0] in bench.secrets.values
    for secret in (*SECRETS, CLIENT_SECRET):
        assert secret not in kept


@pytest.mark.parametrize(
    ("change", "code", "blocked_by"),
    [
        ({"endpoint": Unavailable(Code.TIMEOUT)}, Code.BLOCKED, ("url.auth-endpoint",)),
        ({"endpoint": TokenEndpoint("", NO_OAUTH)}, Code.BLOCKED, ("url.auth-endpoint",)),
        ({"endpoint": TokenEndpoint("", SEES_HTTP)}, Code.BLOCKED, ("url.auth-endpoint",)),
        ({"verified": Unavailable(Code.BLOCKED, "expired", ("tls.dates",))}, Code.BLOCKED, ("tls.dates",)),
        ({"settings": True, "verified": Unavailable(Code.BLOCKED, "", ("tls.dates",))}, Code.NOT_SELECTED, ()),
        ({"credentials": Unavailable(Code.NOT_SELECTED)}, Code.NOT_SELECTED, ()),
    ],
)
def test_no_secret_leaves_where_something_stands_in_the_way(
    change: dict[str, Any], code: Code, blocked_by: tuple[str, ...]
) -> None:
    with serve(lambda _: PAGE) as server:
        bench = Bench(server)
        if "verified" in change:
            bench.verified = VerifiedChannels(((bench.target.auth.endpoint, change["verified"]),))
        if "settings" in change:
            bench.settings = msgspec.structs.replace(bench.settings, no_credentials=True)
        bench.credentials = change.get("credentials", bench.credentials)
        outcome = run(bench, asking(change.get("endpoint", FOUND)))
    assert (outcome.code, outcome.blocked_by) == (code, blocked_by)
    assert server.asked == []


def test_a_secret_does_not_follow_a_redirect() -> None:
    grant, _, server = granted(lambda _: Reply(307, b"", (("Location", "https://halo.example.test/elsewhere"),)))
    assert {asked.path for asked in server.asked} == {"/auth/token"}
    assert not grant.first.oauth


def test_a_run_out_of_time_says_so_and_blames_no_server() -> None:
    with serve(lambda _: Reply(401, UNKNOWN_CLIENT, delay=1.5)) as server:
        for work in (find, asking()):
            outcome = run(Bench(server, seconds=0.8), work)
            assert isinstance(outcome, Unavailable)
            assert outcome.code is Code.TIMEOUT
