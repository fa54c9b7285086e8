"""Progress: what is waited for and how long, on standard error, only where somebody looks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from diagnose import lab
from diagnose.cli.progress import line
from tests.cli.program import run_against
from tests.cli.terminal import Terminal

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")


def test_the_line_says_how_long_and_fits_its_room() -> None:
    waiting = {"asking for a token": 2.0, "asking Halo for its version": 9.5}
    assert line(waiting, 0.0, 10.0, 79) == " 10 s  asking for a token (8 s); asking Halo for its version"
    assert line(waiting, 0.0, 10.0, 30) == " 10 s  asking for a token (..."
    assert line({}, 0.0, 10.0, 30) == ""


def test_it_says_how_many_checks_are_done_where_there_is_room_for_that() -> None:
    waiting = {"asking for a token": 2.0}
    assert line(waiting, 0.0, 10.0, 79, "9 of 45 checks") == " 10 s  9 of 45 checks  asking for a token (8 s)"
    assert line(waiting, 0.0, 10.0, 59, "9 of 45 checks") == " 10 s  asking for a token (8 s)"


@POSIX
@pytest.mark.parametrize("columns", [40, 120])
def test_a_silent_server_is_waited_for_in_sight_and_the_line_is_cleared(tmp_path: Path, columns: int) -> None:
    with lab.start("silent") as running:
        at = Terminal(
            "run", *running.run_arguments(), "--timeout", "4", "-o", "report.txt",
            folder=tmp_path, environment=running.environment(), size=(24, columns),
        )  # fmt: skip
        at.end()
    shown = at.seen.split("report written to")[0]
    seconds = {int(found) for found in re.findall(r"\r *(\d+) s  ", shown)}
    assert len(seconds) >= 3, shown
    assert "the names are looked up" in shown
    assert columns == 40 or "every address shows its certificates (" in shown
    assert all(len(each) < columns for each in shown.split("\r"))
    assert re.search(r"\r *\r$", shown)


@POSIX
@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {}])
def test_nothing_moves_where_nobody_can_see_it(tmp_path: Path, environment: dict[str, str]) -> None:
    quiet = [] if environment else ["-q"]
    with lab.start("healthy") as running:
        at = Terminal(
            "run", *running.run_arguments(), *quiet, "-o", "report.txt",
            folder=tmp_path, environment=running.environment() | environment,
        )  # fmt: skip
        assert at.end() == 0
    assert " s  " not in at.seen


def test_with_v_each_finished_observation_and_check_is_a_plain_line() -> None:
    with lab.start("missing-intermediate") as running:
        done = run_against(running, "-v")
    assert re.search(r"^ +\d+\.\d\d s  every address shows its certificates: \d+\.\d\d s$", done.stderr, re.MULTILINE)
    told = re.findall(r"^ +\d+\.\d\d s  ([a-z-]+\.[a-z-]+)  ([A-Z]+)$", done.stderr, re.MULTILINE)
    assert {"tls.chain-complete": "FAIL", "tls.name": "PASS", "url.auth-slash": "PASS"}.items() <= dict(told).items()
    assert len(told) == len(dict(told)) > 40
    assert "\r" not in done.stderr
