"""What a check says: one status, one sentence, the evidence, and how to mend it.

A pass without evidence is not a pass, so `passed` refuses to be called without any. An unknown always
carries a reason; it is never the customer's fault and never a pass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from diagnose.text import harmless, harmless_value


class Status(StrEnum):
    """What was observed."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIP = "skip"


class Importance(StrEnum):
    """How much a check matters; declared by the check, never mixed with the status."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    INFORMATIONAL = "informational"


class Owner(StrEnum):
    """Who can mend it; `operator` is the person running the tool."""

    CERTIFICATE_ADMIN = "certificate-admin"
    NETWORK_ADMIN = "network-admin"
    DNS_ADMIN = "dns-admin"
    WINDOWS_ADMIN = "windows-admin"
    HALO_ADMIN = "halo-admin"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"


class Code(StrEnum):
    """Why a check is `unknown` (the first seven) or `skip` (the last three)."""

    BLOCKED = "blocked"
    NOT_PROVABLE_HERE = "not_provable_here"
    MISSING_INPUT = "missing_input"
    TIMEOUT = "timeout"
    UNEXPECTED_RESPONSE = "unexpected_response"
    CANCELLED = "cancelled"
    INTERNAL_ERROR = "internal_error"
    NOT_APPLICABLE = "not_applicable"
    NOT_SELECTED = "not_selected"
    OVERRIDDEN = "overridden"


SKIPS = frozenset({Code.NOT_APPLICABLE, Code.NOT_SELECTED, Code.OVERRIDDEN})


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why nothing was decided."""

    code: Code
    detail: str = ""
    blocked_by: tuple[str, ...] = ()


class Command(msgspec.Struct, frozen=True):
    """One command to paste; `shell` is `powershell`, `cmd`, `sh` or `url`."""

    shell: str
    text: str


class Remedy(msgspec.Struct, frozen=True):
    """How to mend it: the screen or the command, and how to see that it worked."""

    summary: str
    steps: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    verify: str = ""
    doc: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """One check's answer. `owner` overrides the check's own where the finding belongs to someone else."""

    status: Status
    summary: str
    evidence: dict[str, Any] = {}
    reason: Reason | None = None
    remedy: Remedy | None = None
    owner: Owner | None = None


def passed(summary: str, /, **evidence: Any) -> Outcome:  # noqa: ANN401
    """The condition was observed to hold. `evidence` must say how; ValueError without any."""
    if not evidence:
        message = f"a pass needs evidence: {summary}"
        raise ValueError(message)
    return Outcome(Status.PASS, harmless(summary), harmless_value(evidence))


def warned(summary: str, /, remedy: Remedy | None = None, owner: Owner | None = None, **evidence: Any) -> Outcome:  # noqa: ANN401
    """A required condition holds and will hurt, or a recommended one does not hold."""
    return Outcome(Status.WARN, harmless(summary), harmless_value(evidence), None, remedy, owner)


def failed(summary: str, /, remedy: Remedy | None = None, owner: Owner | None = None, **evidence: Any) -> Outcome:  # noqa: ANN401
    """The condition was observed not to hold. `evidence` must say how; ValueError without any."""
    if not evidence:
        message = f"a failure needs evidence: {summary}"
        raise ValueError(message)
    return Outcome(Status.FAIL, harmless(summary), harmless_value(evidence), None, remedy, owner)


def unknown(code: Code, summary: str, /, remedy: Remedy | None = None, **evidence: Any) -> Outcome:  # noqa: ANN401
    """It could not be decided, for the reason `code`."""
    text = harmless(summary)
    return Outcome(Status.UNKNOWN, text, harmless_value(evidence), Reason(code, text), remedy)


def blocked(by: str | tuple[str, ...], summary: str, /, **evidence: Any) -> Outcome:  # noqa: ANN401
    """It could not be decided because of the checks named in `by`."""
    ids = (by,) if isinstance(by, str) else by
    text = harmless(summary)
    return Outcome(Status.UNKNOWN, text, harmless_value(evidence), Reason(Code.BLOCKED, text, ids))


def skipped(code: Code, summary: str, /, **evidence: Any) -> Outcome:  # noqa: ANN401
    """It does not apply, or was not asked."""
    text = harmless(summary)
    return Outcome(Status.SKIP, text, harmless_value(evidence), Reason(code, text))
