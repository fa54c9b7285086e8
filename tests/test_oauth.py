"""How token answers are read: the tokens taken out, the scopes believed or not, and nothing breaks the reading."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.credentials import Secrets
from diagnose.facts.http import Answer
from diagnose.halo import oauth

OK = Answer("POST", "https://h/auth/token", "answered", 200)
KEYS = st.sampled_from(["access_token", "refresh_token", "error", "error_uri", "scope", "expires_in", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=9,
)


def jwt(payload: object, header: object = None) -> str:
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header or {}, payload)
    )
    return ".".join((*parts, "c2ln"))


@pytest.mark.parametrize(
    ("payload", "scopes"),
    [
        ({"scope": "a b"}, ("a", "b")),
        ({"scope": ["a", "b", "a"]}, ("a", "b")),
        ({"scope": ""}, ()),
        ({"sub": "x"}, None),
        ({"scope": 5}, None),
        ({"scope": [5]}, None),
        ([], None),
        ("text", None),
        ({"scope": "x " * 500}, None),
    ],
)
def test_the_scopes_of_a_readable_token_are_a_hint(payload: object, scopes: tuple[str, ...] | None) -> None:
    assert oauth.claimed_scope(jwt(payload)) == scopes


@pytest.mark.parametrize(("kind", "scopes"), [("at+jwt", ()), ("application/at+jwt", ()), ("JWT", None), (5, None)])
def test_an_access_token_that_names_no_scope_has_none(kind: object, scopes: tuple[str, ...] | None) -> None:
    """RFC 9068, 2.2.3: a token of that type names its scopes."""
    assert oauth.claimed_scope(jwt({"sub": "27"}, {"typ": kind})) == scopes
    assert oauth.claimed_scope(jwt({"scope": "a"}, {"typ": kind})) == ("a",)


@pytest.mark.parametrize(
    "token", ["", "opaque", "a.b", "a.b.c.d.e", "a.!.c", "a.\u00e9.c", f"a.{'A' * 20000}.c", "e30.bm90anNvbg.x"]
)
def test_a_token_that_cannot_be_read_says_nothing(token: str) -> None:
    assert oauth.claimed_scope(token) is None


def test_a_grant_is_status_200_and_a_token() -> None:
    body = {"access_token": "t", "scope": "a b", "expires_in": 3600}
    grant = oauth.read(OK, body, ("a", "b"))
    assert (grant.granted, grant.oauth, grant.scope, grant.expires_in) == (True, True, ("a", "b"), 3600)
    other = oauth.read(Answer("POST", "", "answered", 500), body, ())
    assert (other.granted, other.oauth) == (False, False)


def test_the_number_of_an_error_comes_from_its_address_and_not_from_its_words() -> None:
    body = {"error": "invalid_client", "error_description": "ID2064", "error_uri": "https://x/errors/ID2055"}
    assert oauth.read(OK, body, ()).error_id == "ID2055"
    assert oauth.read(OK, body | {"error_uri": None}, ()).error_id == ""


@given(JSON, st.binary(max_size=40))
def test_no_answer_breaks_the_reading(document: object, body: bytes) -> None:
    said = oauth.read(OK, document, ("a",))
    secrets = oauth.tokens(document, body)
    assert said.granted == (oauth.access_token(OK, document) is not None)
    assert not said.granted or secrets


@given(st.text(max_size=60))
def test_no_token_breaks_the_reading(token: str) -> None:
    assert oauth.claimed_scope(token) in {None, ()} or oauth.claimed_scope(token)


def test_what_no_header_can_carry_is_no_token() -> None:
    longest, longer = "x" * oauth.LONGEST_TOKEN, "x" * (oauth.LONGEST_TOKEN + 1)
    assert oauth.read(OK, {"access_token": longest}, ()).granted
    assert not oauth.read(OK, {"access_token": longer}, ()).granted
    assert oauth.tokens({"access_token": longer}, b"") == (longest,)


def test_a_long_token_that_is_echoed_is_replaced_in_no_time() -> None:
    """A regular expression of all its forms took more than ten seconds to be made."""
    secrets = Secrets()
    token = "".join(f"{number:x}-" for number in range(oauth.LONGEST_TOKEN // 4))
    secrets.add(token)
    began = time.monotonic()
    assert secrets.redact(f"before {token.upper()} between {quote(token)} after") == (
        "before [secret] between [secret] after"
    )
    assert time.monotonic() - began < 5
