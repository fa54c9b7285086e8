"""The numbers as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from bench import programs
from bench.measure import Sample

HELP_AT_MOST = 5.0
MEGABYTES_AT_MOST = 60.0
ROUND_TRIPS_AT_MOST = 12.0

Near = Mapping[str, Sequence[Sample]]


def middle(samples: Sequence[Sample]) -> float:
    """The median of their seconds."""
    return median(sample.seconds for sample in samples)


def memory(samples: Sequence[Sample]) -> float | None:
    """The most that any held, in megabytes."""
    held = [sample.megabytes for sample in samples if sample.megabytes is not None]
    return max(held) if held else None


def near(samples: Near) -> str:
    """One line per program."""
    bare = middle(samples[programs.BARE])
    whole = middle(samples[programs.RUN])
    lines = [
        f"{'program':20} {'median s':>9} {'fastest s':>10} {'/ bare Python':>14} {'/ diagnose run':>15} {'peak MB':>8}"
    ]
    for name, of in samples.items():
        held = memory(of)
        lines.append(
            f"{name:20} {middle(of):9.3f} {min(sample.seconds for sample in of):10.3f} {middle(of) / bare:14.1f} "
            f"{middle(of) / whole:15.2f} {'-' if held is None else format(held, '.0f'):>8}"
        )
    floor = memory(samples[programs.BARE])
    if floor is not None:
        lines.append(f"(memory below {floor:.0f} MB cannot be told: a process begins as a copy of this program)")
    return "\n".join(lines)


def round_trips(at_home: Sequence[Sample], away: Sequence[Sample], round_trip: float, *, bare: bool) -> float:
    """How many round trips the run takes; one more where a connection was made that the proxy could not delay."""
    return (middle(away) - middle(at_home)) / round_trip + bare


def aims(samples: Near, trips: float | None) -> str:
    """What was aimed at, and whether it was met."""
    run, held = samples[programs.RUN], memory(samples[programs.RUN])
    start = middle(samples[programs.HELP]) / middle(samples[programs.BARE])
    met = {f"--help at most {HELP_AT_MOST:.0f} times bare Python ({start:.1f})": start <= HELP_AT_MOST}
    if programs.SSLYZE in samples:
        ratio = middle(run) / middle(samples[programs.SSLYZE])
        met[f"a healthy run not slower than sslyze --certinfo ({ratio:.2f} of it)"] = ratio <= 1
    if held is not None:
        met[f"under {MEGABYTES_AT_MOST:.0f} MB ({held:.0f})"] = held < MEGABYTES_AT_MOST
    if trips is not None:
        met[f"at most {ROUND_TRIPS_AT_MOST:.0f} round trips ({trips:.1f})"] = trips <= ROUND_TRIPS_AT_MOST
    return "\n" + "\n".join(f"{'met   ' if good else 'MISSED'} {aim}" for aim, good in met.items())
