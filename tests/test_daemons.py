"""Threads that have done their work take the next, and a stuck one keeps nobody."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest

from diagnose.daemons import MOST_IDLE
from diagnose.threads import call


def test_one_call_after_the_other_takes_a_thread_that_is_idle() -> None:
    async def many() -> list[int]:
        return [await call(threading.get_ident, seconds=5) for _ in range(100)]

    assert len(set(asyncio.run(many()))) <= MOST_IDLE + 1  # one may be called before it has put itself down as idle


def test_calls_at_the_same_time_have_a_thread_each_also_beside_one_that_is_stuck() -> None:
    released = threading.Event()
    met = threading.Barrier(3)

    async def at_once() -> list[int]:
        with pytest.raises(TimeoutError):
            await call(released.wait, seconds=0.05)
        return list(await asyncio.gather(*(call(lambda: met.wait(5), seconds=5) for _ in range(3))))

    try:
        assert sorted(asyncio.run(at_once())) == [0, 1, 2]
    finally:
        released.set()


def test_an_idle_thread_holds_nothing_of_what_it_did() -> None:
    class Large:
        pass

    async def give() -> weakref.ref[Large]:
        large = Large()
        held = weakref.ref(large)
        await call(lambda: large, seconds=5)
        return held

    held = asyncio.run(give())
    gc.collect()
    assert held() is None


def test_what_is_raised_comes_back_and_the_thread_goes_on() -> None:
    async def twice() -> str:
        with pytest.raises(ZeroDivisionError):
            await call(lambda: 1 // 0, seconds=5)
        return await call(lambda: "still here", seconds=5)

    assert asyncio.run(twice()) == "still here"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    code = """
import asyncio, os, warnings
from diagnose.threads import call
warnings.simplefilter("ignore")
asyncio.run(call(int, seconds=5))
child = os.fork()
if not child:
    os._exit(asyncio.run(call(lambda: 7, seconds=5)))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("7\n", "")
