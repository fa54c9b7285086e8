"""The summary of an attachment: Markdown for the text of a ticket, complete when every attachment is stripped.

Verdict and findings stand in the first ten lines. Then what each owner is asked to do, what was tried, and what
could not be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.outcome import Status
from diagnose.report import Document, Report
from diagnose.verdict import CheckResult
from reports import particulars, story
from reports.markdown import escaped, letters_section
from reports.story import Place

CHANGED = "**The report's digest does not fit: it was changed after it was written.**"
AT_THE_TOP = 6
"""Findings named before anything else, so that they stand in the first ten lines."""


def render(document: Document, *, ticket: str = "", note: str = "", changed: bool = False) -> str:
    """Return the whole text; `changed`: the digest of the report did not fit when it was attached."""
    return "\n".join([*_lines(document, story.shown(document), ticket, note), *([CHANGED] * changed)]) + "\n"


def _lines(document: Document, report: Report, ticket: str, note: str) -> Iterator[str]:
    yield from (f"# HaloPSA readiness: {story.verdict_words(report)}", "", escaped(report.verdict.headline), "")
    yield from _findings(report)
    yield from ("", *_about(report, ticket))
    if note:
        yield from ("", "## Note", "", *(escaped(line) for line in note.splitlines()))
    yield from ("", *letters_section(report))
    yield from _what_was_tried(report)
    yield from _what_is_open(report)
    yield from ("", *_digest(document, report))


def _findings(report: Report) -> Iterator[str]:
    found = story.placed(report, *story.HEADINGS)
    for result in found[:AT_THE_TOP]:
        yield _finding(result, report)
    if len(found) > AT_THE_TOP:
        yield f"- and {len(found) - AT_THE_TOP} more, below"
    if not found:
        yield "- Nothing is left to do."


def _finding(result: CheckResult, report: Report) -> str:
    role = "cause" if story.place(result, report) is Place.CAUSE else story.word(result)
    words = escaped(result.summary or result.title)
    return f"- **{role}** {escaped(result.id)}: {words} (owner: {story.who(story.doer(result))})"


def _about(report: Report, ticket: str) -> Iterator[str]:
    rows = [("Ticket", ticket)] if ticket else []
    rows += [("Checks", story.counts_words(report)), *particulars.rows(report)]
    for label, text in rows:
        yield f"- {label}: {escaped(text)}"


def _what_was_tried(report: Report) -> Iterator[str]:
    yield from ("## What was tried", "")
    for whom, why in particulars.contacts(report) or [("Nobody was contacted", "nothing was sent")]:
        yield f"- {escaped(whom)}: {escaped(why)}"
    seen = sum(result.status in {Status.PASS, Status.WARN, Status.FAIL} for result in report.checks)
    yield f"- {seen} of {len(report.checks)} checks were decided by what was seen"


def _what_is_open(report: Report) -> Iterator[str]:
    still = [result for result in report.checks if result.status is Status.UNKNOWN]
    if still:
        yield from ("", "## What could not be decided", "")
    for result in still:
        yield f"- {escaped(result.id)}: {escaped(story.in_brief(result))}"


def _digest(document: Document, report: Report) -> Iterator[str]:
    yield f"Digest of the report: {particulars.digest_words(report)}. It shows accidental changes; it is no signature."
    if "pseudonyms" in document.raw:
        yield "Host names, private addresses, agent names and e-mail addresses were replaced by pseudonyms."
