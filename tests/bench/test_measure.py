"""What is measured of a process, of what arrived at the server, and of what the CPU went on, is so."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bench import programs, sampler, server
from bench.measure import environment, in_turns, once
from bench.server import Counted
from tests.peers.programs import program

SAMPLER = Path(sampler.__file__)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


def test_processes_are_run_in_turns_and_their_exit_codes_kept() -> None:
    ended: list[str] = []
    commands = {"good": [sys.executable, "-c", "pass"], "bad": [sys.executable, "-c", "raise SystemExit(3)"]}
    samples = in_turns(
        commands, lambda name: 2 if name == "good" else 1, warm=lambda name: name == "bad", after=ended.append
    )
    assert {name: [sample.code for sample in of] for name, of in samples.items()} == {"good": [0, 0], "bad": [3]}
    assert ended == ["bad", "good", "bad", "good"]


@posix
def test_memory_and_cpu_are_the_processes_own_and_not_of_what_started_it(tmp_path: Path) -> None:
    """A program that is smaller than Python is told to be smaller than the Python that measures it."""
    small = once(["sleep", "0.1"], tmp_path)
    large = once([sys.executable, "-c", "sum(range(3_000_000)), bytearray(80_000_000)"], tmp_path)
    assert small.megabytes is not None
    assert large.megabytes is not None
    assert small.megabytes < 20
    assert large.megabytes > 80
    assert (small.cpu or 0) < (large.cpu or 0)
    assert small.seconds >= 0.1


def test_no_setting_of_a_run_or_of_a_proxy_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALO_TENANT", "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert {"HALO_TENANT", "HTTPS_PROXY"} & set(environment()) == set()


def test_the_server_tells_what_arrived_by_its_own_log(tmp_path: Path) -> None:
    """And every program finds it at another address too."""
    program("curl")
    with server.running() as lab:
        before = lab.counted()
        there = lab.server.at("127.0.0.9")
        assert f"{there.host}:{there.port}:127.0.0.9" in programs.product_run(there)
        assert once(programs.all_of(lab.server)[programs.CURL], tmp_path).code == 0
        after = lab.counted()
        assert after.since(before) == Counted(requests=1, connections=1)
        socket.create_connection((lab.server.address, lab.server.port)).close()
        while (now := lab.counted()) == after:
            pass
        assert now.since(after) == Counted(requests=0, connections=1)


@posix
def test_the_sampler_runs_the_product_and_tells_what_its_cpu_went_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SAMPLER), "result", "list", "--format", "json"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert "tls.name" in done.stdout
    lines = [line.split("\t") for line in (tmp_path / "result").read_text("utf-8").splitlines()]
    seen = {name: float(seconds) for seconds, name in lines}
    assert max(seen, key=lambda name: seen[name]) == sampler.IMPORTS
    assert seen[sampler.BEFORE] > 0


def test_a_stage_is_told_by_the_innermost_file_that_says_one() -> None:
    stages = dict(sampler.STAGES)
    assert stages["/checks/"] != stages["/reports/"]
    root = Path(__file__).resolve().parents[2]
    assert [part for part in stages if not (root / part.strip("/")).exists()] == ["/click/"]
