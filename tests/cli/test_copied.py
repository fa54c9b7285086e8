"""The program in a copy of a process says and does what it says and does in a new Python."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli import copied
from tests.cli.program import anew

GOLDEN = Path(__file__).parents[1] / "golden"
HEALTHY, BROKEN = (str(GOLDEN / name) for name in ("healthy.json", "missing-intermediate.json"))
COMMANDS = [
    [],
    ["--version"],
    ["list"],
    ["explain", "tls.dates"],
    ["explain", "nothing"],
    ["schema"],
    ["render", BROKEN, "--format", "html"],
    ["recheck", BROKEN],
    ["compare", HEALTHY, BROKEN],
    ["attach", BROKEN],
    ["verify", BROKEN],
    ["demo", "--list"],
    ["run", "--timeout", "long"],
    ["run", "--client-secret-file", "-", "--resource-server", "https://halo.example.test/"],
    ["certificate", str(GOLDEN / "none.pem")],
    ["vantage", "request"],
    ["fleet", str(GOLDEN / "none.csv")],
]
"""Each command, offline, and the ways it ends."""


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda words: " ".join(map(os.path.basename, words)))
@pytest.mark.skipif(not copied.may_be_copied(os.environ), reason="processes are copied on Linux alone")
def test_a_copy_says_what_a_new_process_says(arguments: list[str]) -> None:
    environment = {**os.environ, "HALO_CLIENT_SECRET": "kanarie-of-the-copy", "COLUMNS": "70"}
    one, other = (run(arguments, environment, "kanarie\n", 60) for run in (copied.run, anew))
    assert (one.returncode, one.stderr) == (other.returncode, other.stderr)
    assert one.stdout == other.stdout


@pytest.mark.skipif(not copied.may_be_copied(os.environ), reason="processes are copied on Linux alone")
def test_a_copy_that_does_not_end_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        copied.run(["demo", "silent"], os.environ, "", 0.2)


def test_what_python_reads_at_its_start_takes_a_new_process() -> None:
    assert not copied.may_be_copied({**os.environ, "PYTHONIOENCODING": "ascii"})
    assert not copied.may_be_copied({**os.environ, "LC_ALL": "C"})
