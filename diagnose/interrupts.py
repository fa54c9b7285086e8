"""Ctrl-C: while nothing can be lost by it, it is remembered, so that there is always a report; a second one ends."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any, Self


class Patience:
    """Remembers the first interrupt; the second one is a KeyboardInterrupt."""

    def __init__(self) -> None:
        self.seen = False
        self._before: Callable[[int, FrameType | None], Any] | int | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self.seen = _taken_over()
            self._before = signal.signal(signal.SIGINT, self.note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def note(self, *_: object) -> None:
        """Take one interrupt."""
        if self.seen:
            raise KeyboardInterrupt
        self.seen = True


_early: list[Patience] = []
"""Who remembers an interrupt while the program is still being imported."""


def begin() -> None:
    """Remember Ctrl-C from now on, until somebody takes over; called before anything else is imported."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where whoever started us ignores it
        _early.append(Patience())
        signal.signal(signal.SIGINT, _early[-1].note)


def _taken_over() -> bool:
    """Return whether there was an interrupt so far, and hand the signal back to Python."""
    if not _early:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return _early.pop().seen


def taken_up() -> None:
    """Let Ctrl-C mean what it means everywhere; KeyboardInterrupt where it came before."""
    if _taken_over():
        raise KeyboardInterrupt


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """Let Ctrl-C end a prompt at once, also inside `Patience`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
