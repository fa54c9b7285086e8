"""`python3 dev.py bench`: start-up and a healthy run, beside other programs, in one run of this program.

Every number is of whole processes, started one after the other in turns, so that what slows this machine
slows them all. The product is measured as a user has it: its wheel, compiled, in an environment of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import far, programs, table
from bench.measure import in_turns
from bench.server import Server, running

ROUND_TRIP = 0.1
"""Seconds that the delaying proxy adds."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, return 1 where a program did not do what it must."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("-n", "--rounds", type=int, default=9, help="processes per program (default 9)")
    parser.add_argument("--far-rounds", type=int, default=5, help="runs behind the delaying proxy (default 5)")
    options = parser.parse_args(arguments)
    with running() as server:
        near = in_turns(programs.all_of(server), options.rounds)
        trips = _round_trips(server, options.far_rounds) if far.available() else None
    print(table.near(near))
    if trips is not None:
        print(f"\nbehind {ROUND_TRIP * 1000:.0f} ms of round-trip time: {trips:.1f} round trips more than on loopback")
    print(table.aims(near, trips))
    wrong = [name for name, samples in near.items() if any(sample.code for sample in samples)]
    for name in wrong:
        print(f"{name} did not end with exit code 0; its numbers mean nothing", file=sys.stderr)
    return int(bool(wrong))


def _round_trips(server: Server, rounds: int) -> float:
    """Return how many round trips a run takes: what it takes longer behind the proxy, in turns with runs without."""
    home, away = "at home", "away"
    with far.proxy(server.port, ROUND_TRIP) as proxy:
        runs = {home: programs.product_run(server), away: programs.product_run(server.at(far.ADDRESS))}
        samples = in_turns(runs, rounds)
    return table.round_trips(samples[home], samples[away], ROUND_TRIP, bare=proxy.bare > 0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(main(sys.argv[1:]))
