"""The program at a pseudo-terminal: what a person sees, and what a person types."""

from __future__ import annotations

import os
import re
import select
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One process whose standard streams are all the same terminal. POSIX only."""

    def __init__(
        self,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        size: tuple[int, int] = (24, 80),
    ) -> None:
        import fcntl  # noqa: PLC0415 - POSIX only
        import pty  # noqa: PLC0415
        import termios  # noqa: PLC0415

        self._bytes = b""
        self._read = 0
        self._process, self._side = pty.fork()
        if self._process == 0:  # pragma: no cover - the child becomes the program
            os.chdir(folder)
            known = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **(environment or {})}
            os.execvpe(sys.executable, [sys.executable, "-m", "diagnose", *arguments], known)  # noqa: S606
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def until(self, words: str, seconds: float = 30.0) -> str:
        """Wait until these words are seen after what was seen before; return what was seen on the way."""
        end = time.monotonic() + seconds
        while True:
            place = self.text.find(words, self._read)
            if place >= 0:
                shown = self.text[self._read : place + len(words)]
                self._read = place + len(words)
                return shown
            if time.monotonic() > end or not self._take(0.2):
                raise AssertionError(f"{words!r} was not seen after: {self.text[self._read :]!r}")

    def types(self, line: str) -> None:
        """Type a line."""
        time.sleep(0.05)
        os.write(self._side, f"{line}\n".encode())

    def talk(self, *turns: tuple[str, str | None]) -> None:
        """Wait for these words and type that line, turn by turn; None: type nothing yet."""
        for words, line in turns:
            self.until(words)
            if line is not None:
                self.types(line)

    def interrupts(self) -> None:
        """Press Ctrl-C."""
        time.sleep(0.05)
        os.write(self._side, b"\x03")

    def end(self, seconds: float = 30.0) -> int:
        """Read to the end; return the exit code."""
        limit = time.monotonic() + seconds
        while self._take(0.2) and time.monotonic() < limit:
            pass
        os.close(self._side)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    @property
    def seen(self) -> str:
        """Everything seen so far, as it came."""
        return self._bytes.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """Everything seen so far, without colours."""
        return _STYLE.sub("", self.seen).replace("\r\n", "\n")

    def _take(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._side], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._side, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self._bytes += data
        return bool(data)
