"""Who imports what: checks and reports reach no network, heavy libraries stay in one module, --help costs nothing."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import checks
import reports

ROOT = Path(__file__).resolve().parents[2]
OBSERVING = {"socket", "ssl", "asyncio", "httpx", "h11", "cryptography", "OpenSSL", "dns"}
HEAVY = OBSERVING | {"rich", "jinja2", "msgspec", "certifi", "packaging"}


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a new Python holds after `code`; -E keeps the tests' own guard out."""
    ending = "import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-E", "-c", f"{code}\n{ending}"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def modules_of(package: str, path: list[str]) -> Iterator[str]:
    """Return the package and everything in it."""
    yield package
    for module in pkgutil.walk_packages(path, f"{package}."):
        yield module.name


def test_no_check_imports_what_observes_not_even_indirectly() -> None:
    names = ", ".join(modules_of("checks", list(checks.__path__)))
    assert loaded_by(f"import {names}") & OBSERVING == set()


@pytest.mark.parametrize("name", list(modules_of("reports", list(reports.__path__))))
def test_no_report_imports_what_observes_not_even_indirectly(name: str) -> None:
    assert loaded_by(f"import {name}") & OBSERVING == set()


def test_the_twin_sees_what_a_module_drags_in() -> None:
    assert {"ssl", "socket", "httpx"} <= loaded_by("import httpx")


def test_what_an_author_of_checks_imports_observes_nothing() -> None:
    assert loaded_by("from diagnose import *") & OBSERVING == set()


HELP = """
import contextlib, io, os, sys
os._exit = sys.exit
from diagnose.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
"""


def test_help_imports_nothing_but_click() -> None:
    assert loaded_by(HELP) & HEAVY == set()


def importers(library: str, *packages: str) -> set[str]:
    """Return the files in these packages that import the library, wherever in the file."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if library in imported(ast.parse(path.read_bytes()))
    }


def imported(tree: ast.Module) -> set[str]:
    """Return the top-level names of everything that is imported in this file."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("library", ["httpx", "h11", "OpenSSL", "dns"])
def test_a_library_that_may_have_to_go_is_imported_in_one_module(library: str) -> None:
    assert len(importers(library, "diagnose", "checks", "reports")) == 1


def test_the_probes_are_known_before_httpx_is_imported_and_its_command_line_never_is() -> None:
    known = "import importlib, pkgutil, diagnose.probes as probes, diagnose.session, diagnose.probes.http\n"
    every = "names = [m.name for m in pkgutil.iter_modules(probes.__path__) if m.name != 'exchange']\n"
    every += "[importlib.import_module(f'diagnose.probes.{name}') for name in names]"
    assert loaded_by(known + every) & {"httpx", "h11", "httpcore"} == set()
    used = loaded_by("import diagnose.probes.exchange")
    assert {"httpx", "h11"} <= used
    assert used & {"click", "rich", "pygments", "httpcore", "anyio"} == set()


def test_httpx_on_its_own_drags_its_command_line_along() -> None:
    assert {"click", "rich", "pygments"} <= loaded_by("import httpx")


def test_sslyze_is_run_and_never_imported() -> None:
    """Its licence is the AGPL; the benchmark starts it as a program."""
    assert importers("sslyze", "diagnose", "checks", "reports", "tests", "bench") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import dns.resolver", {"dns"}),
        ("def f():\n    from OpenSSL import crypto", {"OpenSSL"}),
        ("from . import dns", set()),
        ("import diagnose.dns", {"diagnose"}),
    ],
)
def test_imports_are_read_wherever_they_stand(text: str, expected: set[str]) -> None:
    assert imported(ast.parse(text)) == expected
