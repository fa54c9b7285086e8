"""`--wait`: again until ready or until the time is up, telling only what changed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from diagnose import lab
from diagnose.cli.waiting import changed, until_ready
from diagnose.report import Document
from tests.cli.program import run_against


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
    ended = until_ready(lambda: next(coming), told.append, seconds=5, fail_on="fail", pause=0.01)
    assert ended is healthy
    assert next(coming) is broken
    assert [line for line in told if "chain-complete" in line][-1].startswith("  tls.chain-complete  FAIL -> PASS")
    runs: list[Document] = []
    ended = until_ready(lambda: runs.append(broken) or broken, told.append, seconds=0.3, fail_on="fail", pause=0.2)  # type: ignore[func-returns-value]
    assert (ended, len(runs)) == (broken, 2)


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
