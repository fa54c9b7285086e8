"""How to see that it is mended: every remedy of the bundled checks names this diagnosis as one of the ways."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(ROOT / "checks").glob("*.py"), *(ROOT / "diagnose" / "reachability").glob("*.py")])
AGAIN = re.compile(r"\bRun th(is|e) diagnosis again\b", re.IGNORECASE)
MADE = {"verify", "proofs", "_verify", "_seen_from_outside"}
"""What makes the sentence elsewhere: a parameter, or a function with tests of its own."""


def remedies(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Remedy":
            yield node


def sentence(call: ast.Call) -> str:
    """Return the constant words of `verify`, and the names of what else makes it."""
    for keyword in call.keywords:
        if keyword.arg == "verify":
            nodes = list(ast.walk(keyword.value))
            words = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            return " ".join([*words, *(f"<{node.id}>" for node in nodes if isinstance(node, ast.Name))])
    return ""


def names_a_way(call: ast.Call) -> bool:
    words = sentence(call)
    return bool(AGAIN.search(words)) or any(f"<{name}>" in words for name in MADE)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_every_remedy_says_that_the_diagnosis_shows_it(file: Path) -> None:
    """openssl is absent on many a Windows; this tool is there."""
    for call in remedies(file.read_text("utf-8")):
        assert names_a_way(call) or file.stem == "tls", f"{file.name}:{call.lineno}: {sentence(call)!r}"


def test_a_remedy_that_names_only_a_tool_would_be_found() -> None:
    call = next(remedies('Remedy("x", verify="openssl s_client shows it.")'))
    assert not names_a_way(call)
    assert not names_a_way(next(remedies('Remedy("x")')))
    assert names_a_way(next(remedies('Remedy("x", verify="Run this diagnosis again.")')))


def test_nothing_is_shown_that_powershell_does_not_understand() -> None:
    for file in SOURCES:
        code = "\n".join(line for line in file.read_text("utf-8").splitlines() if "syntax error" not in line)
        assert "</dev/null" not in code, file.name
