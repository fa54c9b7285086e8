"""The checks as text: the table of `list`, the page of `explain`, the table of the README."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from diagnose.declared import Check
from diagnose.mending import mending, verifying
from diagnose.text import pieces

WIDTH = 88
DISTRIBUTION = "halo-diagnose"


def needs(check: Check) -> tuple[str, ...]:
    """Return the names of what the check asks for."""
    return tuple(getattr(need.type, "NAME", "") or need.type.__name__ for need in check.needs)


def as_text(checks: Sequence[Check]) -> str:
    """Return one line per check: id, importance, owner, and below it the title."""
    wide = max(len(check.id) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.id:<{wide}}  {check.importance:<13}  {check.owner}")
        lines.append(f"    {check.title}")
        lines.append(f"    needs: {', '.join(needs(check)) or 'nothing'}")
    return "\n".join(lines) + "\n"


def as_json(checks: Iterable[Check]) -> str:
    """Return the checks as one JSON list."""
    listed = [
        {
            "id": check.id,
            "title": check.title,
            "category": check.category,
            "importance": check.importance,
            "owner": check.owner,
            "needs": needs(check),
            "source": check.source,
        }
        for check in checks
    ]
    return json.dumps(listed, indent=2) + "\n"


def as_markdown(checks: Iterable[Check]) -> str:
    """Return the table that the README shows."""
    rows = [f"| `{check.id}` | {check.importance} | {check.owner} | {check.title} |" for check in checks]
    return "\n".join(["| id | importance | owner | true when |", "|---|---|---|---|", *rows]) + "\n"


def in_full(check: Check) -> str:
    """Return everything there is to say about one check, offline."""
    parts = [
        check.id,
        "",
        check.title,
        "",
        *([textwrap.dedent(check.description), ""] if check.description else []),
        f"importance  {check.importance}",
        f"owner       {check.owner}",
        f"needs       {', '.join(needs(check)) or 'nothing'}",
        f"source      {check.source}",
    ]
    if check.explained_by:
        parts.append(f"explained by {', '.join(check.explained_by)}")
    for heading, lines in _how(check):
        parts += ["", heading, *(part for line in lines for part in _hanging(line))]
    return "\n".join(parts) + "\n"


def _how(check: Check) -> Iterator[tuple[str, list[str]]]:
    """Yield the headings and sentences on mending, where the check is a bundled one and something can be said."""
    if check.source != DISTRIBUTION:
        return
    steps = [f"{place}: {words}" if place else words for place, words in mending(check.id)]
    if steps:
        yield "How to mend it", steps
    if verifying(check.id):
        yield "How to see that it is mended", [verifying(check.id)]


def _hanging(line: str) -> Iterator[str]:
    """Yield the sentence in lines; a command in it stays whole, for it is there to be pasted."""
    lead = "  "
    for piece, command in pieces(line):
        if command:
            yield f"      {piece}"
        else:
            yield from textwrap.wrap(
                piece, WIDTH, initial_indent=lead, subsequent_indent="    ", break_on_hyphens=False
            )
        lead = "    "


def page(check: Check) -> str:
    """Return the check's page of the documentation: what `explain` says, as Markdown."""
    parts = [f"# `{check.id}`", "", check.title, ""]
    parts += [textwrap.dedent(check.description), ""] if check.description else []
    parts += ["| importance | owner | needs |", "|---|---|---|"]
    parts += [f"| {check.importance} | {check.owner} | {', '.join(needs(check)) or 'nothing'} |", ""]
    if check.explained_by:
        parts += [f"Explained by {', '.join(f'`{name}`' for name in check.explained_by)}.", ""]
    for heading, lines in _how(check):
        parts += [f"## {heading}", "", *(f"- {line}" for line in lines), ""]
    return "\n".join(parts)
