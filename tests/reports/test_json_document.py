"""JSON is the document itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from diagnose.format import Style
from diagnose.report import Document, digest
from reports import json_document
from tests.reports import samples, strategies


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_json_is_the_original_indented(name: str) -> None:
    document = samples.SAMPLES[name]()
    expected = json.dumps(document.raw, indent=2, ensure_ascii=False) + "\n"
    assert json_document.render(document, Style()) == expected


@given(strategies.documents())
def test_json_reads_back_as_it_was_and_drives_no_terminal(document: Document) -> None:
    text = json_document.render(document, Style())
    assert json.loads(text) == document.raw
    assert digest(json.loads(text)) == document.raw["digest"]["value"]
    assert not set(text) & {"\x1b", "\x9b", "\u202e", "\u2028", "\ufeff"}


def test_unknown_keys_survive_and_half_characters_can_be_written() -> None:
    raw = samples.healthy().raw | {"later": {"key": strategies.SURROGATE}}
    text = json_document.render(Document(raw), Style())
    assert json.loads(text.encode()) == raw
