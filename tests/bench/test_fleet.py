"""What a fleet uses is that of all its processes, and nothing of it is lost in the end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import fleet
from bench.fleet import Fleet
from tests.fleet.lists import listed, many_names, program, some

linux = pytest.mark.skipif(sys.platform != "linux", reason="CPU and memory are read from /proc")
COUNT = 36
LINES = "".join(json.dumps({"verdict": "ready", "number": number}) + "\n" for number in range(COUNT))
CHILD = "held = bytearray(60_000_000); sum(range(6_000_000)); print(); input()"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=-1, stdout=-1)
child.stdout.readline()
for line in {LINES!r}.splitlines():
    print(line, flush=True)
    __import__("time").sleep(0.02)
if sys.argv[1] == "waits":
    child.communicate(b"")
__import__("os")._exit(0)
"""


def watched(how: str, folder: Path) -> Fleet:
    return fleet.watched([sys.executable, "-c", PARENT, how], folder, COUNT)


@linux
def test_what_a_child_uses_is_counted(tmp_path: Path) -> None:
    found = watched("waits", tmp_path)
    assert found.early.megabytes > 70
    assert found.late.megabytes > 70
    assert found.early.cpu > 0.1
    assert fleet.wrong(found, None) == ()


@linux
def test_the_cpu_of_a_child_that_nobody_waited_for_is_missed(tmp_path: Path) -> None:
    found = watched("leaves", tmp_path)
    assert found.unaccounted > fleet.ACCOUNTED
    assert "not told in the end" in fleet.wrong(found, None)[0]


@linux
def test_the_program_waits_for_its_workers(tmp_path: Path) -> None:
    with many_names() as running:
        found = fleet.watched(program(listed(tmp_path, *some(running, COUNT))), tmp_path, COUNT)
    assert (found.code, found.not_ready) == (0, 0)
    assert found.early.megabytes > 80  # more than one process; a worker may still be starting
    assert fleet.wrong(found, None) == ()
