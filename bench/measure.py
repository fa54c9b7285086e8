"""Whole processes, timed from start to end, with the CPU and the most memory that each used."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

LAUNCHER = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py"))]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Sample:
    """One process; memory and CPU are None where the system does not tell (Windows)."""

    seconds: float
    code: int
    megabytes: float | None = None
    """Peak resident memory: its own, or of the largest process that it started."""
    cpu: float | None = None
    """Seconds of CPU, with those of the processes that it started."""


def middle(samples: Sequence[Sample]) -> float:
    """The median of their seconds."""
    return median(sample.seconds for sample in samples)


def fastest(samples: Sequence[Sample]) -> float:
    """The fewest seconds: what other programs on the machine take away is missing here most."""
    return min(sample.seconds for sample in samples)


def in_turns(
    programs: Mapping[Key, Sequence[str]],
    rounds: int | Callable[[Key], int],
    *,
    warm: Callable[[Key], bool] = lambda _: True,
    after: Callable[[Key], None] = lambda _: None,
) -> dict[Key, list[Sample]]:
    """Run each program `rounds` times, one after the other in turns, the `warm` ones once unmeasured before.

    `after` is told of each process that ended.
    """
    times = {name: rounds if isinstance(rounds, int) else rounds(name) for name in programs}
    samples: dict[Key, list[Sample]] = {name: [] for name in programs}
    with TemporaryDirectory() as folder:
        for turn in range(-1, max(times.values(), default=0)):
            for name, command in programs.items():
                if turn < times[name] and (turn >= 0 or warm(name)):
                    samples[name].append(once(command, Path(folder)))
                    after(name)
            if turn < 0:
                samples = {name: [] for name in programs}
    return samples


def once(command: Sequence[str], folder: Path) -> Sample:
    """Run one process in this folder, without input, its output thrown away."""
    if sys.platform == "win32":
        began = time.perf_counter()
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return Sample(time.perf_counter() - began, done.returncode)
    told = subprocess.run([*LAUNCHER, *command], cwd=folder, env=environment(), stdout=subprocess.PIPE, check=True)
    seconds, code, peak, cpu = told.stdout.split()
    unit = 1 if sys.platform == "darwin" else 1024
    """getrusage(2): ru_maxrss is in kilobytes on Linux, in bytes on macOS."""
    return Sample(float(seconds), int(code), int(peak) * unit / 1e6, float(cpu))


def environment() -> dict[str, str]:
    """Return this process' environment without what would change a program's task."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HALO_") and name.lower() not in PROXIES
    }
