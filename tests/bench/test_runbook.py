"""The manual runbook, beside which the product is measured, says what is so and gives no secret away."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import programs
from bench.lab import described
from bench.server import told
from diagnose import lab
from tests.peers.programs import program

WATCHED = """#!/bin/sh
{ printf '%s ' "$0" "$@"; env; cat "$TMPDIR"/*/*; } >>"$WATCHED" 2>/dev/null
exec REAL "$@"
"""
"""Notes what others on the machine can see of a program, and is that program."""


@pytest.fixture(autouse=True)
def needed() -> None:
    for name in ("bash", "openssl", "curl"):
        program(name)


def run(running: lab.Running, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = programs.runbook(told(described(running)))
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | (environment or {}), timeout=60
    )


def failed(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("FAIL  ") for line in done.stdout.splitlines() if line.startswith("FAIL")]


def test_it_passes_a_healthy_server_and_no_secret_is_seen_meanwhile(tmp_path: Path) -> None:
    """Not on a command line, not in an environment, not in a file, and no file is left."""
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("openssl", "curl", "sed", "tr", "awk", "cut"):
        watched = tmp_path / name
        watched.write_text(WATCHED.replace("REAL", shutil.which(name) or name), "utf-8")
        watched.chmod(0o755)
    seen = tmp_path / "seen"
    with lab.start("healthy") as running:
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "WATCHED": str(seen), "TMPDIR": str(kept)}
        done = run(running, environment)
        assert (done.returncode, failed(done), done.stderr) == (0, [], "")
        assert done.stdout.endswith("READY\n")
        assert [request.credential for request in running.log.with_credential()] == ["secret"] * 2 + ["token"] * 5
        assert "client_secret@-" in seen.read_text("utf-8")
        assert running.log.credential_in(seen.read_text("utf-8"), done.stdout) == ""
        assert running.log.credential_in(running.client_secret) == "secret"
    assert list(kept.iterdir()) == []


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (
            "expired",
            ["openssl accepts the chain, the name and the dates (certificate has expired)", "CN = halo.example.test"],
        ),
        (
            "missing-intermediate",
            ["openssl accepts the chain, the name and the dates (unable to get", "every certificate up to a trusted"],
        ),
        ("wrong-name", ["openssl accepts the chain, the name and the dates (hostname", "the certificate is for halo."]),
        ("wrong-secret", ["a token is granted (401, invalid_client)"]),
        ("all-ticked", ["the permission all is refused (200, )", "a token is granted (400, invalid_request)"]),
        ("area-403-items", ["https://halo.example.test:"]),
    ],
)
def test_it_fails_for_what_is_wrong_alone(scenario: str, expected: list[str]) -> None:
    """And where the certificate does not hold, no secret leaves."""
    with lab.start(scenario) as running:
        done = run(running)
        wrong = failed(done)
        certificate = scenario in {"expired", "missing-intermediate", "wrong-name"}
        assert bool(running.log.with_credential()) is not certificate
    assert done.returncode == 1
    assert len(wrong) == len(expected), wrong
    assert [line for line, start in zip(wrong, expected, strict=True) if not line.startswith(start)] == []


def test_what_it_must_be_told_and_is_not_is_a_usage_error() -> None:
    script = str(Path(programs.__file__).with_name("runbook.sh"))
    assert subprocess.run([script, "--client-id", "1"], capture_output=True, check=False).returncode == 2
