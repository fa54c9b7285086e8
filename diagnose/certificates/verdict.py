"""The verdict on a certificate file, also where a saved report of one is judged again. Pure."""

from __future__ import annotations

import msgspec

from diagnose.facts.certificate_file import CertificateFile
from diagnose.outcome import Status
from diagnose.verdict import CheckResult, Verdict, VerdictStatus, verdict


def verdict_on(judged: tuple[CheckResult, ...], file: CertificateFile) -> Verdict:
    """Return the verdict, whose good news is about a file and not about an integrator."""
    found = verdict(judged)
    if found.status is VerdictStatus.READY:
        return msgspec.structs.replace(found, headline=f"This is what to install for {file.host}: {file.file}.")
    if found.status is not VerdictStatus.READY_WITH_WARNINGS:
        return found
    warnings = sum(each.status is Status.WARN for each in judged)
    told = [f"{warnings} {'thing deserves' if warnings == 1 else 'things deserve'} attention"] if warnings else []
    told += [] if file.name_asked else ["for which host it shall be was not said (--name)"]
    return msgspec.structs.replace(found, headline=f"{file.file} can be installed; {', and '.join(told)}.")
