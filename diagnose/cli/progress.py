"""What is being waited for and how long, on standard error: one line on a terminal, plain lines with `-v`.

The line is written anew about once a second by a thread of its own, and cleared with blanks: no console needs to
know an escape sequence for that.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time

from diagnose.guard import Writer
from diagnose.runner import Event, Finished, Progress

EVERY = 1.0
"""Seconds between two looks at the clock."""
SHORTEST = 0.005
"""Seconds of an observation that are worth a line."""
USUAL = 80
NARROWEST = 20


class Watcher:
    """Shows progress events; silent where standard error is no terminal and nothing was asked for."""

    def __init__(self, writer: Writer, *, quiet: bool, verbose: int) -> None:
        self.writer = writer
        self.plain = bool(verbose) and not quiet
        self.live = not quiet and not verbose and _on_a_terminal()
        self._began = time.monotonic()
        self._waiting: dict[str, float] = {}
        self._checks = ""
        self._shown = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._clock: threading.Thread | None = None

    def __call__(self, event: Event) -> None:
        """Take one event."""
        with self._lock:
            if isinstance(event, Finished):
                self._finished(event)
            elif event.waits_for:
                self._observed(event)
        if self.live:
            self._tick()

    def _finished(self, event: Finished) -> None:
        self._checks = f"{event.done} of {event.of} checks"
        if self.plain:
            status = event.status()
            word = f"  {status.upper()}" if status is not None else ""
            self.writer.message(f"{time.monotonic() - self._began:6.2f} s  {event.check}{word}")

    def _observed(self, event: Progress) -> None:
        if event.seconds is None:
            self._waiting[event.waits_for] = time.monotonic()
        elif self._waiting.pop(event.waits_for, None) is not None and self.plain and event.seconds >= SHORTEST:
            self.writer.message(f"{time.monotonic() - self._began:6.2f} s  {event.waits_for}: {event.seconds:.2f} s")

    def says(self, text: str) -> None:
        """Show this line instead."""
        with self._lock:
            self._show(_within(text, _columns() - 1))

    def done(self) -> None:
        """Leave a clean line behind."""
        self._over.set()
        if self._clock is not None:
            self._clock.join(EVERY)
        with self._lock:
            self._show("")

    def _tick(self) -> None:
        if self._clock is None:
            self._clock = threading.Thread(target=self._count, name="progress", daemon=True)
            self._clock.start()
        with self._lock:
            self._show(line(self._waiting, self._began, time.monotonic(), _columns() - 1, self._checks))

    def _count(self) -> None:
        while not self._over.wait(EVERY):
            with contextlib.suppress(Exception):  # progress is never worth a failing run
                self._tick()

    def _show(self, text: str) -> None:
        """Write over what stands there; called with the lock held."""
        if self._shown or text:
            blank = f"\r{' ' * self._shown}\r" if self._shown > len(text) else "\r"
            self.writer.live(f"{blank}{text}")
        self._shown = len(text)


def rest(writer: Writer, seconds: float, words: str, *, quiet: bool, verbose: int) -> None:
    """Let a pause go by, and say on a terminal what is waited for and how long still; KeyboardInterrupt ends it."""
    live = Watcher(writer, quiet=quiet, verbose=verbose)
    if live.plain:
        writer.message(f"again in {seconds:.0f} s ({words})")
    end = time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            if live.live:
                live.says(f"again in {left:.0f} s; Ctrl-C ends it with the report so far.  {words}")
            time.sleep(min(left, EVERY))
    finally:
        live.done()


def line(waiting: dict[str, float], began: float, now: float, room: int, checks: str = "") -> str:
    """Return the line: how long it has taken so far, how many checks are done, what is waited for, the longest first.

    Where there is little room, the number of checks is what can be done without.
    """
    if not waiting:
        return ""
    parts = [f"{name} ({now - since:.0f} s)" if now - since >= EVERY else name for name, since in waiting.items()]
    known = [checks] if checks and room >= USUAL - 1 else []
    text = f"{now - began:3.0f} s  {'  '.join([*known, '; '.join(parts)])}"
    return _within(text, room)


def _within(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 3]}..."


def _on_a_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _columns() -> int:
    """Return the width of the terminal behind standard error."""
    try:
        return max(NARROWEST, os.get_terminal_size(sys.stderr.fileno()).columns or USUAL)
    except (OSError, ValueError, AttributeError):
        return USUAL
