"""Plain text for the body of a ticket or a mail: 72 columns, and more only for a command. The verdict comes first."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.format import Style
from diagnose.outcome import Remedy
from diagnose.report import Document, Report
from diagnose.verdict import CheckResult
from reports import commands, particulars, story
from reports.evidence import evidence_lines
from reports.letters import letters
from reports.lines import broken, told

WIDTH = 72
"""RFC 3676, 4.2 advises lines of at most 78; one level of quoting and a margin remain."""


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole text."""
    return "\n".join(_lines(story.shown(document))) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from _heading(f"HaloPSA readiness: {story.verdict_words(report)}", "=")
    yield from broken(report.verdict.headline, WIDTH)
    if report.run.cancelled:
        yield from ("", *broken(story.CANCELLED, WIDTH))
    yield from _who(report)
    for place, heading in story.HEADINGS.items():
        yield from _section(heading, story.placed(report, place))
    yield from _letters(report)
    yield from _every_check(report)
    yield from _about(report)


def _heading(words: str, rule: str = "-") -> Iterator[str]:
    lines = list(broken(words, WIDTH))
    yield from (*lines, rule * max(len(line) for line in lines))


def _who(report: Report) -> Iterator[str]:
    actions = story.actions(report)
    if actions:
        yield from ("", *_heading("Who must act"))
    for number, action in enumerate(actions, 1):
        yield from broken(f"{story.who(action.owner)}: {action.what} [{action.ids}]", WIDTH, f"{number}. ")


def _letters(report: Report) -> Iterator[str]:
    """Yield the action plan: for each owner a text that can be sent as it is."""
    for letter in letters(report, narrow=True):
        yield from ("", *_heading(f"Text to send: {story.who(letter.owner)}"))
        yield from broken(letter.subject, WIDTH, "Subject: ")
        yield from ("", *letter.lines)


def _section(heading: str, results: tuple[CheckResult, ...]) -> Iterator[str]:
    if results:
        yield from ("", *_heading(heading))
    for number, result in enumerate(results):
        if number:
            yield ""
        yield from _finding(result)


def _finding(result: CheckResult) -> Iterator[str]:
    yield from broken(f"{result.id}: {result.summary or result.title}", WIDTH, f"{story.word(result)} ", 4)
    notes = {
        "wanted:  ": result.title,
        "who:     ": f"{story.who(story.doer(result))} ({result.importance.value} check)",
        "reason:  ": story.reason_words(result),
        "waiver:  ": story.waiver_words(result),
    }
    for label, text in notes.items():
        if text:
            yield from broken(text, WIDTH, f"    {label}")
    label = "seen:"
    for line in evidence_lines(result.evidence):
        yield from broken(line.words(), WIDTH, f"    {label:<9}{'  ' * line.depth}")
        label = ""
    if result.remedy is not None:
        yield from _remedy(result.remedy)


def _remedy(remedy: Remedy) -> Iterator[str]:
    yield from broken(remedy.summary, WIDTH, "    to do:   ")
    for number, step in enumerate(remedy.steps, 1):
        yield from told(step, WIDTH, f"             {number}. ")
    for command in remedy.commands:
        yield from broken(f"{command.shell}:", WIDTH, "    ")
        yield from commands.folded(command.shell, command.text, WIDTH, indent=6)
    for label, text in (("verify:  ", remedy.verify), ("more:    ", remedy.doc)):
        if text:
            yield from told(text, WIDTH, f"    {label}")


def _every_check(report: Report) -> Iterator[str]:
    yield from ("", *_heading("Every check"))
    for result in report.checks:
        goes = f" (goes with {', '.join(story.explanations(result))})" if story.explanations(result) else ""
        waiver = f" ({story.waiver_words(result)})" if result.waiver else ""
        yield from broken(
            f"{result.id}: {story.in_brief(result)}{goes}{waiver}", WIDTH, f"{story.word(result):<8}", hang=10
        )


def _about(report: Report) -> Iterator[str]:
    yield from ("", *_heading("About this run"))
    for label, text in particulars.rows(report):
        yield from broken(text, WIDTH, f"{label + ':':<22}")
    for whom, why in particulars.contacts(report):
        yield from broken(f"{whom}: {why}", WIDTH, f"{'Contacted:':<22}")
    algorithm, _, value = particulars.digest_words(report).partition(" ")
    yield from (*broken(f"Digest ({algorithm}):", WIDTH), *broken(value, WIDTH))
