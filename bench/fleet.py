"""`python -m bench.fleet`: many healthy servers in one run, beside sslyze's certificate scan of the same list.

One server under a few names stands for all targets in turns, judged against the public roots and its own.
Memory and CPU are read from the system while the program runs (Linux: /proc), after a sixth of the targets and
after the last.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import certifi

from bench import programs
from bench.measure import once

ROOT = Path(__file__).resolve().parents[1]
NAMES = 8
"""One server under so many names: two targets of one name would take turns."""
CPU_AT_MOST = 25.0
"""Milliseconds per healthy target."""
GROWTH_AT_MOST = 5.0
"""Megabytes from a sixth of the targets to all of them."""
READY = {"ready", "ready_with_warnings"}
"""A warning: the server advertises one of its names, and the list has several."""
HEADER = ("name", "resource_server", "auth_server", "client_id", "client_secret_file", "resolve", "trust_roots",
          "ip_restriction")  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """What the process had used by then."""

    seconds: float
    cpu: float
    megabytes: float


def main(arguments: Sequence[str]) -> int:
    """Measure and print; return 1 where a target was not ready or an aim was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("-n", "--targets", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--output", action="store_true", help="write every report too")
    parser.add_argument("--installed", action="store_true", help="measure the wheel in .bench")
    options = parser.parse_args(arguments)
    program = [programs.VENVS / "product/bin/diagnose"] if options.installed else [sys.executable, "-m", "diagnose"]
    with running() as servers, TemporaryDirectory() as folder:
        places = _lists(servers, options.targets, Path(folder))
        command = [*map(str, program), "fleet", "targets.csv", "--format", "jsonl", "--jobs", str(options.jobs)]
        command += ["--output", "reports"] if options.output else []
        early, late, wrong = _watched(command, Path(folder), options.targets)
        met = _told(early, late, options.targets)
        other = [str(programs.VENVS / "sslyze/bin/sslyze"), "--certinfo", "--certinfo_ca_file", "roots.pem",
                 "--mozilla_config=disable", "--targets_in", places]  # fmt: skip
        if Path(other[0]).exists():
            scan = once(other, Path(folder))
            met &= _aim(f"not slower than sslyze's certificate scan of the same list ({scan.seconds:.1f} s)",
                        late.seconds <= scan.seconds)  # fmt: skip
    if wrong:
        print(f"{wrong} targets were not ready; the numbers mean nothing", file=sys.stderr)
    return int(bool(wrong) or not met)


def _lists(servers: Sequence[dict[str, str]], count: int, folder: Path) -> str:
    """Write the list of each program; return the name of sslyze's."""
    own_root = Path(servers[0]["trust_roots"]).read_text("ascii")
    (folder / "roots.pem").write_text(Path(certifi.where()).read_text("utf-8") + own_root, encoding="utf-8")
    with (folder / "targets.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        for number in range(count):
            server = servers[number % len(servers)]
            own = {"name": f"target-{number:03}", "trust_roots": "roots.pem", "ip_restriction": "no"}
            writer.writerow({key: value for key, value in server.items() if key in HEADER} | own)
    places = [servers[number % len(servers)]["place"] for number in range(count)]
    (folder / "places.txt").write_text("\n".join(places), encoding="ascii")
    return "places.txt"


def _watched(command: Sequence[str], folder: Path, count: int) -> tuple[Moment, Moment, int]:
    """Run the fleet; return what it had used after a sixth and at the end, and how many targets were not ready."""
    began = time.perf_counter()
    early, wrong = Moment(0, 0, 0), 0
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        late = early
        for number, line in enumerate(process.stdout or (), 1):
            wrong += json.loads(line)["verdict"] not in READY
            if number in {count // 6, count}:
                late = _used(process.pid, began)
                early = early if early.seconds else late
        process.wait()
    return early, late, wrong


def _used(pid: int, began: float) -> Moment:
    """Read what the process has used so far: proc(5), utime and stime in clock ticks, VmRSS in kilobytes."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    held = int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6
    return Moment(time.perf_counter() - began, cpu, held)


def _told(early: Moment, late: Moment, count: int) -> bool:
    each = (late.cpu - early.cpu) / (count - count // 6) * 1000
    growth = late.megabytes - early.megabytes
    print(f"{count} targets in {late.seconds:.1f} s, {late.cpu:.1f} s of CPU with the start")
    print(f"{early.megabytes:.1f} MB after {count // 6} targets, {late.megabytes:.1f} MB after {count}")
    met = _aim(f"at most {CPU_AT_MOST:.0f} ms of CPU per target ({each:.1f})", each <= CPU_AT_MOST)
    return _aim(f"memory does not grow ({growth:+.1f} MB)", growth <= GROWTH_AT_MOST) and met


def _aim(what: str, good: bool) -> bool:
    print(f"{'met   ' if good else 'MISSED'} {what}")
    return good


@contextlib.contextmanager
def running() -> Generator[list[dict[str, str]]]:
    """Run the servers in a process of their own."""
    command = [sys.executable, "-m", "bench.fleet", "--serve"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


def serve() -> None:
    """Say where the servers are, one line of JSON, and run until the input ends."""
    from diagnose.lab import named, start  # noqa: PLC0415 - what measures holds no servers
    from diagnose.lab.pki import LEAF  # noqa: PLC0415

    healthy = named("healthy")
    with start(healthy.but(specs=(LEAF.but(names=("*.example.test",)),))) as lab:
        told = []
        for number in range(NAMES):
            host = f"halo-{number}.example.test"
            place = next(each for each in lab.resolve if each.startswith(healthy.given.host))
            told.append({
                "resource_server": lab.resource_server.replace(healthy.given.host, host),
                "auth_server": lab.auth_server.replace(healthy.given.host, host),
                "client_id": lab.client_id,
                "client_secret_file": str(lab.secret_file),
                "resolve": place.replace(healthy.given.host, host),
                "trust_roots": str(lab.trust_roots),
                "place": f"{host}:{urlsplit(lab.origin).port}{{{place.rsplit(':', 1)[1]}}}",
            })  # fmt: skip
        print(json.dumps(told), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        sys.exit(main(sys.argv[1:]))
