"""The smaller tables say what was measured."""

from __future__ import annotations

from bench import table
from bench.measure import Sample


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    assert table.grid(["", "a"], [["long name", "1"], ["b", "22"]]) == "            a\nlong name   1\nb          22"


def test_what_is_not_known_is_a_dash_and_what_differs_is_a_span() -> None:
    assert [table.most([], ".0f"), table.most([None, 2.4, 1], ".0f")] == ["-", "2"]
    assert [table.span([]), table.span([3, 3]), table.span([4, 3, 5])] == ["-", "3", "3-5"]


def test_programs_that_failed_are_named() -> None:
    samples = {"good": [Sample(1, 0)], "bad": [Sample(1, 0), Sample(1, 3)]}
    assert table.failures(samples) == ("bad ended with exit code 3; its numbers mean nothing",)
