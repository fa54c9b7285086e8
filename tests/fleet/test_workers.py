"""A fleet of several processes: it says and writes the same, keeps turns, and one that dies takes little along."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest

from diagnose.lab import Running, start
from tests.fleet.lists import at, lines, listed, many_names, placed, program, row, some

READY = "ready_with_warnings"
"""The simulated HaloPSA advertises one of its names, and these lists have many."""
PLUGIN = '''
"""A plug-in that minds the host's name, and none of the manners of a guest."""
import os, sys
from diagnose import Importance, Outcome, Owner, check, passed
from diagnose.facts.run import Target

@check("rude.name", importance=Importance.INFORMATIONAL, owner=Owner.OPERATOR)
def name(target: Target) -> Outcome:
    """The name is known."""
    host = target.resource.host
    print("said by the plug-in", sys.stdin.read())
    if host.startswith("loud"):
        os.write(1, b"written by the plug-in\\n")
    if host.startswith("poison"):
        os._exit(9)
    return passed("it is", host=host)
'''
posix = pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent another way on Windows")
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


@pytest.fixture(scope="module")
def many() -> Iterator[Running]:
    """One healthy server under as many names as anybody likes."""
    with many_names() as running:
        yield running


@pytest.fixture(scope="module")
def broken() -> Iterator[Running]:
    with start("missing-intermediate") as running:
        yield running


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def fleet(
    *arguments: str, cores: int = 2, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(*arguments, cores=cores), capture_output=True, encoding="utf-8", timeout=90, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
    )  # fmt: skip


def begun(*arguments: str) -> subprocess.Popen[str]:
    """Start it as a terminal does: in a group of processes that Ctrl-C is sent to."""
    return subprocess.Popen(
        program(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )


def told(stream: IO[str] | None, number: int) -> list[dict[str, Any]]:
    """Return the first lines."""
    assert stream is not None
    return [json.loads(stream.readline()) for _ in range(number)]


def children(pid: int) -> list[int]:
    """Return the processes that this one has started and not waited for: proc(5)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text("ascii").split()]


def alive(pids: Sequence[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text()]


def gone(pids: Sequence[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pids)


def plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "seconds"}


def comparable(folder: Path) -> dict[str, Any]:
    """Return what the reports say, without what is of the moment."""
    found = {}
    for file in folder.glob("*.json"):
        report = json.loads(file.read_text("utf-8"))
        outcomes = [[check["id"], check["status"], check["summary"]] for check in report["checks"]]
        found[file.name] = [outcomes, report["verdict"], report["target"], report["run"]["cancelled"], report["tool"]]
    return found


def test_the_same_is_said_and_written_as_by_one_process(many: Running, broken: Running, tmp_path: Path) -> None:
    (tmp_path / "rude.py").write_text(PLUGIN, "utf-8")
    file = listed(
        tmp_path,
        *some(many, 12),
        at(many, "no-secret", client_secret_file="none.txt"),
        at(many, "no-port", resource_server="https://x:99999/api"),
        at(many, "undecided", ip_restriction=""),
        *(row(f"shared-{each}", broken) for each in range(3)),
    )
    ran = {}
    for cores in (1, 2):
        out = tmp_path / str(cores)
        done = fleet(file, "--output", str(out), "--plugin", str(tmp_path / "rude.py"), "--jobs", "4", cores=cores)
        entries = {name: plain(entry) for name, entry in lines(done.stdout).items()}
        ran[cores] = (done.returncode, entries, comparable(out), sorted(path.name for path in out.iterdir()))
        assert many.client_secret not in done.stdout + done.stderr
    assert ran[2] == ran[1]
    code, entries, reports, names = ran[2]
    assert code == 3
    assert len(entries) == 18
    assert len(reports) == 16
    assert len(names) == 2 * 16 + 1
    assert [entries["no-secret"]["exit_code"], entries["shared-0"]["causes"]] == [2, ["tls.chain-complete"]]


def test_two_that_share_a_server_take_turns_whoever_diagnoses_them(many: Running, tmp_path: Path) -> None:
    """On one host all that one target asks comes together, and its tenant tells whose it is; on many hosts they mix."""
    mixed = {}
    for hosts in (1, 16):
        placing = [placed(f"h{each % hosts}.example.test", urlsplit(many.origin).port or 0) for each in range(16)]
        rows = [at(many, f"halo-{each}", tenant=f"t{each}") | place for each, place in enumerate(placing)]
        before = len(many.log.requests)
        assert fleet(listed(tmp_path, *rows), "--jobs", "8").returncode == 0
        asked = many.log.requests[before:]
        whose = [
            one.query if hosts == 1 else one.headers["host"] for one in asked if hosts > 1 or "tenant=" in one.query
        ]
        mixed[hosts] = sum(first != second for first, second in itertools.pairwise(whose)) >= 16
    assert mixed == {1: False, 16: True}


def test_a_plug_in_that_prints_reads_and_writes_disturbs_nobody(many: Running, tmp_path: Path) -> None:
    (tmp_path / "rude.py").write_text(PLUGIN, "utf-8")
    file = listed(tmp_path, *some(many, 15), at(many, "loud"))
    done = fleet(file, "--plugin", str(tmp_path / "rude.py"))
    assert {entry["verdict"] for entry in lines(done.stdout).values()} == {READY}
    assert done.stderr.count("said by the plug-in") == 16
    assert "written by the plug-in" in done.stderr
    alone = fleet(file, "--plugin", str(tmp_path / "rude.py"), cores=1)
    assert "written by the plug-in" in alone.stdout


def test_a_process_that_dies_takes_down_its_targets_alone(many: Running, tmp_path: Path) -> None:
    (tmp_path / "rude.py").write_text(PLUGIN, "utf-8")
    rows = some(many, 20)
    file = listed(tmp_path, *rows[:8], at(many, "poison"), *rows[8:])
    done = fleet(file, "--plugin", str(tmp_path / "rude.py"), "--jobs", "4")
    entries = lines(done.stdout)
    failed = [name for name, entry in entries.items() if entry["error"]]
    assert done.returncode == 1
    assert len(entries) == 21
    assert "exit code 9" in entries["poison"]["error"]
    assert len(failed) <= 2
    alone = fleet(file, "--plugin", str(tmp_path / "rude.py"), cores=1)
    assert (alone.returncode, len(lines(alone.stdout)) < 21) == (9, True)


def test_where_every_process_dies_every_target_says_so(many: Running, tmp_path: Path) -> None:
    (tmp_path / "rude.py").write_text(PLUGIN, "utf-8")
    rows = [at(many, f"poison-{each}") for each in range(24)]
    done = fleet(listed(tmp_path, *rows), "--plugin", str(tmp_path / "rude.py"))
    errors = [entry["error"] for entry in lines(done.stdout).values()]
    assert done.returncode == 1
    assert len(errors) == 24
    assert all("the tool itself failed" in error for error in errors)
    assert any("--jobs 1" in error for error in errors)


@linux
def test_one_that_is_killed_is_replaced_and_nobody_waits_for_it(many: Running, tmp_path: Path, silent: int) -> None:
    hanging = at(many, "hanging") | placed("hanging.example.test", silent)
    rows = some(many, 40)
    with begun(listed(tmp_path, hanging, *rows)) as process:
        first = told(process.stdout, 4)
        for worker in children(process.pid):
            os.kill(worker, signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
    entries = {entry["name"]: entry for entry in first} | lines(output)
    lost = [name for name, entry in entries.items() if entry["error"]]
    assert len(entries) == 41
    assert "SIGKILL" in entries["hanging"]["error"]
    assert entries["hanging"]["exit_code"] == process.returncode == 1
    assert len(lost) <= 4


@linux
def test_nothing_is_left_behind_where_the_program_is_killed(many: Running, tmp_path: Path, silent: int) -> None:
    hanging = at(many, "hanging") | placed("hanging.example.test", silent)
    with begun(listed(tmp_path, hanging, *some(many, 30))) as process:
        told(process.stdout, 2)
        workers = children(process.pid)
        assert len(alive(workers)) == 2
        process.kill()
        _, messages = process.communicate(timeout=10)
    assert gone(workers, 5)
    assert messages == ""


@posix
def test_an_interruption_is_what_it_is_in_one_process(many: Running, tmp_path: Path, silent: int) -> None:
    hanging = [at(many, f"hang-{each}") | placed(f"hang-{each}.example.test", silent) for each in range(3)]
    rows = some(many, 24)
    out = tmp_path / "out"
    file = listed(tmp_path, *hanging, *rows)
    with begun(file, "--output", str(out)) as process:
        first = told(process.stdout, 5)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        rest, messages = process.communicate(timeout=20)
    entries = {entry["name"]: entry for entry in first} | lines(rest)
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert f"{len(entries)} of 27 targets" in messages
    assert "Traceback" not in messages
    assert "Interrupted." in (out / "index.html").read_text("utf-8")
    assert {entry["report"] for entry in entries.values()} == {path.name for path in out.glob("*.json")}
    assert not list(out.glob(".*"))
    resumed = lines(fleet(listed(tmp_path, *rows), "--output", str(out), "--resume").stdout)
    assert {name for name, entry in resumed.items() if entry["kept"]} == set(entries)
    assert len(resumed) == 24


def test_nobody_works_on_where_nobody_reads(many: Running, tmp_path: Path) -> None:
    with begun(listed(tmp_path, *some(many, 40))) as process:
        told(process.stdout, 1)
        workers = children(process.pid) if sys.platform == "linux" else []
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""  # which ends when nobody is left who could write there
    assert process.returncode == 1
    assert not alive(workers)


@pytest.mark.parametrize("cores", [1, 2])
def test_a_line_that_would_hold_a_secret_is_refused(many: Running, tmp_path: Path, cores: int) -> None:
    secret = "halo-7-and-a-secret-of-somebody"
    rows = [*some(many, 16), at(many, "named") | {"name": secret}]
    done = fleet(listed(tmp_path, *rows), cores=cores, environment={"HALO_CLIENT_SECRET": secret})
    assert done.returncode == 70
    assert secret not in done.stdout + done.stderr


def test_where_no_process_can_be_started_one_does_it_all(many: Running, tmp_path: Path) -> None:
    done = subprocess.run(
        program(listed(tmp_path, *some(many, 16)), before="import sys; sys.executable = 'none'"),
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n"), len(lines(done.stdout))) == (0, 1, 16)


def test_a_report_that_cannot_be_written_stays_that_target_s_trouble(many: Running, tmp_path: Path) -> None:
    (tmp_path / "out" / "halo-3.json").mkdir(parents=True)
    done = fleet(listed(tmp_path, *some(many, 16)), "--output", str(tmp_path / "out"))
    entries = lines(done.stdout)
    assert done.returncode == 2
    assert "cannot be written" in entries["halo-3"]["error"]
    assert sum(entry["verdict"] == READY for entry in entries.values()) == 15
