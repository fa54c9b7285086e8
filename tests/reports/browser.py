"""Chromium and axe-core, and one page that is kept open for the reports of all scenarios."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parents[1] / "peers" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = Path(__file__).with_name("look.js")
FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = "chromium is not installed: apt-get install chromium"
NO_AXE = "axe-core is not installed: run npm ci in tests/peers"
MISSING = NO_CHROMIUM if CHROMIUM is None else "" if AXE.exists() else NO_AXE

Look = tuple[Literal["light", "dark"], Literal["screen", "print"]]
LIGHT: Look = ("light", "screen")
OTHERS: tuple[Look, ...] = (("dark", "screen"), ("light", "print"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""axe-core's names of WCAG 2.2 AA and below (axe-core 4.10, API documentation), and what its makers advise."""
COLOURS = {"type": "rule", "values": ["color-contrast"]}
"""What dark and print change, besides what is shown."""
NARROW = 320
"""A window of 1280 pixels at 400 %: WCAG 2.2, 1.4.10 Reflow."""


class OnePage:
    """A page that opens one report after the other.

    It lives in a thread of its own: the loop that playwright runs would be in the way of the tests' own loops.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "browser")
        self._folder = Path(tempfile.mkdtemp(prefix="diagnose-pages-"))
        self._heard: list[str] = []
        self._known: set[int] = set()
        self._ends = ExitStack()
        self._page: Page = self._thread.submit(self._open).result()

    def _open(self) -> Page:
        playwright = self._ends.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        self._ends.callback(browser.close)
        context = browser.new_context(viewport={"width": NARROW, "height": 800})
        context.add_init_script(path=AXE)
        context.add_init_script(path=LOOK)
        page = context.new_page()
        listen(page, self._heard)
        return page

    def faults(self, text: str) -> list[str]:
        """Open this report and return everything that a report never says, asks for, or looks like."""
        return self._thread.submit(self._faults, text).result()

    def _faults(self, text: str) -> list[str]:
        file = self._folder / "report.html"
        file.write_text(text, "utf-8")
        self._heard.clear()
        self._page.goto(file.as_uri())
        seen: dict[str, Any] = self._page.evaluate("given => look(...given)", [sorted(self._known), RULES])
        heard = [each for each in self._heard if each != file.as_uri()]
        found = [*heard, *seen["refused"], *seen["faults"]]
        found += [f"{seen['width']} pixels wide"] if seen["width"] > NARROW else []
        if seen["fresh"]:
            found += [fault for look in OTHERS for fault in self._colours(look)]
        if not found:
            self._known.update(seen["fresh"])
        return found

    def _colours(self, look: Look) -> list[str]:
        self._look(look)
        found: list[str] = self._page.evaluate("rules => faults(rules)", COLOURS)
        self._look(LIGHT)
        return found

    def _look(self, look: Look) -> None:
        scheme, media = look
        self._page.emulate_media(color_scheme=scheme, media=media)

    def close(self) -> None:
        """End the browser."""
        self._thread.submit(self._ends.close).result()
        self._thread.shutdown()
        shutil.rmtree(self._folder)


def listen(page: Page, heard: list[str]) -> None:
    """Fill the list with whatever the page says, and with what it asks for."""
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
