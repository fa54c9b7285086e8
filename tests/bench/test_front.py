"""HAProxy answers as the healthy HaloPSA: a fleet finds it ready, and a wrong secret wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import crowd, fleet
from diagnose import lab
from tests.peers.programs import program


@pytest.mark.skipif(sys.platform != "linux", reason="a fleet is watched through /proc")
def test_a_fleet_finds_haproxy_ready_as_it_finds_the_lab(tmp_path: Path) -> None:
    program("haproxy")
    with fleet.crowd(3) as told:
        assert told["answers"] == "HAProxy"
        fleet.write_lists(told, tmp_path)
        secret = tmp_path / "wrong"
        secret.write_text("00000000-0000-4000-8000-000000000000-00000000-0000-4000-8000-000000000000", "utf-8")
        *lines, last = (tmp_path / "targets.csv").read_text("utf-8").splitlines()
        last = last.replace(told["client_secret_file"], "wrong")
        (tmp_path / "targets.csv").write_text("\n".join([*lines, last]), "utf-8")
        seen = fleet.watched(
            [sys.executable, "-m", "diagnose", "fleet", "targets.csv", "--format", "jsonl"], tmp_path, 3
        )
    assert (seen.not_ready, seen.code) == (1, 3)
    assert seen.late.megabytes > 20


def test_without_haproxy_the_lab_is_told(tmp_path: Path) -> None:
    with lab.start("healthy") as running:
        told = crowd.described(running, 4443, "the simulated HaloPSA", 2)
        fleet.write_lists(told, tmp_path)
    assert (tmp_path / "places.txt").read_text("ascii").split() == [
        "halo-000.example.test:4443{127.0.0.1}",
        "halo-001.example.test:4443{127.0.0.1}",
    ]
    assert (tmp_path / "targets.csv").read_text("utf-8").count("halo-001.example.test:4443:127.0.0.1") == 1
