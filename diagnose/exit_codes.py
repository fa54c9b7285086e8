"""The exit codes, the same for every format; a script relies on these numbers."""

from __future__ import annotations

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
    VerdictStatus.READY: 0,
    VerdictStatus.READY_WITH_WARNINGS: 1,
    VerdictStatus.NOT_READY: 2,
    VerdictStatus.UNDECIDED: 3,
}
"""The monitoring convention: OK, WARNING, CRITICAL, UNKNOWN (Monitoring Plugins guidelines, 2.1)."""
NAGIOS_ERROR = 3


def of(status: VerdictStatus, *, cancelled: bool = False, fail_on: str = "fail", nagios: bool = False) -> int:
    """Return the exit code of a run with this verdict."""
    if nagios:
        return NAGIOS_ERROR if cancelled else NAGIOS[status]
    if cancelled:
        return INTERRUPTED
    if fail_on == "never" or status is VerdictStatus.READY:
        return READY
    if status is VerdictStatus.READY_WITH_WARNINGS:
        return WARNINGS if fail_on == "warn" else READY
    return NOT_READY if status is VerdictStatus.NOT_READY else UNDECIDED
