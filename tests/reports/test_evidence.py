"""Evidence as lines: whatever it holds, every value can be found, and a long one says what was left out."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from reports.evidence import MOST_LINES, evidence_lines
from tests.reports import strategies


def words(evidence: dict[str, Any]) -> list[str]:
    return ["  " * line.depth + line.words() for line in evidence_lines(evidence)]


def test_short_lists_stand_on_one_line_and_long_ones_below_their_key() -> None:
    assert words({"names": ["a", "b"]}) == ["names: a, b"]
    assert words({"names": ["CN=a,O=x", "CN=b,O=x"]}) == ["names:", "  - CN=a,O=x", "  - CN=b,O=x"]
    assert words({"missing": ["CN=a,O=x"]}) == ["missing: CN=a,O=x"]


def test_values_are_words() -> None:
    assert words({"a": True, "b": None, "c": [], "d": {}, "e": 1.5}) == [
        "a: yes",
        "b: none",
        "c: none",
        "d: none",
        "e: 1.5",
    ]


def test_items_of_several_lines_are_numbered() -> None:
    assert words({"lists": [{"a": 1}, {"a": 2}]}) == ["lists:", "  1:", "    a: 1", "  2:", "    a: 2"]
    assert words({"lists": [{"a": 1}]}) == ["lists:", "    a: 1"]


def test_nested_values_stand_below_their_key() -> None:
    evidence = {"addresses": {"192.0.2.4": {"outcome": "allow", "basis": ["logs"]}}}
    assert words(evidence) == ["addresses:", "  192.0.2.4:", "    outcome: allow", "    basis: logs"]


def test_what_is_too_long_says_how_much_was_left_out() -> None:
    lines = words({"k": [f"CN={number},O=x" for number in range(500)]})
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == f"- ... and {501 - MOST_LINES} more lines, all in the JSON report"


@given(strategies.evidence())
def test_any_evidence_has_lines(evidence: dict[str, Any]) -> None:
    assert bool(evidence_lines(evidence)) == bool(evidence)
