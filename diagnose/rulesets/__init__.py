"""Rule files that decide who gets in by address: bytes in, one frozen model out. Pure, no I/O.

The parsers are imported when the first file is read: checks need the model alone.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.rulesets.formats import recognise
    from diagnose.rulesets.model import FORMATS, Decision, Doubt, RateLimit, RulesError, RuleSet

__all__ = ["FORMATS", "Decision", "Doubt", "RateLimit", "RuleSet", "RulesError", "recognise"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'diagnose.rulesets' has no attribute {name!r}")
    return getattr(importlib.import_module(f"diagnose.rulesets.{'formats' if name == 'recognise' else 'model'}"), name)
