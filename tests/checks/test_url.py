"""The URLs: as typed, as joined, and as Halo reports them."""

from __future__ import annotations

from typing import Any

import pytest

from checks import url, url_endpoint
from diagnose import Outcome, Owner, Status, target
from diagnose.fact import Unavailable
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Gate
from diagnose.facts.run import Target
from diagnose.facts.tokens import OAuthAnswer
from diagnose.outcome import Code
from tests.checks import at_hand as at


def of(resource: str = f"{at.HOST}/api", auth: str = f"{at.HOST}/auth/") -> Target:
    return target.read(resource_server=resource, auth_server=auth)


def test_complete_urls_pass() -> None:
    for check in (url.the_resource_server_is_an_https_url, url.the_auth_server_is_an_https_url):
        assert check(at.TARGET).status is Status.PASS


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("halo.example.com/api", "no_scheme"),
        ("http://halo.example.com/api", "http"),
        ("https://me:Pa55word@halo.example.com/api", "userinfo"),
        ("https://halo.example.com/api?x=1", "query"),
        ("https://halo.example.com/api#x", "fragment"),
    ],
)
def test_each_fault_of_a_url_fails_its_own_check_alone(typed: str, fault: str) -> None:
    outcome = url.the_resource_server_is_an_https_url(of(resource=typed))
    assert outcome.status is Status.FAIL
    assert outcome.evidence["faults"] == [fault]
    assert outcome.evidence["used"] == "https://halo.example.com/api"
    assert outcome.remedy is not None
    assert "Pa55word" not in repr(outcome)
    assert url.the_auth_server_is_an_https_url(of(resource=typed)).status is Status.PASS


def test_a_faulty_auth_server_fails_its_check_and_not_the_slash() -> None:
    wrong = of(auth="http://halo.example.com/auth/")
    assert url.the_auth_server_is_an_https_url(wrong).status is Status.FAIL
    assert url.the_auth_server_ends_in_a_slash(wrong).status is Status.PASS


def test_a_missing_slash_fails_alone_and_shows_the_corrected_url_and_both_joins() -> None:
    wrong = of(auth=f"{at.HOST}/auth")
    outcome = url.the_auth_server_ends_in_a_slash(wrong)
    assert outcome.status is Status.FAIL
    assert outcome.evidence == {
        "given": f"{at.HOST}/auth",
        "corrected": f"{at.HOST}/auth/",
        "rfc3986_join": f"{at.HOST}/token",
        "concatenation": f"{at.HOST}/authtoken",
        "token_url": f"{at.HOST}/auth/token",
    }
    assert outcome.remedy is not None
    assert f"{at.HOST}/auth/" in outcome.remedy.summary
    assert url.the_auth_server_is_an_https_url(wrong).status is Status.PASS


def test_the_token_endpoint_typed_as_the_server_is_shown_without_token() -> None:
    mistaken = url.the_auth_server_ends_in_a_slash(of(auth=f"{at.HOST}/auth/token")).remedy
    usual = url.the_auth_server_ends_in_a_slash(of(auth=f"{at.HOST}/auth")).remedy
    assert mistaken is not None
    assert usual is not None
    assert mistaken.steps[-1].endswith(f"the URL is then {at.HOST}/auth/")
    assert len(usual.steps) == len(mistaken.steps) - 1


def test_without_a_path_the_concatenation_names_another_host() -> None:
    evidence = url.the_auth_server_ends_in_a_slash(of(auth=at.HOST)).evidence
    assert evidence["concatenation"] == "https://halo.example.comtoken"
    assert evidence["token_url"] == "https://halo.example.com/token"


def advertised(reported: str | None, **changes: Any) -> Outcome:
    found = at.instance(auth_url=reported)
    return url.halo_reports_the_same_auth_server(
        changes.get("target", at.TARGET), found, at.NOT_NEEDED, at.NO_AUTH_INFO
    )


@pytest.mark.parametrize(
    "reported",
    [f"{at.HOST}/auth", f"{at.HOST}/auth/", "https://HALO.example.com:443/Auth", "https://halo.example.com./auth"],
)
def test_the_same_place_may_be_written_differently(reported: str) -> None:
    assert advertised(reported).status is Status.PASS


@pytest.mark.parametrize(
    "reported",
    [
        "http://halo.example.com/auth",
        "https://other.example.com/auth",
        f"{at.HOST}:8443/auth",
        f"{at.HOST}/",
        "::[",
        "x",
    ],
)
def test_another_place_warns(reported: str) -> None:
    outcome = advertised(reported)
    assert outcome.status is Status.WARN
    assert outcome.remedy is not None


def test_auth_info_is_heard_too() -> None:
    info = at.change(at.AUTH_INFO, auth_url="https://other.example.com/auth")
    outcome = url.halo_reports_the_same_auth_server(at.TARGET, at.INSTANCE, at.NOT_NEEDED, info)
    assert outcome.status is Status.WARN


def test_nothing_reported_is_unknown_and_no_halo_is_blocked_by_halo_answers() -> None:
    silent = advertised(None)
    assert (silent.status, silent.reason and silent.reason.code) == (Status.UNKNOWN, Code.UNEXPECTED_RESPONSE)
    down = url.halo_reports_the_same_auth_server(at.TARGET, at.instance(503), at.NOT_NEEDED, at.NO_AUTH_INFO)
    assert down.reason is not None
    assert down.reason.blocked_by == ("halo.answers",)


def endpoint(marker: OAuthAnswer, api: InstanceInfo | Unavailable = at.INSTANCE, **controls: Any) -> Outcome:
    return url_endpoint.the_joined_url_is_a_token_endpoint(
        at.TARGET, at.change(at.ENDPOINT, marker=marker, **controls), api
    )


@pytest.mark.parametrize(
    "marker",
    [
        at.MARKER,
        at.refused(error="invalid_client", status=400),
        at.refused(error="invalid_request", error_id="ID2051"),
        at.refused(error="invalid_client", status=401, channel="unverified"),
    ],
)
def test_an_oauth_error_proves_the_endpoint(marker: OAuthAnswer) -> None:
    outcome = endpoint(marker)
    assert outcome.status is Status.PASS
    assert outcome.evidence["channel"] == marker.answer.channel
    assert outcome.evidence["controls"]["token_at_the_origin"] == "no OAuth endpoint (status 200)"
    assert outcome.evidence["catch_all"] is False


def test_neighbours_that_answer_alike_are_named() -> None:
    outcome = endpoint(at.MARKER, sibling_control=at.MARKER, origin_control=at.MARKER)
    assert outcome.status is Status.PASS
    assert outcome.evidence["catch_all"] is True


def test_a_grant_to_a_client_that_does_not_exist_warns() -> None:
    assert endpoint(at.granted()).status is Status.WARN


@pytest.mark.parametrize(
    ("status", "location", "kind"),
    [
        (301, "/auth/token/", "loses_post"),
        (302, f"{at.HOST}/login", "loses_post"),
        (303, f"{at.HOST}/login", "loses_post"),
        (307, f"{at.HOST}/auth/token/", "keeps_post"),
        (308, f"{at.HOST}:443/auth/token/", "keeps_post"),
        (301, "http://halo.example.com/auth/token", "to_http"),
        (307, "https://other.example.com/auth/token", "other_host"),
        (302, "https://[broken", "other_host"),
        (302, "", "loses_post"),
    ],
)
def test_every_kind_of_redirect_fails_and_is_told(status: int, location: str, kind: str) -> None:
    outcome = endpoint(at.oauth(status, kind="html", headers={"location": location}))
    assert outcome.status is Status.FAIL
    assert outcome.evidence["redirect"] == kind
    assert outcome.remedy is not None


def test_a_page_with_status_200_is_a_wrong_url() -> None:
    outcome = endpoint(at.SPA)
    assert outcome.status is Status.FAIL
    assert "web page" in outcome.summary


def test_nothing_there_is_a_wrong_path() -> None:
    assert "wrong" in endpoint(at.oauth(404, kind="html")).summary
    assert endpoint(at.oauth(404, gate=Gate("iis-404", "IIS", "iis", "missing"))).status is Status.FAIL


@pytest.mark.parametrize(("path", "word"), [("/api/", "swapped"), ("/auth/token/", "/token")])
def test_a_wrong_path_that_is_often_typed_is_recognised(path: str, word: str) -> None:
    typed = of(auth=f"{at.HOST}{path}")
    outcome = url_endpoint.the_joined_url_is_a_token_endpoint(
        typed, at.change(at.ENDPOINT, marker=at.oauth(404, kind="html")), at.INSTANCE
    )
    assert outcome.remedy is not None
    assert any(word in step for step in outcome.remedy.steps)


@pytest.mark.parametrize(
    "marker", [at.oauth(503, gate=at.POOL_DOWN, kind="html"), at.oauth(500, kind="html"), at.oauth(502)]
)
def test_the_auth_application_down_is_told_apart_from_the_api(marker: OAuthAnswer) -> None:
    outcome = endpoint(marker)
    assert (outcome.status, outcome.owner) == (Status.FAIL, Owner.WINDOWS_ADMIN)
    assert "the API answers (version 2.250.32)" in outcome.summary
    assert "does not answer either" in endpoint(marker, at.instance(None)).summary
    assert "status 503" in endpoint(marker, at.instance(503)).summary
    assert "not known" in endpoint(marker, Unavailable(Code.TIMEOUT)).summary


@pytest.mark.parametrize("outcome_of_exchange", ["timeout", "reset", "closed", "malformed", "too_large"])
def test_no_answer_after_a_good_handshake_is_the_applications_fault(outcome_of_exchange: str) -> None:
    outcome = endpoint(at.oauth(None, outcome=outcome_of_exchange))
    assert outcome.status is Status.FAIL
    assert outcome.evidence["outcome"] == outcome_of_exchange


def test_a_log_in_in_front_fails() -> None:
    assert "log-in" in endpoint(at.oauth(401, kind="html")).summary


def test_an_application_that_sees_plain_http_fails_with_the_proxy_as_remedy() -> None:
    outcome = endpoint(at.refused(error="invalid_request", error_id="ID2083"))
    assert (outcome.status, outcome.owner) == (Status.FAIL, Owner.NETWORK_ADMIN)


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (at.oauth(403, gate=at.WEB_FILTER, kind="html"), "Example Filter"),
        (at.oauth(200, gate=Gate("p", "Example Portal", "portal", "error"), kind="html"), "Example Portal"),
        (at.oauth(403, kind="html"), "status 403"),
        (at.oauth(511, kind="html"), "status 511"),
        (at.oauth(429, kind="html"), "too many"),
        (at.oauth(None, outcome="tls_failed"), "TLS"),
        (at.oauth(None, outcome="not_sent"), "not asked"),
    ],
)
def test_a_gates_page_is_no_answer(marker: OAuthAnswer, words: str) -> None:
    outcome = endpoint(marker)
    assert outcome.status is Status.UNKNOWN
    assert words in outcome.summary
