"""Pages and JSON from strangers are read within bounds."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.probes.pages import is_html, title_and_text
from diagnose.probes.strictjson import NotJsonError, strict_json


@pytest.mark.fuzz
@given(st.text(max_size=400))
def test_any_text_has_a_title_and_words_within_bounds(text: str) -> None:
    title, words = title_and_text(text)
    assert len(title) <= 200
    assert len(words) <= 800


@pytest.mark.fuzz
@given(st.text(alphabet="<>!-[]/=\"'& abCDATAscriptitle?", max_size=400))
def test_any_markup_has_too(text: str) -> None:
    assert len(title_and_text("<html>" + text)[1]) <= 800


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<![CDATA[", "&#", "<script>", "</", "<!", "<?", "<a b='", "&amp"])
def test_a_page_made_to_keep_a_parser_busy_is_read_in_time(piece: str) -> None:
    began = time.monotonic()
    title_and_text("<html>" + piece * 500_000)
    assert time.monotonic() - began < 3


def test_what_is_not_seen_is_not_told() -> None:
    page = "<html><head><title> Access\n denied </title><style>p{}</style></head><script>secret()</script><p>Go away"
    assert title_and_text(page) == ("Access denied", "Go away")


def test_a_page_of_http_sys_has_no_html_tag() -> None:
    assert is_html("<h2>Bad Request - Invalid Hostname</h2>\r\n<hr><p>HTTP Error 400.")
    assert is_html('\ufeff<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">')
    assert not is_html("Service unavailable")
    assert not is_html('{"html": "<html>"}')


@pytest.mark.parametrize("body", [b"{}", b'\xef\xbb\xbf{"a": [1, 2.5, null, "\xc3\xa9"]}', b"[]", b'"text"'])
def test_json_is_read(body: bytes) -> None:
    strict_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff{}",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b"9" * 5000,
        b'{"a": ' + b"9" * 41 + b"}",
        b"[" * 34 + b"]" * 34,
        b"[" * 500_000,
        b'{"a":' * 100_000,
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_nobody_means_is_no_json(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        strict_json(body)


def test_thirty_two_levels_are_enough() -> None:
    strict_json(b"[" * 32 + b"]" * 32)


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_not(body: bytes) -> None:
    with contextlib.suppress(NotJsonError):
        strict_json(body)
