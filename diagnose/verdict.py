"""One verdict per run, from the outcomes alone.

The laws (property-tested): adding a failing check never improves the verdict; taking evidence away or
asking for fewer checks never turns `not_ready` into `ready`; the order changes nothing; `not_ready` has at
least one cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from diagnose.outcome import Code, Importance, Outcome, Owner, Reason, Remedy, Status


class VerdictStatus(StrEnum):
    """The run's answer."""

    READY = "ready"
    READY_WITH_WARNINGS = "ready_with_warnings"
    UNDECIDED = "undecided"
    NOT_READY = "not_ready"


SPOKEN = {
    VerdictStatus.READY: "READY",
    VerdictStatus.READY_WITH_WARNINGS: "READY WITH WARNINGS",
    VerdictStatus.UNDECIDED: "UNDECIDED",
    VerdictStatus.NOT_READY: "NOT READY",
}


class WaiverUse(msgspec.Struct, frozen=True):
    """A waiver that names this check; an expired one changes nothing and says so."""

    reason: str
    expires: str
    """ISO date, the last day on which it counts."""
    expired: bool = False


class CheckResult(msgspec.Struct, frozen=True):
    """One check in the report."""

    id: str
    title: str
    category: str
    importance: Importance
    owner: Owner
    status: Status
    summary: str
    reason: Reason | None = None
    evidence: dict[str, Any] = {}
    remedy: Remedy | None = None
    waiver: WaiverUse | None = None
    explained_by: tuple[str, ...] = ()
    seconds: float = 0.0
    source: str = "halo-diagnose"

    @property
    def waived(self) -> bool:
        """A valid waiver covers it."""
        return self.waiver is not None and not self.waiver.expired

    @property
    def counts_as_failure(self) -> bool:
        """A required failure that no valid waiver covers."""
        return self.importance is Importance.REQUIRED and self.status is Status.FAIL and not self.waived


class Verdict(msgspec.Struct, frozen=True):
    """The run's answer, in one word, one sentence and its causes."""

    status: VerdictStatus
    headline: str
    causes: tuple[str, ...] = ()
    counts: dict[str, int] = {}


def verdict(results: Sequence[CheckResult], integrator: str = "the integrator") -> Verdict:
    """Return the verdict on these results."""
    status = decide(results)
    roots = causes(results) if status is VerdictStatus.NOT_READY else ()
    counts = {each.value: sum(result.status is each for result in results) for each in Status}
    return Verdict(status, headline(status, results, roots, integrator), roots, counts)


def decide(results: Iterable[CheckResult]) -> VerdictStatus:
    """Return the verdict's status: the worst first."""
    results = tuple(results)
    if any(result.counts_as_failure for result in results):
        return VerdictStatus.NOT_READY
    required = [result for result in results if result.importance is Importance.REQUIRED]
    if any(result.status is Status.UNKNOWN and not result.waived for result in required):
        return VerdictStatus.UNDECIDED
    if any(_is_a_warning(result) for result in results):
        return VerdictStatus.READY_WITH_WARNINGS
    return VerdictStatus.READY


def _is_a_warning(result: CheckResult) -> bool:
    if result.status is Status.WARN:
        return True
    if result.importance is Importance.RECOMMENDED:
        return result.status in {Status.FAIL, Status.UNKNOWN}
    if result.importance is Importance.INFORMATIONAL:
        return False
    if result.status is Status.SKIP:
        return _not_asked(result)
    return result.waived and result.status in {Status.FAIL, Status.UNKNOWN}


def _not_asked(result: CheckResult) -> bool:
    """A required check that was left out: what was not asked cannot buy READY."""
    required = result.importance is Importance.REQUIRED and result.status is Status.SKIP
    return required and result.reason is not None and result.reason.code is Code.NOT_SELECTED


def causes(results: Iterable[CheckResult]) -> tuple[str, ...]:
    """Return the failed required checks that no other failed required check explains, sorted as given.

    Where failures explain each other in a circle, all of them are causes: a failure is never nobody's.
    """
    failures = {result.id: result for result in results if result.counts_as_failure}
    roots = tuple(
        name
        for name, result in failures.items()
        if not any(other in failures and other != name for other in result.explained_by)
    )
    return roots or tuple(failures)


def explained(outcomes: Mapping[str, Outcome], declared: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return per check the checks that explain it: what blocks it, or declared ones that failed with it."""
    return {name: _explained(name, outcome, outcomes, declared.get(name, ())) for name, outcome in outcomes.items()}


def _explained(
    name: str, outcome: Outcome, outcomes: Mapping[str, Outcome], declared: tuple[str, ...]
) -> tuple[str, ...]:
    if outcome.reason is not None and outcome.reason.blocked_by:
        return tuple(other for other in outcome.reason.blocked_by if other != name)
    if outcome.status not in {Status.FAIL, Status.WARN}:
        return ()
    return tuple(other for other in declared if other in outcomes and outcomes[other].status is Status.FAIL)


def headline(status: VerdictStatus, results: Sequence[CheckResult], roots: tuple[str, ...], integrator: str) -> str:
    """Return the one sentence that stands above everything else."""
    if status is VerdictStatus.NOT_READY:
        return _not_ready(results, roots)
    if status is VerdictStatus.UNDECIDED:
        return _undecided(results)
    if status is VerdictStatus.READY_WITH_WARNINGS:
        not_asked = sum(_not_asked(result) for result in results)
        if not_asked:
            return f"What was asked holds; {not_asked} required checks were not asked."
        warnings = sum(_is_a_warning(result) for result in results)
        things = "1 thing deserves" if warnings == 1 else f"{warnings} things deserve"
        return f"{integrator} can connect; {things} attention."
    return f"Everything that {integrator} asks for holds."


def _not_ready(results: Sequence[CheckResult], roots: tuple[str, ...]) -> str:
    by_id = {result.id: result for result in results}
    if len(roots) == 1:
        cause = by_id[roots[0]]
        return f"{_sentence(cause.summary)} The {cause.owner} can mend it."
    return (
        f"{len(roots)} things stand in the way: " + "; ".join(by_id[root].summary.rstrip(".") for root in roots) + "."
    )


def _undecided(results: Sequence[CheckResult]) -> str:
    unknowns = [
        result
        for result in results
        if result.importance is Importance.REQUIRED and result.status is Status.UNKNOWN and not result.waived
    ]
    roots = [result for result in unknowns if not result.explained_by] or unknowns
    if any(root.reason is not None and root.reason.code is Code.CANCELLED for root in roots):
        return f"The run was interrupted: nothing required was seen to fail, and {len(unknowns)} checks are undecided."
    if len(roots) > 1:
        things = "; ".join(dict.fromkeys(root.summary.rstrip(".") for root in roots))
        return f"Nothing required was seen to fail; {len(roots)} things could not be decided: {things}."
    lead = _what_holds(results) if len(unknowns) == 1 else "Nothing required was seen to fail"
    return f"{lead}; {_one_thing(roots[0])}"


def _what_holds(results: Iterable[CheckResult]) -> str:
    flawed = any(_is_a_warning(result) for result in results if result.importance is Importance.RECOMMENDED)
    return f"Everything {'required ' if flawed else ''}that can be seen from here holds"


def _one_thing(root: CheckResult) -> str:
    here = root.reason is not None and root.reason.code is Code.NOT_PROVABLE_HERE
    lead = "" if "cannot be seen from here" in root.summary else "one thing cannot be seen from here: "
    told = f"{lead if here else 'one thing could not be decided: '}{root.summary.rstrip('.')}."
    return f"{told} Next: {root.remedy.summary.rstrip('.')}." if root.remedy is not None else told


def _sentence(text: str) -> str:
    """Return it with a capital and a full stop; a name such as `halo.example.com` keeps its spelling."""
    first, _, rest = text.strip().partition(" ")
    lead = first.capitalize() if first.isalpha() and first.islower() else first
    return f"{lead} {rest}".strip().rstrip(".") + "."
