"""The program in a copy of a process that has made the imports already: they are most of what a short run costs.

The copy has arguments, an environment, a folder and standard streams of its own, and ends as the program ends. What
Python settles before any program starts (encodings, where modules are found) is that of the process it is copied from.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe
from multiprocessing.context import ForkServerContext
from pathlib import Path

SETTLED = ("PYTHON", "LANG", "LC_", "TZ")
"""How the variables begin that Python reads at its start."""
PACKAGES = ("checks", "diagnose", "reports")
NOT_YET = ("diagnose.cli", "diagnose.lab.__main__", "diagnose.__main__")
"""What is not imported beforehand: the command line, whose clock begins then, and what runs when it is imported."""


def settled(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what Python reads of an environment at its start."""
    return {name: value for name, value in environment.items() if name.startswith(SETTLED)}


AT_START = settled(os.environ)


def may_be_copied(environment: Mapping[str, str]) -> bool:
    """Tell whether a copy in this environment is what a new Python would be."""
    return sys.platform == "linux" and settled(environment) == AT_START


def run(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run the program with these arguments, as `subprocess.run` does with text and captured output."""
    (given, asks), (output, says), (errors, complains) = (Pipe(duplex=False) for _ in range(3))
    streams = (given, says, complains)
    copy = original().Process(target=become, args=(arguments, dict(environment), Path.cwd(), streams))
    copy.start()
    for stream in streams:
        stream.close()
    with ThreadPoolExecutor(3) as pool:
        written = pool.submit(write, asks, stdin)
        told = [pool.submit(read, stream) for stream in (output, errors)]
        copy.join(seconds)
        if copy.exitcode is None:
            copy.kill()
            raise subprocess.TimeoutExpired(arguments, seconds)
        written.result()
        return subprocess.CompletedProcess(arguments, copy.exitcode, *(text.result() for text in told))


@cache
def original() -> ForkServerContext:
    """Return what makes the copies; the first one starts the process that they are copied from."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(modules()))
    return context


def modules() -> Iterator[str]:
    """Yield the names of everything that is imported beforehand."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.startswith(NOT_YET):
                yield module.name


def write(stream: Connection, text: str) -> None:
    """Write the text to the program, which need not read it."""
    with stream, suppress(BrokenPipeError), os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8") as file:
        file.write(text)


def read(stream: Connection) -> str:
    """Read what the program wrote, to the end."""
    with stream, os.fdopen(os.dup(stream.fileno()), encoding="utf-8") as file:
        return file.read()


def become(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, streams: Sequence[Connection]
) -> None:
    """Be `python -m diagnose` from here on."""
    gc.freeze()  # what was imported is not looked through for garbage in each copy
    for number, (name, stream) in enumerate(zip(("stdin", "stdout", "stderr"), streams, strict=True)):
        os.dup2(stream.fileno(), number)
        stream.close()
        before = getattr(sys, f"__{name}__")
        how = {"encoding": before.encoding, "errors": before.errors, "buffering": 1 if name == "stderr" else -1}
        setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False, **how))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = arguments
    runpy.run_module("diagnose", run_name="__main__")
