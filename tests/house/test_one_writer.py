"""Every byte goes through the one writer: nothing else prints, or opens a file to write to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITERS = {"diagnose/guard.py", "diagnose/streams.py"}
EXCEPTIONS = {
    "diagnose/lab/__main__.py": "the simulated server as a program of its own: it says where it listens",
    "diagnose/lab/running.py": "the simulated server's own certificates and secrets, in a folder that is thrown away",
    "diagnose/lab/doors.py": "the simulated server's keys, for the TLS library, which reads files only",
    "diagnose/certificates/writing.py": "a chain with its private key: that was asked for, and the file is its owner's",
    "diagnose/cli/helping.py": "the text of a help, collected by click's own formatter",
    "diagnose/support/archive.py": "a zip in memory, handed to the writer",
}
"""The only others, and why."""
PRINTS = {"print", "secho", "echo", "confirm", "prompt", "breakpoint"}
ASKS = {"confirm", "prompt"}
"""Words that a function of our own may have as its name."""
WRITES = {"write_text", "write_bytes", "fdopen", "mkstemp", "NamedTemporaryFile", "TemporaryFile", "copyfile", "copy2"}


def files() -> list[Path]:
    return [path for package in ("diagnose", "checks", "reports") for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def outlets(tree: ast.AST) -> Iterator[str]:
    """Return what in this file could write past the writer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            on = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if called in PRINTS and (on in {"click", "rich", "builtins"} or (not on and called not in ASKS)):
                yield f"{node.lineno}: {called}"
            if called in WRITES or (called in {"write", "writelines"} and (on == "os" or "std" in on)):
                yield f"{node.lineno}: {on}.{called}"
            if called == "open" and any(set(mode) & set("wxa+") for mode in modes(node)):
                yield f"{node.lineno}: open to write"
            if called == "Console" and not any(keyword.arg == "file" for keyword in node.keywords):
                yield f"{node.lineno}: a console that prints"
            if called in {"ZipFile", "TarFile"} and any(set(mode) & set("wxa") for mode in modes(node)):
                yield f"{node.lineno}: an archive to write"
        if isinstance(node, ast.Import | ast.ImportFrom) and "logging" in ast.unparse(node).split():
            yield f"{node.lineno}: logging"


def modes(call: ast.Call) -> Iterator[str]:
    """Return the texts in the places of a mode: the first two arguments, or the one of that name."""
    places = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    for place in places:
        if isinstance(place, ast.Constant) and isinstance(place.value, str):
            signs = list(place.value)
            if set(signs) <= set("rwxabt+") and len(set(signs)) == len(signs):
                yield place.value


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_nothing_writes_past_the_writer(path: Path) -> None:
    found = list(outlets(ast.parse(path.read_bytes())))
    if name_of(path) not in WRITERS | set(EXCEPTIONS):
        assert found == []


def test_every_exception_is_still_one() -> None:
    needed = {name_of(path) for path in files() if list(outlets(ast.parse(path.read_bytes())))}
    assert set(EXCEPTIONS) <= needed


@pytest.mark.parametrize(
    "code",
    [
        "print('x')",
        "click.echo('x')",
        "from click import echo\necho('x')",
        "sys.stdout.write('x')",
        "sys.__stderr__.write('x')",
        "os.write(1, b'x')",
        "Path('x').write_text('x')",
        "open('x', 'w')",
        "path.open(mode='ab')",
        "path.open('xb')",
        "tempfile.NamedTemporaryFile()",
        "import logging",
        "Console()",
        "zipfile.ZipFile('x', 'w')",
    ],
)
def test_one_that_did_would_be_seen(code: str) -> None:
    assert list(outlets(ast.parse(code)))


@pytest.mark.parametrize("code", ["path.open('rb')", "open('www')", "writer.output('x')", "sys.stdout.isatty()"])
def test_what_only_reads_or_uses_the_writer_is_not(code: str) -> None:
    assert list(outlets(ast.parse(code))) == []
