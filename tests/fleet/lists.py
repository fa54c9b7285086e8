"""Lists of targets on a simulated HaloPSA, and what the program says to them."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from diagnose.lab import Running, named, start
from diagnose.lab.pki import LEAF

STARTED = "import diagnose.fleet.crew as crew; crew.cores = lambda: {}; from diagnose.start import main; main()"
"""The program on a machine of so many cores."""
COLUMNS = ("name", "resource_server", "auth_server", "client_id", "client_secret_file", "resolve", "trust_roots",
           "ip_restriction", "timeout", "client_secret_env", "tenant")  # fmt: skip


def row(name: str, running: Running, **changes: str) -> dict[str, str]:
    return {
        "name": name,
        "resource_server": running.resource_server,
        "auth_server": running.auth_server,
        "client_id": running.client_id,
        "client_secret_file": str(running.secret_file),
        "resolve": ";".join(running.resolve),
        "trust_roots": str(running.trust_roots),
        "ip_restriction": "no",
    } | changes


def listed(folder: Path, *rows: dict[str, str]) -> str:
    file = folder / "fleet.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return str(file)


def lines(text: str) -> dict[str, dict[str, Any]]:
    """Return the JSON lines by name; every line is one."""
    return {told["name"]: told for told in map(json.loads, text.splitlines())}


@contextlib.contextmanager
def many_names() -> Generator[Running]:
    """Run one healthy server under as many names as anybody likes."""
    with start(named("healthy").but(specs=(LEAF.but(names=("*.example.test",)),))) as running:
        yield running


def at(running: Running, name: str, **changes: str) -> dict[str, str]:
    """Return a target of this name, on a host of this name."""
    port = urlsplit(running.origin).port or 0
    return row(name, running) | placed(f"{name}.example.test", port) | changes


def placed(host: str, port: int) -> dict[str, str]:
    origin = f"https://{host}:{port}"
    return {
        "resource_server": f"{origin}/api",
        "auth_server": f"{origin}/auth/",
        "resolve": f"{host}:{port}:127.0.0.1",
    }


def some(running: Running, number: int) -> list[dict[str, str]]:
    return [at(running, f"halo-{each}") for each in range(number)]


def program(*arguments: str, cores: int = 2, before: str = "") -> list[str]:
    """Return the command; `before` is done in that process before the program starts."""
    return [sys.executable, "-c", f"{before}\n{STARTED.format(cores)}", "fleet", *arguments, "--format", "jsonl"]
