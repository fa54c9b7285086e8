"""A browser for the tests of one file."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.reports.browser import CHROMIUM, FLAGS


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()
