"""`python sampler.py RESULT ARGUMENTS`, in the product's environment, runs `diagnose` and says what its CPU went on.

Nothing of the product is changed. A timer that runs only while the process uses CPU interrupts the main thread; what
has been used since the last time is put down to what that thread is doing, by the files of its call stack, innermost
first. Where it waits, and another thread works, to what that one is doing. Standard library only, and no module of its
own: what is imported here would not be counted as the product's import. POSIX only.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import NoReturn

EVERY = 0.001
BEFORE, IMPORTS, ENGINE = "Python's own start", "imports", "the rest of the engine"
STAGES = (
    ("/reports/", "telling: rendering, writing"),
    ("/diagnose/guard.py", "telling: rendering, writing"),
    ("/diagnose/report.py", "telling: rendering, writing"),
    ("/diagnose/format.py", "telling: rendering, writing"),
    ("/diagnose/redaction.py", "telling: rendering, writing"),
    ("/diagnose/secret_forms.py", "telling: rendering, writing"),
    ("/checks/", "judging: checks and chains"),
    ("/diagnose/chain/", "judging: checks and chains"),
    ("/diagnose/judging.py", "judging: checks and chains"),
    ("/diagnose/verdict.py", "judging: checks and chains"),
    ("/diagnose/probes/", "observing: handshakes, requests"),
    ("/diagnose/halo/", "observing: handshakes, requests"),
    ("/click/", "options, finding the checks"),
    ("/diagnose/inputs/", "options, finding the checks"),
    ("/diagnose/cli/", "options, finding the checks"),
    ("/diagnose/registry.py", "options, finding the checks"),
    ("/diagnose/plugins.py", "options, finding the checks"),
    ("/diagnose/", ENGINE),
)
"""Part of a file's name, and what is done there; the first that fits."""
IDLE = ("/selectors.py", "/threading.py", "/queue.py", "/concurrent/futures/thread.py")
"""Where a thread waits."""
IMPORTING = "<frozen importlib._bootstrap>"


class Sampler:
    """Adds up seconds by stage."""

    def __init__(self, result: str) -> None:
        self.result = result
        self.last = time.process_time()
        self.seconds = {BEFORE: self.last}

    def tick(self, _number: int, frame: FrameType | None) -> None:
        """Put down what has been used since the last time."""
        now = time.process_time()
        name = self.stage(frame)
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now

    def stage(self, frame: FrameType | None) -> str:
        """Return what is being done, by the main thread or else by another."""
        if frame is None or not idle(frame):
            return stage_of(frame)
        others = [other for other in sys._current_frames().values() if not idle(other)]  # noqa: SLF001 - documented
        busy = [other for other in others if other.f_code is not Sampler.stage.__code__]
        return stage_of(busy[0] if busy else frame)

    def write(self) -> None:
        """Write one line per stage."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        lines = [f"{seconds}\t{name}\n" for name, seconds in self.seconds.items()]
        with open(self.result, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is for the product to import
            file.writelines(lines)

    def leaving(self, leave: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
        """Return what ends the process at once, but writes before."""

        def written(code: int) -> NoReturn:
            self.write()
            leave(code)

        return written


def idle(frame: FrameType) -> bool:
    """Tell whether this thread waits, for the network or for another."""
    return frame.f_code.co_filename.replace(os.sep, "/").endswith(IDLE)


def stage_of(frame: FrameType | None) -> str:
    """Return the stage of a call stack, given by its innermost frame."""
    name = None
    while frame is not None:
        file = frame.f_code.co_filename.replace(os.sep, "/")
        if file == IMPORTING:
            return IMPORTS
        if name is None:
            name = next((stage for part, stage in STAGES if part in file), None)
        frame = frame.f_back
    return name or ENGINE


def main() -> None:
    """Begin to sample, then do what the installed script does."""
    sampler = Sampler(sys.argv[1])
    sys.argv[:] = ["diagnose", *sys.argv[2:]]
    del sys.path[0]  # this folder, which the installed script does not have there
    os._exit = sampler.leaving(os._exit)  # type: ignore[assignment]  # the product ends so where a thread is stuck
    signal.signal(signal.SIGPROF, sampler.tick)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        from diagnose.cli import main as program  # noqa: PLC0415 - it is what is measured

        program()
    finally:
        sampler.write()


if __name__ == "__main__":
    main()
