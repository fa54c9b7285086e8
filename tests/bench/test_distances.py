"""The table of programs near and far says what was measured."""

from __future__ import annotations

import pytest

from bench import distances, programs
from bench.distances import AIMED, NEAR, Results
from bench.far import Tally
from bench.measure import Sample
from bench.server import Counted


def samples(*seconds: float, megabytes: float | None = 50.0, code: int = 0) -> list[Sample]:
    return [Sample(each, code, megabytes, each / 2) for each in seconds]


def results(away: float = 1.3, *, near: float = 0.5, looked: int = 0) -> Results:
    """A healthy run of half a second on loopback, and of `away` seconds at the distance of the aim."""
    return Results(
        "by hand",
        {
            (programs.RUN, NEAR): samples(near, near, near + 0.3),
            (programs.SSLYZE, NEAR): samples(1.0, megabytes=None),
            (programs.RUN, AIMED): samples(away, away + 0.5, away),
            (programs.SSLYZE, AIMED): samples(1.2),
        },
        {(programs.RUN, NEAR): [Counted(14, 5), Counted(14, 6)], (programs.SSLYZE, NEAR): [Counted(0, 3)]},
        {(programs.RUN, AIMED): [Tally(at_once=3, looked=looked, later=2)]},
    )


def test_round_trips_are_what_it_takes_longer_by_the_medians_and_by_the_fastest() -> None:
    some = results()
    some.samples[programs.RUN, AIMED] = samples(1.4, 1.3, 1.5)
    assert list(some.trips(programs.RUN, AIMED)) == pytest.approx([9.0, 8.0])


def test_a_connection_that_only_looked_is_one_round_trip_more() -> None:
    assert list(results(looked=1).trips(programs.RUN, AIMED)) == pytest.approx([9.0, 9.0])
    assert list(results(looked=0).trips(programs.RUN, AIMED)) == pytest.approx([8.0, 8.0])


def test_aims_that_are_met_say_so() -> None:
    met = distances.aims(results(1.29))
    assert list(met.values()) == [True] * 3
    assert list(met) == [
        "at 100 ms at most 8 round trips more than on loopback (7.9, by the fastest 7.9)",
        "a healthy run not slower than sslyze --certinfo (0.50 of it)",
        "a healthy run under 60 MB (50)",
    ]


def test_aims_that_are_missed_say_so() -> None:
    slow = results(2.6, near=1.7)
    slow.samples[programs.RUN, NEAR] = samples(1.7, 1.7, megabytes=70.0)
    assert list(distances.aims(slow).values()) == [False] * 3


def test_one_disturbed_run_on_loopback_does_not_buy_the_aim() -> None:
    """The medians say 5 round trips more, the fastest runs 10."""
    some = results(1.5)
    some.samples[programs.RUN, NEAR] = samples(0.5, 1.0, 1.0)
    assert not next(iter(distances.aims(some).values()))


def test_a_line_tells_medians_ratios_memory_and_what_the_servers_log_counted() -> None:
    lines = [line.split() for line in distances.seconds(results()).splitlines()]
    assert lines[1] == ["diagnose", "run", "0.500", "(1.00)", "1.300", "(1.00)", "50", "0.25", "14", "5-6"]
    assert lines[2] == ["sslyze", "--certinfo", "1.000", "(2.00)", "1.200", "(0.92)", "-", "0.50", "0", "3"]


def test_round_trips_have_a_table_where_there_is_a_distance() -> None:
    some = results()
    assert distances.round_trips(some).splitlines()[1].split() == ["diagnose", "run", "8.0", "(8.0)"]
    near = Results("by hand", {key: of for key, of in some.samples.items() if key[1] == NEAR})
    assert distances.round_trips(near) == ""
    assert list(distances.aims(near)) == list(distances.aims(some))[1:]


def test_what_a_proxy_could_not_charge_is_told() -> None:
    assert "diagnose run, 100 ms: up to 2 connections first spoke later" in distances.notes(results())
