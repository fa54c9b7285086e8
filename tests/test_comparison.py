"""Two reports side by side: the same has no changes, and whichever comes first, the same is told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given

from diagnose.outcome import Status
from diagnose.report import Document, Report
from diagnose.support.comparison import Aspect, Causes, Change, Comparison, Kind, Relation, compare, ordered
from diagnose.support.vantages import FAILS_INSIDE, FAILS_OUTSIDE
from tests.reports import samples, strategies

OPPOSITE = {
    Kind.WORSE: Kind.BETTER,
    Kind.BETTER: Kind.WORSE,
    Kind.OTHERWISE: Kind.OTHERWISE,
    Kind.ONLY_FIRST: Kind.ONLY_SECOND,
    Kind.ONLY_SECOND: Kind.ONLY_FIRST,
}


def mirrored(comparison: Comparison) -> Comparison:
    """Return what is told where the second report comes first."""

    def turned(change: Change) -> Change:
        return msgspec.structs.replace(change, kind=OPPOSITE[change.kind], first=change.second, second=change.first)

    causes = comparison.causes
    return msgspec.structs.replace(
        comparison,
        first=comparison.second,
        second=comparison.first,
        causes=Causes(gone=causes.new, new=causes.gone, left=causes.left),
        changes=tuple(turned(change) for change in comparison.changes),
        aspects=tuple(Aspect(each.name, each.second, each.first) for each in comparison.aspects),
    )


@given(strategies.documents())
def test_a_report_compared_with_itself_has_no_changes(document: Document) -> None:
    comparison = compare(document.report, document.report)
    assert comparison.changes == ()
    assert comparison.aspects == ()
    assert comparison.causes.gone == comparison.causes.new == ()
    assert comparison.same_target
    assert comparison.relation is Relation.SAME_RUN


@given(strategies.documents(), strategies.documents())
def test_the_other_way_round_is_the_mirror_image(one: Document, other: Document) -> None:
    assert compare(other.report, one.report) == mirrored(compare(one.report, other.report))


@given(strategies.documents(), strategies.documents())
def test_the_order_does_not_depend_on_what_is_named_first(one: Document, other: Document) -> None:
    first, second = ordered(one.report, other.report)
    assert {id(first), id(second)} == {id(one.report), id(other.report)}
    if (one.report.run.started, one.report.run.vantage) != (other.report.run.started, other.report.run.vantage):
        assert ordered(other.report, one.report) == (first, second)


def changed(make: Callable[[], Document], **run: Any) -> Report:
    raw = copy.deepcopy(make().raw)
    raw["run"] |= {"id": "another run", **run}
    return Document(raw).report


def test_before_and_after_names_what_was_mended() -> None:
    comparison = compare(samples.one_cause().report, changed(samples.healthy))
    assert comparison.relation is Relation.BEFORE_AND_AFTER
    assert comparison.causes == Causes(gone=("tls.chain-complete",), new=(), left=())
    (change,) = (each for each in comparison.changes if each.id == "tls.chain-complete")
    assert change.kind is Kind.BETTER
    assert change.first is not None
    assert change.second is not None
    assert (change.first.status, change.second.status) == (Status.FAIL, Status.PASS)


def test_a_check_in_one_report_alone_is_told_as_such() -> None:
    raw = copy.deepcopy(samples.healthy().raw)
    raw["checks"] = raw["checks"][1:]
    comparison = compare(Document(raw).report, samples.healthy().report)
    assert [(each.id, each.kind) for each in comparison.changes] == [("url.resource-server", Kind.ONLY_SECOND)]


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://HALO.example.com/api", True),
        ("halo.example.com/api/", True),
        ("https://halo.example.com:443/halo/api", True),
        ("https://halo.example.com:8443/api", False),
        ("https://other.example.com/api", False),
    ],
)
def test_a_corrected_url_is_still_the_same_place(url: str, same: bool) -> None:
    raw = copy.deepcopy(samples.healthy().raw)
    raw["target"]["resource_server"] = url
    raw["run"]["id"] = "another run"
    comparison = compare(samples.healthy().report, Document(raw).report)
    assert comparison.same_target is same
    assert [aspect.name for aspect in comparison.aspects] == ["Resource server"]


def test_the_earlier_comes_first_and_the_inside_before_the_outside() -> None:
    now, later = samples.healthy().report, changed(samples.healthy, started="2026-11-25T09:00:00Z")
    assert ordered(later, now) == ordered(now, later) == (now, later)
    outside = changed(samples.healthy, started="2026-11-01T09:00:00Z", vantage="integrator")
    assert ordered(outside, now) == ordered(now, outside) == (now, outside)


def outside(make: Callable[[], Document], **run: Any) -> Report:
    return changed(make, vantage="integrator", **run)


def meanings(inside: Report, out: Report) -> dict[str, tuple[str, ...]]:
    return {meaning.text: meaning.checks for meaning in compare(inside, out).meanings}


def test_what_fails_outside_alone_was_decided_on_the_way_in() -> None:
    told = meanings(samples.healthy().report, outside(samples.no_name))
    assert told[FAILS_OUTSIDE["name"]] == ("dns.resolves",)
    told = meanings(samples.healthy().report, outside(samples.one_cause))
    assert told[FAILS_OUTSIDE["certificate"]] == ("tls.chain-complete",)


def test_what_fails_inside_alone_does_not_concern_the_integrator() -> None:
    told = meanings(samples.one_cause().report, outside(samples.healthy))
    assert told == {FAILS_INSIDE["certificate"]: ("tls.chain-complete",)}


def test_what_fails_at_both_places_is_the_servers() -> None:
    told = meanings(samples.one_cause().report, outside(samples.one_cause))
    assert [(text.split(" is the")[0], checks) for text, checks in told.items()] == [
        ("What fails from both places", ("tls.chain-complete",))
    ]


def test_two_places_that_see_the_same_and_days_in_between() -> None:
    later = (samples.STARTED + timedelta(days=3)).isoformat()
    texts = list(meanings(samples.healthy().report, outside(samples.healthy, started=later)))
    assert texts[0].startswith("Nothing holds from customer and fails from integrator")
    assert "3 days apart" in texts[1]
    assert compare(samples.healthy().report, changed(samples.one_cause)).meanings == ()
