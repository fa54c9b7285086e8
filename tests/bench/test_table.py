"""The smaller tables, the page, and the whole command say what was measured."""

from __future__ import annotations

import pytest

import bench.__main__ as whole
from bench import fleet, page, profiling, startup, table
from bench.fleet import Fleet, Moment
from bench.measure import Sample
from bench.table import Found
from diagnose.cli import COMMANDS

FLEET = Fleet(60, Moment(1.0, 1.0, 60.0), Moment(5.0, 2.0, 61.0), not_ready=0, code=0)


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    assert table.grid(["", "a"], [["long name", "1"], ["b", "22"]]) == "            a\nlong name   1\nb          22"


def test_what_is_not_known_is_a_dash_and_what_differs_is_a_span() -> None:
    assert [table.most([], ".0f"), table.most([None, 2.4, 1], ".0f")] == ["-", "2"]
    assert [table.span([]), table.span([3, 3]), table.span([4, 3, 5])] == ["-", "3", "3-5"]


def test_programs_that_failed_are_named() -> None:
    samples = {"good": [Sample(1, 0)], "bad": [Sample(1, 0), Sample(1, 3)]}
    assert table.failures(samples) == ("bad ended with exit code 3; its numbers mean nothing",)


def test_every_command_is_started() -> None:
    words = [" ".join(command[1:]) for command in startup.commands().values()]
    assert [name for name in COMMANDS if f"{name} --help" not in words] == []


def test_the_start_is_told_as_a_ratio_to_python_alone_and_with_click() -> None:
    samples = {startup.BARE: [Sample(0.02, 0)], startup.CLICK: [Sample(0.05, 0)], startup.HELP: [Sample(0.1, 0, 17.0)]}
    assert startup.tabled(samples).splitlines()[-1].split() == ["diagnose", "--help", "100", "5.0", "2.0", "17"]
    assert startup.aims(samples) == {"--help at most 5 times bare Python (5.0)": True}
    assert startup.aims(samples | {startup.HELP: [Sample(0.102, 0)]}) == {
        "--help at most 5 times bare Python (5.1)": False
    }


def test_what_the_sampler_did_not_see_is_the_end_and_waiting() -> None:
    read = profiling.read("0.25\timports\n0.05\tjudging\n", Sample(1.0, 0, 50.0, 0.375))
    assert read == {"imports": 0.25, "judging": 0.05, profiling.END: pytest.approx(0.075), profiling.WAITING: 0.625}


def test_stages_are_in_milliseconds_the_longest_first() -> None:
    taken = {0.0: [{"a": 0.1, "b": 0.3}, {"a": 0.2, "b": 0.3}, {"a": 0.3}]}
    lines = [line.split() for line in profiling.stages(taken).splitlines()]
    assert lines[1:] == [["b", "300"], ["a", "200"], ["together", "500"]]


def test_imports_are_added_up_by_package() -> None:
    """As CPython 3.11 writes them: microseconds of the module alone, and with what it imported."""
    told = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:       300 |        300 |   httpx._client\n"
        "import time:       200 |        500 | httpx\n"
        "import time:       100 |        100 | json\n"
        "import time:        50 |         50 |     checks.tls\n"
        "progress of the run\n"
    )
    assert profiling.by_package(told) == {
        "httpx": pytest.approx(0.0005),
        profiling.STANDARD: pytest.approx(0.0001),
        "diagnose, checks, reports": pytest.approx(0.00005),
    }


def test_the_fleet_is_told_without_its_start_and_beside_the_scan() -> None:
    lines = [line.split() for line in fleet.tabled(FLEET, Sample(10.0, 0, 80.0, 6.0)).splitlines()]
    assert lines[1] == ["diagnose", "fleet", "5.0", "(1.00)", "2.0", "20.0", "60", "61"]
    assert lines[2] == ["sslyze", "--certinfo", "10.0", "(2.00)", "6.0", "100.0", "-", "80"]


def test_the_aims_of_the_fleet_can_be_met_and_missed() -> None:
    assert list(fleet.aims(FLEET, Sample(10.0, 0)).values()) == [True] * 3
    slow = Fleet(60, Moment(1.0, 1.0, 60.0), Moment(11.0, 3.0, 70.0), 0, 0)
    assert list(fleet.aims(slow, Sample(10.0, 0)).values()) == [False] * 3
    assert len(fleet.aims(slow, None)) == 2


def test_a_fleet_with_a_target_that_is_not_ready_means_nothing() -> None:
    assert fleet.wrong(FLEET, Sample(1, 0)) == ()
    assert len(fleet.wrong(Fleet(60, FLEET.early, FLEET.late, 1, 3), Sample(1, 2))) == 2


def test_a_run_takes_the_place_of_the_last_one_on_the_page() -> None:
    text = page.PAGE.read_text("utf-8")
    written = page.with_run(text, [Found("New", "numbers", {"small (1)": True})])
    assert "New\n---\nnumbers\n\nmet    small (1)\n```\n<!-- end -->" in written
    assert page.with_run(written, [Found("Newer", "others")]).count("numbers\n\nmet") == 0
    assert page.BLOCK.sub("", written) == page.BLOCK.sub("", text)


def test_the_machine_is_told_by_what_matters_alone() -> None:
    assert " cores, " in page.machine()
    assert "OpenSSL" in page.machine()


@pytest.mark.parametrize("arguments", [["--write", "--quick"], ["--write", "--only", "fleet"], ["--only", "nothing"]])
def test_a_part_that_is_not_there_and_a_page_of_parts_are_usage_errors(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        whole.main(arguments)
    assert ended.value.code == 2
