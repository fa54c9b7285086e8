"""The programs that are compared, on the same server, as their manuals say (curl 7.88, OpenSSL 3, sslyze 6)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.server import Server

VENVS = Path(__file__).resolve().parents[1] / ".bench"
BARE = "python -c pass"
HELP = "diagnose --help"
RUN = "diagnose run"
CURL = "curl"
OPENSSL = "openssl s_client"
SSLYZE = "sslyze --certinfo"


def all_of(server: Server) -> dict[str, list[str]]:
    """Return every program that is on this machine, with its arguments."""
    place = f"{server.host}:{server.port}"
    url = f"https://{place}/api/InstanceInfo"
    commands = {
        BARE: [_in("product", "python"), "-c", "pass"],
        HELP: [_in("product", "diagnose"), "--help"],
        RUN: product_run(server),
        CURL: ["curl", "-s", "--noproxy", "*", "--resolve", f"{place}:{server.address}", "--cacert", server.roots, url],
        OPENSSL: ["openssl", "s_client", "-connect", f"{server.address}:{server.port}", "-servername", server.host,
                  "-CAfile", server.roots, "-verify_return_error"],
        SSLYZE: [_in("sslyze", "sslyze"), "--certinfo", "--certinfo_ca_file", server.roots,
                 "--mozilla_config=disable", f"{place}{{{server.address}}}"],
    }  # fmt: skip
    return {name: command for name, command in commands.items() if shutil.which(command[0])}


def product_run(server: Server) -> list[str]:
    """Return the healthy run."""
    return [_in("product", "diagnose"), "run", *server.options, "--format", "json"]


def _in(venv: str, program: str) -> str:
    """Return the path of a program in one of the benchmark's environments."""
    folder = VENVS / venv / ("Scripts" if sys.platform == "win32" else "bin")
    return str(folder / (f"{program}.exe" if sys.platform == "win32" else program))
