"""The exit codes, the same for every format; a script relies on these numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported for its type alone: every start of the program needs this file, and no verdict yet
    from diagnose.verdict import VerdictStatus

READY = 0
INTERNAL_ERROR = 1
USAGE = 2
NOT_READY = 3
WARNINGS = 4
UNDECIDED = 5
SECRET_REFUSED = 70
INTERRUPTED = 130

NAGIOS = {
    "ready": 0,
    "ready_with_warnings": 1,
    "not_ready": 2,
    "undecided": 3,
}
"""The monitoring convention: OK, WARNING, CRITICAL, UNKNOWN (Monitoring Plugins guidelines, 2.1)."""
NAGIOS_ERROR = 3


def of(status: VerdictStatus, *, cancelled: bool = False, fail_on: str = "fail", nagios: bool = False) -> int:
    """Return the exit code of a run with this verdict."""
    if nagios:
        return NAGIOS_ERROR if cancelled else NAGIOS[status]
    if cancelled:
        return INTERRUPTED
    if fail_on == "never" or status == "ready":
        return READY
    if status == "ready_with_warnings":
        return WARNINGS if fail_on == "warn" else READY
    return NOT_READY if status == "not_ready" else UNDECIDED
