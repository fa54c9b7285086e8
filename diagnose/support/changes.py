"""What a recheck says differently, and why: a newer table, a new check, today's clock, another version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from diagnose import tables
from diagnose.registry import DISTRIBUTION, version
from diagnose.report import BriefResult, RecheckChange, Report, Tool, rounded
from diagnose.verdict import CheckResult

TABLES = {"releases": ("version.",), "interceptors": ("tls.", "net.direct")}
"""Beginnings of the ids whose outcome depends on each table directly."""


class Stage(msgspec.Struct, frozen=True):
    """The results after one more thing was taken as it is today, and the words for that thing.

    `lacking` names, per check, the facts that the report does not hold.
    """

    why: str
    results: tuple[CheckResult, ...]
    lacking: Mapping[str, tuple[str, ...]]


def changes(report: Report, stages: tuple[Stage, ...]) -> tuple[RecheckChange, ...]:
    """Return every check that says something else than the report did."""
    before = {result.id: result for result in report.checks}
    after = {result.id: result for result in stages[-1].results}
    return tuple(
        RecheckChange(name, _brief(before.get(name)), _brief(after.get(name)), _why(name, report, stages))
        for name in dict.fromkeys((*after, *before))
        if not same(before.get(name), after.get(name))
    )


def same(one: CheckResult | None, other: CheckResult | None) -> bool:
    """Whether two results say the same, evidence included, as a report spells it."""
    return one is other or (one is not None and other is not None and _said(one) == _said(other))


def _said(result: CheckResult) -> Any:  # noqa: ANN401 - plain values
    parts = (result.status, result.summary, result.reason, result.evidence, result.waiver, result.explained_by)
    return rounded(msgspec.to_builtins(parts, str_keys=True))


def _brief(result: CheckResult | None) -> BriefResult | None:
    return None if result is None else BriefResult(result.status, result.summary)


def _why(name: str, report: Report, stages: tuple[Stage, ...]) -> str:
    """Return every cause of the change, the earliest first."""
    found: list[str] = []
    last = {result.id: result for result in report.checks}.get(name)
    for stage in stages:
        result = {each.id: each for each in stage.results}.get(name)
        if not same(last, result):
            found.append(stage.why or _of_the_first(name, last, result, report.tool, stage))
        last = result
    return "; ".join(found)


def _of_the_first(name: str, before: CheckResult | None, after: CheckResult | None, tool: Tool, stage: Stage) -> str:
    if after is None:
        return "left out (--no-plugins, or it was skipped and is not installed here)"
    if before is None:
        return "a new check"
    if name in stage.lacking:
        return f"the report does not hold {', '.join(stage.lacking[name])}"
    return _table(name, tool) or _of_version(tool)


def _table(name: str, tool: Tool) -> str:
    for table, beginnings in TABLES.items():
        then, today = tool.tables.get(table), tables.in_force()[table]
        if name.startswith(beginnings) and then is not None and then.sha256 != today.sha256:
            age = "newer" if today.as_of > then.as_of else "another"
            return f"{age} table of {table} ({today.as_of}, the report's was of {then.as_of or 'no date'})"
    return ""


def _of_version(tool: Tool) -> str:
    today = version()
    if tool.version != today:
        return f"{DISTRIBUTION} {today} judges otherwise than {tool.version} did"
    return "judged anew by the same version: another installation, or the report was changed"
