"""What one waits for before anything is done: the start of every command, beside Python's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench import programs, table
from bench.measure import Sample, in_turns, middle
from bench.table import Found
from diagnose.cli import COMMANDS

ROUNDS = 5
BARE = "python -c pass"
CLICK = 'python -c "import click"'
HELP = "diagnose --help"
OTHERS = ("--version", "list", "explain tls.name", "schema")
HELP_AT_MOST = 5.0
"""Times bare Python."""


def commands() -> dict[str, list[str]]:
    """Return what is started."""
    python, product = programs.in_venv("product", "python"), programs.in_venv("product", "diagnose")
    bases = {BARE: [python, "-c", "pass"], CLICK: [python, "-c", "import click"], HELP: [product, "--help"]}
    words = [*(f"{name} --help" for name in COMMANDS), *OTHERS]
    return bases | {f"diagnose {text}": [product, *text.split()] for text in words}


def found(rounds: int) -> Found:
    """Measure, and tell it."""
    samples = in_turns(commands(), rounds)
    return Found("Start-up", tabled(samples), aims(samples), table.failures(samples))


def tabled(samples: Mapping[str, Sequence[Sample]]) -> str:
    """One line per command: the median, and its ratio to Python alone and to Python with click."""
    bare, click = middle(samples[BARE]), middle(samples[CLICK])
    lines = [
        [
            name,
            f"{middle(of) * 1000:.0f}",
            f"{middle(of) / bare:.1f}",
            f"{middle(of) / click:.1f}",
            table.most((sample.megabytes for sample in of), ".0f"),
        ]
        for name, of in samples.items()
    ]
    return table.grid(["", "median ms", "/ bare Python", "/ import click", "peak MB"], lines)


def aims(samples: Mapping[str, Sequence[Sample]]) -> dict[str, bool]:
    """What was aimed at, and whether it was met."""
    ratio = middle(samples[HELP]) / middle(samples[BARE])
    return {f"--help at most {HELP_AT_MOST:.0f} times bare Python ({ratio:.1f})": ratio <= HELP_AT_MOST}
