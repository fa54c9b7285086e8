"""Every verdict in every format, by running the program; and every format out of a saved report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diagnose import lab
from diagnose.format import NAMES
from tests.cli.program import diagnose, run_against

VERDICTS = {
    "healthy": ("READY", 0, 0),
    "expires-soon": ("READY WITH WARNINGS", 0, 1),
    "ip-restriction-unknown": ("UNDECIDED", 5, 3),
    "missing-intermediate": ("NOT READY", 3, 2),
}
"""Scenario: the verdict as people read it, the exit code, and the one of a monitoring plug-in."""


@pytest.mark.parametrize("scenario", VERDICTS)
def test_the_exit_code_is_the_same_in_every_format_but_nagios(scenario: str) -> None:
    spoken, code, monitoring = VERDICTS[scenario]
    with lab.start(scenario) as running:
        for name in NAMES:
            done = run_against(running, "--format", name)
            assert done.returncode == (monitoring if name == "nagios" else code), (name, done.stderr)
            assert spoken.lower().replace(" ", "_") in done.stdout or spoken in done.stdout or name == "csv", name
            assert done.stderr == ""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    with lab.start("missing-intermediate") as running:
        done = run_against(running, "--output", str(folder), "-q")
    assert done.returncode == 3
    return folder


@pytest.mark.parametrize("source", ["report.json", "report.html"])
@pytest.mark.parametrize("name", NAMES)
def test_a_saved_report_renders_in_every_format_and_exits_0(saved: Path, source: str, name: str) -> None:
    done = diagnose("render", str(saved / source), "--format", name)
    assert done.returncode == 0, done.stderr
    assert "tls.chain-complete" in done.stdout


def test_json_to_html_to_json_is_the_same_document(saved: Path, tmp_path: Path) -> None:
    first = json.loads((saved / "report.json").read_text("utf-8"))
    page = tmp_path / "again.html"
    assert diagnose("render", str(saved / "report.json"), "-o", str(page)).returncode == 0
    assert page.read_bytes() == (saved / "report.html").read_bytes()
    assert json.loads(diagnose("render", str(page), "--format", "json").stdout) == first


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", "<html></html>", '{"schema_version": "1.0"}', "\0\1", "[" * 9999]
)
def test_what_is_no_report_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(content, "utf-8")
    done = diagnose("render", str(file))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
