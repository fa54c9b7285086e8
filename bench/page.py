"""The tables of a run as text, and their place in bench/README.md."""

from __future__ import annotations

import os
import platform
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench import front, programs
from bench.table import Found, judged

PAGE = Path(__file__).with_name("README.md")
VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
BLOCK = re.compile(r"(<!-- last run -->\n).*?(<!-- end -->)", re.DOTALL)


def section(found: Found) -> str:
    """Return one part as it is printed."""
    return f"{found.title}\n{'-' * len(found.title)}\n{found.text}"


def whole(found: Iterable[Found]) -> str:
    """Return every part and what was aimed at."""
    parts = list(found)
    aims = {aim: good for one in parts for aim, good in one.aims.items()}
    return "\n\n".join([*map(section, parts), judged(aims)])


def machine() -> str:
    """Say on what was measured, in a way that does not tell which machine it was."""
    python = f"{platform.python_implementation()} {'.'.join(platform.python_version_tuple()[:2])}"
    openssl = " ".join(ssl.OPENSSL_VERSION.split()[:2])
    return ", ".join([f"{os.cpu_count()} cores, {platform.system()}, {python} with {openssl}", *_others()])


def _others() -> list[str]:
    """The versions of the programs that are no part of this project, as far as they tell."""
    version_of_sslyze = "import importlib.metadata; print(importlib.metadata.version('sslyze'))"
    asked = {
        "curl": ["curl", "--version"],
        "openssl": ["openssl", "version"],
        "sslyze": [programs.in_venv("sslyze", "python"), "-c", version_of_sslyze],
        "HAProxy": [front.program() or "haproxy", "-v"],
    }
    return [
        f"{name} {version[0]}"
        for name, command in asked.items()
        if shutil.which(command[0])
        and (version := VERSION.search(subprocess.run(command, capture_output=True, text=True, check=False).stdout))
    ]


def with_run(text: str, found: Iterable[Found]) -> str:
    """Return the page with this run between its markers."""
    block = f"On a machine with {machine()}:\n\n```text\n{whole(found)}\n```\n"
    return BLOCK.sub(lambda marks: marks[1] + block + marks[2], text)


def write(found: Iterable[Found]) -> None:
    """Put this run into the page."""
    PAGE.write_text(with_run(PAGE.read_text("utf-8"), found), encoding="utf-8")
