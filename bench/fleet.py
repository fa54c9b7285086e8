"""Many healthy servers in one run, beside sslyze's certificate scan of the same list.

One server under many names stands for all targets, judged against the public roots and its own. Memory and CPU are read
from the system while the program runs (Linux: /proc), after a sixth of the targets and after the last: what a target
costs is told without the start. Both are of the program and the processes it started, added up: what these share in
memory counts for each. In the end the system tells the CPU, that of every process that was waited for included.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import certifi

from bench import programs, table
from bench.measure import Sample, environment, once
from bench.server import ROOT
from bench.table import Found

TARGETS = 300
QUICK = 60
CPU_AT_MOST = 25.0
"""Milliseconds per healthy target."""
GROWTH_AT_MOST = 5.0
"""Megabytes from a sixth of the targets to all of them."""
ACCOUNTED = 0.1
"""Seconds of CPU by which what the system tells at different moments may differ: clock ticks, of each process."""
LAST_LOOKS = 5
READY = {"ready", "ready_with_warnings"}
"""A warning: the simulated HaloPSA advertises one of its names, and the list has many."""
ROOTS = "roots.pem"


@dataclasses.dataclass(frozen=True)
class Moment:
    """What the process and those that it started had used by then."""

    seconds: float
    cpu: float
    megabytes: float


@dataclasses.dataclass(frozen=True)
class Fleet:
    """One run over the list."""

    targets: int
    early: Moment
    late: Moment
    not_ready: int
    code: int
    unaccounted: float = 0.0
    """Seconds of CPU that were seen and that the system does not tell in the end: of processes nobody waited for."""

    @property
    def each(self) -> float:
        """Milliseconds of CPU per target, without the start."""
        return (self.late.cpu - self.early.cpu) / (self.targets - self.targets // 6) * 1000

    @property
    def growth(self) -> float:
        """Megabytes between the two moments."""
        return self.late.megabytes - self.early.megabytes


def found(targets: int) -> Found:
    """Measure, and tell it."""
    title = f"{targets} healthy targets in one run"
    if sys.platform != "linux":
        return Found(title, "CPU and memory are read from /proc: Linux only.")
    with crowd(targets) as told, TemporaryDirectory() as folder:
        write_lists(told, Path(folder))
        fleet = watched(
            [programs.in_venv("product", "diagnose"), "fleet", "targets.csv", "--format", "jsonl"],
            Path(folder),
            targets,
        )
        scan = _scanned(Path(folder))
    text = f"{tabled(fleet, scan)}\n\n{told['answers']} answers. CPU per target: of the fleet without its start."
    return Found(title, text, aims(fleet, scan), wrong(fleet, scan))


def write_lists(told: dict[str, Any], folder: Path) -> None:
    """Write the list of each program, and the roots: the public ones and the server's own."""
    own_root = Path(told["trust_roots"]).read_text("ascii")
    (folder / ROOTS).write_text(Path(certifi.where()).read_text("utf-8") + own_root, encoding="utf-8")
    rows = [_target(told, host) for host in told["hosts"]]
    with (folder / "targets.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    places = [f"{host}:{told['port']}{{{told['address']}}}" for host in told["hosts"]]
    (folder / "places.txt").write_text("\n".join(places), encoding="ascii")


def _target(told: dict[str, Any], host: str) -> dict[str, str]:
    origin = f"https://{host}:{told['port']}"
    return {
        "name": host,
        "resource_server": f"{origin}/api",
        "auth_server": f"{origin}/auth/",
        "client_id": told["client_id"],
        "client_secret_file": told["client_secret_file"],
        "resolve": f"{host}:{told['port']}:{told['address']}",
        "trust_roots": ROOTS,
        "ip_restriction": "no",
    }


def _scanned(folder: Path) -> Sample | None:
    command = [*programs.sslyze(ROOTS), "--targets_in", "places.txt"]
    return once(command, folder) if Path(command[0]).exists() else None


def watched(command: Sequence[str], folder: Path, count: int) -> Fleet:
    """Run the fleet and look at it after a sixth of the targets, after the last few, and for its CPU at its end.

    It leaves at once after its last line: by then there may be nothing left to look at, and the look before counts.
    """
    began = time.perf_counter()
    early = late = Moment(0, 0, 0)
    not_ready = number = 0
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        for number, line in enumerate(_lines(process.stdout), 1):
            not_ready += json.loads(line).get("verdict") not in READY
            if number == count // 6:
                early = _used(process.pid, began)
            if number > count - LAST_LOOKS:
                late = max(late, _used(process.pid, began), key=lambda moment: moment.megabytes)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
    held = late.megabytes or usage.ru_maxrss * 1024 / 1e6  # it was over before anybody looked: what it held at most
    over = Moment(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, held)
    return Fleet(count, early, over, not_ready + count - number, code, max(0.0, late.cpu - over.cpu))


def _lines(stream: IO[str] | None) -> Sequence[str] | IO[str]:
    return stream if stream is not None else ()


def _used(pid: int, began: float) -> Moment:
    """Read what the process and its children have used so far, added up."""
    found = [_of_one(each) for each in (pid, *_children(pid))]
    return Moment(time.perf_counter() - began, sum(cpu for cpu, _ in found), sum(held for _, held in found))


def _children(pid: int) -> list[int]:
    """Return what the process has started and not waited for: proc(5), /proc/PID/task/TID/children."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread is over
            found += map(int, thread.read_text("ascii").split())
    return found


def _of_one(pid: int) -> tuple[float, float]:
    """Read seconds of CPU, with those of the children that it waited for, and megabytes; none of one that has ended.

    proc(5): utime, stime, cutime and cstime in clock ticks; VmRSS in kilobytes, missing where the process is a zombie.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0, 0.0
    cpu = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    held = status.partition("VmRSS:")[2].split()[:1]
    return cpu, sum(map(int, held)) * 1024 / 1e6


def tabled(fleet: Fleet, scan: Sample | None) -> str:
    """One line per program."""
    lines = [
        [
            "diagnose fleet",
            f"{fleet.late.seconds:.1f} (1.00)",
            f"{fleet.late.cpu:.1f}",
            f"{fleet.each:.1f}",
            f"{fleet.early.megabytes:.0f}",
            f"{fleet.late.megabytes:.0f}",
        ]
    ]
    if scan is not None:
        ratio, cpu = scan.seconds / fleet.late.seconds, scan.cpu or 0.0
        lines.append([programs.SSLYZE, f"{scan.seconds:.1f} ({ratio:.2f})", f"{cpu:.1f}",
                      f"{cpu / fleet.targets * 1000:.1f}", "-", f"{scan.megabytes or 0:.0f}"])  # fmt: skip
    header = ["", "seconds (/ fleet)", "CPU s", "CPU ms per target", "MB after a sixth", "MB at the end"]
    return table.grid(header, lines)


def aims(fleet: Fleet, scan: Sample | None) -> dict[str, bool]:
    """What was aimed at, and whether it was met."""
    met = {
        f"fleet: at most {CPU_AT_MOST:.0f} ms of CPU per healthy target ({fleet.each:.1f})": fleet.each <= CPU_AT_MOST,
        f"fleet: memory does not grow ({fleet.growth:+.1f} MB)": fleet.growth <= GROWTH_AT_MOST,
    }
    if scan is not None:
        share = fleet.late.seconds / scan.seconds
        met[f"fleet: done before sslyze's certificate scan of the same list ({share:.2f} of it)"] = share < 1
    return met


def wrong(fleet: Fleet, scan: Sample | None) -> tuple[str, ...]:
    """Why the numbers mean nothing, if so."""
    found = []
    if fleet.not_ready or fleet.code:
        found.append(f"fleet: {fleet.not_ready} targets were not ready (exit code {fleet.code}); it means nothing")
    if fleet.unaccounted > ACCOUNTED:
        found.append(f"fleet: {fleet.unaccounted:.1f} s of CPU are not told in the end; what a target costs is more")
    if scan is not None and scan.code:
        found.append(f"sslyze's scan ended with exit code {scan.code}; it means nothing")
    return tuple(found)


@contextlib.contextmanager
def crowd(targets: int) -> Generator[dict[str, Any]]:
    """Run the servers in a process of their own."""
    command = [sys.executable, "-m", "bench.crowd", str(targets)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
