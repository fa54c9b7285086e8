"""Standard output and standard error while the program runs: whatever anything prints is searched first.

Our own code writes by `diagnose.guard`. What click, a library or a plug-in prints comes here: standard output is
kept as one buffer until the program ends, standard error is passed on in whole lines. On a terminal, a flush shows
what is there, so that a question can be read before it is answered.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

from diagnose.guard import OutputError, current, pass_on


class Guarded(io.TextIOBase):
    """A text stream that passes on nothing that holds a secret."""

    def __init__(self, real: TextIO, place: str, *, whole: bool) -> None:
        self.real = real
        self.place = place
        self.whole = whole
        self._kept = ""
        self._shown = ""
        """What of the last line was passed on: a secret may not pass in two halves either."""

    def forget(self) -> None:
        """Drop what is kept: nobody will read it."""
        self._kept = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the real stream."""
        return getattr(self.real, "encoding", None) or "utf-8"

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self.real.isatty()

    def fileno(self) -> int:
        """That of the real stream."""
        return self.real.fileno()

    def write(self, text: str | bytes) -> int:
        """Keep the text; on standard error, pass on the lines that are whole. click writes completions as bytes.

        Standard output holds the report alone: what is printed in a thread, as plug-ins do, goes to standard error.
        """
        if self.whole and threading.current_thread() is not threading.main_thread() and sys.stderr is not None:
            sys.stderr.write(text)  # type: ignore[arg-type]  # as here
            return len(text)
        self._kept += text.decode(self.encoding, "replace") if isinstance(text, bytes) else text
        if not self.whole and "\n" in self._kept:
            lines, _, rest = self._kept.rpartition("\n")
            self._kept = f"{lines}\n"
            self.release()
            self._kept = rest
        return len(text)

    def flush(self) -> None:
        """Pass on what a person at a terminal waits for."""
        if self._kept and self.isatty():
            self.release()

    def release(self) -> None:
        """Search and pass on what is kept; SecretFoundError, and it is gone, where it holds a secret."""
        text, self._kept = self._kept, ""
        if not text:
            return
        current().refuse(self._shown + text, self.place)
        self._shown = (self._shown + text).rpartition("\n")[2]
        try:
            pass_on(self.real, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            if self.whole:
                raise OutputError(f"{self.place} cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Put guarded streams in the place of the process's own."""
    real = sys.stdout, sys.stderr
    sys.stdout = real[0] and Guarded(real[0], "standard output", whole=True)
    sys.stderr = real[1] and Guarded(real[1], "standard error", whole=False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = real


def release() -> None:
    """Pass on what is still kept, at the end of the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Guarded):
            stream.release()


def write_nowhere() -> None:
    """Lead standard output to nowhere, so that the interpreter's own flush at the end meets no closed pipe."""
    stream = sys.stdout
    if isinstance(stream, Guarded):
        stream.forget()
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no folder
        os.dup2(nowhere.fileno(), stream.fileno())
