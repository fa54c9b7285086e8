"""What changed between two reports: before and after, or seen from two places. Pure.

`compare(a, b)` takes them in the order given and mirrors `compare(b, a)`; `ordered` says which comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from diagnose.outcome import Code, Importance, Status
from diagnose.report import Report, Run, TargetView, Tool
from diagnose.support.vantages import INSIDE, Meaning, meanings
from diagnose.verdict import CheckResult, Verdict

SCHEMA_VERSION = "1.0"
"""Of a comparison as JSON; it grows as the report's does."""

HTTPS_PORT = 443


class Relation(StrEnum):
    """What two reports are to each other."""

    BEFORE_AND_AFTER = "before_and_after"
    TWO_VANTAGES = "two_vantages"
    SAME_RUN = "same_run"
    """The same facts, judged twice; under pseudonyms one target has two names."""


class Kind(StrEnum):
    """Which way a check went from the first report to the second."""

    WORSE = "worse"
    BETTER = "better"
    OTHERWISE = "otherwise"
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"


class Told(msgspec.Struct, frozen=True):
    """What one report says of one check."""

    status: Status
    summary: str
    reason: Code | None = None
    blocked_by: tuple[str, ...] = ()
    waived: bool = False


class Change(msgspec.Struct, frozen=True):
    """One check of which the two reports do not say the same."""

    id: str
    title: str
    importance: Importance
    kind: Kind
    first: Told | None
    second: Told | None


class Aspect(msgspec.Struct, frozen=True):
    """Something besides the checks that differs, e.g. the version of the tool."""

    name: str
    first: str
    second: str


class Side(msgspec.Struct, frozen=True):
    """One of the two reports."""

    run: Run
    tool: Tool
    target: TargetView
    verdict: Verdict
    digest: str


class Causes(msgspec.Struct, frozen=True):
    """What stands in the way: no more, newly, still."""

    gone: tuple[str, ...]
    new: tuple[str, ...]
    left: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True):
    """Two reports side by side."""

    schema_version: str
    relation: Relation
    same_target: bool
    first: Side
    second: Side
    causes: Causes
    changes: tuple[Change, ...]
    unchanged: int
    aspects: tuple[Aspect, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    """For two vantages: what the differences mean."""


def ordered(one: Report, other: Report) -> tuple[Report, Report]:
    """Return the inside before the outside, what was judged before what was judged again, else by time."""
    return (other, one) if _place(other, one) < _place(one, other) else (one, other)


def _place(report: Report, other: Report) -> tuple[bool, datetime, bool, datetime, str]:
    inside = report.run.vantage == INSIDE or other.run.vantage != INSIDE
    started = _with_zone(report.run.started)
    again = report.recheck
    if isinstance(again, msgspec.UnsetType):
        return not inside, started, False, started, report.run.vantage
    return not inside, started, True, _with_zone(again.as_of), report.run.vantage


def compare(first: Report, second: Report) -> Comparison:
    """Return what the second report says otherwise than the first."""
    before, after = ({result.id: result for result in report.checks} for report in (first, second))
    ids = sorted({*before, *after})
    changes = tuple(
        _change(name, before.get(name), after.get(name))
        for name in ids
        if _told(before.get(name)) != _told(after.get(name))
    )
    relation = _relation(first, second)
    return Comparison(
        schema_version=SCHEMA_VERSION,
        relation=relation,
        same_target=relation is Relation.SAME_RUN or _places(first) == _places(second),
        first=_side(first),
        second=_side(second),
        causes=_causes(first.verdict.causes, second.verdict.causes),
        changes=changes,
        unchanged=len(ids) - len(changes),
        aspects=tuple(_aspects(first, second)),
        meanings=_meanings(first, second) if relation is Relation.TWO_VANTAGES else (),
    )


def _relation(first: Report, second: Report) -> Relation:
    if first.run.id == second.run.id:
        return Relation.SAME_RUN
    return Relation.BEFORE_AND_AFTER if first.run.vantage == second.run.vantage else Relation.TWO_VANTAGES


def _meanings(first: Report, second: Report) -> tuple[Meaning, ...]:
    """Tell them alike whichever is first."""
    inside, outside = sorted((first, second), key=lambda report: (report.run.vantage != INSIDE, report.run.vantage))
    apart = abs(_with_zone(first.run.started) - _with_zone(second.run.started))
    return meanings(inside.checks, outside.checks, (inside.run.vantage, outside.run.vantage), apart)


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _side(report: Report) -> Side:
    digest = report.digest.value if report.digest is not None else ""
    return Side(report.run, report.tool, report.target, report.verdict, digest)


def _causes(first: tuple[str, ...], second: tuple[str, ...]) -> Causes:
    return Causes(
        gone=tuple(sorted({*first} - {*second})),
        new=tuple(sorted({*second} - {*first})),
        left=tuple(sorted({*first} & {*second})),
    )


def _change(name: str, first: CheckResult | None, second: CheckResult | None) -> Change:
    title, importance = max((each.title, each.importance) for each in (first, second) if each is not None)
    return Change(name, title, importance, _kind(first, second), _told(first), _told(second))


def _told(result: CheckResult | None) -> Told | None:
    if result is None:
        return None
    reason = result.reason
    code, blocked_by = (None, ()) if reason is None else (reason.code, reason.blocked_by)
    return Told(result.status, result.summary, code, blocked_by, result.waived)


_RANK = {Status.FAIL: 0, Status.UNKNOWN: 1, Status.WARN: 2, Status.PASS: 3}


def _kind(first: CheckResult | None, second: CheckResult | None) -> Kind:
    if first is None or second is None:
        return Kind.ONLY_SECOND if first is None else Kind.ONLY_FIRST
    ranks = _RANK.get(first.status), _RANK.get(second.status)
    if ranks[0] is None or ranks[1] is None or ranks[0] == ranks[1]:
        return Kind.OTHERWISE
    return Kind.BETTER if ranks[1] > ranks[0] else Kind.WORSE


def _places(report: Report) -> tuple[str, str]:
    target = report.target
    certificate = target.certificate_file
    if isinstance(certificate, str):
        return "file", certificate
    return _endpoint(target.resource_server), _endpoint(target.auth_server)


def _endpoint(url: str) -> str:
    """Return host and port: a corrected scheme, slash or path is still the same place."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port
    except ValueError:
        return url
    return f"{(parts.hostname or '').rstrip('.')}:{HTTPS_PORT if port in {None, 80} else port}"


def _aspects(first: Report, second: Report) -> list[Aspect]:
    one, other = _around(first), _around(second)
    names = sorted({*one, *other})
    return [
        Aspect(name, one.get(name, ""), other.get(name, ""))
        for name in names
        if one.get(name, "") != other.get(name, "")
    ]


def _around(report: Report) -> Mapping[str, str]:
    """Return everything about a report that may explain a difference, by the name a reader knows."""
    run, target, tool = report.run, report.target, report.tool
    tables = {f"Table of {name}": table.as_of or table.sha256[:8] for name, table in tool.tables.items()}
    plugins = {f"Plug-in {plugin.name}": plugin.version for plugin in tool.plugins}
    again = report.recheck
    judged = (
        {} if isinstance(again, msgspec.UnsetType) else {"Judged again as of": again.as_of.isoformat(" ", "seconds")}
    )
    told = {
        "Resource server": target.resource_server,
        "Authorization server": target.auth_server,
        "Tenant": target.tenant or "Not set",
        "Client ID": target.client_id or "none given",
        "Profile": run.profile,
        "Seen from": run.vantage,
        "Tool": f"{tool.name} {tool.version}",
        "Interrupted": "yes" if run.cancelled else "no",
    }
    return told | tables | plugins | judged
