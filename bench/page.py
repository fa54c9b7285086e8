"""The tables of a run as text."""

from __future__ import annotations

from bench.table import Found


def section(found: Found) -> str:
    """Return one part as it is printed."""
    return f"{found.title}\n{'-' * len(found.title)}\n{found.text}"
