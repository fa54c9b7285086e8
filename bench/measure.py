"""Whole processes, timed from start to end, with the most memory that each held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True)
class Sample:
    """One process."""

    seconds: float
    code: int
    megabytes: float | None
    """Peak resident memory; None where the system does not tell (Windows)."""


def in_turns(programs: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Sample]]:
    """Run each program once unmeasured, then `rounds` times, one after the other in turns."""
    samples: dict[str, list[Sample]] = {name: [] for name in programs}
    with TemporaryDirectory() as folder:
        for command in programs.values():
            once(command, Path(folder))
        for _ in range(rounds):
            for name, command in programs.items():
                samples[name].append(once(command, Path(folder)))
    return samples


def once(command: Sequence[str], folder: Path) -> Sample:
    """Run one process in an empty folder, without input, its output thrown away."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if sys.platform == "win32":
        return Sample(time.perf_counter() - began, process.wait(), None)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    """getrusage(2): ru_maxrss is in kilobytes on Linux, in bytes on macOS."""
    return Sample(seconds, process.returncode, usage.ru_maxrss * unit / 1e6)
