"""From what was observed to the checks of a report; pure, so that a saved report can be judged again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from diagnose.declared import Check
from diagnose.inputs.waivers import Waivers
from diagnose.outcome import Code, Outcome, skipped
from diagnose.runner import Observations, judge, with_roots
from diagnose.verdict import CheckResult, WaiverUse, explained


def results(
    checks: Sequence[Check],
    selected: Collection[str],
    observations: Observations,
    waivers: Waivers,
    today: date,
) -> tuple[CheckResult, ...]:
    """Judge every registered check; those not selected are `skip`, `not_selected`."""
    outcomes = {
        check.id: judge(check, observations.values) if check.id in selected else not_asked() for check in checks
    }
    seconds = {check.id: sum(observations.seconds.get(need.type, 0.0) for need in check.needs) for check in checks}
    return told(checks, outcomes, seconds, waivers, today)


def not_asked() -> Outcome:
    """Return the outcome of a check that this run leaves out."""
    return skipped(Code.NOT_SELECTED, "not asked in this run (--only or --skip)")


def told(
    checks: Sequence[Check],
    outcomes: Mapping[str, Outcome],
    seconds: Mapping[str, float],
    waivers: Waivers,
    today: date,
) -> tuple[CheckResult, ...]:
    """Return the outcomes as a report tells them: with what is to blame, what explains them, and the waivers."""
    rooted = with_roots(outcomes)
    explanations = explained(rooted, {check.id: check.explained_by for check in checks})
    return tuple(
        _result(
            check, rooted[check.id], explanations[check.id], seconds.get(check.id, 0.0), waivers.use(check.id, today)
        )
        for check in checks
    )


def _result(
    check: Check,
    outcome: Outcome,
    explained_by: tuple[str, ...],
    seconds: float,
    waiver: WaiverUse | None,
) -> CheckResult:
    return CheckResult(
        id=check.id,
        title=check.title,
        category=check.category,
        importance=check.importance,
        owner=outcome.owner or check.owner,
        status=outcome.status,
        summary=outcome.summary,
        reason=outcome.reason,
        evidence=outcome.evidence,
        remedy=outcome.remedy,
        waiver=waiver,
        explained_by=explained_by,
        seconds=seconds,
        source=check.source,
    )
