"""Markdown, text and JUnit: foreign text stays text, columns are kept, build servers can read it."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from diagnose.format import Style
from diagnose.outcome import Command, Remedy, Status
from diagnose.report import Document
from diagnose.text import harmless, pieces
from reports import commands as powershell
from reports import junit, lines, markdown, story, text
from tests.reports import reading, samples, strategies

STYLE = Style()
HTML = MarkdownIt("gfm-like", {"linkify": False, "html": True})


@given(strategies.texts())
def test_escaped_text_reads_in_markdown_as_it_was(foreign: str) -> None:
    wanted = harmless(foreign)
    for before, after in (("", ""), ("- ", ""), ("1. ", ""), ("x\n\n", "\n\ny"), ("> ", "")):
        shown = reading.of_markdown(before + markdown.escaped(wanted) + after)
        assert reading.folded(wanted) in reading.folded(shown)


@given(strategies.texts())
def test_escaped_text_is_one_cell_of_a_table(foreign: str) -> None:
    wanted = harmless(foreign)
    table = f"| a | b |\n| --- | --- |\n| {markdown.escaped(wanted)} | end |\n"
    tokens = HTML.parse(table)
    cells = [token.content for token in tokens if token.type == "inline"]
    assert cells[:2] == ["a", "b"]
    assert cells[-1] == "end"
    assert len(cells) == 4


@given(strategies.documents())
def test_nothing_foreign_becomes_html_a_link_or_an_image(document: Document) -> None:
    tokens = HTML.parse(markdown.render(document, STYLE))
    kinds = {child.type for token in tokens for child in [token, *(token.children or [])]}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "blockquote_open", "em_open", "code_inline"}


def test_the_only_headings_are_our_own() -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.name", Status.FAIL, "# no heading", evidence={"k": "===\n---"})
    tokens = HTML.parse(markdown.render(samples.document(results), STYLE))
    titles = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert titles == [
        "HaloPSA readiness: NOT READY",
        "Who must act",
        "What stands in the way",
        "FAIL tls.name",
        "Texts to send",
        "certificate-admin",
        "Every check",
        "About this run",
    ]


def test_what_was_seen_stands_below_its_own_point_of_a_finding() -> None:
    found = markdown.render(samples.one_cause(), STYLE)
    assert "(required check)\n- What was seen:\n  - missing: CN=R12,O=Let's Encrypt,C=US\n  - sent: 1\n" in found
    assert found.count("- What was seen:") == 1


def test_a_command_in_a_sentence_can_be_pasted_where_markdown_is_not_shown() -> None:
    assert markdown.escaped("openssl s_client -connect a:443 < /dev/null 2>&1") == (
        "openssl s_client -connect a:443 < /dev/null 2>&1"
    )
    assert markdown.escaped("<b> </b> <") == "&lt;b> &lt;/b> &lt;"


def test_a_command_in_the_text_is_broken_as_its_shell_allows() -> None:
    found = text.render(samples.one_cause(), STYLE)
    wanted = [
        "      Import-Certificate -FilePath C:\\Temp\\r12.cer `",
        "        -CertStoreLocation Cert:\\LocalMachine\\CA",
    ]
    assert found.count("\n".join(wanted)) == 2, "once for the finding, once in the text to send"


def test_a_command_that_holds_backticks_stays_in_its_fence() -> None:
    results = samples.healthy_results()
    command = Command("powershell", "Write-Host `\n```\n# not a heading")
    samples.changed(results, "tls.name", Status.FAIL, "x", evidence={"a": 1}, remedy=Remedy("do", commands=(command,)))
    tokens = HTML.parse(markdown.render(samples.document(results), STYLE))
    fences = [token.content for token in tokens if token.type == "fence"]
    assert fences[0] == command.text + "\n"
    assert [text.partition(":")[0] for text in fences[1:]] == ["Subject"]
    assert tokens[-1].type == "bullet_list_close"


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_ticket_begins_with_verdict_and_headline(name: str) -> None:
    document = samples.SAMPLES[name]()
    for render in (markdown.render, text.render):
        assert document.report.verdict.headline in reading.folded(render(document, STYLE)[:1200])


def commands(document: Document) -> set[str]:
    """Every line that is there to be pasted: of a command, or between backticks in a sentence."""
    found = set()
    for result in story.shown(document).checks:
        if result.remedy is not None:
            remedy = result.remedy
            found |= {line.strip() for command in remedy.commands for line in command.text.splitlines()}
            sentences = [*(f"1. {step}" for step in remedy.steps), remedy.verify, remedy.doc]
            found |= {piece for each in sentences for piece, command in pieces(each) if command}
    return found


@given(strategies.documents())
def test_text_keeps_to_72_columns_but_for_commands(document: Document) -> None:
    for line in text.render(document, STYLE).splitlines():
        assert lines.columns(line) <= text.WIDTH or line.strip() in commands(document)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_samples_keep_to_72_columns_but_for_commands(name: str) -> None:
    document = samples.SAMPLES[name]()
    for line in text.render(document, STYLE).splitlines():
        assert lines.columns(line) <= 72 or line.strip() in commands(document)


def test_a_command_can_be_pasted_from_the_finding_and_from_the_text_to_send() -> None:
    """One in a sentence is one line; another is broken where its shell goes on."""
    long = "Get-WinEvent -LogName Application -MaxEvents 50 | Where-Object LevelDisplayName -eq Error | Select-Object *"
    shown = f"echo Q | openssl s_client -connect {'halo' * 15}.example:443"
    sentence = "Run it again and see that this sentence is broken where it comes to the end of the line"
    remedy = Remedy("do", commands=(Command("powershell", long),), verify=f"{sentence}. Or: `{shown}` says so.")
    results = samples.healthy_results()
    samples.changed(results, "tls.name", Status.FAIL, "x", evidence={"a": 1}, remedy=remedy)
    printed = [line.strip() for line in text.render(samples.document(results), STYLE).splitlines()]
    folded = [line.strip() for line in powershell.folded("powershell", long, text.WIDTH, 6)]
    assert len(folded) > 1
    assert [printed.count(line) for line in (*folded, shown)] == [2] * (len(folded) + 1)
    assert sentence not in "\n".join(printed)


@given(strategies.texts(), strategies.texts(), st.integers(10, 80))
def test_a_command_in_a_sentence_is_kept_and_a_word_in_backticks_is_no_command(
    before: str, after: str, width: int
) -> None:
    before, after = (harmless(each).replace("`", "") for each in (before, after))
    command = "echo Q | openssl s_client -connect halo.example:443"
    found = list(lines.told(f"{before} `{command}` {after}", width))
    assert f"  {command}" in found
    assert "".join("".join(found).split()) == "".join(f"{before}{command}{after}".split())
    assert "".join(lines.told(f"{before} `all`", 80)).count("`all`") == 1


@given(strategies.texts(), st.integers(10, 80), st.integers(0, 8))
def test_breaking_lines_loses_nothing(foreign: str, width: int, hang: int) -> None:
    wanted = harmless(foreign)
    found = list(lines.broken(wanted, width, hang=hang))
    assert "".join("".join(found).split()) == "".join(wanted.split())
    assert all(lines.columns(line) <= width for line in found)


def test_wide_characters_count_twice_and_combining_ones_not_at_all() -> None:
    assert lines.columns("\u4e2d\u6587") == 4
    assert lines.columns("e\u0301") == 1


def suites(document: Document) -> list[ET.Element]:
    root = ET.fromstring(junit.render(document, STYLE).encode())  # noqa: S314 - our own output
    assert root.tag == "testsuites"
    return list(root)


@given(strategies.documents())
def test_junit_is_xml_whatever_was_said_and_its_numbers_are_right(document: Document) -> None:
    cases = 0
    for suite in suites(document):
        found = suite.findall("testcase")
        cases += len(found)
        assert int(suite.attrib["tests"]) == len(found)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))
        assert datetime.fromisoformat(suite.attrib["timestamp"])
        assert float(suite.attrib["time"]) >= 0
    assert cases == len(document.report.checks)


def outcome(case: ET.Element) -> str:
    kinds = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
    assert len(kinds) <= 1
    return kinds[0] if kinds else "passed"


def test_each_status_has_its_junit_element() -> None:
    wanted = {"pass": "passed", "warn": "passed", "fail": "failure", "unknown": "error", "skip": "skipped"}
    document = samples.all_statuses()
    found = {case.attrib["name"]: outcome(case) for suite in suites(document) for case in suite.findall("testcase")}
    assert found == {result.id: wanted[result.status] for result in document.report.checks}


def test_what_a_valid_waiver_covers_is_skipped_in_junit() -> None:
    cases = {case.attrib["name"]: case for suite in suites(samples.waived()) for case in suite.findall("testcase")}
    assert outcome(cases["version.current"]) == "skipped"
    assert "waived until 2026-12-07" in (cases["version.current"].findtext("skipped") or "")
    assert outcome(cases["tls.chain-clean"]) == "passed"


def test_a_case_is_named_by_its_check_in_the_class_of_its_category() -> None:
    document = samples.healthy()
    found = [
        (case.attrib["name"], case.attrib["classname"])
        for suite in suites(document)
        for case in suite.findall("testcase")
    ]
    assert sorted(found) == sorted((result.id, result.category) for result in document.report.checks)
