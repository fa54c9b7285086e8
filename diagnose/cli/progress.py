"""What is being waited for, on standard error: one line on a terminal, plain lines with `-v`."""

from __future__ import annotations

import sys

from diagnose.guard import Writer
from diagnose.runner import Progress

CLEAR = "\r\x1b[2K"


class Watcher:
    """Shows progress events; silent where standard error is no terminal and nothing was asked for."""

    def __init__(self, writer: Writer, *, quiet: bool, verbose: int) -> None:
        self.writer = writer
        self.plain = bool(verbose) and not quiet
        self.live = not quiet and not verbose and sys.stderr is not None and sys.stderr.isatty()
        self.waiting: list[str] = []

    def __call__(self, event: Progress) -> None:
        """Take one event."""
        if not event.waits_for:
            return
        if event.seconds is None:
            self.waiting.append(event.waits_for)
        elif event.waits_for in self.waiting:
            self.waiting.remove(event.waits_for)
            if self.plain:
                self.writer.message(f"{event.seconds:6.2f} s  {event.waits_for}")
        if self.live:
            self.writer.live(f"{CLEAR}{', '.join(self.waiting)[:76]}")

    def done(self) -> None:
        """Leave a clean line behind."""
        if self.live:
            self.writer.live(CLEAR)
