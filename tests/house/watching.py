"""Run as a program: diagnoses a simulated HaloPSA and names every file and socket that checks or reports touched.

An audit hook (PEP 578) sees each `open` and socket; the innermost of our own frames says whose it was. What
Python's import system reads is not counted, nor are the templates of `reports`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

TEMPLATES = Path(__file__).resolve().parents[2] / "reports" / "templates"
EVENTS = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "subprocess.Popen",
    "urllib.Request",
)
TOUCHED: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what is opened on behalf of checks or reports."""
    if event in EVENTS or event.startswith("socket."):
        who = on_whose_behalf()
        if who and not is_template(arguments[0] if arguments else None):
            TOUCHED.append(f"{who}: {event} {arguments[:1]!r}")


def on_whose_behalf() -> str | None:
    """Return the module of `checks` or `reports` that is at work, unless something is being imported."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("importlib._bootstrap"):
            return None
        if name.partition(".")[0] in {"checks", "reports"}:
            return str(name)
        frame = frame.f_back
    return None


def is_template(path: object) -> bool:
    """Tell whether this is a file that a report may read."""
    return isinstance(path, str | bytes | os.PathLike) and TEMPLATES in Path(os.fsdecode(path)).resolve().parents


def diagnosed(scenario: str, form: str) -> object:
    """Diagnose a simulated HaloPSA under watch; return the exit code."""
    from diagnose.cli import main  # noqa: PLC0415 - after the hook, so that imports are watched too

    os._exit = sys.exit  # type: ignore[assignment]  # the program leaves at once, and what was touched is to be told
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            main(["demo", scenario, "--format", form])
    except SystemExit as end:
        return end.code
    return None


def misbehaving(package: str) -> None:
    """Open a file as a module of this package would: the twin that must be seen."""
    code = f"open({__file__!r}).close()"
    exec(code, {"__name__": f"{package}.of_a_bad_kind"})  # noqa: S102 - our own words


if __name__ == "__main__":
    sys.addaudithook(watch)
    if sys.argv[1] == "misbehave":
        misbehaving(sys.argv[2])
    elif (ended := diagnosed(sys.argv[1], sys.argv[2])) not in {0, 2 if sys.argv[2] == "nagios" else 3}:
        sys.exit(f"neither READY nor NOT READY: {ended}")
    sys.stdout.write("".join(f"{line}\n" for line in TOUCHED))
