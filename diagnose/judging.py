"""From what was observed to the checks of a report; pure, so that a saved report can be judged again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from diagnose.declared import Check
from diagnose.outcome import Code, Outcome, skipped
from diagnose.runner import Observations, judge, with_roots
from diagnose.verdict import CheckResult, WaiverUse, explained
from diagnose.waivers import Waivers


def results(
    checks: Sequence[Check],
    selected: Collection[str],
    observations: Observations,
    waivers: Waivers,
    today: date,
) -> tuple[CheckResult, ...]:
    """Judge every registered check; those not selected are `skip`, `not_selected`."""
    outcomes = with_roots({check.id: _outcome(check, selected, observations) for check in checks})
    explanations = explained(outcomes, {check.id: check.explained_by for check in checks})
    return tuple(
        _result(check, outcomes[check.id], explanations[check.id], observations, waivers.use(check.id, today))
        for check in checks
    )


def _outcome(check: Check, selected: Collection[str], observations: Observations) -> Outcome:
    if check.id not in selected:
        return skipped(Code.NOT_SELECTED, "not asked in this run (--only or --skip)")
    return judge(check, observations.values)


def _result(
    check: Check,
    outcome: Outcome,
    explained_by: tuple[str, ...],
    observations: Observations,
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
        seconds=sum(observations.seconds.get(need.type, 0.0) for need in check.needs),
        source=check.source,
    )
