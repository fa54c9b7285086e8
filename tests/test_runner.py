"""The engine: sharing, blocking, deadlines, crashes, and what an interruption leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from diagnose import Code, Derived, Fact, Importance, Outcome, Owner, Status, Unavailable, check, derive, passed, probe
from diagnose.declared import Check
from diagnose.fact import DeclarationError, Probe
from diagnose.graph import plan
from diagnose.outcome import blocked
from diagnose.runner import Event, Finished, Observations, Progress, judge, observe, with_roots


class Name(Fact, frozen=True):
    NAME: ClassVar[str] = "t.name"
    JUDGED_BY: ClassVar[str] = "t.name"
    value: int = 1


class Chain(Fact, frozen=True):
    NAME: ClassVar[str] = "t.chain"
    JUDGED_BY: ClassVar[str] = "t.chain"
    value: int = 2


class Total(Derived, frozen=True):
    value: int


def declared(name: str, importance: Importance = Importance.REQUIRED) -> Callable[[Callable[..., Outcome]], Check]:
    return check(name, importance=importance, owner=Owner.OPERATOR)


@declared("t.name")
def name_is_there(name: Name) -> Outcome:
    """The name is there."""
    return passed("there", value=name.value)


@declared("t.chain")
def chain_is_there(chain: Chain) -> Outcome:
    """The chain is there."""
    return passed("there", value=chain.value)


@declared("t.tolerant")
def tolerant(chain: Chain | Unavailable) -> Outcome:
    """It says itself why there is none."""
    return passed("asked", available=not isinstance(chain, Unavailable))


@declared("t.total")
def total_is_there(total: Total) -> Outcome:
    """The sum is there."""
    return passed("there", value=total.value)


@derive
def total(name: Name, chain: Chain) -> Total:
    """Add."""
    return Total(name.value + chain.value)


@probe()
async def chain(name: Name) -> Chain:
    """The chain."""
    return Chain(name.value + 1)


def run(
    checks: list[Check], probes: list[Probe], seconds: float = 5.0, given: Mapping[Any, Any] | None = None
) -> tuple[dict[str, Outcome], Observations]:
    given = given or {}
    the_plan = plan(checks, probes, given)
    observations = asyncio.run(observe(the_plan, given, time.monotonic() + seconds))
    return with_roots({each.id: judge(each, observations.values) for each in checks}), observations


def test_a_fact_is_observed_once_and_shared_and_a_derivation_is_not_stored() -> None:
    calls = []

    @probe()
    async def name() -> Name:
        """The name."""
        calls.append(1)
        return Name()

    outcomes, observations = run([name_is_there, chain_is_there, total_is_there], [name, chain, total])
    assert [outcome.status for outcome in outcomes.values()] == [Status.PASS] * 3
    assert calls == [1]
    assert sorted(observations.facts()) == ["t.chain", "t.name"]
    assert outcomes["t.total"].evidence == {"value": 3}


def test_probes_that_do_not_need_each_other_run_at_once() -> None:
    @probe()
    async def name() -> Name:
        """Slow."""
        await asyncio.sleep(0.3)
        return Name()

    @probe()
    async def other() -> Chain:
        """Slow too."""
        await asyncio.sleep(0.3)
        return Chain()

    began = time.monotonic()
    run([name_is_there, chain_is_there], [name, other])
    assert time.monotonic() - began < 0.55


def test_what_a_missing_fact_blocks_names_the_check_at_the_root() -> None:
    @probe()
    async def name() -> Name | Unavailable:
        """None."""
        return Unavailable(Code.UNEXPECTED_RESPONSE, "no such name")

    outcomes, _ = run([name_is_there, chain_is_there, total_is_there, tolerant], [name, chain, total])
    assert outcomes["t.name"].reason is not None
    assert outcomes["t.name"].reason.code is Code.UNEXPECTED_RESPONSE
    for blocked_id in ("t.chain", "t.total"):
        reason = outcomes[blocked_id].reason
        assert reason is not None
        assert (reason.code, reason.blocked_by) == (Code.BLOCKED, ("t.name",))
    assert outcomes["t.tolerant"].evidence == {"available": False}


def test_a_skip_is_handed_down_as_a_skip() -> None:
    given = {Name: Unavailable(Code.NOT_SELECTED, "not asked")}
    outcomes, _ = run([name_is_there, chain_is_there], [chain], given=given)
    assert [outcome.status for outcome in outcomes.values()] == [Status.SKIP, Status.SKIP]


def test_a_crashing_probe_is_an_internal_error_and_the_run_goes_on() -> None:
    @probe()
    async def name() -> Name:
        """Crashes."""
        raise RuntimeError("broken")

    @probe()
    async def other() -> Chain:
        """Works."""
        return Chain()

    outcomes, _ = run([name_is_there, chain_is_there], [name, other])
    reason = outcomes["t.name"].reason
    assert reason is not None
    assert reason.code is Code.INTERNAL_ERROR
    assert "broken" in reason.detail
    assert outcomes["t.chain"].status is Status.PASS


def test_a_crashing_check_is_an_internal_error() -> None:
    @declared("t.crash")
    def crash(name: Name) -> Outcome:
        """It crashes."""
        raise ZeroDivisionError(name.value)

    outcome = judge(crash, {Name: Name()})
    assert outcome.reason is not None
    assert (outcome.status, outcome.reason.code) == (Status.UNKNOWN, Code.INTERNAL_ERROR)


def test_a_probe_has_its_own_deadline_and_the_run_has_one_too() -> None:
    @probe(timeout=0.1)
    async def name() -> Name:
        """Never ends."""
        await asyncio.sleep(60)
        return Name()

    @probe()
    async def other() -> Chain:
        """Never ends either."""
        await asyncio.sleep(60)
        return Chain()

    began = time.monotonic()
    outcomes, _ = run([name_is_there, chain_is_there], [name, other], seconds=0.5)
    assert time.monotonic() - began < 1.4
    for outcome in outcomes.values():
        assert outcome.reason is not None
        assert outcome.reason.code is Code.TIMEOUT


def test_a_derivation_that_never_ends_does_not_keep_the_run() -> None:
    @derive
    def endless(name: Name) -> Total:
        """Blocks its thread."""
        time.sleep(2)
        return Total(name.value)

    began = time.monotonic()
    outcomes, _ = run([total_is_there], [endless], seconds=0.3, given={Name: Name()})
    assert time.monotonic() - began < 1.2
    assert outcomes["t.total"].status is Status.UNKNOWN


def test_a_late_fact_does_not_cost_what_is_derived_without_it() -> None:
    @probe()
    async def late() -> Chain:
        """Never ends."""
        await asyncio.sleep(60)
        return Chain()

    @derive
    def with_or_without(name: Name, chain: Chain | Unavailable) -> Total:
        """Does with what there is."""
        return Total(name.value + (0 if isinstance(chain, Unavailable) else chain.value))

    outcomes, _ = run([total_is_there, chain_is_there], [late, with_or_without], seconds=0.3, given={Name: Name()})
    assert outcomes["t.total"].evidence == {"value": 1}
    assert outcomes["t.chain"].status is Status.UNKNOWN


def test_an_interruption_keeps_what_was_observed() -> None:
    @probe()
    async def name() -> Name:
        """At once."""
        return Name()

    @probe()
    async def slow(name: Name) -> Chain:
        """Waits for ever."""
        await asyncio.sleep(60)
        return Chain()

    async def interrupted() -> Observations:
        task = asyncio.ensure_future(observe(plan([chain_is_there], [name, slow], {}), {}, time.monotonic() + 30))
        await asyncio.sleep(0.2)
        task.cancel()
        return await task

    observations = asyncio.run(interrupted())
    assert observations.cancelled
    assert observations.values[Name] == Name()
    assert observations.values[Chain].code is Code.CANCELLED


def test_progress_tells_what_began_and_what_ended() -> None:
    events: list[Event] = []

    @probe(waits_for="the name")
    async def name() -> Name:
        """The name."""
        return Name()

    asyncio.run(observe(plan([name_is_there], [name], {}), {}, time.monotonic() + 5, events.append))
    observed = [event for event in events if isinstance(event, Progress)]
    assert [(one.waits_for, one.seconds is None) for one in observed] == [("the name", True), ("the name", False)]


def test_a_check_is_told_of_as_soon_as_what_it_needs_is_there() -> None:
    events: list[Event] = []

    @probe()
    async def name() -> Name:
        """The name."""
        return Name()

    @probe()
    async def slow_chain(name: Name) -> Chain:
        """The chain, later, and not whole."""
        await asyncio.sleep(0.1)
        raise ValueError(name)

    chosen = plan([chain_is_there, name_is_there], [name, slow_chain], {})
    asyncio.run(observe(chosen, {}, time.monotonic() + 5, events.append))
    finished = [event for event in events if isinstance(event, Finished)]
    assert [(one.check, one.status(), one.done, one.of) for one in finished] == [
        (name_is_there.id, Status.PASS, 1, 2),
        (chain_is_there.id, Status.UNKNOWN, 2, 2),
    ]


def test_a_circle_of_blocks_ends_and_names_somebody() -> None:
    outcomes = with_roots({"a.a": blocked("a.b", "b"), "a.b": blocked("a.a", "a")})
    for outcome in outcomes.values():
        assert outcome.reason is not None
        assert outcome.reason.blocked_by


def test_declarations_that_cannot_be_carried_out_stop_before_anything_is_sent() -> None:
    @derive
    def name_from_chain(chain: Chain) -> Name:
        """A circle."""
        return Name(chain.value)

    with pytest.raises(DeclarationError, match="need each other"):
        plan([name_is_there], [chain, name_from_chain], {})
    with pytest.raises(DeclarationError, match="which nothing provides"):
        plan([name_is_there], [], {})
    with pytest.raises(DeclarationError, match="two checks have the id"):
        plan([name_is_there, name_is_there], [], {Name: Name()})


def test_a_declaration_without_types_or_title_is_refused() -> None:
    def untyped(name) -> Outcome:  # type: ignore[no-untyped-def]  # noqa: ANN001 - what is tested
        """It has a title."""
        return passed("x", name=name)

    def untitled(name: Name) -> Outcome:
        return passed("x", name=name.value)

    for function, message in ((untyped, "has no type"), (untitled, "no docstring")):
        with pytest.raises(DeclarationError, match=message):
            declared("t.bad")(function)


def test_a_pass_without_evidence_is_refused() -> None:
    with pytest.raises(ValueError, match="needs evidence"):
        passed("it holds")
