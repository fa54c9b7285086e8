"""What is being waited for, on standard error: one line on a terminal, plain lines with `-v`."""

from __future__ import annotations

from typing import TextIO

from diagnose.runner import Progress

CLEAR = "\r\x1b[2K"


class Watcher:
    """Shows progress events; silent where standard error is no terminal and nothing was asked for."""

    def __init__(self, stream: TextIO | None, *, quiet: bool, verbose: int) -> None:
        self.stream = stream
        self.plain = bool(verbose) and not quiet
        self.live = not quiet and not verbose and stream is not None and stream.isatty()
        self.waiting: list[str] = []

    def __call__(self, event: Progress) -> None:
        """Take one event."""
        if not event.waits_for or self.stream is None:
            return
        if event.seconds is None:
            self.waiting.append(event.waits_for)
        elif event.waits_for in self.waiting:
            self.waiting.remove(event.waits_for)
            if self.plain:
                self._write(f"{event.seconds:6.2f} s  {event.waits_for}\n")
        if self.live:
            self._write(f"{CLEAR}{', '.join(self.waiting)[:76]}")

    def done(self) -> None:
        """Leave a clean line behind."""
        if self.live:
            self._write(CLEAR)

    def _write(self, text: str) -> None:
        if self.stream is not None:
            encoding = getattr(self.stream, "encoding", None) or "utf-8"
            self.stream.write(text.encode(encoding, "replace").decode(encoding))
            self.stream.flush()
