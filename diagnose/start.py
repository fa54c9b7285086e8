"""Where the program starts: Ctrl-C is remembered before anything else is imported, and shows no traceback."""

from __future__ import annotations

from diagnose import garbage, interrupts


def main() -> None:
    """Run the program and leave with its exit code."""
    interrupts.begin()
    garbage.seldom()
    from diagnose.cli import main as program  # noqa: PLC0415 - imported with Ctrl-C in good hands

    program()
