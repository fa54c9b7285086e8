"""The README shows what the program really prints."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from diagnose import exit_codes
from diagnose.cli import COMMANDS
from diagnose.registry import load

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_block_is_current(build: ModuleType) -> None:
    """Otherwise run `python docs/build.py`."""
    assert build.current(README) == README


def test_the_table_holds_every_check_once() -> None:
    for check in load(probes=False).checks:
        if check.source == "halo-diagnose":
            assert README.count(f"| `{check.id}` |") == 1, check.id


def test_the_exit_codes_are_the_programs() -> None:
    told = {int(number) for number in re.findall(r"^\| (\d+) \| ", README, re.MULTILINE)}
    assert told == {
        exit_codes.READY,
        exit_codes.INTERNAL_ERROR,
        exit_codes.USAGE,
        exit_codes.NOT_READY,
        exit_codes.WARNINGS,
        exit_codes.UNDECIDED,
        exit_codes.SECRET_REFUSED,
        exit_codes.INTERRUPTED,
    }


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    for further in getattr(command, "commands", {}).values():
        yield from _options(further)


def test_every_option_and_command_that_is_mentioned_exists() -> None:
    known = {"--list", "--version", "--help", "--help-all"}
    for name in COMMANDS:
        known |= set(_options(importlib.import_module(f"diagnose.cli.{name}").command))
    for option in set(re.findall(r"`(--[a-z-]+)", README)):
        assert option in known, option
    for name in set(re.findall(r"`diagnose ([a-z]+)", README)):
        assert name in COMMANDS, name


def test_what_is_linked_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link
