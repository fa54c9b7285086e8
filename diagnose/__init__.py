"""The names an author of checks imports, and nothing else.

Only pure modules are behind them: a check that imports `diagnose` can reach no network and no file. Each is
imported when its name is first asked for, so that `diagnose --help`, which asks for none, starts quickly.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.declared import check
    from diagnose.fact import Derived, Fact, Unavailable, derive, probe
    from diagnose.outcome import (
        Code,
        Command,
        Importance,
        Outcome,
        Owner,
        Remedy,
        Status,
        blocked,
        failed,
        passed,
        skipped,
        unknown,
        warned,
    )

__all__ = [
    "Code",
    "Command",
    "Derived",
    "Fact",
    "Importance",
    "Outcome",
    "Owner",
    "Remedy",
    "Status",
    "Unavailable",
    "blocked",
    "check",
    "derive",
    "failed",
    "passed",
    "probe",
    "skipped",
    "unknown",
    "warned",
]

_HOMES = {"check": "declared"} | dict.fromkeys(("Derived", "Fact", "Unavailable", "derive", "probe"), "fact")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'diagnose' has no attribute {name!r}")
    return getattr(importlib.import_module(f"diagnose.{_HOMES.get(name, 'outcome')}"), name)
