"""A check: a pure function whose docstring is its title and whose annotations are its dependencies."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec

from diagnose.fact import DeclarationError, Need, signature
from diagnose.outcome import Importance, Outcome, Owner

BUNDLED = "halo-diagnose"
"""The distribution whose checks are not a guest's."""


class Check(msgspec.Struct, frozen=True):
    """One question about a HaloPSA, its weight, and who mends what it finds."""

    id: str
    importance: Importance
    owner: Owner
    title: str
    description: str
    needs: tuple[Need, ...]
    function: Callable[..., Outcome]
    explained_by: tuple[str, ...] = ()
    source: str = ""

    @property
    def category(self) -> str:
        """The id's first part, e.g. `tls`."""
        return self.id.partition(".")[0]

    @property
    def foreign(self) -> bool:
        """It is a plug-in's."""
        return self.source not in {"", BUNDLED}

    def __call__(self, *arguments: Any, **named: Any) -> Outcome:  # noqa: ANN401 - whatever the check asks for
        """Judge literal facts: a check is tested by calling it."""
        return self.function(*arguments, **named)


def check(
    id: str,  # noqa: A002 - the word of the report
    *,
    importance: Importance,
    owner: Owner,
    explained_by: tuple[str, ...] = (),
) -> Callable[[Callable[..., Outcome]], Check]:
    """Declare a function as the check `id`.

    The docstring's first line is the title, a sentence that is true or false; the rest says why it
    matters. `explained_by` names checks whose failure explains this one's.
    """

    def declare(function: Callable[..., Outcome]) -> Check:
        text = inspect.getdoc(function) or ""
        title, _, description = text.partition("\n")
        if not title.strip():
            message = f"the check {id} has no docstring, so it has no title"
            raise DeclarationError(message)
        provided, needs = signature(function)
        if provided is not Outcome:
            message = f"the check {id} must return an Outcome"
            raise DeclarationError(message)
        return Check(id, importance, owner, title.strip(), description.strip(), needs, function, explained_by)

    return declare
