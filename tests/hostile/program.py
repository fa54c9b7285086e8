"""The real program in a process of its own, with its time and its memory taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema

from diagnose.lab.running import Running
from diagnose.schema import document_schema

WATCHED = Path(__file__).with_name("watched.py")
MEMORY = 200e6
"""Bytes that a run may hold."""
AFTERWARDS = 1.0
"""Seconds after `--timeout` at which a run has ended at the latest."""


@dataclass(frozen=True)
class Ended:
    """One run of the program, from its start to its end."""

    code: int
    output: str
    errors: str
    seconds: float
    memory: float

    @property
    def report(self) -> Any:
        """The report, which the schema accepts."""
        found = json.loads(self.output)
        validator().validate(found)
        return found


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(document_schema())


def diagnose(*arguments: str, environment: Mapping[str, str] | None = None, patience: float = 90.0) -> Ended:
    """Run `diagnose` with these arguments."""
    with TemporaryDirectory() as folder:
        notes = Path(folder) / "notes"
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(WATCHED), str(notes), sys.executable, "-m", "diagnose", *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=patience,
            check=False,
            env={**os.environ, **(environment or {})},
        )
        seconds, memory = map(float, notes.read_text("ascii").split())
    return Ended(done.returncode, done.stdout, done.stderr, seconds, memory)


def run_against(running: Running, *further: str, timeout: float = 30.0) -> Ended:
    """Diagnose a simulated HaloPSA; the report is JSON on standard output."""
    arguments = [*running.run_arguments(), "--format", "json", "--timeout", f"{timeout:g}", *further]
    return diagnose("run", *arguments, environment=running.environment(), patience=timeout + 60)
