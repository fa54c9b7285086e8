"""What blocks runs in daemon threads of our own, so that no stuck call can keep the program from ending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from diagnose.daemons import begin, within

__all__ = ["call", "within"]

Result = TypeVar("Result")


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

    begin(work)
    async with asyncio.timeout(seconds):
        return await future


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
