"""`--wait`: again until ready or until the time is up, telling only what changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from diagnose import lab
from diagnose.cli.waiting import changed, in_the_way, until_ready
from diagnose.report import Document
from tests.cli.program import run_against
from tests.cli.terminal import Terminal


@pytest.fixture(scope="module")
def broken_and_healthy() -> tuple[Document, Document]:
    documents = []
    for name in ("missing-intermediate", "healthy"):
        with lab.start(name) as running:
            documents.append(Document(msgspec.json.decode(run_against(running, "--format", "json").stdout)))
    return documents[0], documents[1]


def test_only_what_changed_is_told(broken_and_healthy: tuple[Document, Document]) -> None:
    broken, healthy = broken_and_healthy
    lines = list(changed(broken, healthy))
    assert lines[0].endswith("  READY")
    assert len(lines) == 2
    assert lines[1].startswith("  tls.chain-complete  FAIL -> PASS  ")
    assert list(changed(broken, broken)) == []


def test_it_ends_when_ready_and_no_run_begins_too_late(broken_and_healthy: tuple[Document, Document]) -> None:
    broken, healthy = broken_and_healthy
    told: list[str] = []
    coming = iter([broken, broken, healthy, broken])
    paused: list[str] = []
    ended = until_ready(
        lambda: next(coming),
        told.append,
        seconds=5,
        fail_on="fail",
        pause=0.01,
        rest=lambda _, words: paused.append(words),
    )
    assert ended == (healthy, False)
    assert paused == ["NOT READY: tls.chain-complete"] * 2
    assert next(coming) is broken
    assert [line for line in told if "chain-complete" in line][-1].startswith("  tls.chain-complete  FAIL -> PASS")


def test_no_run_begins_after_the_time(broken_and_healthy: tuple[Document, Document]) -> None:
    broken, _ = broken_and_healthy
    runs: list[Document] = []

    def once() -> Document:
        runs.append(broken)
        return broken

    ended = until_ready(
        once, lambda _: None, seconds=0.3, fail_on="fail", pause=0.2, rest=lambda each, _: time.sleep(each)
    )
    assert (ended, len(runs)) == ((broken, False), 2)


def test_an_interrupt_between_two_runs_gives_the_last_report_and_says_that_it_came(
    broken_and_healthy: tuple[Document, Document],
) -> None:
    def interrupted(_: float, __: str) -> None:
        raise KeyboardInterrupt

    told: list[str] = []
    broken, _ = broken_and_healthy
    ended = until_ready(lambda: broken, told.append, seconds=60, fail_on="fail", rest=interrupted)
    assert ended == (broken, True)
    assert told[-1] == "interrupted; this is the last report"


def test_what_is_in_the_way_is_counted_where_it_is_much(broken_and_healthy: tuple[Document, Document]) -> None:
    broken, healthy = broken_and_healthy
    verdict = msgspec.structs.replace(broken.report.verdict, causes=("a", "b", "c", "d", "e"))
    many = Document.of(msgspec.structs.replace(broken.report, verdict=verdict))
    assert in_the_way(many) == "NOT READY: a, b, c and 2 more"
    assert in_the_way(healthy) == "READY: "


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e9", "0", "86401"])
def test_a_wait_without_end_or_sense_is_refused_before_anything_is_sent(seconds: str) -> None:
    with lab.start("missing-intermediate") as running:
        done = run_against(running, "--wait", seconds)
        assert not running.log.requests
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"diagnose: --wait {float(seconds):g}: give seconds")


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")
def test_a_terminal_shows_what_is_waited_for_and_ctrl_c_ends_it_with_the_report_and_130(tmp_path: Path) -> None:
    with lab.start("missing-intermediate") as running:
        at = Terminal("run", *running.run_arguments(), "--wait", "60", "-o", "report.json",
                      folder=tmp_path, environment=running.environment())  # fmt: skip
        at.until("again in 9 s; Ctrl-C ends it with the report so far.  NOT READY")
        at.interrupts()
        assert at.end() == 130
    assert "this is the last report" in at.text
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (report["verdict"]["status"], report["run"]["cancelled"]) == ("not_ready", False)


def test_what_is_ready_is_not_run_again_and_the_report_alone_is_on_standard_output() -> None:
    with lab.start("healthy") as running:
        done = run_against(running, "--wait", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert msgspec.json.decode(done.stdout)["verdict"]["status"] == "ready"
    assert "READY" in done.stderr


def test_the_last_run_decides_where_the_time_is_up() -> None:
    with lab.start("missing-intermediate") as running:
        done = run_against(running, "--wait", "1", "-q")
    assert (done.returncode, done.stderr) == (3, "")


def test_what_is_mended_meanwhile_is_seen(tmp_path: Path) -> None:
    """The roots file stands for the server here: wrong at first, then the right one."""
    roots = tmp_path / "roots.pem"
    with lab.start("healthy") as other, lab.start("healthy") as running:
        roots.write_bytes(other.trust_roots.read_bytes())
        arguments = [str(roots) if each == str(running.trust_roots) else each for each in running.run_arguments()]
        process = subprocess.Popen(
            [sys.executable, "-m", "diagnose", "run", *arguments, "--wait", "60", "--format", "nagios"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, **running.environment()},
        )  # fmt: skip
        assert process.stderr is not None
        assert "NOT READY" in process.stderr.readline()
        roots.write_bytes(running.trust_roots.read_bytes())
        began = time.monotonic()
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert output.startswith("OK - READY")
    assert "tls.chain-complete  FAIL -> PASS" in errors
    assert time.monotonic() - began < 40
