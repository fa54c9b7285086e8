"""What every committed file keeps to."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REGISTRIES = re.compile(r"[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[r]egistry\.yarnpkg")
MACHINE = re.compile(r"/[r]oot/|/[w]ork/|/[h]ome/[a-z]|C:\\\\?[U]sers")
"""One letter in brackets, so that this file does not name one either."""
LOCKS = ("requirements.lock", "requirements-dev.lock", "bench/requirements.lock")


def committed() -> list[Path]:
    """Return the text files that git knows."""
    done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, cwd=ROOT)
    files = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:4096]]


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE], ids=["registry", "machine"])
def test_no_committed_file_names_a_registry_or_somebodys_machine(pattern: re.Pattern[str]) -> None:
    files = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8", errors="replace") for file in committed()}
    assert {name: found[0] for name, text in files.items() if (found := pattern.search(text))} == {}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_its_version_and_hashes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert [line for line in lines if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_the_locks_agree_about_what_they_share() -> None:
    runtime, dev = (set(re.findall(r"^\S+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE)) for name in LOCKS[:2])
    assert runtime <= dev


def test_every_npm_package_has_its_hash() -> None:
    lock = json.loads((ROOT / "tests/peers/package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []


def test_an_old_python_can_read_dev_py_far_enough_to_be_told() -> None:
    """The version is looked at before anything newer than Python 3.7 is used."""
    tree = ast.parse((ROOT / "dev.py").read_text("utf-8"), feature_version=(3, 7))
    assert [type(node).__name__ for node in tree.body[:3]] == ["Expr", "Import", "If"]
