"""The HTML report: one file that loads nothing, holds the whole document, and lets nothing foreign become markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from diagnose.format import Style
from diagnose.outcome import Remedy, Status
from diagnose.report import Document, ReportError, digest
from reports import html
from tests.reports import reading, samples, strategies


def page(document: Document) -> str:
    return html.render(document, Style())


class Outline(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@given(strategies.documents())
def test_json_to_html_to_json_is_an_identity(document: Document) -> None:
    back = html.read_back(page(document))
    assert back == document.raw
    assert list(back) == list(document.raw)
    assert digest(back) == document.raw["digest"]["value"]


def test_unknown_keys_and_half_characters_survive() -> None:
    raw = samples.healthy().raw | {"later": {"key": [strategies.SURROGATE, "\u2028", "</script>"]}}
    text = page(Document(raw))
    assert html.read_back(text.encode().decode()) == raw


def test_line_ends_changed_on_the_way_do_not_matter() -> None:
    document = samples.one_cause()
    assert html.read_back(page(document).replace("\n", "\r\n")) == document.raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no page",
        "<p>a page</p>",
        '<script id="report">{}</script>',
        '<script type="application/json" id="report">{broken</script>',
        '<script type="application/json" id="report">[1]</script>',
        '<script type="application/json" id="report">' + "[" * 100_000,
    ],
)
def test_a_page_without_a_report_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ReportError, match="this HTML page"):
        html.read_back(text)


def skeleton(document: Document) -> list[str]:
    return [tag for tag, _ in Outline(page(document)).tags]


SAFE_ATTRIBUTES = re.compile(r"(?!on)[a-z:-]+", re.IGNORECASE)


@given(strategies.documents())
def test_nothing_foreign_becomes_a_tag_or_an_attribute(document: Document) -> None:
    outline = Outline(page(document))
    assert len(outline.all("script")) == 2
    assert len(outline.all("style")) == 1
    for tag, attributes in outline.tags:
        assert tag not in {"img", "iframe", "object", "embed", "base", "form", "input", "audio", "video", "source"}
        assert "style" not in attributes
        assert "src" not in attributes
        assert all(SAFE_ATTRIBUTES.fullmatch(name) for name in attributes)


@given(strategies.documents())
def test_links_lead_within_the_page_or_to_http_and_https(document: Document) -> None:
    outline = Outline(page(document))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in outline.all("a"):
        href = attributes["href"] or ""
        assert href.startswith(("#", "http://", "https://"))
        if href.startswith("#"):
            assert href[1:] in ids
        else:
            assert attributes["rel"] == "noopener noreferrer external"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JaVaScRiPt://x.example/%0aalert(1)", "data:text/html,x", "//x.example", "http:"]
)
def test_what_is_no_web_address_is_text(address: str) -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.name", Status.FAIL, "x", evidence={"a": 1}, remedy=Remedy("do", doc=address))
    text = page(samples.document(results))
    assert address in reading.of_html(text)
    assert all((each["href"] or "").startswith("#") for each in Outline(text).all("a"))


def test_a_web_address_is_a_link() -> None:
    hrefs = [each["href"] for each in Outline(page(samples.one_cause())).all("a")]
    assert samples.MISSING.doc in hrefs


def policy(text: str) -> dict[str, str]:
    content = next(each["content"] for each in Outline(text).all("meta") if "http-equiv" in each)
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in (content or "").split(";"))}


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    text = page(samples.one_cause())
    found = policy(text)
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        body = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(body) == 1
        value = base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()
        assert found.pop(directive) == f"'sha256-{value}'"
    assert found == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def test_nothing_is_loaded_from_anywhere() -> None:
    text = page(samples.one_cause())
    assert [each["href"] for each in Outline(text).all("link")] == ["data:,"]
    css = re.findall("<style>(.*?)</style>", text, re.DOTALL)[0]
    assert not re.search(r"url\(|@import|http", css)
    script = re.findall("<script>(.*?)</script>", text, re.DOTALL)[0]
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|sendBeacon|import\(|http|innerHTML|eval", script)


def first_screen(text: str) -> str:
    first, aside, _ = text.partition("<aside ")
    assert aside
    return reading.folded(reading.of_html(first))


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_first_screen_has_verdict_who_must_act_when_where_version_and_digest(name: str) -> None:
    document = samples.SAMPLES[name]()
    text = first_screen(page(document))
    assert document.report.verdict.headline in text
    for wanted in ("2026-11-22 09:00:00 UTC", "Seen from customer", "halo-diagnose 0.1.0"):
        assert wanted in text
    assert document.raw["digest"]["value"] in text
    for cause in document.report.verdict.causes:
        assert cause in text.partition("Who must act")[2]


def test_passes_are_folded_with_their_evidence() -> None:
    text = page(samples.healthy())
    folded = re.search(r'<details class="row is-pass"[^>]* id="tls.name">(.*?)</details>', text, re.DOTALL)
    assert folded is not None
    assert "halo.example.com" in reading.of_html(folded[1])
    assert not any("open" in each for each in Outline(text).all("details"))


def test_findings_are_open_and_what_was_seen_is_folded_below_them() -> None:
    text = page(samples.one_cause())
    finding = re.search(r'<article class="finding is-fail" id="tls.chain-complete">(.*?)</article>', text, re.DOTALL)
    assert finding is not None
    told, folded, seen = finding[1].partition("<details>")
    assert folded
    assert all(step in reading.of_html(told) for step in samples.MISSING.steps)
    assert "203.0.113.10" in reading.of_html(seen)
    assert "203.0.113.10" not in reading.of_html(told)


def test_what_waits_stands_below_what_it_waits_for() -> None:
    text = page(samples.no_name())
    waits = re.search(r'<dl class="particulars waits">(.*?)</dl>', text, re.DOTALL)
    assert waits is not None
    assert reading.folded(reading.of_html(waits[1])).startswith("dns.resolves url.auth-endpoint, ")
    assert waits[1].count("<dt>") == 1


def test_every_check_can_be_linked_by_its_id() -> None:
    ids = {attributes.get("id") for _, attributes in Outline(page(samples.several_causes())).tags}
    assert {result.id for result in samples.several_causes().report.checks} <= ids


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_headings_go_down_one_level_at_a_time(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in Outline(page(samples.SAMPLES[name]())).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_facts_are_in_the_data_and_not_on_the_page() -> None:
    raw: dict[str, Any] = samples.healthy().raw | {"facts": {"tls.handshakes": {"value": "QUJDREVGRw"}}}
    text = page(Document(raw))
    assert "QUJDREVGRw" not in reading.of_html(text)
    assert html.read_back(text)["facts"]["tls.handshakes"] == {"value": "QUJDREVGRw"}


def test_the_page_has_a_language_a_title_and_a_way_past_the_head() -> None:
    text = page(samples.one_cause())
    outline = Outline(text)
    assert outline.all("html") == [{"lang": "en"}]
    assert "<title>NOT READY: halo.example.com, HaloPSA readiness</title>" in text
    assert outline.all("a")[0] == {"class": "skip", "href": "#what-to-do"}
