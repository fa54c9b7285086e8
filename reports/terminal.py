"""The terminal: every check by category first; who must do what and the verdict last, where the eye is.

The status is a word. Glyphs, boxes and colours only decorate it: a glyph is used where the console's
encoding can hold it. Foreign text is never read as markup, and nothing becomes a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.format import Style
from diagnose.outcome import Remedy, Status
from diagnose.report import Document, Report
from diagnose.verdict import CheckResult, VerdictStatus
from reports import particulars, story
from reports.evidence import evidence_lines
from reports.letters import letters
from reports.story import Place

if TYPE_CHECKING:
    from reports.screen import Screen

COLOURS = {
    Status.PASS: "green",
    Status.WARN: "yellow",
    Status.FAIL: "bold red",
    Status.UNKNOWN: "magenta",
    Status.SKIP: "dim",
}
VERDICTS = {
    VerdictStatus.READY: "bold green",
    VerdictStatus.READY_WITH_WARNINGS: "bold yellow",
    VerdictStatus.UNDECIDED: "bold magenta",
    VerdictStatus.NOT_READY: "bold red",
}
GLYPHS = {
    Status.PASS: "\u2713\u221a+",
    Status.WARN: "!",
    Status.FAIL: "\u2717\u00d7x",
    Status.UNKNOWN: "?",
    Status.SKIP: "-",
}
"""The first of each that the encoding can hold (measured for Windows' code pages in November 2026)."""

MANY = 12
"""Actions named at the end; with more, the rest is counted and stands in the list above."""


def render(document: Document, style: Style) -> str:
    """Return the whole text for a screen of this width, encoding and colour."""
    from reports.screen import Screen  # noqa: PLC0415 - rich is imported where it is used

    report = story.shown(document)
    screen = Screen(style)
    _head(screen, report)
    for heading, results in story.by_category(report.checks).items():
        screen.heading(heading)
        for result in results:
            _result(screen, result, report, style)
    if style.verbose and not style.quiet:
        _letters(screen, report)
    if not style.quiet:
        _contacts(screen, report)
    _who_must_do_what(screen, report)
    _verdict(screen, report)
    return screen.text()


def _head(screen: Screen, report: Report) -> None:
    screen.heading("HaloPSA readiness")
    for label, text in particulars.rows(report):
        screen.row(f"  {label}", text, indent=24, colour="dim")
    screen.row("  Digest", particulars.digest_words(report), indent=24, colour="dim")


def _result(screen: Screen, result: CheckResult, report: Report, style: Style) -> None:
    glyph = screen.first_of(GLYPHS[result.status])
    acting = story.place(result, report) in story.HEADINGS
    words = result.summary or result.title if acting else story.in_brief(result)
    screen.result(f"  {glyph} {story.word(result):<8}", f"{result.id:<24}", words, COLOURS[result.status])
    if acting:
        _reason(screen, result)
    if acting and not style.quiet:
        _in_full(screen, result, at_the_end=_told_at_the_end(report) is result)
    elif style.verbose:
        _evidence(screen, result)
    if result.explained_by and result.status is not Status.UNKNOWN:
        screen.detail("goes", f"with {', '.join(result.explained_by)}", colour="dim")
    if result.waiver is not None:
        screen.detail("waiver", story.waiver_words(result))


def _reason(screen: Screen, result: CheckResult) -> None:
    reason = story.reason_words(result)
    if reason:
        screen.detail("reason", reason)


def _in_full(screen: Screen, result: CheckResult, *, at_the_end: bool) -> None:
    screen.detail("wanted", result.title)
    _evidence(screen, result)
    screen.detail("owner", f"{story.who(story.doer(result))} ({result.importance.value} check)")
    if result.remedy is not None and at_the_end:
        screen.detail("to do", "see the end of this report")
    elif result.remedy is not None:
        screen.detail("to do", result.remedy.summary)
        _steps(screen, result.remedy)


def _evidence(screen: Screen, result: CheckResult) -> None:
    label = "seen"
    for line in evidence_lines(result.evidence):
        indent = 2 * line.depth
        screen.detail(label, " " * indent + line.words(), colour="dim", hang=indent + 2)
        label = ""


def _steps(screen: Screen, remedy: Remedy) -> None:
    for number, step in enumerate(remedy.steps, 1):
        screen.advice("", f"{number}. {step}", hang=3)
    shell = ""
    for command in remedy.commands:
        screen.command("" if command.shell == shell else command.shell, command.text)
        shell = command.shell
    if remedy.verify:
        screen.advice("verify", remedy.verify)
    if remedy.doc:
        screen.detail("more", remedy.doc)


def _letters(screen: Screen, report: Report) -> None:
    """Show the action plan: for each owner a text that can be sent as it is."""
    for letter in letters(report):
        screen.heading(f"Text to send: {story.who(letter.owner)}")
        for line in ("Subject: " + letter.subject, "", *letter.lines):
            screen.plain(line)


def _contacts(screen: Screen, report: Report) -> None:
    screen.heading("Contacted")
    for whom, why in particulars.contacts(report) or [("nobody", "")]:
        screen.row(f"  {whom}", why, indent=44, colour="dim")


def _told_at_the_end(report: Report) -> CheckResult | None:
    """Return the one result whose remedy stands at the end instead of in its place."""
    pressing = story.placed(report, Place.CAUSE) or story.placed(report, Place.QUESTION)
    return pressing[0] if len(pressing) == 1 else None


def _who_must_do_what(screen: Screen, report: Report) -> None:
    actions = story.actions(report)
    if not actions:
        return
    screen.heading("Who must do what")
    for action in actions[:MANY]:
        _action(screen, action, report)
    if len(actions) > MANY:
        screen.row("  ", f"... and {len(actions) - MANY} more, listed above", indent=4)


def _action(screen: Screen, action: story.Action, report: Report) -> None:
    first = action.results[0]
    glyph = screen.first_of(GLYPHS[first.status])
    screen.action(f"  {glyph} {story.who(action.owner)}", action.ids, COLOURS[first.status])
    screen.detail("to do", action.what)
    if first is _told_at_the_end(report) and first.remedy is not None:
        _steps(screen, first.remedy)
    waiting = len(story.waiting_for(first.id, report))
    if waiting:
        screen.detail("then", f"{waiting} {'check that waits' if waiting == 1 else 'checks that wait'} for this one")


def _verdict(screen: Screen, report: Report) -> None:
    sentences = [report.verdict.headline, story.counts_words(report)]
    if report.run.cancelled:
        sentences.insert(1, story.CANCELLED)
    screen.panel(story.verdict_words(report), sentences, VERDICTS[report.verdict.status])
