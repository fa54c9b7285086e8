"""The benchmark's table says what was measured."""

from __future__ import annotations

import sys

from bench import programs, table
from bench.measure import Sample, in_turns

NEAR = {
    programs.BARE: [Sample(0.01, 0, 9.0)],
    programs.HELP: [Sample(0.04, 0, 20.0)],
    programs.RUN: [Sample(0.5, 0, 50.0), Sample(0.7, 0, 55.0), Sample(0.6, 0, 52.0)],
    programs.SSLYZE: [Sample(0.8, 0, None)],
}
AWAY = [Sample(1.6, 0, 50.0)]


def test_aims_that_are_met_say_so() -> None:
    text = table.aims(NEAR, table.round_trips(NEAR[programs.RUN], AWAY, 0.1, bare=False))
    assert [line.split()[0] for line in text.split("\n") if line] == ["met"] * 4
    assert "(4.0)" in text
    assert "(10.0)" in text


def test_aims_that_are_missed_say_so() -> None:
    slow = NEAR | {programs.HELP: [Sample(0.06, 0, 20.0)], programs.RUN: [Sample(0.9, 0, 80.0)]}
    text = table.aims(slow, 13.0)
    assert [line.split()[0] for line in text.split("\n") if line] == ["MISSED"] * 4


def test_a_connection_that_could_not_be_delayed_counts_as_one_round_trip_more() -> None:
    run = NEAR[programs.RUN]
    assert round(table.round_trips(run, AWAY, 0.1, bare=True) - table.round_trips(run, AWAY, 0.1, bare=False), 6) == 1


def test_the_table_has_a_line_per_program_and_a_dash_for_what_is_not_known() -> None:
    lines = table.near(NEAR).splitlines()
    assert [line[:20].strip() for line in lines[1:-1]] == list(NEAR)
    assert lines[-2].endswith("-")
    assert "below 9 MB" in lines[-1]


def test_processes_are_run_in_turns_and_their_exit_codes_kept() -> None:
    samples = in_turns(
        {"good": [sys.executable, "-c", "pass"], "bad": [sys.executable, "-c", "raise SystemExit(3)"]}, 2
    )
    assert {name: [sample.code for sample in of] for name, of in samples.items()} == {"good": [0, 0], "bad": [3, 3]}
