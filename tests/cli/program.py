"""The real program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from diagnose.lab.running import Running
from tests.cli import copied


def diagnose(
    *arguments: str, environment: Mapping[str, str] | None = None, stdin: str = "", seconds: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run `diagnose` with these arguments and return what it wrote and its exit code."""
    given = {**os.environ, **(environment or {})}
    run = copied.run if copied.may_be_copied(given) else anew
    return run(arguments, given, stdin, seconds)


def anew(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run the program in a new Python."""
    return subprocess.run(
        [sys.executable, "-m", "diagnose", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
        env=environment,
    )


def run_against(running: Running, *further: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run `diagnose run` against a simulated HaloPSA, the client id by its environment variable."""
    environment = running.environment() | dict(more.pop("environment", {}))  # type: ignore[call-overload]
    return diagnose("run", *running.run_arguments(), *further, environment=environment, **more)  # type: ignore[arg-type]
