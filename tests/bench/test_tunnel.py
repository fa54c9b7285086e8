"""In the benchmark's own network every packet takes its time, so every client needs the round trips that it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import tunnel
from tests.bench.clients import NEEDED, right

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a network namespace needs Linux and root")
def test_connecting_and_asking_take_a_round_trip_each() -> None:
    unshare = shutil.which("unshare")
    assert unshare is not None
    done = subprocess.run(
        [unshare, "--map-root-user", "--net", sys.executable, "-m", "tests.bench.clients"],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
        env=os.environ | {"DIAGNOSE_TEST_NETWORKS": "198.18.0.0/24"},
    )  # fmt: skip
    took = json.loads(done.stdout)
    expected = {client.__name__: needed for client, needed in NEEDED.items()}
    assert {name: took[name] for name, needed in expected.items() if not right(took[name], needed)} == {}


def test_only_what_is_for_a_far_address_comes_back_and_then_from_there() -> None:
    known = {bytes((198, 18, 0, 2)): 0.05}
    here, there, elsewhere = bytes((198, 18, 0, 1)), bytes((198, 18, 0, 2)), bytes((198, 18, 0, 99))
    head, rest = bytes([0x45]) + bytes(11), b"and what follows"
    assert tunnel.turned(head + here + there + rest, known) == head + there + here + rest
    assert tunnel.turned(head + here + elsewhere + rest, known) == b""
    assert tunnel.turned(bytes([0x60]) + head[1:] + here + there + rest, known) == b""  # IPv6
