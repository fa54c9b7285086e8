"""Evidence as lines of text: any JSON value, nested values below their key."""

from __future__ import annotations

from typing import Any

import msgspec

MOST_LINES = 60
"""Lines of evidence shown for one check; the rest is in the JSON report, and the last line says so."""


class Line(msgspec.Struct, frozen=True):
    """One line of evidence: how deep it stands, its key (empty for a list item), its text."""

    depth: int
    key: str
    text: str

    def words(self) -> str:
        """Return key and text in one line."""
        return f"{self.key}: {self.text}".rstrip() if self.key else f"- {self.text}"


def evidence_lines(evidence: dict[str, Any]) -> list[Line]:
    """Return the evidence as lines, nested values below their key."""
    lines = [line for key, value in evidence.items() for line in _lines(key, value, 0)]
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], Line(0, "", f"... and {len(lines) - MOST_LINES} more lines, all in the JSON report")]


def _lines(key: str, value: Any, depth: int) -> list[Line]:  # noqa: ANN401 - any JSON value
    if isinstance(value, list | dict) and value and not _fits_one_line(value):
        items = value.items() if isinstance(value, dict) else _items(value)
        below = [line for name, item in items for line in _lines(name, item, depth + 1)]
        return [Line(depth, key, ""), *below] if key else below
    return [Line(depth, key, _plain(value))]


def _items(values: list[Any]) -> list[tuple[str, Any]]:
    """Number the items where they have several lines, so that one can be told from the next."""
    several = len(values) > 1 and any(isinstance(item, dict | list) and item for item in values)
    return [(str(number) if several else "", item) for number, item in enumerate(values, 1)]


def _fits_one_line(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict) or any(isinstance(item, list | dict) for item in value):
        return False
    if len(value) == 1:
        return True
    longest = 90
    return sum(len(_plain(item)) + 2 for item in value) <= longest and not any("," in _plain(item) for item in value)


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value) or "none"
    return "none" if value is None or value == {} else str(value)
