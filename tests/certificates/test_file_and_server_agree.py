"""What `certificate` says of a file is what `run` says of the server that sends it, scenario by scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose import lab
from diagnose.cli import certificate as certificate_command
from diagnose.cli.certificate_order import Order
from diagnose.lab.running import Running
from diagnose.lab.scenario import AUTH_HOST, Door
from diagnose.report import Document
from tests.test_scenarios import diagnosed

NAMES = sorted(name for name, each in lab.SCENARIOS.items() if each.subject in {"chains", "certificates", "healthy"})
OF_A_SERVER = {"tls.handshake", "tls.same-everywhere"}
WORST_FIRST = ("fail", "unknown", "warn", "pass", "skip")


def judged(running: Running, door: Door, host: str, folder: Path) -> Document:
    file = folder / "chain.pem"
    file.write_text("".join(map(running.pki.pem, door.chain)), encoding="ascii")
    resolve = [part for entry in running.resolve for part in ("--resolve", entry)]
    further = ["--no-aia"] if "--no-aia" in running.options else []
    arguments = [str(file), "--name", host, "--trust-roots", str(running.trust_roots), *resolve, *further]
    given = certificate_command.command.make_context("certificate", [*arguments, "--no-input"]).params
    return Order.read(given).judge()


def classified(document: Document) -> dict[str, str]:
    found = {check.id: check.status.value for check in document.report.checks if check.category == "tls"}
    return {name: status for name, status in found.items() if name not in OF_A_SERVER}


@pytest.mark.parametrize("name", NAMES)
def test_file_and_server_are_classified_alike(name: str, tmp_path: Path) -> None:
    scenario = lab.SCENARIOS[name]
    doors = [(door, scenario.given.host) for door in scenario.doors] + [
        (door, AUTH_HOST) for door in scenario.auth_doors
    ]
    doors += [(door.but(chain=door.turns), host) for door, host in doors if door.turns]
    with lab.start(name) as running:
        server = classified(diagnosed(running, "--only", "tls.*"))
        files = [classified(judged(running, door, host, tmp_path)) for door, host in doors if door.wire == "tls"]
    worst = {id_: min((each[id_] for each in files), key=WORST_FIRST.index) for id_ in files[0]}
    assert worst == server
