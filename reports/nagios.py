"""One line for Nagios, Icinga, Checkmk and their like, with performance data (Monitoring Plugins Guidelines, 2026)."""

from __future__ import annotations

from datetime import UTC, datetime

from diagnose.format import Style
from diagnose.report import Document, Report
from diagnose.verdict import VerdictStatus
from reports import particulars, story

STATES = {
    VerdictStatus.READY: "OK",
    VerdictStatus.READY_WITH_WARNINGS: "WARNING",
    VerdictStatus.UNDECIDED: "UNKNOWN",
    VerdictStatus.NOT_READY: "CRITICAL",
}
LONGEST = 700
"""Bytes of the sentence: NRPE of version 2 carries 1024 in all."""


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the line."""
    report = story.shown(document)
    return f"{STATES[report.verdict.status]} - {_sentence(report)} | {_performance(report)}\n"


def _sentence(report: Report) -> str:
    causes = f" [{', '.join(report.verdict.causes)}]" if report.verdict.causes else ""
    interrupted = " (interrupted)" if report.run.cancelled else ""
    text = f"{story.verdict_words(report)}{interrupted}: {report.verdict.headline}{causes}"
    cut = text.encode()[:LONGEST].decode(errors="ignore")
    return (text if cut == text else f"{cut}...").replace("|", "/")


def _performance(report: Report) -> str:
    """Return `label=value[unit];warn;crit;min;max` for each number."""
    most = len(report.checks)
    values = [f"{status.value}={number};;;0;{most}" for status, number in story.counted(report).items()]
    values.append(f"time={max(0.0, particulars.seconds(report)):.3f}s;;;0")
    days = _days_left(report)
    return " ".join([*values, *([f"certificate_days={days};14:;0:"] if days is not None else [])])


def _days_left(report: Report) -> int | None:
    """Return the whole days from the run until the first certificate expires, where the evidence tells."""
    for result in report.checks:
        if result.id == "tls.dates":
            try:
                until = datetime.fromisoformat(str(result.evidence.get("not_after")))
                return (until.replace(tzinfo=until.tzinfo or UTC) - report.run.started).days
            except (ValueError, TypeError, OverflowError):
                return None
    return None
