"""`python3 -m bench.logs`: a 300 MB IIS log, read for the integrator's addresses beside `grep -c` over it.

Each reads the file as often as the other, in turns, from the page cache. The reader's time is taken inside its
process, for the interpreter's start is measured elsewhere; grep's is of the whole process. The aims: no less
than a third of grep's speed, less than 100 MB.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import once

ADDRESSES = ("3.19.3.152", "3.19.4.238")
_PATTERN = ADDRESSES[0].replace(".", r"\.")
SIZE = 300_000_000
ROWS = 4000
OURS_EVERY = 500
"""One row in so many is the integrator's: a synchronisation among a day's visitors."""
SLOWEST_SHARE = 1 / 3
MEGABYTES_AT_MOST = 100.0

_HEAD = (
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-11-22 00:00:00\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken\r\n"
)
_AGENT = "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/142.0.0.0"


def main(arguments: Sequence[str]) -> int:
    """Print the table, return 1 where an aim was missed."""
    parser = argparse.ArgumentParser(prog="python3 -m bench.logs", description=__doc__)
    parser.add_argument("--read", type=Path, help="only read this file, and print the seconds it took")
    parser.add_argument("--bytes", type=int, default=SIZE)
    parser.add_argument("-n", "--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    if options.read:
        print(seconds_to_read(options.read))
        return 0
    with TemporaryDirectory() as folder:
        log = Path(folder) / "u_ex261122.log"
        write(log, options.bytes)
        return _compare(log, options.rounds)


def write(log: Path, size: int) -> None:
    """Write a log of about this size, with a new head every few thousand rows as after a restart."""
    chance = random.Random(20261122)  # noqa: S311 - the same file every time
    portion = (_HEAD + "".join(_row(at, chance) for at in range(ROWS))).encode()
    with log.open("wb") as file:
        for _ in range(max(size // len(portion), 1)):
            file.write(portion)


def _row(at: int, chance: random.Random) -> str:
    client = f"{chance.randint(1, 223)}.{chance.randint(0, 255)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
    if at % OURS_EVERY == 0:
        client = ADDRESSES[at // OURS_EVERY % len(ADDRESSES)]
    moment = f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
    return (
        f"2026-11-22 {moment} 10.0.0.5 GET /api/Tickets/{at} count={at} 443 - {client} {_AGENT} "
        f"https://halo.example.com/tickets 200 0 0 {chance.randint(1, 900)}\r\n"
    )


def seconds_to_read(log: Path) -> float:
    """Read the log as the product does."""
    from diagnose.logs.reader import read  # noqa: PLC0415 - its import is not what is measured

    began = time.perf_counter()
    with log.open("rb", buffering=0) as stream:
        evidence = read(stream, log.name, ADDRESSES)
    seconds = time.perf_counter() - began
    if any(evidence.outcome(address) != "allow" for address in ADDRESSES):
        raise SystemExit("the reader did not find what is in the log")
    return seconds


def _compare(log: Path, rounds: int) -> int:
    reader = [sys.executable, "-m", "bench.logs", "--read", str(log)]
    ours, grep = [], []
    for _ in range(rounds):
        grep.append(_grep(log))
        done = subprocess.run(reader, check=True, capture_output=True, text=True)
        ours.append(float(done.stdout))
    held = once(reader, Path.cwd()).megabytes or 0.0
    share = min(grep) / min(ours)
    megabytes = log.stat().st_size / 1e6
    print(f"{'program':24} {'fastest s':>10} {'MB/s':>8}")
    for name, seconds in (("grep -c", min(grep)), ("diagnose.logs.read", min(ours))):
        print(f"{name:24} {seconds:10.3f} {megabytes / seconds:8.0f}")
    met = {
        f"at least a third of grep's speed ({share:.2f})": share >= SLOWEST_SHARE,
        f"under {MEGABYTES_AT_MOST:.0f} MB ({held:.0f})": held < MEGABYTES_AT_MOST,
    }
    print("\n".join(f"{'met   ' if good else 'MISSED'} {aim}" for aim, good in met.items()))
    return int(not all(met.values()))


def _grep(log: Path) -> float:
    """Return the seconds of grep looking for one address, which is the fastest it can be asked."""
    began = time.perf_counter()
    subprocess.run([shutil.which("grep") or "grep", "-c", _PATTERN, str(log)], check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
