"""Rule files that decide who gets in by address: bytes in, one frozen model out. Pure, no I/O."""

from diagnose.rulesets.model import FORMATS, Decision, Doubt, RateLimit, RulesError, RuleSet
from diagnose.rulesets.recognise import recognise

__all__ = ["FORMATS", "Decision", "Doubt", "RateLimit", "RuleSet", "RulesError", "recognise"]
