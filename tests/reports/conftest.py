"""What the tests of the renderers share: literal documents (`samples`), generated ones (`strategies`), a browser."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.reports.browser import CHROMIUM, FLAGS  # noqa: E402 - found by the lines above


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()
