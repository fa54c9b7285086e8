"""The one writer: every byte this program writes goes through here, and no known secret passes.

A run knows its secrets. Each text is searched for every form `credentials.written_forms` names, with colour
codes and white space taken out, before anything is written. A hit is the tool's own mistake: nothing is
written, exit code 70, and the message names the place, never the value.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from pathlib import Path
from typing import Any, TextIO

from diagnose.credentials import SHORTEST, Secrets, written_forms
from diagnose.errors import UsageError

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_BLANK = re.compile(r"\s+")


class SecretFoundError(Exception):
    """A secret was about to be written; the message names the place."""


class Writer:
    """Writes whole texts or nothing: to standard output, standard error, or a file."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets

    def refuse(self, text: str, place: str) -> None:
        """SecretFoundError if `text` holds a known secret in any form."""
        bare = _COLOUR.sub("", text)
        squeezed = _BLANK.sub("", bare)
        for value in self.secrets.values:
            if len(value) < SHORTEST:
                continue
            if any(form in bare or tight in squeezed for form, tight in _searched_for(value)):
                raise SecretFoundError(f"a secret was about to be written to {place}; nothing was written there")

    def refuse_values(self, value: Any, place: str = "the report") -> None:  # noqa: ANN401 - any JSON value
        """SecretFoundError if a string inside holds a known secret: searched before any rendering."""
        if isinstance(value, str):
            self._refuse_whole(value, place)
            self.refuse(value, place)
        elif isinstance(value, dict):
            for key, item in value.items():
                self.refuse_values(key, place)
                self.refuse_values(item, f"{place}, {key}")
        elif isinstance(value, list | tuple):
            for item in value:
                self.refuse_values(item, place)

    def _refuse_whole(self, text: str, place: str) -> None:
        if any(text == value for value in self.secrets.values if len(value) < SHORTEST):
            raise SecretFoundError(f"a secret was about to be written to {place}; nothing was written there")

    def output(self, text: str) -> None:
        """Write the report to standard output, in one piece."""
        self.refuse(text, "standard output")
        _write(sys.stdout, text)

    def message(self, text: str) -> None:
        """Write one line to standard error."""
        self.refuse(text, "standard error")
        _write(sys.stderr, f"{text}\n")

    def file(self, path: Path, text: str) -> None:
        """Write a file whole or not at all; UsageError names the file where that fails."""
        self.refuse(text, str(path))
        temporary = None
        try:
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            with temporary.open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
            temporary.replace(path)
        except OSError as error:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    temporary.unlink()
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


@functools.lru_cache(maxsize=64)
def _searched_for(value: str) -> tuple[tuple[str, str], ...]:
    """Return each form of a secret, as it is and without blanks; a report is searched thousands of times."""
    return tuple((form, _BLANK.sub("", form)) for form in written_forms(value))


def _write(stream: TextIO | None, text: str) -> None:
    """Write to a console of any encoding; what it cannot hold is written as `?`, never a crash."""
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
