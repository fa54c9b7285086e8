"""What a JUnit reader that is not ours finds in our JUnit: every check, its outcome, its message, whatever was said."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from junitparser import Error, Failure, JUnitXml, Properties, Skipped, TestCase

from diagnose.format import Style
from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.verdict import CheckResult
from reports import junit, story
from tests.reports import samples, strategies

TestCase.__test__ = False  # pytest would take it for a class of tests


def read(document: Document) -> Any:
    found = JUnitXml.fromstring(junit.render(document, Style()).encode())
    assert isinstance(found, JUnitXml)
    return found


def cases(document: Document) -> list[Any]:
    return [case for suite in read(document) for case in suite]


def expected(result: CheckResult) -> type | None:
    if result.waived and result.status in {Status.FAIL, Status.UNKNOWN}:
        return Skipped
    return {Status.FAIL: Failure, Status.UNKNOWN: Error, Status.SKIP: Skipped}.get(result.status)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_reader_finds_every_check_with_its_outcome_and_its_message(name: str) -> None:
    document = samples.SAMPLES[name]()
    results = {result.id: result for result in story.shown(document).checks}
    found = {case.name: case for case in cases(document)}
    assert set(found) == set(results)
    for id_, case in found.items():
        result, kind = results[id_], expected(results[id_])
        assert case.classname == result.category
        assert [type(each) for each in case.result] == ([kind] if kind else [])
        assert case.is_passed is (kind is None)
        for each in case.result:
            assert each.message == f"{result.status.value.upper()}: {story.in_brief(result)}"
            assert result.title in each.text


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_reader_counts_what_the_document_says_it_holds(name: str) -> None:
    document = samples.SAMPLES[name]()
    told = read(document)
    kinds = Counter(kind.__name__ for result in document.report.checks if (kind := expected(result)))
    before = (told.tests, told.failures, told.errors, told.skipped)
    assert before == (len(document.report.checks), kinds["Failure"], kinds["Error"], kinds["Skipped"])
    for suite in told:
        suite.update_statistics()
    told.update_statistics()
    assert (told.tests, told.failures, told.errors, told.skipped) == before


def test_a_reader_gets_importance_owner_and_reason_as_properties() -> None:
    found = {case.name: case for case in cases(samples.undecided())}
    told = {each.name: each.value for each in found["allowlist.reachability"].child(Properties)}
    assert told["importance"] == "required"
    assert told["owner"] == "network-admin"
    assert told["reason"].startswith("cannot be seen from here (not_provable_here)")


@given(strategies.documents())
def test_a_reader_reads_whatever_was_said(document: Document) -> None:
    found = cases(document)
    results = sorted(story.shown(document).checks, key=lambda each: each.id)
    assert sorted(case.name for case in found) == [result.id for result in results]
    assert Counter(bool(case.result) for case in found) == Counter(bool(expected(result)) for result in results)
