"""The names an author of checks imports, and nothing else.

Only pure modules are behind them: a check that imports `diagnose` can reach no network and no file. Each is
imported when its name is first asked for, so that `diagnose --help`, which asks for none, starts quickly.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.check import check
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

_FACT = {"Derived", "Fact", "Unavailable", "derive", "probe"}


class _Names(ModuleType):
    """The package itself; `check` is the decorator, also after the module of that name was imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "check" and isinstance(value, ModuleType):
            value = value.check
        super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'diagnose' has no attribute {name!r}")
    home = "check" if name == "check" else "fact" if name in _FACT else "outcome"
    return getattr(importlib.import_module(f"diagnose.{home}"), name)


sys.modules[__name__].__class__ = _Names
