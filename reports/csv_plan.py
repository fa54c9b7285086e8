"""CSV, the action plan: one row for every check that neither passes nor is skipped, the most pressing first.

A spreadsheet takes a cell that begins with = + - @ for a formula; such a cell gets an apostrophe in front
(OWASP, CSV Injection, 2026).
"""

from __future__ import annotations

import csv
import io
from datetime import date

from diagnose.format import Style
from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.verdict import CheckResult
from reports import story
from reports.story import Place

HEADER = ("action", "owner", "due", "reason", "check", "status", "importance", "verify")
FORMULAS = "=+-@\uff1d\uff0b\uff0d\uff20"
"""The full-width forms count in some locales."""


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole table."""
    report = story.shown(document)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEADER)
    places = (Place.CAUSE, Place.QUESTION, Place.ATTENTION, Place.CONSEQUENCE)
    writer.writerows([cell(text) for text in _row(result)] for result in story.placed(report, *places))
    return table.getvalue()


def _row(result: CheckResult) -> tuple[str, ...]:
    return (
        _action(result),
        story.who(story.doer(result)),
        _due(result),
        "; ".join(part for part in (story.in_brief(result), story.waiver_words(result)) if part),
        result.id,
        story.word(result),
        result.importance.value,
        result.remedy.verify if result.remedy is not None else "",
    )


def _action(result: CheckResult) -> str:
    if story.follows(result):
        return f"nothing of its own: mend {', '.join(story.explanations(result)) or 'what it waits for'} first"
    steps = result.remedy.steps if result.remedy is not None else ()
    return " ".join((story.to_do(result), *(f"({number}) {step}" for number, step in enumerate(steps, 1))))


def _due(result: CheckResult) -> str:
    """Return the day a waiver or a certificate ends; for the rest the plan's owner sets a day."""
    if result.waived and result.waiver is not None:
        return result.waiver.expires
    if result.id == "tls.dates" and result.status is Status.WARN:
        return _day(str(result.evidence.get("not_after", "")))
    return ""


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def cell(text: str) -> str:
    """Return the cell so that no spreadsheet computes it."""
    return f"'{text}" if text.lstrip()[:1] and text.lstrip()[:1] in FORMULAS else text
