"""What a comparison says to people, and in which words; each format only spells it."""

from __future__ import annotations

from diagnose.support.comparison import Change, Comparison, Kind, Relation, Side, Told
from diagnose.verdict import SPOKEN
from reports import particulars
from reports.story import made_harmless

HEADINGS = {
    Kind.WORSE: "Worse",
    Kind.BETTER: "Better",
    Kind.OTHERWISE: "Said otherwise",
    Kind.ONLY_FIRST: "Only in the first report",
    Kind.ONLY_SECOND: "Only in the second report",
}
"""The groups of changes, in the order in which they are told."""

RELATIONS = {
    Relation.BEFORE_AND_AFTER: "Before and after",
    Relation.TWO_VANTAGES: "Seen from two places",
    Relation.SAME_RUN: "The same run, judged twice",
}
NOT_THE_SAME = "These are two different HaloPSAs: the differences below say nothing about what was mended."
JUDGED_TWICE = (
    "The facts are the same: what differs comes from the checks, the tables or the clock, not from the server."
)


def shown(comparison: Comparison) -> Comparison:
    """Return the comparison with every string in it made harmless."""
    return made_harmless(comparison)  # type: ignore[no-any-return]


def subject(comparison: Comparison) -> str:
    """Return what was diagnosed: the resource server, or a certificate file."""
    target = comparison.second.target
    return target.certificate_file if isinstance(target.certificate_file, str) else target.resource_server


def names(comparison: Comparison) -> tuple[str, str]:
    """Return what the two reports are called: before and after, or from where they were made."""
    if comparison.relation is Relation.BEFORE_AND_AFTER:
        return "before", "after"
    if comparison.relation is Relation.SAME_RUN:
        return "first", "then"
    return comparison.first.run.vantage or "one place", comparison.second.run.vantage or "the other"


def notices(comparison: Comparison) -> list[str]:
    """Return what must be known before the differences are read."""
    found = [] if comparison.same_target else [NOT_THE_SAME]
    return [*found, JUDGED_TWICE] if comparison.relation is Relation.SAME_RUN else found


def side_words(side: Side) -> str:
    """Return when and by what one report was made, and its verdict."""
    tool = f"{side.tool.name} {side.tool.version}"
    return f"{SPOKEN[side.verdict.status]}, {particulars.moment(side.run.started)}, {tool}"


def verdict_words(comparison: Comparison) -> str:
    """Return both verdicts as they are spelt for people: one after the other, or one beside the other."""
    first, second = (SPOKEN[side.verdict.status] for side in (comparison.first, comparison.second))
    if comparison.relation is not Relation.TWO_VANTAGES:
        return f"{first} -> {second}"
    return " / ".join(f"{words} ({name})" for words, name in zip((first, second), names(comparison), strict=True))


def grouped(comparison: Comparison) -> list[tuple[str, list[Change]]]:
    """Return the changes under headings by the way they went, the pressing ones first."""
    first, second = names(comparison)
    headings = dict(HEADINGS)
    if comparison.relation is Relation.TWO_VANTAGES:
        headings[Kind.WORSE] = f"Worse from {second} than from {first}"
        headings[Kind.BETTER] = f"Better from {second} than from {first}"
    ordered = sorted(comparison.changes, key=_waits)
    found = [(words, [change for change in ordered if change.kind is kind]) for kind, words in headings.items()]
    return [(words, those) for words, those in found if those]


def _waits(change: Change) -> bool:
    """Whether the change only follows another: such ones are told last."""
    return change.second is not None and bool(change.second.blocked_by)


def status_word(told: Told | None) -> str:
    """Return the status as it is spelt for people."""
    if told is None:
        return "not there"
    return f"{told.status.value.upper()} (waived)" if told.waived else told.status.value.upper()


def summary_words(told: Told | None) -> str:
    """Return what was said, and what it waits for."""
    if told is None:
        return ""
    waits = f" (waits for {', '.join(told.blocked_by)})" if told.blocked_by else ""
    named = all(name in told.summary for name in told.blocked_by)
    return told.summary if named else told.summary + waits


def counts_words(comparison: Comparison) -> str:
    """Return how many checks went which way."""
    numbers = {kind: sum(change.kind is kind for change in comparison.changes) for kind in HEADINGS}
    parts = [f"{number} {HEADINGS[kind].lower()}" for kind, number in numbers.items() if number]
    return ", ".join([*parts, f"{comparison.unchanged} unchanged"])


def causes_rows(comparison: Comparison) -> list[tuple[str, str]]:
    """Return the causes that are gone, new and left."""
    rows = [("Gone", comparison.causes.gone), ("New", comparison.causes.new), ("Still there", comparison.causes.left)]
    return [(label, ", ".join(ids)) for label, ids in rows if ids]
