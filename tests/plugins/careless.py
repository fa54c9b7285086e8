"""A plug-in whose checks each break one rule of the conformance kit."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import ClassVar

from diagnose import Fact, Importance, Outcome, Owner, Remedy, Status, check, failed, passed, unknown
from diagnose.fact import probe
from diagnose.facts.run import Target
from diagnose.outcome import Code

COUNTER = itertools.count()


class Named(Fact, frozen=True):
    """A name, and where it stands in a list of names."""

    NAME: ClassVar[str] = "careless.named"
    name: str
    place: int
    others: tuple[str, ...] = ()


@probe(timeout=1)
async def named(target: Target) -> Named:
    """Take the host."""
    return Named(target.resource.host, 0, (target.resource.host,))


@check("careless.sound", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def sound(fact: Named) -> Outcome:
    """The name is short."""
    if len(fact.name) < 20:
        return passed("it is short", name=fact.name)
    return failed("it is long", remedy=Remedy("Take a shorter one"), name=fact.name)


@check("careless.title", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def title(fact: Named) -> Outcome:
    """is the name short"""
    return passed("yes", name=fact.name)


@check("careless.explained", importance=Importance.REQUIRED, owner=Owner.OPERATOR, explained_by=("careless.nothing",))
def explained(fact: Named) -> Outcome:
    """The name is short."""
    return passed("yes", name=fact.name)


@check("careless.raises", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def raises(fact: Named) -> Outcome:
    """The name is in its place."""
    return passed("yes", name=fact.others[fact.place])


@check("careless.no-remedy", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def no_remedy(fact: Named) -> Outcome:
    """The name is short."""
    return failed("no", name=fact.name)


@check("careless.no-evidence", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def no_evidence(fact: Named) -> Outcome:
    """The name is short."""
    return Outcome(Status.PASS, f"yes, it has {len(fact.name)} characters")


@check("careless.no-summary", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def no_summary(fact: Named) -> Outcome:
    """The name is short."""
    return unknown(Code.MISSING_INPUT, "")


@check("careless.raw", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def raw(fact: Named) -> Outcome:
    """The name is short."""
    return Outcome(Status.PASS, f"it is {fact.name}", {"name": 1})


@check("careless.moody", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def moody(fact: Named) -> Outcome:
    """The name is short."""
    return passed("yes", time=next(COUNTER))


@check("careless.curious", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def curious(fact: Named) -> Outcome:
    """The name is short."""
    return passed("yes", size=len(Path(__file__).read_text("utf-8")))


@check("careless.slow", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def slow(fact: Named) -> Outcome:
    """The name is short."""
    if fact.place > 2**60:
        time.sleep(60)
    return passed("yes", name=fact.name)
