"""Where the program starts: Ctrl-C is remembered before anything else is imported, and shows no traceback."""

from __future__ import annotations

import gc

from diagnose import interrupts

ALLOCATIONS = 20_000
"""More objects than a whole report has are made before garbage is looked for: what a run makes it mostly keeps, and a
fleet would spend a twentieth of its time on looking."""


def main() -> None:
    """Run the program and leave with its exit code."""
    interrupts.begin()
    gc.set_threshold(ALLOCATIONS, 20, 20)
    from diagnose.cli import main as program  # noqa: PLC0415 - imported with Ctrl-C in good hands

    program()
