"""The programs on loopback and behind distances: seconds, memory, CPU, requests, connections, round trips."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Generator, Mapping, Sequence
from statistics import median

from bench import far, programs, table, tunnel
from bench.far import Far, Tally
from bench.measure import Sample, fastest, in_turns, middle
from bench.server import Counted, Lab, running
from bench.table import Found

NEAR = 0.0
AIMED = 0.1
"""The distance, in seconds of round-trip time, at which the aim is set."""
ROUNDS = {NEAR: 7, 0.02: 5, AIMED: 5, 0.3: 3}
"""Processes per program at each distance."""
QUICK = {NEAR: 2, AIMED: 1}
MORE_AT_MOST = 8.0
"""Round trips at 100 ms more than on loopback."""
MEGABYTES_AT_MOST = 60.0
SETTLED = 0.02
"""Seconds, beside a round trip, for the last packets to arrive and be counted."""

Key = tuple[str, float]


@dataclasses.dataclass
class Results:
    """Everything that was measured, by program and distance."""

    how: str
    samples: dict[Key, list[Sample]] = dataclasses.field(default_factory=dict)
    counted: dict[Key, list[Counted]] = dataclasses.field(default_factory=dict)
    tallies: dict[Key, list[Tally]] = dataclasses.field(default_factory=dict)
    """From the proxies alone."""

    @property
    def names(self) -> list[str]:
        """The programs."""
        return list(dict.fromkeys(name for name, _ in self.samples))

    @property
    def distances(self) -> list[float]:
        """Loopback, and the others."""
        return list(dict.fromkeys(distance for _, distance in self.samples))

    def trips(self, name: str, distance: float) -> tuple[float, float]:
        """Return how many round trips more than on loopback it takes: by the medians, by the fastest.

        A proxy cannot delay a connection over which nothing is said: each is one round trip more.
        """
        near, away = self.samples[name, NEAR], self.samples[name, distance]
        looked = median([tally.looked for tally in self.tallies.get((name, distance), [])] or [0])
        by_medians = (middle(away) - middle(near)) / distance
        return by_medians + looked, (fastest(away) - fastest(near)) / distance + looked

    def ratio(self, name: str, distance: float) -> float:
        """Return its median as a multiple of the product's."""
        return middle(self.samples[name, distance]) / middle(self.samples[programs.RUN, distance])


@dataclasses.dataclass(frozen=True)
class Network:
    """The server, and at which address it is how far away."""

    lab: Lab
    addresses: Mapping[float, str]
    proxies: Mapping[str, Far]
    how: str


@contextlib.contextmanager
def network(distances: Sequence[float]) -> Generator[Network]:
    """Run the server and put it at these distances, in the most exact way that can be had here."""
    away = [distance for distance in distances if distance != NEAR]
    if tunnel.available():
        addresses = dict(zip(away, tunnel.FAR, strict=False))
        with tunnel.tunnel(_turned(addresses)), running(tunnel.EVERYWHERE) as lab:
            yield Network(lab, addresses, {}, "every packet is delayed, in a network namespace")
    elif far.available():
        addresses = dict(zip(away, far.ADDRESSES, strict=False))
        with running() as lab, far.proxies(lab.server.port, _turned(addresses)) as proxies:
            yield Network(lab, addresses, proxies, "TCP proxies delay what is said")
    else:
        with running() as lab:
            yield Network(lab, {}, {}, "this machine has no other loopback addresses: no distances")


def _turned(addresses: Mapping[float, str]) -> dict[str, float]:
    return {address: distance for distance, address in addresses.items()}


def measured(rounds: Mapping[float, int]) -> Results:
    """Run every program at every distance, in turns."""
    with network(list(rounds)) as found:
        server = found.lab.server
        places = {NEAR: server} | {distance: server.at(address) for distance, address in found.addresses.items()}
        commands = {
            (name, distance): command
            for distance, there in places.items()
            for name, command in programs.all_of(there).items()
        }
        results = Results(found.how)
        watch = _Watch(found, results)
        samples = in_turns(
            commands, lambda key: rounds[key[1]], warm=lambda key: key[1] == NEAR, after=watch.after
        )  # fmt: skip
        results.samples.update(samples)
    return results


class _Watch:
    """Asks the server, and the proxy where there is one, what each process did."""

    def __init__(self, found: Network, results: Results) -> None:
        self._found = found
        self._results = results
        self._before = found.lab.counted()

    def after(self, key: Key) -> None:
        """Note what arrived since the last process."""
        _, distance = key
        time.sleep(SETTLED + distance)
        now = self._found.lab.counted()
        self._results.counted.setdefault(key, []).append(now.since(self._before))
        self._before = now
        proxy = self._found.proxies.get(self._found.addresses.get(distance, ""))
        if proxy is not None:
            self._results.tallies.setdefault(key, []).append(proxy.taken())


def found(rounds: Mapping[float, int]) -> Found:
    """Measure, and tell it."""
    results = measured(rounds)
    wrong = table.failures({_spelt(*key): samples for key, samples in results.samples.items()})
    text = "\n\n".join(part for part in (seconds(results), round_trips(results), notes(results)) if part)
    return Found("The same server, near and far", text, aims(results), wrong)


def _spelt(name: str, distance: float) -> str:
    return f"{name}, {place(distance)}"


def place(distance: float) -> str:
    """Return a distance as a heading."""
    return "loopback" if distance == NEAR else f"{distance * 1000:.0f} ms"


def seconds(results: Results) -> str:
    """One line per program: the median at each distance, with its ratio, and what it used on loopback."""
    header = ["median s (/ diagnose run)", *map(place, results.distances)]
    header += ["peak MB", "CPU s", "requests", "connections"]
    return table.grid(header, [_line(results, name) for name in results.names])


def _line(results: Results, name: str) -> list[str]:
    times = [
        f"{middle(results.samples[name, distance]):.3f} ({results.ratio(name, distance):.2f})"
        for distance in results.distances
    ]
    near = results.samples[name, NEAR]
    cpu = [sample.cpu for sample in near if sample.cpu is not None]
    counted = [one for (program, _), of in results.counted.items() if program == name for one in of]
    return [
        name,
        *times,
        table.most((sample.megabytes for sample in near), ".0f"),
        table.most([median(cpu)] if cpu else [], ".2f"),
        table.span(one.requests for one in counted),
        table.span(one.connections for one in counted),
    ]


def round_trips(results: Results) -> str:
    """One line per program: how many round trips more than on loopback, by the medians and by the fastest."""
    away = [distance for distance in results.distances if distance != NEAR]
    if not away:
        return ""
    lines = [
        [name, *("{:.1f} ({:.1f})".format(*results.trips(name, distance)) for distance in away)]
        for name in results.names
    ]
    return table.grid(["round trips more (by the fastest)", *map(place, away)], lines)


def notes(results: Results) -> str:
    """How the distance was made, and what a proxy could not charge."""
    lines = [f"How far away: {results.how}."]
    for key, tallies in results.tallies.items():
        later = max(tally.later for tally in tallies)
        if later:
            lines.append(f"{_spelt(*key)}: up to {later} connections first spoke later than that, and cost nothing")
    return "\n".join(lines)


def aims(results: Results) -> dict[str, bool]:
    """What was aimed at, and whether it was met."""
    run = results.samples[programs.RUN, NEAR]
    met = {}
    if AIMED in results.distances:
        more = results.trips(programs.RUN, AIMED)
        aim = f"at {place(AIMED)} at most {MORE_AT_MOST:.0f} round trips more than on loopback"
        met["{} ({:.1f}, by the fastest {:.1f})".format(aim, *more)] = max(more) <= MORE_AT_MOST
    if programs.SSLYZE in results.names:
        share = 1 / results.ratio(programs.SSLYZE, NEAR)
        met[f"a healthy run not slower than sslyze --certinfo ({share:.2f} of it)"] = share <= 1
    held = [sample.megabytes for sample in run if sample.megabytes is not None]
    if held:
        met[f"a healthy run under {MEGABYTES_AT_MOST:.0f} MB ({max(held):.0f})"] = max(held) < MEGABYTES_AT_MOST
    return met
