"""Daemon threads of our own for what may block: no stuck call can keep the program from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


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
