"""Where a healthy run's own time goes, seen from outside: by a sampler around it, and by Python's own import times."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import programs, table
from bench.distances import AIMED, NEAR, network, place
from bench.measure import Sample, environment, once
from bench.server import Server
from bench.table import Found

ROUNDS = 5
HEAVIEST = 8
OWN = {"diagnose", "checks", "reports"}
STANDARD = "standard library"
END = "Python's own end"
WAITING = "waiting"

Shares = Mapping[str, float]
"""Seconds by stage."""


def found(rounds: int) -> Found:
    """Measure, and tell it."""
    title = "Where the time of a healthy run goes"
    if sys.platform == "win32":
        return Found(title, "The sampler needs POSIX' timers.")
    with network([NEAR, AIMED]) as net:
        server = net.lab.server
        places = {NEAR: server} | {distance: server.at(address) for distance, address in net.addresses.items()}
        taken = {distance: [_sampled(there) for _ in range(rounds)] for distance, there in places.items()}
        imports = _imports(server)
    wrong = () if all(all(of) for of in taken.values()) else ("a run under the sampler failed; it means nothing",)
    text = f"{stages(taken)}\n\n{heaviest(imports)}"
    return Found(title, text, {}, wrong)


def _sampled(server: Server) -> dict[str, float]:
    """Run once under the sampler; nothing where that failed."""
    run = programs.product_run(server)
    sampler = str(Path(__file__).with_name("sampler.py"))
    with TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        sample = once([programs.in_venv("product", "python"), sampler, str(result), *run[1:]], Path(folder))
        if sample.code or not result.exists():
            return {}
        return read(result.read_text("utf-8"), sample)


def read(text: str, sample: Sample) -> dict[str, float]:
    """Read the sampler's result: CPU by stage, what it did not see of it, and the time that took none."""
    pairs = [line.split("\t") for line in text.splitlines()]
    seen = {name: float(seconds) for seconds, name in pairs}
    used = sample.cpu or 0.0
    return seen | {END: used - sum(seen.values()), WAITING: sample.seconds - used}


def stages(taken: Mapping[float, Sequence[Shares]]) -> str:
    """One line per stage, the longest on loopback first: the median of the runs, in milliseconds."""
    names = {name for of in taken.values() for one in of for name in one}
    middles = {
        distance: {name: median(one.get(name, 0.0) for one in of) * 1000 for name in names}
        for distance, of in taken.items()
    }
    ordered = sorted(names, key=lambda name: -middles[NEAR][name])
    lines = [[name, *(f"{middles[distance][name]:.0f}" for distance in taken)] for name in ordered]
    lines.append(["together", *(f"{sum(middles[distance].values()):.0f}" for distance in taken)])
    return table.grid(["median ms of CPU, and of none", *map(place, taken)], lines)


def _imports(server: Server) -> dict[str, float]:
    python, run = programs.in_venv("product", "python"), programs.product_run(server)
    done = subprocess.run(
        [python, "-X", "importtime", *run], capture_output=True, text=True, check=False, env=environment(),
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return by_package(done.stderr)


def by_package(text: str) -> dict[str, float]:
    """Add up the modules' own times of `-X importtime` by package, in seconds."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        module = rest.partition("|")[2].strip()
        if line.startswith("import time:") and own.strip().isdigit():
            name = _package(module)
            found[name] = found.get(name, 0.0) + int(own) / 1e6
    return found


def _package(module: str) -> str:
    top = module.partition(".")[0]
    return "diagnose, checks, reports" if top in OWN else STANDARD if top in sys.stdlib_module_names else top


def heaviest(imports: Mapping[str, float]) -> str:
    """The packages whose import takes longest."""
    ordered = sorted(imports.items(), key=lambda pair: -pair[1])
    lines = [[name, f"{seconds * 1000:.0f}"] for name, seconds in ordered[:HEAVIEST]]
    rest = sum(seconds for _, seconds in ordered[HEAVIEST:])
    lines += [["others", f"{rest * 1000:.0f}"]] if rest else []
    return table.grid(["imports, ms (-X importtime, which slows them)", ""], lines)
