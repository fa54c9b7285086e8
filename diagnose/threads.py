"""What blocks runs in daemon threads of our own, so that no stuck call can keep the program from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
_running: set[threading.Thread] = set()


async def call(function: Callable[[], Result], *, seconds: float) -> Result:
    """Return what `function()` returns in a thread; TimeoutError after `seconds`, the thread left behind."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def work() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - handed to the waiting task as it is
            _hand_over(loop, future, None, error)
        else:
            _hand_over(loop, future, result, None)
        finally:
            _running.discard(threading.current_thread())

    thread = threading.Thread(target=work, daemon=True, name=f"call-{getattr(function, '__name__', 'function')}")
    _running.add(thread)
    thread.start()
    async with asyncio.timeout(seconds):
        return await future


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Return what `function()` returns in a thread, without an event loop; TimeoutError after `seconds`."""
    box: list[tuple[Result | None, BaseException | None]] = []

    def work() -> None:
        try:
            box.append((function(), None))
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            box.append((None, error))
        finally:
            _running.discard(threading.current_thread())

    thread = threading.Thread(target=work, daemon=True, name=f"within-{getattr(function, '__name__', 'function')}")
    _running.add(thread)
    thread.start()
    thread.join(seconds)
    if not box:
        raise TimeoutError
    result, error = box[0]
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # None is a result too


def _hand_over(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[Result],
    result: Result | None,
    error: BaseException | None,
) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None is a result too

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop is closed: nobody waits any more


def stuck() -> bool:
    """Tell whether a call is still running: then the process leaves with `os._exit`."""
    return bool(_running)
