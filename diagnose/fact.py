"""Facts and the probes that observe them.

A fact is a frozen struct with a stable name. It is observed once, shared by every check, and stored in
the report. A probe is an async function whose parameters' types are what it needs and whose return type
is the fact it observes. A derivation is a pure function from facts to a value that several checks need;
it is computed anew from a saved report, so it is never stored.

What could not be observed is an `Unavailable`, and says why and which check tells the user about it.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from diagnose.outcome import Code


class Fact(msgspec.Struct, frozen=True):
    """Base of everything observed. Subclasses set `NAME`, the key in the report's `facts`."""

    NAME: ClassVar[str] = ""
    JUDGED_BY: ClassVar[str] = ""
    """The check that tells the user why this fact is missing; what needs the fact is blocked by it."""


class Derived(msgspec.Struct, frozen=True):
    """Base of what is computed from facts and shared by checks; never stored."""

    JUDGED_BY: ClassVar[str] = ""


class Unavailable(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a fact is not there. With `blocked_by`, those checks are the reason."""

    code: Code
    detail: str = ""
    blocked_by: tuple[str, ...] = ()


class Need(msgspec.Struct, frozen=True):
    """One parameter: the type asked for, and whether its absence may be passed in instead."""

    name: str
    type: type  # noqa: A003 - the word is right, and only an annotation follows it
    tolerant: bool


class Probe(msgspec.Struct, frozen=True):
    """A function that provides `provides`; `stored` tells an observation from a derivation."""

    function: Callable[..., Any]
    provides: type
    needs: tuple[Need, ...]
    timeout: float
    stored: bool
    waits_for: str
    source: str = ""
    """The plug-in it is of; empty where it is bundled."""
    quick: bool = False
    """A derivation that takes no time whatever the facts are, so that it needs no thread of its own."""

    @property
    def name(self) -> str:
        """The function's name, for messages."""
        return str(getattr(self.function, "__name__", repr(self.function)))


class DeclarationError(Exception):
    """A check or probe whose declaration cannot be carried out; the program stops before anything is sent."""


def probe(*, timeout: float = 20.0, waits_for: str = "") -> Callable[[Callable[..., Any]], Probe]:
    """Declare an async function as the observer of the fact it returns.

    `timeout` is its own deadline in seconds; the run's deadline may be shorter. `waits_for` is what the
    person at the keyboard is told while it runs.
    """

    def declare(function: Callable[..., Any]) -> Probe:
        provides, needs = signature(function)
        return Probe(function, provides, needs, timeout, True, waits_for or _first_line(function))

    return declare


def derive(function: Callable[..., Any]) -> Probe:
    """Declare a pure function as the derivation of the value it returns."""
    provides, needs = signature(function)
    return Probe(function, provides, needs, 20.0, False, "")


def derive_quickly(function: Callable[..., Any]) -> Probe:
    """Declare a derivation that takes no time whatever the facts are: a few lines over a few addresses."""
    return msgspec.structs.replace(derive(function), quick=True)


def signature(function: Callable[..., Any]) -> tuple[type, tuple[Need, ...]]:
    """Return (provided type, needs) read from the annotations; DeclarationError where one is missing."""
    hints = typing.get_type_hints(function)
    name = getattr(function, "__name__", repr(function))
    if "return" not in hints:
        message = f"{name} does not say what it returns"
        raise DeclarationError(message)
    needs = []
    for parameter in inspect.signature(function).parameters:
        if parameter not in hints:
            message = f"{name}: the parameter {parameter} has no type"
            raise DeclarationError(message)
        wanted, tolerant = _without_unavailable(hints[parameter], name)
        needs.append(Need(parameter, wanted, tolerant))
    provided, _ = _without_unavailable(hints["return"], name)
    return provided, tuple(needs)


def _without_unavailable(hint: Any, name: str) -> tuple[type, bool]:  # noqa: ANN401 - a type form
    if not isinstance(hint, types.UnionType) and typing.get_origin(hint) is not typing.Union:
        return hint, False
    rest = [member for member in typing.get_args(hint) if member is not Unavailable]
    if len(rest) != 1 or len(rest) == len(typing.get_args(hint)):
        message = f"{name}: a parameter is one fact, or one fact | Unavailable, not {hint}"
        raise DeclarationError(message)
    return rest[0], True


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or str(getattr(function, "__name__", "?"))).splitlines()[0].rstrip(".")
