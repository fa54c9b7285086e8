"""A report on paper: every letter can be seen whole, and no heading is left alone at the foot of a page.

Chromium prints, PDFium reads the letters back with their places and draws the pages. Where a line is cut off by the
end of a page, or lies under what follows it, there is no ink in a part of a letter's place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Browser

from diagnose.format import Style
from diagnose.outcome import Remedy, Status
from diagnose.report import Document
from reports import html
from tests.reports import samples
from tests.reports.browser import CHROMIUM, NO_CHROMIUM

SCALE = 2
PAPER = 235
"""What is darker is ink; half-way between the page and the palest letter at its edge."""
HEADINGS = "[...document.querySelectorAll('h2, h3, h4, summary')].map(e => e.innerText.trim()).filter(Boolean)"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


def crowded() -> Document:
    """Return a report in which steps and evidence reach the end of one page after another."""
    results = samples.healthy_results()
    remedy = Remedy(
        samples.MISSING.summary, tuple(step * 3 for step in samples.MISSING.steps), samples.MISSING.commands
    )
    for number, name in enumerate(("tls.name", "tls.dates", "version.current", "auth.scopes", "api.agent")):
        seen = {f"key {line}": [f"value {line}.{part} " * 9 for part in range(3)] for line in range(4 * number)}
        samples.changed(results, name, Status.FAIL, f"reason {number}", evidence=seen, remedy=remedy)
    return samples.document(results)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("document", [samples.several_causes, samples.no_name, crowded], ids=lambda make: make.__name__)
def test_every_letter_is_whole_and_no_heading_stands_alone(
    browser: Browser, tmp_path: Path, document: Any, paper: str
) -> None:
    pdf, headings = printed(browser, tmp_path, html.render(document(), Style()), paper)
    assert [place for page in pdf for place in without_ink(page)] == []
    assert [words for page in pdf if (words := last_line(page)) in headings] == []


@pytest.mark.parametrize(
    "style",
    [
        "position: absolute; inset: 0.6em 0 0 0; background: white",
        "position: absolute; inset: 0 0 0.6em 0; background: white",
        "display: none",
    ],
    ids=["below", "above", "neither"],
)
def test_a_line_of_which_a_half_cannot_be_seen_is_found(browser: Browser, tmp_path: Path, style: str) -> None:
    text = f'<p style="position: relative; line-height: 1.2">Halves<span style="{style}"></span></p>'
    pdf, _ = printed(browser, tmp_path, text, "A4")
    found = list(without_ink(pdf[0]))
    assert found[:1] == ([] if "none" in style else ["Halves"])


def printed(browser: Browser, folder: Path, text: str, paper: str) -> tuple[Any, set[str]]:
    file = folder / "report.html"
    file.write_text(text, "utf-8")
    page = browser.new_page(color_scheme="dark")
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    headings = set(page.evaluate(HEADINGS))
    pdf = pypdfium2.PdfDocument(page.pdf(format=paper))
    page.close()
    return pdf, headings


def last_line(page: Any) -> str:
    lines: list[str] = page.get_textpage().get_text_range().split("\n")
    return [line.strip() for line in lines if line.strip()][-1]


def without_ink(page: Any) -> Iterator[str]:
    """Yield the words from each letter on of which the upper or the lower end cannot be seen."""
    drawn = page.render(scale=SCALE, grayscale=True)
    text, height = page.get_textpage(), drawn.height
    for number in range(text.count_chars()):
        left, bottom, right, top = (SCALE * side for side in text.get_charbox(number))
        if top - bottom < SCALE or right - left < 1:
            continue
        rows = [
            drawn.buffer[y * drawn.stride + int(left) : y * drawn.stride + int(right) + 1]
            for y in range(int(height - top), int(height - bottom) + 1)
        ]
        third = max(2, len(rows) // 3)
        if not (inked(rows[:third]) and inked(rows[-third:])):
            yield text.get_text_range(number, 30)


def inked(rows: list[Any]) -> bool:
    return any(min(bytes(row), default=255) < PAPER for row in rows)
