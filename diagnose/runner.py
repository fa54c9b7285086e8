"""Observe, then judge: the only place where a probe's or a check's exception is caught.

One task per fact. A probe waits for what it needs, has its own deadline inside the run's, and whatever
becomes of it, the others go on: a crash is `internal_error`, a missing dependency is handed down with the
checks that are to blame. Judging is pure and sequential.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from diagnose import foreign
from diagnose.declared import Check
from diagnose.fact import Fact, Need, Probe, Unavailable
from diagnose.graph import Plan
from diagnose.outcome import SKIPS, Code, Outcome, Reason, Status, blocked, skipped, unknown
from diagnose.text import harmless
from diagnose.threads import call

GRACE = 0.3
"""Seconds that cancelled probes get to hand in what they have."""


class Progress(msgspec.Struct, frozen=True):
    """One event for the person at the keyboard: a probe began (`seconds` None) or ended."""

    waits_for: str
    seconds: float | None = None


class Finished(msgspec.Struct, frozen=True):
    """One event for the person at the keyboard: all that a check needs is there. `status` asks it, on this alone."""

    check: str
    status: Callable[[], Status | None]
    """None for a plug-in's, whose own time begins later."""
    done: int
    of: int


Event = Progress | Finished


class Observations(msgspec.Struct):
    """What was observed: a fact, a derived value or an `Unavailable` per type, and how long it took."""

    values: dict[type, Any]
    seconds: dict[type, float]
    cancelled: bool = False
    begun: set[type] = set()

    def facts(self) -> dict[str, Fact | Unavailable]:
        """Return what a report stores, by name."""
        return {kind.NAME: value for kind, value in self.values.items() if issubclass(kind, Fact)}


class _Finishing:
    """Tells of each check as soon as everything that it needs is there."""

    def __init__(self, plan: Plan, observations: Observations, watch: Callable[[Event], None]) -> None:
        self._open = list(plan.checks) if watch is not ignore else []
        self._all = len(self._open)
        self._values = observations.values
        self._watch = watch

    def look(self) -> None:
        for check in [one for one in self._open if all(need.type in self._values for need in one.needs)]:
            self._open.remove(check)
            self._watch(Finished(check.id, self._asking(check), self._all - len(self._open), self._all))

    def _asking(self, check: Check) -> Callable[[], Status | None]:
        return lambda: None if check.foreign else judge(check, self._values).status


def ignore(_: Event) -> None:
    """Watch nothing."""


def nothing_observed(plan: Plan, given: Mapping[type, Any]) -> Observations:
    """Return what a run has that was interrupted before it began."""
    cancelled = Unavailable(Code.CANCELLED, "interrupted")
    return Observations({**given, **{probe.provides: cancelled for probe in plan.probes}}, {}, cancelled=True)


async def observe(
    plan: Plan,
    given: Mapping[type, Any],
    deadline: float,
    watch: Callable[[Event], None] = ignore,
) -> Observations:
    """Run the plan's probes until `deadline` (`time.monotonic` seconds); never raises for what a probe does."""
    observations = Observations(dict(given), {})
    tasks: dict[type, asyncio.Task[Any]] = {}
    finishing = _Finishing(plan, observations, watch)
    finishing.look()
    for probe in plan.probes:
        tasks[probe.provides] = asyncio.create_task(_observe(probe, tasks, observations, deadline, watch))
        tasks[probe.provides].add_done_callback(lambda _: finishing.look())
    try:
        await asyncio.wait(tasks.values(), timeout=max(0.0, deadline - time.monotonic())) if tasks else None
    except asyncio.CancelledError:
        observations.cancelled = True
    late = Unavailable(Code.CANCELLED, "interrupted") if observations.cancelled else _out_of_time()
    await _stop([task for task in tasks.values() if not task.done()])
    for probe in plan.probes:
        if probe.provides not in observations.values:
            observations.values[probe.provides] = late if probe.stored else _derived(probe, observations, late)
    finishing.look()
    return observations


def _derived(probe: Probe, observations: Observations, late: Unavailable) -> Any:  # noqa: ANN401 - a derived value
    """Derive from what was observed in time, so that one late fact does not cost the others; not if it had begun."""
    return late if probe.provides in observations.begun else derived(probe, observations.values)


def derived(probe: Probe, values: Mapping[type, Any]) -> Any:  # noqa: ANN401 - a derived value
    """Return what the derivation makes of these values, or why there is nothing; never raises."""
    arguments, missing = _arguments(probe.needs, values)
    if missing is not None:
        return missing
    if probe.source:
        return foreign.derived(probe, arguments)
    try:
        return probe.function(**arguments)
    except Exception as error:  # noqa: BLE001 - as when it is derived in time
        return _crashed(probe, error)


def _crashed(probe: Probe, error: Exception) -> Unavailable:
    return Unavailable(Code.INTERNAL_ERROR, f"{probe.name}: {type(error).__name__}: {harmless(str(error))}")


async def _stop(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=GRACE)


def _out_of_time() -> Unavailable:
    return Unavailable(Code.TIMEOUT, "the time given to the whole run (--timeout) was used up")


async def _observe(
    probe: Probe,
    tasks: Mapping[type, asyncio.Task[Any]],
    observations: Observations,
    deadline: float,
    watch: Callable[[Event], None],
) -> None:
    needed = [tasks[need.type] for need in probe.needs if need.type in tasks]
    if needed:
        await asyncio.wait(needed)
    arguments, missing = _arguments(probe.needs, observations.values)
    if missing is not None:
        observations.values[probe.provides] = missing
        return
    began = time.monotonic()
    observations.begun.add(probe.provides)
    watch(Progress(probe.waits_for))
    observations.values[probe.provides] = await _run(probe, arguments, deadline)
    observations.seconds[probe.provides] = time.monotonic() - began
    watch(Progress(probe.waits_for, observations.seconds[probe.provides]))


async def _run(probe: Probe, arguments: Mapping[str, Any], deadline: float) -> Any:  # noqa: ANN401 - a fact
    limit = min(probe.timeout, max(0.01, deadline - time.monotonic()))
    try:
        if probe.source:
            return await foreign.observed(probe, arguments, limit)
        if probe.quick:
            return probe.function(**arguments)
        if not probe.stored:
            return await call(lambda: probe.function(**arguments), seconds=limit)
        async with asyncio.timeout(limit):
            return await probe.function(**arguments)
    except TimeoutError:
        return Unavailable(Code.TIMEOUT, f"no result within {limit:.0f} s: {probe.waits_for or probe.name}")
    except Exception as error:  # noqa: BLE001 - whatever a probe does, the run goes on
        return _crashed(probe, error)


def _arguments(needs: tuple[Need, ...], values: Mapping[type, Any]) -> tuple[dict[str, Any], Unavailable | None]:
    arguments: dict[str, Any] = {}
    for need in needs:
        value = values[need.type] if need.type in values else _out_of_time()
        if isinstance(value, Unavailable) and not need.tolerant:
            return {}, _handed_down(value, need.type)
        arguments[need.name] = value
    return arguments, None


def _handed_down(value: Unavailable, kind: type) -> Unavailable:
    """Say which checks are to blame, so that everything behind a missing fact names the same ones."""
    judged_by = getattr(kind, "JUDGED_BY", "")
    if value.blocked_by or not judged_by or value.code in SKIPS:
        return value
    return Unavailable(value.code, value.detail, (judged_by,))


def judge(check: Check, values: Mapping[type, Any]) -> Outcome:
    """Return the check's outcome on these facts; never raises."""
    arguments, missing = _arguments(check.needs, values)
    if missing is not None:
        return _undecided(check, missing)
    if check.foreign:
        return foreign.judged(check, arguments)
    try:
        outcome = check.function(**arguments)
    except Exception as error:  # noqa: BLE001 - a crashing check must not end the run
        return unknown(
            Code.INTERNAL_ERROR,
            f"this check failed inside the tool ({type(error).__name__}: {error}); please report it",
        )
    return outcome if isinstance(outcome, Outcome) else unknown(Code.INTERNAL_ERROR, "the check returned no outcome")


def _undecided(check: Check, missing: Unavailable) -> Outcome:
    others = tuple(name for name in missing.blocked_by if name != check.id)
    if others:
        return blocked(others, f"could not be judged because of {', '.join(others)}")
    detail = missing.detail or "what this check needs was not observed"
    if missing.code in SKIPS:
        return skipped(missing.code, detail)
    return unknown(Code.UNEXPECTED_RESPONSE if missing.code is Code.BLOCKED else missing.code, detail)


def with_roots(outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Replace every `blocked_by` with the checks at the root: those not themselves blocked."""
    return {name: _rooted(outcome, name, outcomes) for name, outcome in outcomes.items()}


def _rooted(outcome: Outcome, name: str, outcomes: Mapping[str, Outcome]) -> Outcome:
    if outcome.status is not Status.UNKNOWN or outcome.reason is None or not outcome.reason.blocked_by:
        return outcome
    roots = tuple(dict.fromkeys(_roots(outcome.reason.blocked_by, {name}, outcomes)))
    if not roots or roots == outcome.reason.blocked_by:
        return outcome
    summary = outcome.summary
    if summary.startswith("could not be judged because of "):
        summary = f"could not be judged because of {', '.join(roots)}"
    reason = Reason(outcome.reason.code, summary, roots)
    return msgspec.structs.replace(outcome, reason=reason, summary=summary)


def _roots(ids: tuple[str, ...], seen: set[str], outcomes: Mapping[str, Outcome]) -> list[str]:
    found: list[str] = []
    for name in ids:
        if name in seen:
            continue
        seen.add(name)
        reason = outcomes[name].reason if name in outcomes else None
        if reason is not None and reason.code is Code.BLOCKED and reason.blocked_by:
            found += _roots(reason.blocked_by, seen, outcomes) or [name]
        else:
            found.append(name)
    return found
