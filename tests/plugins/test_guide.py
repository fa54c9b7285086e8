"""The author's guide: its examples are run as they stand, and mypy tells a right plug-in from a wrong one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from diagnose import lab
from tests.cli.program import diagnose, run_against

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "writing-a-check.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```python\n(.*?)```\n<!-- end -->", GUIDE, re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with what a newcomer copies from the guide."""
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_the_examples_are_there() -> None:
    assert sorted(EXAMPLES) == ["acme.py", "robots.py"]


def test_they_are_seen_in_terminal_html_and_json(folder: Path) -> None:
    files = [part for name in EXAMPLES for part in ("--plugin", str(folder / name))]
    with lab.start("healthy") as running:
        done = run_against(running, *files, "--output", str(folder / "report"))
    report = json.loads((folder / "report" / "report.json").read_text("utf-8"))
    told = {check["id"]: check["status"] for check in report["checks"]}
    assert done.returncode == 0, done.stderr
    for id_ in ("acme.short-name", "robots.missing"):
        assert told[id_] == "pass"
        assert id_ in done.stdout
        assert id_ in (folder / "report" / "report.html").read_text("utf-8")
    assert report["tool"]["plugins"][0] == {"name": "acme.py", "version": "1.0"}


def test_five_changed_lines_make_another_check(folder: Path) -> None:
    text = EXAMPLES["acme.py"].replace("LONGEST = 40", "LONGEST = 10").replace("acme.", "mine.").replace("Acme", "Mine")
    (folder / "mine.py").write_text(text.replace("at most 40", "at most 10"), "utf-8")
    with lab.start("healthy") as running:
        report = json.loads(run_against(running, "--plugin", str(folder / "mine.py"), "--format", "json").stdout)
    assert report["verdict"]["causes"] == ["mine.short-name"]
    assert "at most 10" in diagnose("explain", "mine.short-name", "--plugin", str(folder / "mine.py")).stdout


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_they_pass_the_conformance_kit(name: str, folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--diagnose-plugin", name], capture_output=True, encoding="utf-8", check=False, cwd=folder
    )
    assert done.returncode == 0, done.stdout


def mypy(file: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--warn-unused-ignores", "--no-error-summary"]
    return subprocess.run(
        [*command, "--cache-dir", str(folder / "cache"), str(file)],
        capture_output=True, encoding="utf-8", check=False, cwd=ROOT,
    )  # fmt: skip


def test_mypy_accepts_a_right_plug_in_and_refuses_each_mistake(folder: Path) -> None:
    """With warn-unused-ignores, an error that does not come is an error as well."""
    typed = Path(__file__).with_name("typed_plugin.py")
    right = mypy(typed, folder)
    assert right.returncode == 0, right.stdout
    bare = folder / "bare.py"
    text = typed.read_text("utf-8")
    bare.write_text(re.sub(r"  # type: ignore.*", "", text), "utf-8")
    wrong = mypy(bare, folder)
    errors = {int(number) for number in re.findall(r"bare\.py:(\d+): error", wrong.stdout)}
    expected = {number for number, line in enumerate(text.splitlines(), 1) if "# type: ignore" in line}
    assert errors == expected, wrong.stdout


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_mypy_accepts_the_guides_examples(name: str, folder: Path) -> None:
    done = mypy(folder / name, folder)
    assert done.returncode == 0, done.stdout
