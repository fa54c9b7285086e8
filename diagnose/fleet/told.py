"""A fleet in plain lines: one per target, and the summary by cause. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.fleet.entries import Entry, Fleet
from diagnose.fleet.listing import Row
from diagnose.text import harmless

WIDEST = 40
"""Columns for the name of a target; a longer one moves the rest of its line."""
NAMED = 10
"""Targets that the summary names for one cause."""
VERDICT = len("READY WITH WARNINGS")


def width(rows: Iterable[Row]) -> int:
    """Return the columns that the names of these targets take."""
    return min(WIDEST, max(len(harmless(row.name)) for row in rows))


def line(entry: Entry, wide: int) -> str:
    """Return one target's line: verdict, name, seconds, causes, or why it was not diagnosed."""
    because = entry.error or ", ".join(entry.because)
    seconds = "  earlier" if entry.kept else f"{entry.seconds:7.1f} s"
    return f"{entry.words:<{VERDICT}}  {harmless(entry.name):<{wide}}  {seconds}  {harmless(because)}".rstrip()


def summary(fleet: Fleet) -> list[str]:
    """Return what all of them come to: how many of each verdict, and the targets by cause."""
    done = len(fleet.entries)
    counts = ", ".join(f"{len(entries)} {words}" for words, entries in fleet.by_verdict())
    lines = [f"{done} of {fleet.listed} targets in {fleet.seconds:.1f} s{': ' * bool(counts)}{counts}"]
    if fleet.interrupted:
        lines.append(f"Interrupted: {fleet.listed - done} targets are not done; --resume goes on with --output DIR")
    lines += _section("What stands in the way", fleet.by_cause())
    lines += _section("What could not be decided", fleet.by_question())
    failed = [entry for entry in fleet.entries if entry.error is not None]
    return lines + ([f"Not diagnosed: {_names(failed)}"] if failed else [])


def _section(heading: str, groups: list[tuple[str, list[Entry]]]) -> list[str]:
    if not groups:
        return []
    wide = max(len(key) for key, _ in groups)
    return [heading, *(f"  {key:<{wide}}  {len(entries):5}  {_names(entries)}" for key, entries in groups)]


def _names(entries: list[Entry]) -> str:
    named = ", ".join(harmless(entry.name) for entry in entries[:NAMED])
    return named if len(entries) <= NAMED else f"{named} and {len(entries) - NAMED} more"
