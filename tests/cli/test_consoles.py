"""Every console encoding, by running the program: never a crash, always readable, and no data lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diagnose import lab
from diagnose.cli.fitting import fitting
from diagnose.format import NAMES
from diagnose.report import digest
from reports.html import read_back
from tests.cli.program import run_against
from tests.cli.terminal import Terminal

ENCODINGS = ("cp437", "cp850", "cp1252", "cp932", "ascii", "utf-8")
STRANGE = "Zürich ✓ 漢字 \U0001f600"
"""A tenant that no code page of Windows holds as a whole."""


def _ran(*arguments: str, encoding: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "diagnose", *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", **environment},
    )
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strange")
    with lab.start("missing-intermediate") as running:
        done = run_against(running, "--tenant", STRANGE, "--output", str(folder), "-q")
    assert done.returncode == 3, done.stderr
    return folder / "report.json"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_format_is_readable_in_every_encoding(saved: Path, encoding: str) -> None:
    """The report as data is the same whatever the console's code page; what people read has the verdict in words."""
    document = json.loads(saved.read_text("utf-8"))
    for name in NAMES:
        code, output, errors = _ran("render", str(saved), "--format", name, encoding=encoding)
        assert code == 0, (name, errors)
        assert "Traceback" not in errors
        assert "tls.chain-complete" in output
        if name == "json":
            assert json.loads(output) == document
            assert document["digest"]["value"] == digest(json.loads(output))
        if name == "html":
            assert read_back(output) == document
        if name in {"terminal", "text", "markdown"}:
            assert "NOT READY" in output
            assert "FAIL" in output
            assert "Z?rich" not in output


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_run_and_its_words_fit_every_encoding(encoding: str) -> None:
    with lab.start("missing-intermediate") as running:
        known = running.environment()
        arguments = ("run", *running.run_arguments(), "--tenant", STRANGE, "-v")
        code, output, errors = _ran(*arguments, encoding=encoding, HALO_CLIENT_ID=known["HALO_CLIENT_ID"])
    assert code == 3, errors
    assert "NOT READY" in output
    assert "Traceback" not in errors


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_error_path_fits_every_encoding_and_is_one_sentence(encoding: str) -> None:
    code, output, errors = _ran("explain", STRANGE, encoding=encoding)
    assert (code, output) == (2, "")
    assert errors.startswith("diagnose: there is no check")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_needs_no_network_fits_every_encoding(encoding: str) -> None:
    for arguments in (("--help",), ("run", "--help"), ("list",), ("explain", "auth.tenant"), ("demo", "--list")):
        code, output, errors = _ran(*arguments, encoding=encoding)
        assert (code, errors) == (0, "")
        assert len(output) > 100


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")
@pytest.mark.parametrize("columns", [40, 200])
def test_a_terminal_of_any_width_and_kind_is_served(saved: Path, columns: int) -> None:
    """Coloured where that is wanted, plain with NO_COLOR and TERM=dumb, and no line wider than the terminal."""
    for environment in ({}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
        at = Terminal("render", str(saved), folder=saved.parent, environment=environment, size=(24, columns))
        assert at.end() == 0
        assert ("\x1b[" in at.seen) is (not environment)
        assert "NOT READY" in at.text
        prose = [line for line in at.text.splitlines() if line.startswith(("╭", "│", "╰"))]
        assert prose
        assert all(len(line) <= columns for line in prose)


def test_people_read_plain_forms_and_machines_read_escapes() -> None:
    assert fitting("…1f0c → ü", "text", "ascii") == "...1f0c -> \\xfc"
    assert fitting('{"a": "…\U0001f600"}', "json", "cp437") == '{"a": "\\u2026\\ud83d\\ude00"}'
    assert fitting("<p>ü</p>", "html", "cp1252") == "<p>&#252;</p>"
    assert fitting("<p>ü</p>", "html", "utf8") == "<p>ü</p>"
    assert fitting("ü", "text", "no-such-encoding") == "\\xfc"
