"""A real browser opens the report: nothing on its console, nothing asked for, nothing refused, nothing cut off."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from playwright.sync_api import Browser, Page

from diagnose.format import Style
from reports import html
from tests.reports import samples
from tests.reports.browser import AXE, CHROMIUM, LIGHT, LOOK, NO_AXE, NO_CHROMIUM, OTHERS, RULES, listen

PRINTED = "[...document.querySelectorAll('details .more, details .evidence')].map(e => e.checkVisibility())"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("reports")
    found = {}
    for name, sample in samples.SAMPLES.items():
        path = folder / f"{name}.html"
        path.write_bytes(html.render(sample(), Style()).encode())
        found[name] = path.as_uri()
    return found


def opened(browser: Browser, uri: str, **options: Any) -> tuple[Page, list[str]]:
    """Open the page; the list fills with whatever a clean report never says or asks for."""
    page = browser.new_context(**options).new_page()
    heard: list[str] = []
    listen(page, heard)
    page.add_init_script(path=LOOK)
    page.goto(uri)
    heard.remove(uri.partition("#")[0])
    return page, heard


def test_a_report_stays_silent_while_it_is_looked_at(browser: Browser, reports: dict[str, str]) -> None:
    page, heard = opened(browser, reports["several_causes"])
    page.emulate_media(color_scheme="dark")
    page.emulate_media(media="print")
    page.emulate_media(color_scheme="light", media="screen")
    page.get_by_role("button", name="Unfold all").click()
    assert page.evaluate("refused") == []
    assert heard == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 2560])
@pytest.mark.parametrize("name", ["one_cause", "several_causes", "no_name", "healthy"])
def test_nothing_is_wider_than_the_window(browser: Browser, reports: dict[str, str], name: str, width: int) -> None:
    page, _ = opened(browser, reports[name], viewport={"width": width, "height": 800})
    page.get_by_role("button", name="Unfold all").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("name", ["one_cause", "undecided", "healthy"])
def test_verdict_and_who_must_act_are_on_the_first_screen(browser: Browser, reports: dict[str, str], name: str) -> None:
    page, _ = opened(browser, reports[name], viewport={"width": 1280, "height": 800})
    for wanted in ("h1", ".headline", ".meta .digest", "#who-must-act", ".act > :last-child"):
        box = page.locator(wanted).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_print_unfolds_everything_with_and_without_scripts(
    browser: Browser, reports: dict[str, str], scripts: bool
) -> None:
    page, _ = opened(browser, reports["healthy"], java_script_enabled=scripts)
    assert not any(page.evaluate(PRINTED))
    page.emulate_media(media="print")
    assert all(page.evaluate(PRINTED))
    assert page.locator("button:visible").count() == 0
    page.context.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_to_paper(browser: Browser, reports: dict[str, str], paper: str) -> None:
    page, heard = opened(browser, reports["several_causes"], color_scheme="dark")
    assert page.pdf(format=paper).startswith(b"%PDF-")
    assert heard == []
    page.context.close()


def test_without_scripts_every_check_is_there_and_no_button(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["several_causes"], java_script_enabled=False)
    text = page.locator("body").inner_text()
    assert all(result.id in text for result in samples.several_causes().report.checks)
    assert page.locator("button").count() == 0
    page.context.close()


def test_it_is_whole_in_a_preview_that_runs_nothing(browser: Browser, reports: dict[str, str], tmp_path: Path) -> None:
    """As a ticket system, a mail or the preview of a zip shows it: by itself, elsewhere, in a frame without scripts."""
    text = Path(url2pathname(urlsplit(reports["several_causes"]).path)).read_text("utf-8")
    frame = tmp_path / "preview.html"
    frame.write_text(f'<iframe sandbox title="preview" srcdoc="{escape(text)}"></iframe>', "utf-8")
    page, heard = opened(browser, frame.as_uri())
    seen = page.frame_locator("iframe").locator("body")
    words = seen.inner_text()
    assert all(result.id in words for result in samples.several_causes().report.checks)
    assert seen.locator("button").count() == 0
    assert seen.locator("header").evaluate("e => getComputedStyle(e).borderTopWidth") == "8px"
    asked = [each for each in heard if "Blocked script execution" not in each and each != "about:srcdoc"]
    assert asked == []
    page.context.close()


def test_the_filter_shows_one_status_and_says_which(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["several_causes"])
    page.get_by_role("button", name="FAIL", exact=True).click()
    assert page.locator(".every [data-status]:visible").count() == 4
    assert page.locator(".every [data-status=pass]:visible").count() == 0
    assert page.locator("[aria-pressed=true]").inner_text() == "FAIL"
    page.get_by_role("button", name="All", exact=True).click()
    assert page.locator(".every [data-status]:visible").count() == len(samples.CHECKS)
    page.context.close()


def test_the_keyboard_filters_and_unfolds(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["several_causes"])
    page.get_by_role("button", name="All", exact=True).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("[aria-pressed=true]").inner_text() == "FAIL"
    page.get_by_role("button", name="All", exact=True).press("Enter")
    page.locator("[id='tls.name'] summary").press("Enter")
    assert page.locator("[id='tls.name'] .more").is_visible()
    page.keyboard.press("Space")
    assert not page.locator("[id='tls.name'] .more").is_visible()
    page.context.close()


def test_what_has_the_focus_is_seen_to_have_it(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["one_cause"])
    stops = []
    for _stop in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert set(stops) == {"solid"}
    page.context.close()


def test_unfolding_all_and_folding_again(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["several_causes"])
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator("details:not([open])").count() == 0
    page.get_by_role("button", name="Fold all").click()
    assert page.locator("details[open]").count() == 0
    page.context.close()


def test_copying_a_command_gives_the_command(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["one_cause"], permissions=["clipboard-read", "clipboard-write"])
    page.locator(".command").get_by_role("button", name="Copy").click()
    page.locator(".command").get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == samples.MISSING.commands[0].text
    page.context.close()


def test_copying_gives_the_document(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["one_cause"], permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the report as JSON").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText().then(JSON.parse)") == samples.one_cause().raw
    page.context.close()


def test_a_link_to_a_folded_check_unfolds_it(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["healthy"] + "#tls.name")
    assert page.locator("[id='tls.name'] .more").is_visible()
    page.context.close()


def test_the_keyboard_reaches_the_way_past_the_head_first(browser: Browser, reports: dict[str, str]) -> None:
    page, _ = opened(browser, reports["one_cause"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box() is not None
    page.keyboard.press("Enter")
    assert page.url.endswith("#what-to-do")
    page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason=NO_AXE)
@pytest.mark.parametrize("name", ["several_causes", "healthy"])
def test_axe_finds_nothing_in_the_whole_page_in_light_dark_and_print(
    browser: Browser, reports: dict[str, str], name: str
) -> None:
    """The pages of all the other reports are looked at more cheaply (look.js)."""
    page, _ = opened(browser, reports[name], bypass_csp=True)
    page.get_by_role("button", name="Unfold all").click()
    page.add_script_tag(path=AXE)
    for scheme, media in (LIGHT, *OTHERS):
        page.emulate_media(color_scheme=scheme, media=media)
        assert page.evaluate("rules => faults(rules)", RULES) == []
    page.context.close()
