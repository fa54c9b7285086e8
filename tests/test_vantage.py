"""The two documents of the outside half: what they hold, what they refuse, and what binds them together."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnose.facts.allowlist import Asked, Canary, ObservedEgress, Reach, Tried
from diagnose.facts.http import Gate
from diagnose.facts.run import ServerUrl, Target
from diagnose.vantage import (
    ANSWER,
    LARGEST,
    Vantage,
    VantageDocument,
    VantageError,
    as_fact,
    digest_of,
    is_request,
    new_request,
    read_answer,
    read_request,
    written,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NONCE = "0123456789abcdef" * 2
TARGET = Target(
    ServerUrl("https://user:pw@h/api?x=y", "https://halo.example.com/api", "halo.example.com", 443, "/api"),
    ServerUrl("https://halo.example.com/auth/", "https://halo.example.com/auth/", "halo.example.com", 443, "/auth/"),
    tenant="secret-tenant",
)
REQUEST = new_request(
    TARGET, request_id="r1", nonce=NONCE, now=NOW, addresses=("93.184.216.34",), leafs_sha256=("ab" * 32,)
)
ASKED = Asked(
    "POST",
    "/auth/token",
    "answered",
    403,
    "html",
    gate=Gate("iis-403", "IIS", "iis", "blocked"),
    headers={"server": "x"},
)
REACH = Reach("93.184.216.34", "accepted", "completed", leaf_sha256="ab" * 32, asked=(ASKED,), seconds=0.25)
DOCUMENT = VantageDocument(
    schema=ANSWER,
    request=REQUEST,
    nonce=NONCE,
    vantage=Vantage("integrator", (ObservedEgress("3.19.3.152", "echo", NOW),), "support"),
    started=NOW + timedelta(hours=1),
    ended=NOW + timedelta(hours=1, minutes=1),
    targets=(Tried("auth", "https://halo.example.com/auth/", (REACH,), ("93.184.216.34",)),),
    canaries=(Canary("192.0.2.1", connected=False),),
)


def changed(document: VantageDocument = DOCUMENT, **values: Any) -> bytes:
    """An answer in which somebody changed something and computed the digest anew."""
    value = json.loads(written(document)) | values
    value["digest"] = digest_of(value)
    return json.dumps(value).encode()


def test_a_request_holds_where_to_look_and_no_credential() -> None:
    text = written(REQUEST).decode()
    assert read_request(text.encode()) == REQUEST
    assert "https://halo.example.com/auth/" in text
    assert not any(word in text for word in ("pw", "secret", "x=y", "client"))


def test_an_answer_is_read_back_as_it_was_written() -> None:
    data = written(DOCUMENT)
    assert replace(read_answer(data), digest="") == DOCUMENT
    assert written(read_answer(data)) == data


def test_a_file_saved_with_a_byte_order_mark_is_read() -> None:
    assert read_request(b"\xef\xbb\xbf" + written(REQUEST)) == REQUEST


def test_an_answer_changed_without_its_digest_is_refused() -> None:
    data = written(DOCUMENT).replace(b"3.19.3.152", b"3.19.4.238")
    with pytest.raises(VantageError, match="changed after it was written"):
        read_answer(data)


def test_unknown_keys_are_accepted_for_a_later_version_may_say_more() -> None:
    assert read_answer(changed(more={"a": 1})).nonce == NONCE


def test_the_nonce_binds_an_answer_to_its_request() -> None:
    fact = as_fact(read_answer(written(DOCUMENT)), "answer.json")
    assert (fact.nonce_ok, fact.request_id, fact.role) == (True, "r1", "integrator")
    assert not as_fact(read_answer(changed(nonce="f" * 32)), "answer.json").nonce_ok
    assert as_fact(DOCUMENT, "answer.json", REQUEST).nonce_ok
    assert not as_fact(DOCUMENT, "answer.json", replace(REQUEST, nonce="f" * 32)).nonce_ok
    assert not as_fact(DOCUMENT, "answer.json", replace(REQUEST, request_id="r2")).nonce_ok


def test_an_answer_made_before_its_request_answers_another() -> None:
    early = replace(DOCUMENT, started=NOW - timedelta(hours=2), ended=NOW - timedelta(hours=1))
    assert not as_fact(early, "answer.json").nonce_ok


def test_which_of_the_two_a_file_is() -> None:
    assert is_request(written(REQUEST))
    assert not is_request(written(DOCUMENT))
    assert not is_request(b"{")
    with pytest.raises(VantageError, match="a request and no answer"):
        read_answer(written(REQUEST))
    with pytest.raises(VantageError, match="an answer and no request"):
        read_request(written(DOCUMENT))


@pytest.mark.parametrize(
    "url",
    [
        "http://halo.example.com/auth/",
        "https://user:pw@halo.example.com/",
        "https://halo.example.com/?a=b",
        "https://halo.example.com/#a",
        "https://halo.example.com:99999/",
        "https://halo.example.com:0/",
        "https://[::1/",
        "https:///auth",
        "file:///etc/passwd",
        "https://halo.example.com/a b",
        "https://halo.example.com/\u202e",
    ],
)
def test_a_request_for_anything_but_plain_https_is_refused(url: str) -> None:
    value = json.loads(written(REQUEST))
    value["targets"][0]["url"] = url
    with pytest.raises(VantageError):
        read_request(json.dumps(value).encode())


@pytest.mark.parametrize(
    "values",
    [
        {"started": "2026-11-22T12:00:00Z"},
        {"started": "2026-11-22T09:00:00"},
        {"targets": [{"role": "auth", "url": "https://else.example/auth/"}]},
        {"targets": [{"role": "auth", "url": "https://halo.example.com/auth/"}] * 2},
        {
            "targets": [
                {
                    "role": "auth",
                    "url": "https://halo.example.com/auth/",
                    "reaches": [{"address": "x", "tcp": "refused"}],
                }
            ]
        },
        {"vantage": {"role": "integrator", "egress": [{"address": "nowhere", "method": "echo"}]}},
        {"vantage": {"role": "administrator"}},
        {"nonce": "short"},
        {"request": {}},
        {"request": None},
        {"schema": None},
        {"canaries": [{"address": "192.0.2.1", "connected": False}] * 33},
    ],
)
def test_an_answer_that_does_not_hold_together_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(VantageError):
        read_answer(changed(**values))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'{"schema":1}',
        b'{"a":1,"a":2}',
        b"[" * 100_000,
        b" " * (LARGEST + 1),
        b"\xff\xfe{\0}\0",
    ],
)
def test_what_is_no_document_is_one_sentence(data: bytes) -> None:
    for read in (read_request, read_answer):
        with pytest.raises(VantageError) as caught:
            read(data)
        assert len(str(caught.value)) < 200


def test_text_from_strangers_is_made_harmless() -> None:
    value = json.loads(written(DOCUMENT))
    value["vantage"]["label"] = "a\u202eb\x1b[31m"
    assert read_answer(changed(**value)).vantage.label == "a\\u202eb\\u001b[31m"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from((NONCE, ANSWER)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("schema", "targets", "role", "url")), inner)
    ),
    max_leaves=8,
)


@pytest.mark.fuzz
@given(st.sampled_from(sorted(json.loads(written(DOCUMENT)))), values)
def test_whatever_stands_in_a_document_is_read_or_refused(name: str, value: object) -> None:
    with suppress(VantageError):
        read_answer(changed(DOCUMENT, **{name: value}))
    request = json.loads(written(REQUEST)) | {name: value}
    with suppress(VantageError):
        read_request(json.dumps(request).encode())


@pytest.mark.fuzz
@given(st.binary(max_size=200), st.integers(0, 3000), st.integers(0, 3000))
def test_any_bytes_are_a_document_or_one_sentence(noise: bytes, start: int, end: int) -> None:
    data = written(DOCUMENT)
    for read in (read_request, read_answer):
        with suppress(VantageError):
            read(data[:start] + noise + data[end:])
