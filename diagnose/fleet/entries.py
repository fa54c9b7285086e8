"""What a fleet keeps of each target that is done, and what all of them come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from diagnose import exit_codes
from diagnose.outcome import Importance, Status
from diagnose.report import Report
from diagnose.verdict import SPOKEN, VerdictStatus

WORST_FIRST = (
    exit_codes.SECRET_REFUSED,
    exit_codes.INTERNAL_ERROR,
    exit_codes.NOT_READY,
    exit_codes.USAGE,
    exit_codes.UNDECIDED,
    exit_codes.WARNINGS,
    exit_codes.READY,
)
"""The tool's own fault makes every other answer doubtful; a server seen to fail is worse than one not looked at."""
NOT_DIAGNOSED = "NOT DIAGNOSED"


class Entry(msgspec.Struct, frozen=True):
    """One target that is done; `verdict` is None where it could not be diagnosed, and `error` says why."""

    name: str
    verdict: VerdictStatus | None
    causes: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    """The required checks that keep an undecided target from an answer."""
    headline: str = ""
    seconds: float = 0.0
    report: str | None = None
    """The file of its JSON report, within the folder of `--output`."""
    kept: bool = False
    """It was done by an earlier run (`--resume`)."""
    error: str | None = None
    exit_code: int = 0

    @property
    def words(self) -> str:
        """The verdict as it is spelt for people."""
        return SPOKEN[self.verdict] if self.verdict is not None else NOT_DIAGNOSED

    @property
    def because(self) -> tuple[str, ...]:
        """The checks that stand in the way."""
        return self.causes or self.undecided

    @property
    def page(self) -> str | None:
        """The file of its HTML report."""
        return f"{self.report.removesuffix('.json')}.html" if self.report else None


class Fleet(msgspec.Struct, frozen=True):
    """Every target that is done, in the order of the list, and how many are not."""

    entries: tuple[Entry, ...]
    listed: int
    seconds: float
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """The worst of the targets; 130 where it was interrupted."""
        if self.interrupted:
            return exit_codes.INTERRUPTED
        codes = {entry.exit_code for entry in self.entries}
        return next((code for code in WORST_FIRST if code in codes), exit_codes.READY)

    def by_verdict(self) -> list[tuple[str, list[Entry]]]:
        """Return the entries under their verdicts, the worst first."""
        order = (VerdictStatus.NOT_READY, None, VerdictStatus.UNDECIDED, VerdictStatus.READY_WITH_WARNINGS,
                 VerdictStatus.READY)  # fmt: skip
        groups = [[entry for entry in self.entries if entry.verdict is verdict] for verdict in order]
        return [(group[0].words, group) for group in groups if group]

    def by_cause(self) -> list[tuple[str, list[Entry]]]:
        """Return, for each cause, the targets that it keeps from being ready; the commonest first."""
        return _grouped((cause, entry) for entry in self.entries for cause in entry.causes)

    def by_question(self) -> list[tuple[str, list[Entry]]]:
        """Return, for each check that could not be decided, the targets that are undecided for it."""
        return _grouped((question, entry) for entry in self.entries for question in entry.undecided)


def _grouped(pairs: Iterable[tuple[str, Entry]]) -> list[tuple[str, list[Entry]]]:
    groups: dict[str, list[Entry]] = {}
    for key, entry in pairs:
        groups.setdefault(key, []).append(entry)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def entry(name: str, report: Report, seconds: float, file: str | None, *, fail_on: str, kept: bool = False) -> Entry:
    """Return what is kept of this report."""
    verdict = report.verdict
    return Entry(
        name=name,
        verdict=verdict.status,
        causes=verdict.causes,
        undecided=_questions(report) if verdict.status is VerdictStatus.UNDECIDED else (),
        headline=verdict.headline,
        seconds=round(seconds, 3),
        report=file,
        kept=kept,
        exit_code=exit_codes.of(verdict.status, fail_on=fail_on),
    )


def failed(name: str, sentence: str, exit_code: int, seconds: float = 0.0) -> Entry:
    """Return the entry of a target that could not be diagnosed."""
    return Entry(name, None, error=sentence, seconds=round(seconds, 3), exit_code=exit_code)


def _questions(report: Report) -> tuple[str, ...]:
    open_ = [
        result
        for result in report.checks
        if result.importance is Importance.REQUIRED and result.status is Status.UNKNOWN and not result.waived
    ]
    return tuple(result.id for result in open_ if not result.explained_by) or tuple(result.id for result in open_)
