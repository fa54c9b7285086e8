"""A comparison on the terminal: what differs around, every change by the way it went, the verdicts last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.format import Style
from diagnose.outcome import Status
from diagnose.support.comparison import Change, Comparison, Told
from reports import comparison_story as story
from reports.terminal import COLOURS, VERDICTS

if TYPE_CHECKING:
    from reports.screen import Screen


def render(comparison: Comparison, style: Style) -> str:
    """Return the whole text for a screen of this width, encoding and colour."""
    from reports.screen import Screen  # noqa: PLC0415 - rich is imported where it is used

    told = story.shown(comparison)
    screen = Screen(style)
    _head(screen, told)
    for heading, changes in story.grouped(told):
        screen.heading(heading)
        for change in changes:
            _change(screen, change, story.names(told))
    if told.meanings:
        screen.heading("What the difference of places means")
        for meaning in told.meanings:
            checks = f" ({', '.join(meaning.checks)})" if meaning.checks else ""
            screen.row("  ", meaning.text + checks, indent=4)
    _verdict(screen, told)
    return screen.text()


def _head(screen: Screen, told: Comparison) -> None:
    screen.heading(story.RELATIONS[told.relation])
    for name, side in zip(story.names(told), (told.first, told.second), strict=True):
        screen.row(f"  {name}", story.side_words(side), indent=24, colour="dim")
        screen.row("", side.digest and f"sha-256 {side.digest}", indent=24)
    screen.row("  Of", story.subject(told), indent=24, colour="dim")
    for aspect in told.aspects:
        screen.row(
            f"  {aspect.name}", f"{aspect.first or 'none'} -> {aspect.second or 'none'}", indent=24, colour="dim"
        )
    for notice in story.notices(told):
        screen.heading(notice)


def _change(screen: Screen, change: Change, names: tuple[str, str]) -> None:
    words = f"{story.status_word(change.first)} -> {story.status_word(change.second)}"
    colour = COLOURS[change.second.status if change.second is not None else Status.SKIP]
    screen.result("  ", f"{change.id:<24}", words, colour)
    for name, told in zip(names, (change.first, change.second), strict=True):
        _said(screen, name, told)


def _said(screen: Screen, name: str, told: Told | None) -> None:
    if told is not None:
        screen.row(f"{'':13}{name}", story.summary_words(told), indent=25)


def _verdict(screen: Screen, told: Comparison) -> None:
    sentences = [told.second.verdict.headline, story.counts_words(told)]
    causes = [f"{label}: {ids}" for label, ids in story.causes_rows(told)]
    screen.panel(story.verdict_words(told), [*sentences, *causes], VERDICTS[told.second.verdict.status])
