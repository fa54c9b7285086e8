"""The action plan as letters: for each owner one text, ready to be sent, complete without the report."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from diagnose.outcome import Command, Owner, Remedy
from diagnose.report import Report
from diagnose.verdict import CheckResult
from reports import particulars, story
from reports.commands import folded
from reports.evidence import evidence_lines
from reports.lines import broken, told

WIDTH = 72
MOST_EVIDENCE = 14
"""Lines of evidence in a letter; the rest is in the report."""
SUBJECT = "HaloPSA readiness"


class Letter(msgspec.Struct, frozen=True):
    """What one owner is asked to do."""

    owner: Owner
    subject: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole text, with its subject."""
        return "\n".join([f"Subject: {self.subject}", "", *self.lines])


def letters(report: Report, *, narrow: bool = False) -> tuple[Letter, ...]:
    """Return a letter for each owner who must act, the most pressing first; `report` was made harmless.

    A command is longer than the lines, unless the letter is to be `narrow`.
    """
    groups = story.by_owner(story.actions(report))
    return tuple(_letter(owner, todo, report, narrow=narrow) for owner, todo in groups.items())


def _letter(owner: Owner, todo: list[story.Action], report: Report, *, narrow: bool) -> Letter:
    results = [result for action in todo for result in action.results]
    first = results[0].summary or results[0].title
    more = f" and {len(results) - 1} more" if len(results) > 1 else ""
    subject = f"{SUBJECT}: {first}{more}"
    return Letter(owner, subject, tuple(_lines(todo, report, narrow=narrow)))


def _lines(todo: list[story.Action], report: Report, *, narrow: bool) -> Iterator[str]:
    asked = "is one thing" if len(todo) == 1 else f"are {len(todo)} things"
    yield from ("Hello,", "")
    yield from broken(
        f"{_what(report)} was examined on {particulars.moment(report.run.started)} for an integration. There {asked} "
        "to be done that you can do.",
        WIDTH,
    )
    for number, action in enumerate(todo, 1):
        yield ""
        yield from broken(action.what, WIDTH, f"{number}. ")
        for result in action.results:
            yield from _finding(result, report)
        if action.results[0].remedy is not None:
            yield from _remedy(action.results[0].remedy, narrow=narrow)
    yield ""
    yield from broken(
        f"Found by {report.tool.name} {report.tool.version}, run {report.run.id}. When it is done, please say so: the "
        "examination is then repeated.",
        WIDTH,
    )


def _what(report: Report) -> str:
    target = report.target
    if not isinstance(target.certificate_file, msgspec.UnsetType):
        return f"The certificate file {target.certificate_file}"
    return f"HaloPSA at {target.resource_server} (authorization server {target.auth_server})"


def _finding(result: CheckResult, report: Report) -> Iterator[str]:
    weight = "stands in the way" if result.id in report.verdict.causes else f"{result.importance.value} check"
    yield from broken(f"{result.summary or result.title} [{result.id}, {weight}]", WIDTH, "   Found: ", 10)
    yield from broken(result.title, WIDTH, "   Should hold: ", 10)
    if result.reason is not None:
        yield from broken(story.reason_words(result), WIDTH, "   Why open: ", 10)
    seen = evidence_lines(result.evidence)
    for line in seen[:MOST_EVIDENCE]:
        yield from broken(line.words(), WIDTH, f"      {'  ' * line.depth}")
    if len(seen) > MOST_EVIDENCE:
        yield f"      ... and {len(seen) - MOST_EVIDENCE} more lines in the report"


def _remedy(remedy: Remedy, *, narrow: bool) -> Iterator[str]:
    if remedy.steps:
        yield "   What to do:"
    for number, step in enumerate(remedy.steps, 1):
        yield from told(step, WIDTH, f"   {number}) ")
    for command in remedy.commands:
        yield from broken(f"In {command.shell}:", WIDTH, "   ")
        yield from _command(command, narrow=narrow)
    for label, text in (("How to see that it worked", remedy.verify), ("More", remedy.doc)):
        if text:
            yield from told(text, WIDTH, f"   {label}: ", 6)


def _command(command: Command, *, narrow: bool) -> Iterator[str]:
    if narrow:
        return folded(command.shell, command.text, WIDTH, indent=6)
    return (f"      {line}" for line in command.text.splitlines())
