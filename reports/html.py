"""HTML: one file, complete without scripts, that loads nothing and lets nothing be loaded.

Every value is escaped by jinja2. The page's own style and script stand in it under their hashes, so the
browser runs nothing else (Content Security Policy Level 3), and the whole document is embedded as JSON
in which no character can end the element. `read_back` gets it out again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from diagnose.format import Style
from diagnose.report import Document, Report, ReportError
from diagnose.text import pieces
from diagnose.verdict import CheckResult
from reports import particulars, pictures, story
from reports.evidence import evidence_lines
from reports.json_document import dumped
from reports.letters import letters
from reports.story import Place

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
HEADED = {"When", "Seen from", "Tool"}
"""The particulars that stand on the first screen."""
DATA = "report"
"""The id of the element that holds the JSON."""

_POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"
)
_ENDING = re.compile("[<>&\u2028\u2029]")
_HYPHENED = re.compile(r"(\S*-\S*)")
"""A word with a hyphen in it, kept when the text is split at it."""


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole page."""
    report = story.shown(document)
    page = environment().get_template("report.html")
    return str(page.render(**_page(report), **_inline(), data=embedded(document.raw)))


@cache
def environment() -> Environment:
    """Return what every page is made by: autoescape on, and nothing undefined passed over."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - imported where it is used

    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FileSystemLoader(TEMPLATES),
    )
    made.filters |= {"called": pictures.called, "shortened": pictures.shortened, "sentence": story.sentence}
    made.filters |= {"words": _HYPHENED.split, "pieces": pieces}
    return made


def _page(report: Report) -> dict[str, Any]:
    actions = story.actions(report)
    return {
        "report": report,
        "verdict": story.verdict_words(report),
        "host": host_of(report.target.resource_server) or report.target.certificate_file,
        "actions": actions,
        "letters": {story.who(letter.owner): letter.text for letter in letters(report)},
        "owners": [(story.who(owner), todo) for owner, todo in story.by_owner(actions).items()],
        "waits": _waits(report),
        "categories": story.by_category(report.checks),
        "counts": [(status.value, number) for status, number in story.counted(report).items() if number],
        "headed": [row for row in particulars.rows(report) if row[0] in HEADED],
        "particulars": [row for row in particulars.rows(report) if row[0] not in HEADED],
        "digest": particulars.digest_words(report),
        "contacts": particulars.contacts(report),
        "way": pictures.way(report),
        "chain": pictures.chain(report),
        "anchor": _anchors(report),
        "cancelled": story.CANCELLED,
        **_words(report),
    }


def _words(report: Report) -> dict[str, Callable[..., Any]]:
    return {
        "word": story.word,
        "reason": story.reason_words,
        "waiver": story.waiver_words,
        "evidence": lambda result: evidence_lines(result.evidence),
        "is_link": particulars.web_address,
        "waiting": lambda result: len(story.waiting_for(result.id, report)),
        "acted_on": lambda result: story.place(result, report) in story.HEADINGS,
    }


def _waits(report: Report) -> list[tuple[tuple[str, ...], list[CheckResult]]]:
    """Return the results that wait, under what they wait for."""
    groups: dict[tuple[str, ...], list[CheckResult]] = {}
    for result in story.placed(report, Place.CONSEQUENCE):
        groups.setdefault(story.explanations(result), []).append(result)
    return list(groups.items())


def host_of(url: str) -> str:
    """Return the host in this URL, or the text where there is none."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


_ID = re.compile(r"[a-z0-9]+\.[a-z0-9.-]+")
"""The shape of a check's id; only that becomes an anchor, and no element of the page's own has a dot in its id."""


def _anchors(report: Report) -> Callable[[CheckResult], str]:
    taken: dict[str, int] = {}
    for number, result in enumerate(report.checks):
        taken.setdefault(result.id, number)
    numbers = {id(result): number for number, result in enumerate(report.checks)}

    def anchor(result: CheckResult) -> str:
        number = numbers[id(result)]
        return result.id if _ID.fullmatch(result.id) and taken[result.id] == number else f"check.{number}"

    return anchor


def _inline() -> dict[str, str]:
    style, script = ((TEMPLATES / name).read_text("utf-8") for name in ("report.css", "report.js"))
    return {"style": style, "script": script, "policy": _POLICY.format(style=hashed(style), script=hashed(script))}


def hashed(text: str) -> str:
    """Return the source expression of a Content Security Policy that lets exactly this text stand in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def embedded(raw: dict[str, Any]) -> str:
    """Return the JSON text in which no character can end a script element or begin a comment."""
    return _ENDING.sub(lambda found: f"\\u{ord(found[0]):04x}", dumped(raw))


def read_back(text: str) -> dict[str, Any]:
    """Return the document embedded in an HTML report; ReportError where there is none."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if not reader.found:
        raise ReportError("this HTML page holds no report of halo-diagnose")
    try:
        raw = json.loads("".join(reader.data))
    except (ValueError, RecursionError) as error:
        raise ReportError("the report in this HTML page is damaged: it is no JSON") from error
    if not isinstance(raw, dict):
        raise ReportError("the report in this HTML page is damaged: it is no JSON object")
    return raw


class _Reader(HTMLParser):
    """Collect the text of the first script element that is JSON and has the right id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = False
        self.data: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"id": DATA, "type": "application/json"}
        if tag == "script" and not self.found and wanted.items() <= dict(attrs).items():
            self.found = self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data.append(data)
