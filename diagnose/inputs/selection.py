"""Which checks a run asks: `--only` and `--skip`, ids or globs. What is not asked is `skip`, `not_selected`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

import msgspec

from diagnose.declared import Check
from diagnose.errors import UsageError
from diagnose.outcome import Importance


def select(checks: Sequence[Check], only: Iterable[str], skip: Iterable[str]) -> frozenset[str]:
    """Return the ids of the checks to judge; UsageError where an id or glob matches nothing."""
    ids = tuple(check.id for check in checks)
    chosen = _matching(ids, only, "--only") or frozenset(ids)
    return chosen - _matching(ids, skip, "--skip")


def demanded(checks: Iterable[Check], ids: Collection[str]) -> tuple[Check, ...]:
    """Return the checks, those that the integrator's profile demands being required."""
    return tuple(
        msgspec.structs.replace(check, importance=Importance.REQUIRED) if check.id in ids else check for check in checks
    )


def chosen(ids: Iterable[str], only: Sequence[str], skip: Sequence[str]) -> frozenset[str]:
    """Return the ids that an earlier run asked for, without complaining of what is not installed any more."""

    def meant(name: str, patterns: Sequence[str]) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns)

    return frozenset(name for name in ids if (meant(name, only) or not only) and not meant(name, skip))


def _matching(ids: Sequence[str], patterns: Iterable[str], option: str) -> frozenset[str]:
    found: set[str] = set()
    for pattern in patterns:
        matches = {name for name in ids if fnmatchcase(name, pattern)}
        if not matches:
            raise UsageError(f"{option} {pattern}: no check has that id{nearest(pattern, ids)}")
        found |= matches
    return frozenset(found)


def suggestion(given: str, known: Iterable[str], otherwise: str) -> str:
    """Return what follows `there is no X`: the nearest of what is known, and `otherwise` as a sentence of its own."""
    found = nearest(given, known)
    return f"{found} {otherwise[:1].upper()}{otherwise[1:]}" if found else f"; {otherwise}"


def nearest(given: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?` where something known is close to what was given, else an empty text."""
    close = get_close_matches(given, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
