"""The page on the allow-list says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from diagnose import lab
from diagnose.cli import run, vantage
from diagnose.outside.errand import PORTS
from diagnose.rulesets.exports import exports
from diagnose.rulesets.model import FORMATS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "allow-list.md").read_text("utf-8")


def test_every_export_stands_there_as_the_report_says_it() -> None:
    for export in exports():
        assert f"\n{export.text}\n```" in PAGE, export.format


def test_every_format_that_can_be_forced_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in FORMATS)


def test_every_option_it_names_exists() -> None:
    commands = [run.command, vantage.request, vantage.answer]
    known = {option for command in commands for parameter in command.params for option in parameter.opts}
    own_words = re.sub(r"```(?:powershell|sh)\n.*?```", "", PAGE, flags=re.DOTALL)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", own_words)) - {"--list"} <= known


def test_the_ports_and_the_scenarios_are_those_there_are() -> None:
    *most, last = map(str, PORTS)
    assert f"{', '.join(most)} and {last} only" in " ".join(PAGE.split())
    named = re.findall(r"`([a-z-]+)`", PAGE.partition("## Trying it")[2])
    assert set(named) <= set(lab.SCENARIOS)
