"""The names an author of checks imports, and nothing else.

Only pure modules are imported here: a check that imports `diagnose` can reach no network and no file.
"""

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
