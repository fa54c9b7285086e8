"""Only type-checked: what an author may write, and what mypy refuses (each line that must not pass says so)."""

from __future__ import annotations

from typing import ClassVar

from diagnose import Code, Fact, Importance, Outcome, Owner, Remedy, check, failed, passed, probe, skipped, unknown
from diagnose.facts.run import Target


class Length(Fact, frozen=True):
    """A fact of one's own."""

    NAME: ClassVar[str] = "typed.length"
    characters: int


@probe(timeout=1.0, waits_for="nothing")
async def length(target: Target) -> Length:
    """Observe it."""
    return Length(len(target.resource.host))


@check("typed.good", importance=Importance.REQUIRED, owner=Owner.OPERATOR, explained_by=("dns.resolves",))
def good(fact: Length, target: Target) -> Outcome:
    """It is good."""
    if not fact.characters:
        return skipped(Code.NOT_APPLICABLE, "there is no name")
    if fact.characters < 3:
        return failed("it is short", remedy=Remedy("Take a longer one"), characters=fact.characters)
    if fact.characters < 4:
        return unknown(Code.MISSING_INPUT, "nobody knows", host=target.resource.host)
    return passed("it is good", characters=fact.characters)


outcome: Outcome = good(Length(5), None)


@check("typed.bad", importance="required", owner=Owner.OPERATOR)  # type: ignore[arg-type]
def bad_importance(fact: Length) -> Outcome:
    """It is good."""
    return passed("it is good", characters=fact.charakters)  # type: ignore[attr-defined]


@check("typed.bad-return", importance=Importance.REQUIRED, owner=Owner.OPERATOR)  # type: ignore[arg-type]
def bad_return(fact: Length) -> bool:
    """It is good."""
    return fact.characters > 1


@check("typed.bad-code", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def bad_code(fact: Length) -> Outcome:
    """It is good."""
    return unknown("nobody-knows", f"{fact.characters}")  # type: ignore[arg-type]


@check("typed.bad-remedy", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def bad_remedy(fact: Length) -> Outcome:
    """It is good."""
    return failed("no", remedy="Mend it", characters=fact.characters)  # type: ignore[arg-type]


@check("typed.bad-text", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def bad_text(fact: Length) -> Outcome:
    """It is good."""
    return passed(fact.characters, characters=1)  # type: ignore[arg-type]


Length(characters="5")  # type: ignore[arg-type]
