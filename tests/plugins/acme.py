"""A plug-in as an author writes it: one probe, one fact, one derivation, two checks."""

from __future__ import annotations

from typing import ClassVar

from diagnose import (
    Derived,
    Fact,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    check,
    derive,
    failed,
    passed,
    probe,
    warned,
)
from diagnose.facts.channels import OpenChannels
from diagnose.facts.run import Target
from diagnose.probes.http import Http

__version__ = "1.2"


class Robots(Fact, frozen=True):
    """What the server answers to a harmless question."""

    NAME: ClassVar[str] = "acme.robots"
    JUDGED_BY: ClassVar[str] = "acme.asked"
    status: int
    length: int


class Weight(Derived, frozen=True):
    """What is computed of it."""

    heavy: bool


@probe(timeout=5, waits_for="a harmless question")
async def ask(target: Target, channels: OpenChannels, http: Http) -> Robots | Unavailable:
    """Ask for robots.txt over the tool's own client, with its budget and its limits."""
    channel = channels.of(target.resource.endpoint)
    if isinstance(channel, Unavailable):
        return channel
    answer, body = await http.ask("GET", f"{target.resource.origin}/robots.txt", channel=channel, optional=True)
    return Robots(answer.status or 0, len(body))


@derive
def weigh(robots: Robots) -> Weight:
    """Tell whether it is heavy."""
    return Weight(robots.length > 10_000)


@check("acme.asked", importance=Importance.RECOMMENDED, owner=Owner.HALO_ADMIN)
def the_question_was_answered(robots: Robots) -> Outcome:
    """The server answers a harmless question.

    Acme asks it before each synchronisation.
    """
    return passed(f"it answered {robots.status}", **{"http.response.status_code": robots.status})


@check("acme.light", importance=Importance.INFORMATIONAL, owner=Owner.HALO_ADMIN, explained_by=("acme.asked",))
def the_answer_is_light(weight: Weight, robots: Robots) -> Outcome:
    """The answer is small."""
    if weight.heavy:
        return warned("it is large", remedy=Remedy("Send less"), length=robots.length)
    if robots.length < 0:
        return failed("it is less than nothing", remedy=Remedy("Count again"), length=robots.length)
    return passed("it is small", length=robots.length)
