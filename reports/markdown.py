"""Markdown that survives pasting into a ticket: headings, lists, one small table, fenced commands, no HTML.

The verdict comes first, for a ticket is read from the top. Every foreign text is escaped so that neither
CommonMark nor the original Markdown reads anything into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.format import Style
from diagnose.outcome import Remedy
from diagnose.report import Document, Report
from diagnose.text import pieces
from diagnose.verdict import CheckResult
from reports import particulars, story
from reports.evidence import evidence_lines
from reports.letters import letters

_ANYWHERE = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
"""An underscore inside a word means nothing to CommonMark (6.2, rule 4), and ids read better without a backslash."""

_AT_THE_START = re.compile(r"^(?:#|>|=|[-+](?=\s|-|$)|[0-9]{1,9}(?=[.)](?:\s|$)))")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_TAG = re.compile(r"<(?!\s)")
"""Before a blank it begins no tag and no link, and a ticket that shows no Markdown shows the command as it is."""
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9:/?#.=%-]+")


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole text."""
    return "\n".join(_lines(story.shown(document))) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# HaloPSA readiness: {story.verdict_words(report)}", "", escaped(report.verdict.headline), "")
    if report.run.cancelled:
        yield from (story.CANCELLED, "")
    yield from _who(report)
    for place, heading in story.HEADINGS.items():
        yield from _section(heading, story.placed(report, place))
    yield from letters_section(report)
    yield from _every_check(report)
    yield from _about(report)


def _who(report: Report) -> Iterator[str]:
    actions = story.actions(report)
    if actions:
        yield from ("## Who must act", "")
        for number, action in enumerate(actions, 1):
            what = escaped(story.sentence(action.what))
            yield f"{number}. **{story.who(action.owner)}**: {what} ({escaped(action.ids)})"
        yield ""


def letters_section(report: Report) -> Iterator[str]:
    """Yield the action plan: for each owner a text that can be sent as it is."""
    found = letters(report)
    if found:
        yield from ("## Texts to send", "", "One for each who must act; each can be sent as it is.", "")
    for letter in found:
        fence = fence_for(letter.text)
        yield from (f"### {story.who(letter.owner)}", "", f"{fence}text", letter.text, fence, "")


def _section(heading: str, results: tuple[CheckResult, ...]) -> Iterator[str]:
    if results:
        yield from (f"## {heading}", "")
    for result in results:
        yield from _finding(result)


def _finding(result: CheckResult) -> Iterator[str]:
    summary = story.sentence(result.summary or result.title)
    yield from (f"### {story.word(result)} {escaped(result.id)}", "", escaped(summary), "")
    yield from _notes(result)
    if result.remedy is not None:
        yield from _remedy(result.remedy)


def _notes(result: CheckResult) -> Iterator[str]:
    notes = {
        "What should hold": result.title,
        "Who": f"{story.who(story.doer(result))} ({result.importance.value} check)",
        "Reason": story.reason_words(result),
        "Waiver": story.waiver_words(result),
    }
    for label, text in notes.items():
        if text:
            yield f"- {label}: {escaped(text)}"
    seen = evidence_lines(result.evidence)
    if seen:
        yield "- What was seen:"
    for line in seen:
        yield f"{'  ' * (line.depth + 1)}- {escaped(line.words().removeprefix('- '))}"
    yield ""


def _remedy(remedy: Remedy) -> Iterator[str]:
    yield from (f"**To do:** {escaped(remedy.summary)}", "")
    for number, step in enumerate(remedy.steps, 1):
        yield f"{number}. {_told(step)}"
    if remedy.steps:
        yield ""
    for command in remedy.commands:
        fence = fence_for(command.text)
        yield from (f"In {escaped(command.shell)}:", "", fence, command.text, fence, "")
    for label, text in (("How to see that it worked", remedy.verify), ("More", remedy.doc)):
        if text:
            yield from (f"**{label}:** {_linked(text)}", "")


def _told(text: str) -> str:
    """Return a sentence with each command in it as code, to be copied as it is."""
    return " ".join(_code(piece) if command else escaped(piece) for piece, command in pieces(text))


def _code(text: str) -> str:
    """Return text without a backtick as a code span (CommonMark 0.31, 6.1)."""
    return f"`{text}`"


def _linked(text: str) -> str:
    return text if particulars.web_address(text) and _PLAIN_ADDRESS.fullmatch(text) else _told(text)


def _every_check(report: Report) -> Iterator[str]:
    yield from ("## Every check", "", "| Status | Check | What was seen |", "| --- | --- | --- |")
    for result in report.checks:
        words = story.in_brief(result)
        follows = f" (goes with {', '.join(story.explanations(result))})" if story.explanations(result) else ""
        waiver = f" ({story.waiver_words(result)})" if result.waiver else ""
        yield f"| {story.word(result)} | {escaped(result.id)} | {escaped(words + follows + waiver)} |"
    yield ""


def _about(report: Report) -> Iterator[str]:
    yield from ("## About this run", "")
    for label, text in [*particulars.rows(report), ("Digest", particulars.digest_words(report))]:
        yield f"- {label}: {escaped(text)}"
    for whom, why in particulars.contacts(report):
        yield f"- Contacted {escaped(whom)}: {escaped(why)}"


def escaped(text: str) -> str:
    """Return the text so that it is read as it is: no emphasis, link, code, table cell, heading or HTML."""
    text = _TAG.sub("&lt;", _ANYWHERE.sub(r"\\\g<0>", _ENTITY.sub("&amp;", text.strip())))
    return _AT_THE_START.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", text)


def fence_for(text: str) -> str:
    """Return a fence longer than any run of backticks in the text."""
    runs = [len(run) for run in re.findall("`+", text)]
    return "`" * max(3, max(runs, default=0) + 1)
