"""Files of evidence as they are named on the command line: found at once, forced formats, Windows' drives."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from diagnose.errors import UsageError
from diagnose.inputs import evidence


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("rules.txt", "site/web.config", "api/web.config"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x", "utf-8")


def test_a_report_shows_names_without_folders_and_tells_namesakes_apart(tmp_path: Path) -> None:
    found = evidence.found(rules=["site/web.config", "api/web.config", str(tmp_path / "rules.txt")])
    assert [file.name for file in found.rules] == ["web.config", "web.config (2)", "rules.txt"]
    assert [file.format for file in found.rules] == [None, None, None]


@pytest.mark.parametrize("form", ["plain", "nginx", "iis-config", "windows-firewall-json"])
def test_a_format_before_the_file_forces_it(form: str) -> None:
    file = evidence.found(rules=[f"{form}:rules.txt"]).rules[0]
    assert (file.format, file.name) == (form, "rules.txt")


@pytest.mark.parametrize("text", ["C:\\halo\\rules.txt", "d:rules.txt", "C:/halo/rules.txt"])
def test_one_letter_before_a_colon_is_a_drive(text: str) -> None:
    with pytest.raises(UsageError, match="No such file") as caught:
        evidence.found(rules=[text])
    assert "format" not in str(caught.value)


def test_a_format_may_stand_before_a_drive() -> None:
    with pytest.raises(UsageError, match=r"--allow-list C:\\x\.conf"):
        evidence.found(rules=["nginx:C:\\x.conf"])


def test_an_unknown_format_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean nginx"):
        evidence.found(rules=["ngnix:rules.txt"])


@pytest.mark.skipif(sys.platform == "win32", reason="no file has a colon in its name on Windows")
def test_a_file_whose_name_has_a_colon_is_that_file() -> None:
    Path("old:rules.txt").write_text("x", "utf-8")
    assert evidence.found(rules=["old:rules.txt"]).rules[0].name == "old:rules.txt"


@pytest.mark.parametrize("option", ["--allow-list", "--server-log", "--vantage"])
@pytest.mark.parametrize(
    ("name", "word"), [("none.txt", "No such file"), ("site", "folder"), ("a\0b", "cannot be read")]
)
def test_what_is_no_file_names_its_option(option: str, name: str, word: str) -> None:
    kinds = {"--allow-list": "rules", "--server-log": "logs", "--vantage": "vantages"}
    with pytest.raises(UsageError, match=option) as caught:
        evidence.found(**{kinds[option]: [name]})
    assert word in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no place in the file system on Windows")
def test_a_pipe_is_not_opened_before_it_is_read() -> None:
    os.mkfifo("pipe")
    assert evidence.found(logs=["pipe"]).logs[0].name == "pipe"


def test_a_name_with_odd_characters_is_made_harmless() -> None:
    Path("rules\u202e.txt").write_text("x", "utf-8")
    assert evidence.found(rules=["rules\u202e.txt"]).rules[0].name == "rules\\u202e.txt"
