"""Every page that is written opens in a browser without a word, a request or a fault, in light, dark and print.

The report of every scenario is opened by the scenario's own test (`faults_of_page`). Here are the pages that no
scenario makes, and the faults that must be found, each in a page that was good a moment ago.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from diagnose import exit_codes
from diagnose.fleet import entries
from diagnose.format import Style
from diagnose.report import Document
from diagnose.support.comparison import compare
from reports import comparison_html, fleet_index, html
from tests.reports import samples
from tests.reports.browser import MISSING

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no page is opened, those of the scenarios neither: {MISSING}")

Faults = Callable[[str], list[str]]


def page(document: Document) -> str:
    return html.render(document, Style())


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_report_has_no_fault(faults_of_page: Faults, name: str) -> None:
    assert faults_of_page(page(samples.SAMPLES[name]())) == []


@pytest.mark.parametrize("after", ["healthy", "waived", "several_causes"])
def test_a_comparison_has_no_fault(faults_of_page: Faults, after: str) -> None:
    comparison = compare(samples.several_causes().report, samples.SAMPLES[after]().report)
    assert faults_of_page(comparison_html.render(comparison, Style())) == []


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_index_of_a_fleet_has_no_fault(faults_of_page: Faults, *, interrupted: bool) -> None:
    assert faults_of_page(fleet_index.render(fleet(interrupted=interrupted))) == []


def fleet(*, interrupted: bool = False) -> entries.Fleet:
    """Return a fleet with one target for each sample, and one that could not be diagnosed."""
    done = [
        entries.entry(name, sample().report, 1.5, f"{name}.json", fail_on="fail", kept=name == "waived")
        for name, sample in samples.SAMPLES.items()
    ]
    done.append(entries.failed("mistyped", "timeout is no number: soon", exit_codes.USAGE))
    return entries.Fleet(tuple(done), len(done) + interrupted, 14.2, interrupted)


POLICY = re.compile('<meta http-equiv="Content-Security-Policy"[^>]*>')
GOOD = page(samples.several_causes())
LAX = POLICY.sub("", GOOD)
"""The same page, into which anything may be put."""


def test_the_page_into_which_faults_are_put_has_none(faults_of_page: Faults) -> None:
    assert POLICY.search(GOOD)
    assert faults_of_page(LAX) == []


@pytest.mark.parametrize(
    ("fault", "planted"),
    [
        ("said", LAX.replace("</footer>", "</footer><script>console.log('said')</script>")),
        ("thrown", LAX.replace("</footer>", "</footer><script>throw Error('thrown')</script>")),
        ("http://127.0.0.1:9/asked", LAX.replace("</footer>", '<img alt="" src="http://127.0.0.1:9/asked"></footer>')),
        ("script-src-elem", GOOD.replace("</footer>", "</footer><script>1</script>")),
        ("style-src-attr", GOOD.replace("<footer>", '<footer style="margin: 0">')),
        ("321 pixels wide", LAX.replace("<footer>", '<footer style="width: 321px">')),
        ("image-alt: ", LAX.replace("</footer>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></footer>')),
        ("heading-order: ", LAX.replace("<h2 ", "<h4 ").replace("</h2>", "</h4>")),
        ("color-contrast: ", LAX.replace("--ink: #1e1c19", "--ink: #dddddd")),
        ("color-contrast: ", LAX.replace("--ink: #ece8e1", "--ink: #222222")),
        ("color-contrast: ", LAX.replace("  html { font-size: 10pt; }", "  .headline { color: #eeeeee }")),
    ],
    ids=["console", "error", "request", "script", "style", "width", "image", "headings", "light", "dark", "print"],
)
def test_a_fault_is_found_as_often_as_it_is_there(faults_of_page: Faults, fault: str, planted: str) -> None:
    assert planted not in {LAX, GOOD}
    for _ in range(2):
        assert [found for found in faults_of_page(planted) if fault in found] != []
    assert faults_of_page(LAX) == []
