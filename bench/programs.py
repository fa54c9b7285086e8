"""The programs that are compared, on the same server, as their manuals say (curl 7.88, OpenSSL 3, sslyze 6)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.server import Server

VENVS = Path(__file__).resolve().parents[1] / ".bench"
RUN = "diagnose run"
RUNBOOK = "manual runbook"
CURL = "curl, one request"
OPENSSL = "openssl s_client"
SSLYZE = "sslyze --certinfo"
CALLS = {RUNBOOK: ("bash", "curl", "openssl")}
"""What a program needs beside itself."""


def all_of(server: Server) -> dict[str, list[str]]:
    """Return every program that is on this machine, with its arguments."""
    place = f"{server.host}:{server.port}"
    commands = {
        RUN: product_run(server),
        RUNBOOK: runbook(server),
        CURL: ["curl", "-s", "--noproxy", "*", "--resolve", server.resolve, "--cacert", server.roots,
               f"{server.resource}/InstanceInfo"],
        OPENSSL: ["openssl", "s_client", "-connect", f"{server.address}:{server.port}", "-servername", server.host,
                  "-CAfile", server.roots, "-verify_return_error"],
        SSLYZE: [*sslyze(server.roots), f"{place}{{{server.address}}}"],
    }  # fmt: skip
    return {
        name: command
        for name, command in commands.items()
        if all(map(shutil.which, (command[0], *CALLS.get(name, ()))))
    }


def product_run(server: Server) -> list[str]:
    """Return the healthy run."""
    return [in_venv("product", "diagnose"), "run", *server.options, "--format", "json"]


def runbook(server: Server) -> list[str]:
    """Return the same checks by hand."""
    return [str(Path(__file__).with_name("runbook.sh")), "--resource-server", server.resource,
            "--auth-server", server.auth, "--client-id", server.client_id,
            "--client-secret-file", server.secret_file, "--latest-stable", server.newest,
            "--cacert", server.roots, "--resolve", server.resolve]  # fmt: skip


def sslyze(roots: str) -> list[str]:
    """Return a scan of certificates alone; what is scanned is to be added."""
    program = in_venv("sslyze", "sslyze")
    return [program, "--certinfo", "--certinfo_ca_file", roots, "--mozilla_config=disable"]


def in_venv(venv: str, program: str) -> str:
    """Return the path of a program in one of the benchmark's environments."""
    folder = VENVS / venv / ("Scripts" if sys.platform == "win32" else "bin")
    return str(folder / (f"{program}.exe" if sys.platform == "win32" else program))
