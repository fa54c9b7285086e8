"""Numbers as text, and what was found as one value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from bench.measure import Sample


@dataclasses.dataclass(frozen=True)
class Found:
    """What one part of the benchmark found."""

    title: str
    text: str
    aims: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    """Each aim with the number that was reached, and whether it was met."""
    wrong: tuple[str, ...] = ()
    """Why numbers mean nothing."""


def grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return columns, the first one to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def most(values: Iterable[float | None], form: str) -> str:
    """Return the largest that is known, or a dash."""
    known = [value for value in values if value is not None]
    return format(max(known), form) if known else "-"


def span(values: Iterable[int]) -> str:
    """Return one number, or the least and the most."""
    known = sorted(set(values))
    return "-".join(str(value) for value in dict.fromkeys((known[0], known[-1]))) if known else "-"


def failures(samples: Mapping[str, Sequence[Sample]]) -> tuple[str, ...]:
    """Name every program whose processes did not all end with exit code 0."""
    return tuple(
        f"{name} ended with exit code {', '.join(map(str, codes))}; its numbers mean nothing"
        for name, of in samples.items()
        if (codes := sorted({sample.code for sample in of} - {0}))
    )


def judged(aims: Mapping[str, bool]) -> str:
    """Return what was aimed at, and whether it was met."""
    return "\n".join(f"{'met   ' if good else 'MISSED'} {aim}" for aim, good in aims.items())
