"""Judging and telling touch nothing: no file but the reports' own templates, no socket, no other program."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from diagnose import format as formats

FORMATS = sorted(entry.name for entry in metadata.entry_points(group=formats.GROUP))
WATCHING = Path(__file__).with_name("watching.py")


def touched(*arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, str(WATCHING), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("scenario", ["healthy", "missing-intermediate"])
def test_no_check_and_no_report_touches_anything(scenario: str, form: str) -> None:
    assert touched(scenario, form) == []


@pytest.mark.parametrize("package", ["checks", "reports"])
def test_one_that_does_is_seen(package: str) -> None:
    assert [line.partition(":")[0] for line in touched("misbehave", package)] == [f"{package}.of_a_bad_kind"]


def test_one_that_may_is_not_seen() -> None:
    assert touched("misbehave", "diagnose") == []
