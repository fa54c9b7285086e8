"""One process of this program that diagnoses targets for a fleet: its parent's half, the other is `cli.fleet_worker`.

It reads lines of JSON and answers in any order (see `messages`). It does not hear the terminal's Ctrl-C: the end of its
input, be it that the parent closed it or died, tells it to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from diagnose import guard
from diagnose.converting import decode
from diagnose.fleet.entries import Entry
from diagnose.fleet.messages import Answered, Asked, Terms

START = "import sys; sys.path[:] = sys.argv[1:]; from diagnose.cli.fleet_worker import main; main()"
"""What it runs. It imports from where we do, wherever this program lies: in a checkout, in a zipapp."""
LAST_WORDS = 1.0
"""Seconds for what a worker said before it died; a child of its own may hold the pipe open."""


class EndedError(Exception):
    """The worker ended before it answered; the message is a sentence for the target's line."""


class Worker:
    """One process. Everything here but the two threads belongs to the event loop."""

    def __init__(self, terms: Terms, answered: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._answered = answered
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-c", START, *sys.path],  # -P: nothing else of the folder in which we are called
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr is not None else subprocess.DEVNULL,
            **_apart(),
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        self._asked, self._answers = self._process.stdin, self._process.stdout
        self._reader = threading.Thread(target=self._read, daemon=True, name="worker-answers")
        self.open: dict[int, asyncio.Future[Entry]] = {}
        """The targets that it was asked for and has not answered."""
        self.lost = False
        """It takes no more targets."""
        self.over: asyncio.Future[None] = self._loop.create_future()
        """Done when the process has ended and was waited for."""
        self._reader.start()
        threading.Thread(target=self._wait, daemon=True, name="worker-end").start()
        with contextlib.suppress(OSError):  # it has died already: whoever asks it will see
            self._say(terms)

    def ask(self, asked: Asked) -> asyncio.Future[Entry]:
        """Hand over a target; OSError where the process has died. Where it dies later the future raises EndedError."""
        self._say(asked)
        answer = self.open[asked.number] = self._loop.create_future()
        return answer

    def stop(self) -> None:
        """Tell it to finish what it is writing and to leave."""
        self.lost = True
        with contextlib.suppress(OSError):
            self._asked.close()

    def kill(self) -> None:
        """End it; what it was diagnosing is lost."""
        self.lost = True
        with contextlib.suppress(OSError):
            self._process.kill()

    def _say(self, message: Terms | Asked) -> None:
        guard.hand_over(self._asked.fileno(), msgspec.json.encode(message))

    def _read(self) -> None:
        """Pass on every answer, in a thread of its own."""
        with self._answers as answers:
            for line in answers:
                try:
                    answered = decode(line, Answered)
                except msgspec.MsgspecError:  # it died over that line; or else it is of no use any more
                    self._process.kill()
                    return
                self._tell(self._settle, answered)

    def _wait(self) -> None:
        """Wait for its end, in a thread of its own: the pipe may stay open beyond it."""
        code = self._process.wait()
        self._reader.join(LAST_WORDS)
        self._tell(self._end, code)

    def _tell(self, what: Callable[..., None], *told: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(what, *told)

    def _settle(self, answered: Answered) -> None:
        self._answered()
        answer = self.open.pop(answered.number, None)
        if answer is not None and not answer.done():
            answer.set_result(answered.entry)

    def _end(self, code: int) -> None:
        self.stop()
        for answer in self.open.values():
            if not answer.done():
                answer.set_exception(EndedError(_sentence(code)))
        self.open.clear()
        self.over.set_result(None)


def _apart() -> dict[str, Any]:
    """Return how a process is started that the terminal's Ctrl-C does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _sentence(code: int) -> str:
    how = f"with exit code {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            how = f"by {signal.Signals(-code).name}"
    return f"the tool itself failed: the process that diagnosed this target ended {how}; diagnose it again"
