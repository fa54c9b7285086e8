"""The list of scenarios is sound: each names its fault, its verdict and its twin."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from diagnose import lab
from diagnose.lab.flights import FLIGHTS
from diagnose.lab.pages import PAGES
from diagnose.lab.tricks import TRICKS

ALL = list(lab.SCENARIOS.values())
VERDICTS = {"ready", "ready_with_warnings", "undecided", "not_ready"}
REFUTE = {"allowlist.configuration", "allowlist.logs", "allowlist.vantage"}
"""Recommended checks that fail: they refute, and are never a cause."""


def test_there_are_at_least_sixty_and_names_are_unique() -> None:
    assert len(ALL) >= 60
    folder = Path(lab.__file__).parent / "scenarios"
    assert all(scenario.name == name for name, scenario in lab.SCENARIOS.items())
    declared = sum(
        len(__import__(f"diagnose.lab.scenarios.{path.stem}", fromlist=["SCENARIOS"]).SCENARIOS)
        for path in folder.glob("*.py")
        if path.stem != "__init__"
    )
    assert declared == len(ALL)


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_scenario_is_sound(scenario: lab.Scenario) -> None:
    assert scenario.expected_verdict in VERDICTS
    assert bool(scenario.expected_causes) == (scenario.expected_verdict == "not_ready")
    assert scenario.expected_causes == tuple(sorted(scenario.expected_causes))
    assert scenario.sentence.endswith(".")
    assert set(scenario.pages.values()) <= set(PAGES)
    assert {*scenario.tricks.values(), *scenario.aia_tricks.values()} <= set(TRICKS)
    assert {door.flight for door in scenario.doors} <= {"", "cut-off", *FLIGHTS}
    twin = lab.SCENARIOS[scenario.twin]
    assert twin.expected_verdict == "ready"
    assert all(scenario.expected.get(cause, "fail") == "fail" for cause in scenario.expected_causes)
    for check, status in scenario.expected.items():
        assert status in {"pass", "warn", "fail", "unknown", "skip"}
        assert status != "fail" or check in {*scenario.expected_causes, *REFUTE}


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_scenario_starts_and_stops_without_a_trace(scenario: lab.Scenario) -> None:
    with lab.start(scenario) as running:
        folder = running.trust_roots.parent
        arguments = running.run_arguments()
        assert folder.is_dir()
        assert not any("{" in argument for argument in arguments)
        assert running.client_secret not in arguments
        assert not any(running.client_secret.strip() in argument for argument in arguments)
    assert not folder.exists()


def test_a_name_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(KeyError, match="healthy"):
        lab.named("no-such-thing")


def test_a_diagnosis_never_imports_the_lab() -> None:
    """Only the demo command may, while it runs, and a shell that completes a scenario's name."""
    package = Path(lab.__file__).parents[1]
    importing = set()
    for path in package.rglob("*.py"):
        if path.is_relative_to(package / "lab"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if any(name.startswith("diagnose.lab") for name in names):
                importing.add(path.relative_to(package).as_posix())
    assert importing <= {"cli/demo.py", "cli/completing.py"}
