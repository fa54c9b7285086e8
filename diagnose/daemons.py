"""Daemon threads of our own for what may block: no stuck call can keep the program from ending."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")
MOST_IDLE = 4
"""Threads that wait for more to do; to start one takes longer than most of what they are given."""
_idle: list[SimpleQueue[Callable[[], None]]] = []
"""Where each of these takes its work from."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a forked process has none of our threads


def begin(work: Callable[[], None]) -> None:
    """Run `work`, which never raises, in a daemon thread: one that is idle, or else a new one."""
    try:
        _idle.pop().put(work)
    except IndexError:
        threading.Thread(target=_keep_working, args=([work],), daemon=True, name="daemon").start()


def _keep_working(first: list[Callable[[], None]]) -> None:
    """Do this, then whatever comes; what is done is let go of, for it may hold all that was read of a server."""
    work = SimpleQueue[Callable[[], None]]()
    work.put(first.pop())
    while True:
        work.get()()
        if len(_idle) >= MOST_IDLE:
            return
        _idle.append(work)


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Return what `function()` returns in a thread, without an event loop; TimeoutError after `seconds`."""
    box: list[tuple[Result | None, BaseException | None]] = []

    def work() -> None:
        try:
            box.append((function(), None))
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            box.append((None, error))

    thread = threading.Thread(target=work, daemon=True, name=f"within-{getattr(function, '__name__', 'function')}")
    thread.start()
    thread.join(seconds)
    if not box:
        raise TimeoutError
    result, error = box[0]
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # None is a result too
