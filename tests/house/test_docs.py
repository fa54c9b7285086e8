"""The documentation is true: every page is current, and every command shown with a prompt does what it says."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from diagnose import mending
from diagnose.catalogue import DISTRIBUTION, WIDTH, in_full
from diagnose.registry import load
from diagnose.text import pieces

ROOT = Path(__file__).resolve().parents[2]
HOW_TOS = ("for-admins", "for-support", "for-developers")
COMMAND = re.compile(r"^\$ diagnose (.*?)(?:\s+# exit code (\d+))?$", re.MULTILINE)


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_check_has_its_page_as_the_program_tells_it(build: ModuleType) -> None:
    """Otherwise run `python docs/build.py`."""
    assert build.stale() == []


def test_explain_says_what_the_page_says(build: ModuleType) -> None:
    checks = {check.id: check for check in load(plugins=False, probes=False).checks}
    for file, page in build.pages().items():
        told = " ".join(in_full(checks[file.stem]).split())
        for line in re.findall(r"^- (.*)$", page, re.MULTILINE):
            for piece, _ in pieces(line):
                assert " ".join(piece.split()) in told, file.stem


def test_explain_keeps_every_command_in_one_line() -> None:
    """Pasted in two lines it fails; the sentences around it are broken."""
    checks = {check.id: check for check in load(plugins=False, probes=False).checks}
    commands = 0
    for name in mending.ids():
        lines = [line.strip() for line in in_full(checks[name]).splitlines()]
        for piece, command in pieces(mending.verifying(name)):
            if command:
                commands += 1
                assert piece in lines
            elif len(piece) > WIDTH:
                assert piece not in lines
    assert commands > 5


def test_of_every_check_it_is_said_how_to_mend_it_and_how_to_see_that_it_is_mended() -> None:
    known = {check.id for check in load(plugins=False, probes=False).checks if check.source == DISTRIBUTION}
    assert set(mending.ids()) == known
    for name in mending.ids():
        assert mending.mending(name), name
        assert mending.verifying(name).startswith("Run this diagnosis again"), name
        assert "</dev/null" not in mending.verifying(name), name


@pytest.mark.parametrize("name", HOW_TOS)
def test_the_commands_of_a_how_to_do_what_they_say(name: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    commands = COMMAND.findall(text)
    assert len(commands) == text.count("\n$ ")
    for arguments, code in commands:
        done = subprocess.run(
            [sys.executable, "-m", "diagnose", *shlex.split(arguments)],
            capture_output=True, encoding="utf-8", cwd=tmp_path, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == int(code or 0), (arguments, done.stderr)


@pytest.mark.parametrize("name", HOW_TOS)
def test_what_a_how_to_links_to_is_there(name: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs" / f"{name}.md").read_text("utf-8")):
        assert (ROOT / "docs" / link).exists(), link
