"""The pages of real runs: one scenario for each thing that can be wrong, opened in a browser."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from diagnose import lab
from diagnose.format import Style
from reports import html
from tests.reports.test_browser import CHROMIUM, FLAGS, opened
from tests.test_scenarios import diagnosed

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")

ONE_EACH = {(scenario.expected_verdict, scenario.expected_causes): name for name, scenario in lab.SCENARIOS.items()}
"""The last scenario of every verdict and set of causes."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, tuple[str, ...]]:
    """The page of each run, and its causes; written before a browser runs, whose event loop would be in the way."""
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name in ONE_EACH.values():
        with lab.start(name) as running:
            document = diagnosed(running, "--timeout", "12")
        file = folder / f"{name}.html"
        file.write_bytes(html.render(document, Style()).encode())
        written[file] = document.report.verdict.causes
    return written


@pytest.fixture(scope="module")
def browser(pages: dict[Path, tuple[str, ...]]) -> Generator[Browser]:
    assert pages
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


def test_the_pages_of_real_runs_open_without_a_word_or_a_request(
    browser: Browser, pages: dict[Path, tuple[str, ...]]
) -> None:
    noisy = {}
    for file, causes in pages.items():
        page, heard = opened(browser, file.as_uri())
        page.get_by_role("button", name="Unfold all").click()
        shown = page.inner_text("body")
        found = [*heard, *page.evaluate("refused"), *(cause for cause in causes if cause not in shown)]
        page.context.close()
        if found:
            noisy[file.name] = found
    assert noisy == {}
    assert len(pages) > 25
