"""The last look finds a secret wherever a fact may hold one, and leaves alone what holds none."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.credentials import PLACEHOLDER, Secrets
from diagnose.facts.http import Answer
from diagnose.facts.tls import Handshake
from diagnose.redaction import holds_secrets, without_secrets

SECRET = 'q"uo\\te-5f0c-41d7-Ω-secret'


def fact(text: str) -> list[Any]:
    """Return facts that hold this text in a word, in a header's name and value, and in a certificate."""
    return [
        Answer("GET", "https://halo.example.test/", "answered", title=f"before {text} after"),
        Answer("GET", "https://halo.example.test/", "answered", headers={"via": text}),
        Answer("GET", "https://halo.example.test/", "answered", headers={text: "1.1 proxy"}),
        Handshake("halo.example.test", 443, "192.0.2.1", "completed", (b"0\x82\x00\xff" + text.encode() + b"\xfe",)),
    ]


def known() -> Secrets:
    secrets = Secrets()
    secrets.add(SECRET)
    return secrets


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("around", [tuple, lambda facts: {"deep": [{"er": facts}]}, lambda facts: {1.5: facts}])
def test_a_secret_in_any_part_is_found_and_taken_out(number: int, around: Any) -> None:
    held = around([fact(SECRET)[number]])
    assert holds_secrets(held, known())
    clean = without_secrets(held, known())
    assert not holds_secrets(clean, known())
    assert PLACEHOLDER in str(clean)


@pytest.mark.parametrize("number", range(4))
def test_what_only_resembles_it_stays_the_very_same(number: int) -> None:
    held = (fact(SECRET.replace("5", "6"))[number],)
    assert without_secrets(held, known()) is held


def test_what_no_json_can_hold_is_searched_all_the_same() -> None:
    odd = {"lone": "\ud800", "number": 10**400, "text": SECRET}
    assert holds_secrets(odd, known())
    assert not holds_secrets(odd | {"text": ""}, known())
