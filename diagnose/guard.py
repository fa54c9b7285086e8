"""The one writer: every byte this program writes goes through here, and no known secret passes.

A run knows its secrets. Everything that one command writes is searched before any of it is written: the strings of
a report, each finished text, the members of an archive before they are compressed, the names of files. A hit is
the tool's own mistake: nothing is written, exit code 70, and the message names the place, never the value.

`current()` is the writer of this process. While the program runs, what anything else prints (click, a library, a
plug-in) goes through it too: see `diagnose.streams`.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.secret_forms import SHORTEST, spells, spells_bytes
from diagnose.secret_places import of_the_environment

SEPARATOR = "\x01"
"""Between the strings of a report where all are searched at once; it is no blank, so nothing is joined."""
LONGEST_KEY = 40
"""Characters of a key that the message may name."""


class SecretFoundError(Exception):
    """A secret was about to be written; the message names the place."""

    def __init__(self, place: str) -> None:
        super().__init__(f"a secret was about to be written to {place}; nothing was written there")


class OutputError(UsageError):
    """Standard output cannot be written; what of the report was already there has been taken back."""


class FilesNotWrittenError(UsageError):
    """A file cannot be written; the report stands on standard output all the same, so nothing else may follow there."""


class Writer:
    """Writes whole texts or nothing: to standard output, standard error, or files."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets

    def refuse(self, content: str | bytes, place: str) -> None:
        """SecretFoundError if the text, or these bytes, hold a known secret in any form."""
        search = spells(content, self.secrets.values) if isinstance(content, str) else self._spelt(content)
        if search:
            raise SecretFoundError(place)

    def _spelt(self, content: bytes) -> bool:
        return spells_bytes(content, self.secrets.values)

    def refuse_values(self, value: Any, place: str = "the report") -> None:  # noqa: ANN401 - any JSON value
        """SecretFoundError if a string inside is or holds a known secret: searched before any rendering."""
        found = list(_strings(value, place))
        short = {secret for secret in self.secrets.values if len(secret) < SHORTEST}
        for text, where in found:
            if text in short:
                raise SecretFoundError(where)
        if spells(SEPARATOR.join(text for text, _ in found), self.secrets.values):
            raise SecretFoundError(next((where for text, where in found if self._holds(text)), place))

    def _holds(self, text: str) -> bool:
        return spells(text, self.secrets.values)

    def deliver(self, output: str = "", files: Mapping[Path, str | bytes] | None = None) -> None:
        """Write all files and then the text for standard output, after all of them were searched; or nothing.

        UsageError names a file that cannot be written; those after it are not tried, so that files of two runs are not
        mixed. The text is written even so, for it may be all that is left of the run: FilesNotWrittenError then.
        """
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)
        for path, content in (files or {}).items():
            self.refuse(str(path), "the name of a file")
            self.refuse(content, str(path))
        self.refuse(output, "standard output")
        failed = _written(files or {})
        if output:
            _write_whole(output)
        if failed is not None:
            raise FilesNotWrittenError(str(failed)) if output else failed

    def output(self, text: str) -> None:
        """Write the report to standard output, in one piece."""
        self.deliver(text)

    def file(self, path: Path, content: str | bytes) -> None:
        """Write a file whole or not at all; UsageError names the file where that fails."""
        self.deliver(files={path: content})

    def message(self, text: str) -> None:
        """Write one line to standard error."""
        self.live(f"{text}\n")

    def live(self, text: str) -> None:
        """Write to standard error what is no whole line: progress, a question; nobody may be there to read it."""
        self.refuse(text, "standard error")
        with contextlib.suppress(OSError):
            _write(sys.stderr, text)

    def ask(self, question: str) -> str:
        """Ask on standard error, and return the line that is typed; empty at the end of the input."""
        self.live(question)
        return sys.stdin.readline().strip() if sys.stdin is not None else ""


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Yield every string and key in a JSON value, and where it stands."""
    if isinstance(value, str):
        yield value, place
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key), f"{place}, a key"
            yield from _strings(item, f"{place}, {key if len(str(key)) < LONGEST_KEY else 'a value'}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item, f"{place} {_id(item)}".rstrip())


def _id(item: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the id of a check in a list of them, so that the message can name it."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) and found.isprintable() else ""


_active: list[Writer] = []


def current() -> Writer:
    """Return the writer of the program that is running; outside of one, a new one that knows the environment's."""
    return _active[-1] if _active else Writer(_environment())


@contextlib.contextmanager
def watching(*given: str) -> Iterator[Writer]:
    """Make one writer that of this process; it knows the secrets of the environment and those in `given`."""
    writer = Writer(_environment())
    for value in given:
        writer.secrets.add(value)
    _active.append(writer)
    try:
        yield writer
    finally:
        _active.remove(writer)


def _environment() -> Secrets:
    secrets = Secrets()
    for value in of_the_environment(os.environ):
        secrets.add(value)
    return secrets


def tried(path: Path) -> None:
    """UsageError where a file of this name could not be written: found out before anything is sent."""
    if not _is_special(path):
        with _beside(path):
            pass


def _written(files: Mapping[Path, str | bytes]) -> UsageError | None:
    """Write the files up to the first that cannot be written; return why not."""
    try:
        for path, content in files.items():
            _replace(path, content.encode("utf-8", "replace") if isinstance(content, str) else content)
    except UsageError as error:
        return error
    return None


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a link stays one, and what is no file (a pipe, a device) is written to."""
    if _is_special(path):
        try:
            with path.open("wb") as stream:
                _pour(stream.fileno(), content)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
        return
    with _beside(path) as temporary:
        with temporary.open("wb") as stream:
            _pour(stream.fileno(), content)
        temporary.replace(os.path.realpath(path))


def _is_special(path: Path) -> bool:
    with contextlib.suppress(OSError):
        found = path.stat().st_mode
        return not stat.S_ISREG(found) and not stat.S_ISDIR(found)
    return False


def _pour(descriptor: int, content: bytes) -> None:
    """Write every byte: a stream of the interpreter's may lose what a full disk does not take (CPython 3.11)."""
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # another program has made the pipe we share non-blocking
            select.select([], [descriptor], [])


def hand_over(descriptor: int, line: bytes) -> None:
    """Pass a line to another process of this program, through a pipe between the two; OSError where that one is gone.

    Nothing is searched here: the other knows what we know, and searches whatever it writes.
    """
    _pour(descriptor, line + b"\n")


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a new file beside the one that `path` leads to, gone afterwards; UsageError where anything fails."""
    temporary = None
    try:
        real = Path(os.path.realpath(path))
        temporary = real.parent / f".{real.name}.{os.getpid()}"
        temporary.touch(exist_ok=False)
        yield temporary
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _write_whole(text: str) -> None:
    """Write to standard output; OutputError where that fails, and half a report is taken back from a file."""
    before = _size_of_output()
    try:
        _write(sys.stdout, text)
    except BrokenPipeError:
        raise
    except OSError as error:
        if before is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(sys.stdout.fileno(), before)
        raise OutputError(f"standard output cannot be written: {error.strerror or error}") from error


def _size_of_output() -> int | None:
    """Return how long the file is that standard output is led to; None where it is led to none."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found = os.fstat(sys.stdout.fileno())
        return found.st_size if stat.S_ISREG(found.st_mode) else None
    return None


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    _let_go(stream)
    pass_on(getattr(stream, "real", stream), text)


def pass_on(stream: TextIO, text: str) -> None:
    """Write to a console of any encoding; what it cannot hold is written as `?`, never a crash."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = text.encode(encoding, "replace").decode(encoding)
    if not _is_open_file(stream):
        stream.write(shown)
        stream.flush()
        return
    stream.flush()
    _pour(stream.fileno(), shown.replace("\n", os.linesep).encode(encoding))


def _is_open_file(stream: TextIO) -> bool:
    """Whether bytes can be written past the stream: it is led to a file or a pipe, not to a console or to memory."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return stream.fileno() >= 0 and not stream.isatty()
    return False


def _let_go(stream: TextIO | None) -> None:
    """Let a guarded stream pass on what it keeps, so that everything comes in the order in which it was written."""
    release = getattr(stream, "release", None)
    if release is not None:
        release()
