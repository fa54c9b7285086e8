"""The token endpoint answers as OpenIddict does: errors by cause, numbers, texts, and what is granted."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from diagnose import lab
from diagnose.lab.scenario import GRADIENT_SCOPES
from tests.lab.plain import Maker, Plain

NAMED = "https://documentation.openiddict.com/errors/"


def posted(client: Plain, **form: str) -> tuple[int, dict[str, Any]]:
    answer, body = client.ask("POST", client.running.auth_server + "token", form)
    return answer.status, json.loads(body)


def outcome(status: int, body: dict[str, Any]) -> tuple[int, str, str]:
    return status, body.get("error", ""), body.get("error_uri", "").removeprefix(NAMED)


def test_the_grant_has_halos_keys_in_halos_order(plain: Maker) -> None:
    with lab.start("healthy") as running:
        status, body = plain(running).token(*GRADIENT_SCOPES)
    assert status == 200
    assert list(body) == ["scope", "token_type", "access_token", "expires_in", "id_token"]
    assert body["scope"].split() == list(GRADIENT_SCOPES)
    assert body["access_token"].count(".") == 4, "an encrypted token, as OpenIddict makes it"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, (400, "invalid_request", "ID2029")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", "ID2032")),
        ({"grant_type": "client_credentials", "client_id": "x"}, (400, "invalid_request", "ID2057")),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
            (401, "invalid_client", "ID2052"),
        ),
        (
            {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y", "scope": "read:nothing"},
            (400, "invalid_scope", "ID2052"),
        ),
    ],
)
def test_a_malformed_request_is_refused_by_its_number(
    form: dict[str, str], expected: tuple[int, str, str], plain: Maker
) -> None:
    with lab.start("healthy") as running:
        assert outcome(*posted(plain(running), **form)) == expected


def test_another_method_or_content_type_is_refused(plain: Maker) -> None:
    with lab.start("healthy") as running:
        client = plain(running)
        answer, body = client.ask("GET", running.auth_server + "token")
        assert outcome(answer.status, json.loads(body)) == (400, "invalid_request", "ID2084")
        answer, body = client.ask(
            "POST", running.auth_server + "token", body=b"{}", headers={"Content-Type": "text/json"}
        )
        assert outcome(answer.status, json.loads(body)) == (400, "invalid_request", "ID2082")


def test_basic_authentication_works_and_both_ways_at_once_do_not(plain: Maker) -> None:
    with lab.start("healthy") as running:
        client = plain(running)
        value = base64.b64encode(f"{running.client_id}:{running.client_secret}".encode()).decode()
        form = {"grant_type": "client_credentials", "scope": "read:items"}
        url, headers = running.auth_server + "token", {"Authorization": f"Basic {value}"}
        assert client.ask("POST", url, form, headers=headers)[0].status == 200
        answer, body = client.ask("POST", url, form | {"client_secret": "x"}, headers=headers)
        assert outcome(answer.status, json.loads(body)) == (400, "invalid_request", "ID2087")
        assert [request.credential for request in running.log.requests] == ["secret", "secret"]


REFUSED = {
    "wrong-secret": (401, "invalid_client", "ID2055"),
    "wrong-secret-openiddict-2": (401, "invalid_client", ""),
    "unknown-client": (401, "invalid_client", "ID2052"),
    "unknown-client-openiddict-2": (401, "invalid_client", ""),
    "application-inactive": (401, "invalid_client", "ID2052"),
    "wrong-method": (400, "unauthorized_client", "ID2064"),
    "swapped": (401, "invalid_client", "ID2052"),
    "truncated": (401, "invalid_client", "ID2055"),
    "missing-scope": (400, "invalid_request", "ID2051"),
    "missing-scope-invalid": (400, "invalid_scope", "ID2052"),
    "no-scope-granted": (400, "invalid_request", "ID2051"),
    "all-ticked": (400, "invalid_request", "ID2051"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_credentials_as_typed_are_refused_with_the_scenarios_error(name: str, plain: Maker) -> None:
    with lab.start(name) as running:
        assert outcome(*plain(running).token(*GRADIENT_SCOPES)) == REFUSED[name]


def test_the_twins_are_granted(plain: Maker) -> None:
    for name in ("healthy", "openiddict-2", "padded", "all-and-named", "refuses-by-dropping"):
        with lab.start(name) as running:
            assert plain(running).token(*GRADIENT_SCOPES)[0] == 200, name


def test_older_texts_have_no_numbers(plain: Maker) -> None:
    with lab.start("unknown-client-openiddict-2") as running:
        _, body = plain(running).token("read:items")
    assert body == {
        "error": "invalid_client",
        "error_description": "The specified 'client_id' parameter is invalid.",
    }


def test_a_missing_scope_is_found_by_asking_for_each_alone(plain: Maker) -> None:
    with lab.start("missing-scope") as running:
        client = plain(running)
        granted = {scope: client.token(scope)[0] for scope in GRADIENT_SCOPES}
    assert granted == dict.fromkeys(GRADIENT_SCOPES, 200) | {"edit:invoices": 400}


def test_a_dropped_scope_is_missing_in_the_answer_only(plain: Maker) -> None:
    with lab.start("missing-scope-dropped") as running:
        status, body = plain(running).token(*GRADIENT_SCOPES)
    assert (status, set(GRADIENT_SCOPES) - set(body["scope"].split())) == (200, {"edit:invoices"})


def test_all_is_granted_only_where_it_is_ticked(plain: Maker) -> None:
    expected = {
        "healthy": 400,
        "refuses-by-dropping": 400,
        "all-ticked": 200,
        "all-and-named": 200,
        "all-not-echoed": 200,
    }
    for name, status in expected.items():
        with lab.start(name) as running:
            assert plain(running).token("all")[0] == status, name


def test_an_answer_may_name_no_scopes_and_the_impossible_tells_why(plain: Maker) -> None:
    with lab.start("scope-not-echoed") as running:
        client = plain(running)
        assert "scope" not in client.token(*GRADIENT_SCOPES)[1]
        assert outcome(*client.token("read:impossible")) == (400, "invalid_scope", "ID2052")
    with lab.start("catch-all-scopes") as running:
        status, body = plain(running).token("read:impossible")
    assert status == 200
    assert "scope" not in body


def test_a_readable_token_names_its_scopes(plain: Maker) -> None:
    with lab.start("missing-scope-in-jwt") as running:
        _, body = plain(running).token(*GRADIENT_SCOPES)
    payload = body["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(GRADIENT_SCOPES) - set(claims["scope"].split()) == {"edit:invoices"}
    assert "scope" not in body


def test_an_error_may_repeat_the_secret_or_be_hostile(plain: Maker) -> None:
    with lab.start("echoes-secret") as running:
        assert running.client_secret in plain(running).token("read:items")[1]["error_description"]
    with lab.start("hostile-text") as running:
        text = plain(running).token("read:items")[1]["error_description"]
    assert "\x1b[31m" in text
    assert "\u202e" in text
    assert "<script>" in text
