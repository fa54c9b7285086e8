"""Everything a guest can do wrong without taking the interpreter along."""

from __future__ import annotations

import sys
import time
from typing import Any, ClassVar

from diagnose import Derived, Fact, Importance, Outcome, Owner, Status, check, derive, passed, probe
from diagnose.facts.run import Target

REQUIRED: Any = {"importance": Importance.REQUIRED, "owner": Owner.OPERATOR}


class Raised(Fact, frozen=True):
    NAME: ClassVar[str] = "bad.raised"


class Left(Fact, frozen=True):
    NAME: ClassVar[str] = "bad.left"


class Interrupted(Fact, frozen=True):
    NAME: ClassVar[str] = "bad.interrupted"


class Stuck(Fact, frozen=True):
    NAME: ClassVar[str] = "bad.stuck"


class Wrong(Fact, frozen=True):
    NAME: ClassVar[str] = "bad.wrong"


class Unwritable(Fact, frozen=True):
    NAME: ClassVar[str] = "bad.unwritable"
    value: Any


class LeftAgain(Derived, frozen=True):
    pass


@probe(timeout=2)
async def raised(target: Target) -> Raised:
    raise RuntimeError(f"\x1b[31m{target.resource.host}")


@probe(timeout=2)
async def left(target: Target) -> Left:
    sys.exit(0)


@probe(timeout=2)
async def interrupted(target: Target) -> Interrupted:
    raise KeyboardInterrupt


@probe(timeout=1)
async def stuck(target: Target) -> Stuck:
    while True:
        time.sleep(0.05)  # noqa: ASYNC251 - blocks its event loop on purpose


@probe(timeout=2)
async def wrong(target: Target) -> Wrong:
    return "no fact"  # type: ignore[return-value]


@probe(timeout=2)
async def unwritable(target: Target) -> Unwritable:
    return Unwritable(object())


@derive
def left_again(target: Target) -> LeftAgain:
    sys.exit(0)


@check("bad.raised", **REQUIRED)
def needs_raised(fact: Raised) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.left", **REQUIRED)
def needs_left(fact: Left) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.interrupted", **REQUIRED)
def needs_interrupted(fact: Interrupted) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.stuck", **REQUIRED)
def needs_stuck(fact: Stuck) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.wrong", **REQUIRED)
def needs_wrong(fact: Wrong) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.unwritable", **REQUIRED)
def needs_unwritable(fact: Unwritable) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.left-again", **REQUIRED)
def needs_left_again(fact: LeftAgain) -> Outcome:
    """It holds."""
    return passed("no", fact=1)


@check("bad.raises", **REQUIRED)
def raises(target: Target) -> Outcome:
    """It holds."""
    raise ValueError(target.resource.host)


@check("bad.leaves", **REQUIRED)
def leaves(target: Target) -> Outcome:
    """It holds."""
    sys.exit(0)


@check("bad.interrupts", **REQUIRED)
def interrupts(target: Target) -> Outcome:
    """It holds."""
    raise KeyboardInterrupt


@check("bad.hangs", **REQUIRED)
def hangs(target: Target) -> Outcome:
    """It holds."""
    while True:
        time.sleep(0.05)


@check("bad.recurses", **REQUIRED)
def recurses(target: Target) -> Outcome:
    """It holds."""
    return recurses(target)


@check("bad.returns", **REQUIRED)
def returns(target: Target) -> Outcome:
    """It holds."""
    return None  # type: ignore[return-value]


@check("bad.no-evidence", **REQUIRED)
def no_evidence(target: Target) -> Outcome:
    """It holds."""
    return Outcome(Status.PASS, "believe me")


@check("bad.no-reason", **REQUIRED)
def no_reason(target: Target) -> Outcome:
    """It holds."""
    return Outcome(Status.SKIP, "for no reason")


@check("bad.not-a-status", **REQUIRED)
def not_a_status(target: Target) -> Outcome:
    """It holds."""
    return Outcome("splendid", "yes", {"a": 1})  # type: ignore[arg-type]
