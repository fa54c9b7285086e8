"""A comparison in every format: complete, and whatever a report says stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given

from diagnose.format import Style
from diagnose.report import Document
from diagnose.support.comparison import Comparison, compare
from reports import comparison_html, comparison_json, comparison_story, comparison_terminal
from tests.reports import reading, samples, strategies
from tests.reports.test_html import Outline

FORMATS = {"terminal": comparison_terminal, "json": comparison_json, "html": comparison_html}
ARROW = {"terminal": "->", "html": "\u2192"}
MENDED = compare(samples.several_causes().report, samples.waived().report)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("name", FORMATS)
def test_every_change_and_both_verdicts_are_in_every_format(name: str) -> None:
    text = FORMATS[name].render(MENDED, Style())
    assert len(MENDED.changes) > 3
    for change in MENDED.changes:
        assert change.id in text
    seen = reading.visible(name, text)
    if name != "json":
        assert f"NOT READY {ARROW[name]} READY WITH WARNINGS" in seen
        assert "FAIL" in seen


def test_what_changed_of_itself_is_told_before_what_only_follows() -> None:
    [(heading, worse), *_] = comparison_story.grouped(compare(samples.healthy().report, samples.no_name().report))
    assert heading == "Worse"
    assert [change.id for change in worse if change.second and not change.second.blocked_by] == ["dns.resolves"]
    assert worse[0].id == "dns.resolves"


@given(strategies.documents(), strategies.documents())
def test_hostile_text_drives_no_terminal_and_becomes_no_markup(one: Document, other: Document) -> None:
    comparison = compare(one.report, other.report)
    assert CONTROLS.search(comparison_terminal.render(comparison, Style())) is None
    page = comparison_html.render(comparison, Style())
    outline = Outline(page)
    assert outline.all("script") == [{"type": "application/json", "id": "comparison"}]
    assert not [
        tag for tag, attributes in outline.tags if any(key.startswith("on") or key == "style" for key in attributes)
    ]
    assert not {"img", "a", "iframe", "form", "object", "embed", "base"} & {tag for tag, _ in outline.tags}
    assert CONTROLS.search(page) is None


@given(strategies.documents(), strategies.documents())
def test_json_is_the_comparison(one: Document, other: Document) -> None:
    comparison = compare(one.report, other.report)
    told = json.loads(comparison_json.render(comparison, Style()))
    assert [change["id"] for change in told["changes"]] == [change.id for change in comparison.changes]
    assert told["schema_version"] == "1.0"


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    page = comparison_html.render(MENDED, Style())
    style = page[page.index("<style>") + len("<style>") : page.index("</style>")]
    expected = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = (
        each["content"] for each in Outline(page).all("meta") if "content-security-policy" in str(each).lower()
    )
    assert policy is not None
    assert f"style-src '{expected}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert re.search(r"""(?:src|href)=["'](?:https?:)?//""", page) is None


def test_two_different_servers_are_said_to_be_so() -> None:
    raw = samples.healthy().raw
    raw |= {"target": raw["target"] | {"resource_server": "https://b.example/api"}, "run": raw["run"] | {"id": "other"}}
    comparison: Comparison = compare(samples.one_cause().report, Document(raw).report)
    for name in ("terminal", "html"):
        assert comparison_story.NOT_THE_SAME[:40] in reading.visible(name, FORMATS[name].render(comparison, Style()))


def test_nothing_changed_is_told_too() -> None:
    same = compare(samples.healthy().report, samples.healthy().report)
    assert "Nothing: every check says the same." in comparison_html.render(same, Style())
    assert f"{len(samples.healthy().report.checks)} unchanged" in comparison_terminal.render(same, Style())
