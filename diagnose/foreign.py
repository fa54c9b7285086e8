"""Running what others wrote: in a thread, with a deadline, and only what is sound comes back.

Whatever a guest does, raises or returns, the run goes on: SystemExit and KeyboardInterrupt included. What cannot
be helped is code that never gives the interpreter lock back (an extension in C), and `os._exit`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import msgspec

from diagnose.converting import convert
from diagnose.declared import Check
from diagnose.fact import Fact, Probe, Unavailable
from diagnose.outcome import SKIPS, Code, Outcome, Status, unknown
from diagnose.text import harmless, harmless_value
from diagnose.threads import call, within

JUDGING = 5.0
"""Seconds for one check; a pure function over a few facts needs a thousandth."""
LEAST = 0.1
"""Seconds for one check where the run has no more."""
BEYOND = 0.5
"""Seconds after the end of a run in which all of them together must have been judged."""

_until: ContextVar[float | None] = ContextVar("_until", default=None)


@contextlib.contextmanager
def until(deadline: float) -> Iterator[None]:
    """Within, guests get what is left of the run (`time.monotonic` seconds), and little after its end."""
    token = _until.set(deadline)
    try:
        yield
    finally:
        _until.reset(token)


def _allowed() -> float:
    """Return the seconds for the next guest; 0 where there are none."""
    deadline = _until.get()
    if deadline is None:
        return JUDGING
    left = deadline - time.monotonic()
    return min(JUDGING, left) if left > LEAST else max(0.0, min(LEAST, left + BEYOND))


def judged(check: Check, arguments: Mapping[str, Any]) -> Outcome:
    """Return the guest's outcome, or `unknown`, `internal_error`."""

    def ask() -> Outcome:
        try:
            return _sound(check.function(**arguments))
        except BaseException as error:  # noqa: BLE001 - a guest may raise SystemExit and KeyboardInterrupt too
            return _fault(check, f"it failed ({_said(error)})")

    seconds = _allowed()
    if not seconds:
        return unknown(Code.TIMEOUT, "the time given to the whole run (--timeout) was used up")
    try:
        return within(seconds, ask)
    except TimeoutError:
        return _fault(check, f"it gave no answer within {seconds:.1f} s")


def _fault(check: Check, what: str) -> Outcome:
    return unknown(Code.INTERNAL_ERROR, f"this check is of the plug-in {check.source}, and {what}; tell its author")


def _said(error: BaseException) -> str:
    return harmless(f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": "), longest=300)


def _sound(outcome: object) -> Outcome:
    """Return the outcome read anew, so that it holds plain values only; TypeError or ValueError otherwise."""
    if not isinstance(outcome, Outcome):
        raise TypeError("it returned no Outcome")
    safe = msgspec.structs.replace(
        outcome, summary=harmless(outcome.summary), evidence=harmless_value(outcome.evidence)
    )
    found = convert(msgspec.to_builtins(safe, str_keys=True), Outcome)
    if found.status in {Status.PASS, Status.FAIL} and not found.evidence:
        raise ValueError(f"a {found.status.value} without evidence")
    reason = found.reason.code if found.reason is not None else None
    fitting = {
        Status.SKIP: reason in SKIPS,
        Status.UNKNOWN: reason is not None and reason not in SKIPS,
    }
    if not fitting.get(found.status, reason is None):
        raise ValueError(f"the reason does not fit the status {found.status.value}")
    return found


async def observed(probe: Probe, arguments: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 - a fact
    """Return the guest's fact or derived value, or why there is none; TimeoutError after `seconds`."""
    loop = asyncio.get_running_loop()
    lent = {name: _lent(value, loop) for name, value in arguments.items()}
    return await call(lambda: made(probe, lent), seconds=seconds)


def made(probe: Probe, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a fact or a derived value
    """Return what the guest's function makes of these, in this thread; never raises."""
    try:
        if not probe.stored:
            return _typed(probe.function(**arguments), probe)
        fact = _typed(asyncio.run(probe.function(**arguments)), probe)
        return fact if isinstance(fact, Unavailable) else _plain(fact)
    except BaseException as error:  # noqa: BLE001 - a guest may raise SystemExit and KeyboardInterrupt too
        return Unavailable(Code.INTERNAL_ERROR, f"{probe.name} of the plug-in {probe.source}: {_said(error)}")


def derived(probe: Probe, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a derived value
    """Return what a guest's derivation makes of these, without an event loop; never raises."""
    try:
        return within(_allowed(), lambda: made(probe, arguments))
    except TimeoutError:
        return Unavailable(Code.TIMEOUT, f"{probe.name} of the plug-in {probe.source} gave no result")


def _typed(value: object, probe: Probe) -> Any:  # noqa: ANN401 - a fact or a derived value
    if not isinstance(value, probe.provides | Unavailable):
        raise TypeError(f"it returned no {probe.provides.__name__}")
    return value


def _plain(fact: Fact) -> Fact:
    """Return the fact read anew: what a report could not hold is refused here."""
    return convert(msgspec.to_builtins(fact, str_keys=True), type(fact))


class _Lent:
    """A thing of the run's own event loop, for use from another: what is awaited there is awaited from here."""

    def __init__(self, thing: object, loop: asyncio.AbstractEventLoop) -> None:
        self._thing = thing
        self._loop = loop

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the thing has
        found = getattr(self._thing, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def ask(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the thing itself
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(found(*arguments, **named), self._loop))

        return ask


def _lent(value: Any, loop: asyncio.AbstractEventLoop) -> Any:  # noqa: ANN401 - a fact or a resource
    """Return facts as they are, and what belongs to the run's loop lent."""
    return value if isinstance(value, msgspec.Struct) else _Lent(value, loop)
