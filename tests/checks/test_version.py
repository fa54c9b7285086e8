"""The version against the table, the option, the security fixes and the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import version
from diagnose import Outcome, Status
from diagnose.facts.run import Moment, Settings
from diagnose.halo.versions import parse
from diagnose.outcome import Code
from tests.checks import at_hand as at


def current(running: str, **others: Any) -> Outcome:
    facts = {"settings": at.SETTINGS, "profile": at.GRADIENT, "moment": at.MOMENT}
    return version.the_version_is_the_latest_stable(
        at.instance(app_version=running), at.NOT_NEEDED, at.NO_AUTH_INFO, at.RELEASES, **(facts | others)
    )


def at_moment(year: int, month: int, day: int) -> Moment:
    return Moment(datetime(year, month, day, tzinfo=UTC))


@pytest.mark.parametrize(
    ("running", "status"),
    [
        ("2.250.32", Status.PASS),
        ("v2.250.1", Status.PASS),
        ("2.250", Status.PASS),
        ("2.252.1", Status.WARN),
        ("3.0.1", Status.WARN),
        ("2.236.133", Status.FAIL),
        ("2.242.7", Status.FAIL),
        ("2.220.1", Status.FAIL),
        ("1.999.1", Status.FAIL),
    ],
)
def test_the_line_is_compared_with_the_newest_stable_one(running: str, status: Status) -> None:
    outcome = current(running)
    assert outcome.status is status
    assert {"running": running, "latest_stable": "2.250", "as_of": "2026-10-04"}.items() <= outcome.evidence.items()


@pytest.mark.parametrize(
    ("running", "moment", "status"),
    [
        ("2.236.133", at_moment(2026, 10, 27), Status.WARN),  # the newest line is 29 days old
        ("2.236.133", at_moment(2026, 10, 28), Status.FAIL),
        ("2.220.1", at_moment(2026, 10, 27), Status.FAIL),  # not directly before
        ("2.248.1", at_moment(2026, 10, 27), Status.FAIL),  # a beta is no stable line
    ],
)
def test_only_the_stable_line_directly_before_has_a_grace(running: str, moment: Moment, status: Status) -> None:
    assert current(running, moment=moment).status is status


@pytest.mark.parametrize(
    ("given_version", "running", "status"),
    [
        ("2.250", "2.250.32", Status.PASS),
        ("2.250", "2.248.99", Status.FAIL),
        ("2.250", "2.252.1", Status.WARN),
        ("2.250.32", "2.250.32", Status.PASS),
        ("2.250.33", "2.250.32", Status.FAIL),
        ("2.250.31", "2.250.32", Status.WARN),
        ("2.250.32", "2.250", Status.UNKNOWN),
        ("2.260", "2.250.32", Status.FAIL),
        ("2.236", "2.236.133", Status.PASS),
    ],
)
def test_the_option_compares_the_line_or_the_patch(given_version: str, running: str, status: Status) -> None:
    outcome = current(running, settings=Settings(latest_stable=given_version))
    assert outcome.status is status
    assert outcome.evidence["latest_stable"] == given_version


def test_a_profile_may_take_any_version() -> None:
    outcome = current("1.0.0", profile=at.change(at.GRADIENT, version="any"))
    assert (outcome.status, outcome.reason and outcome.reason.code) == (Status.SKIP, Code.NOT_APPLICABLE)


def secure(running: str) -> Outcome:
    return version.the_version_contains_the_security_fixes(
        at.instance(app_version=running), at.NOT_NEEDED, at.NO_AUTH_INFO, at.RELEASES
    )


@pytest.mark.parametrize(
    ("running", "status"),
    [
        ("2.174.93", Status.FAIL),
        ("2.174.94", Status.PASS),
        ("2.174.103", Status.PASS),
        ("2.175.0", Status.FAIL),
        ("2.184.22", Status.FAIL),
        ("2.184.23", Status.PASS),
        ("2.184.35", Status.PASS),
        ("2.185.0", Status.FAIL),
        ("2.186.1", Status.FAIL),
        ("2.186.2", Status.PASS),
        ("2.187.1", Status.PASS),
        ("2.250.32", Status.PASS),
        ("2.11.13", Status.FAIL),
        ("2.174", Status.UNKNOWN),
        ("2.184", Status.UNKNOWN),
        ("2.180", Status.FAIL),
        ("2.196", Status.PASS),
    ],
)
def test_the_security_floor_is_exact(running: str, status: Status) -> None:
    assert secure(running).status is status


def test_an_insecure_version_explains_that_it_is_not_current() -> None:
    assert version.the_version_is_the_latest_stable.explained_by == ("version.secure",)


@pytest.mark.parametrize(
    ("application", "database", "status"),
    [
        ("2.250.32", "2250", Status.PASS),
        ("2.250.32", "2.250", Status.PASS),
        ("2.250.32", "2.250.32", Status.PASS),
        ("2.250.32", "2236", Status.WARN),
        ("2.250.32", "nonsense", Status.WARN),
        ("2.250.32", None, Status.UNKNOWN),
    ],
)
def test_the_database_is_of_the_applications_line(application: str, database: str | None, status: Status) -> None:
    found = at.instance(app_version=application, database_version=database)
    assert version.application_and_database_version_agree(found, at.NOT_NEEDED, at.NO_AUTH_INFO).status is status


EVERY = [
    lambda *facts: version.the_version_is_the_latest_stable(*facts, at.RELEASES, at.SETTINGS, at.GRADIENT, at.MOMENT),
    lambda *facts: version.the_version_contains_the_security_fixes(*facts, at.RELEASES),
    version.application_and_database_version_agree,
]


@pytest.mark.parametrize("judge", EVERY)
def test_without_a_version_the_reason_is_named(judge: Any) -> None:
    def because(*facts: Any) -> tuple[Status, Code | None, tuple[str, ...]]:
        outcome = judge(*facts)
        return outcome.status, outcome.reason.code if outcome.reason else None, outcome.reason.blocked_by

    blocked, nobody = (Status.UNKNOWN, Code.BLOCKED), ()
    assert because(at.instance(503), at.NOT_NEEDED, at.NO_AUTH_INFO) == (*blocked, ("halo.answers",))
    assert because(at.instance(app_name="CMS"), at.NOT_NEEDED, at.NO_AUTH_INFO) == (*blocked, ("halo.answers",))
    assert because(at.instance(401), at.TOKEN_REFUSED, at.AUTH_INFO) == (*blocked, ("auth.token",))
    assert because(at.instance(401), at.NOT_ASKED, at.AUTH_INFO) == (Status.UNKNOWN, Code.MISSING_INPUT, nobody)
    assert because(at.instance(404), at.NOT_NEEDED, at.AUTH_INFO) == (Status.UNKNOWN, Code.UNEXPECTED_RESPONSE, nobody)
    odd = at.instance(app_version="two")
    assert because(odd, at.NOT_NEEDED, at.AUTH_INFO) == (Status.UNKNOWN, Code.UNEXPECTED_RESPONSE, nobody)
    again = judge(at.instance(401), at.with_token(at.INSTANCE), at.AUTH_INFO)
    assert again.status is Status.PASS


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_version(text: str) -> None:
    assert parse(text) is None or all(part >= 0 for part in parse(text) or ())
    assert current(text or "x").status in Status


def test_the_bundled_table_is_dated_and_ordered() -> None:
    assert at.RELEASES.by_number[0].line == "2.250"
    assert at.RELEASES.source
    assert all(parse(entry.line) for entry in at.RELEASES.stable)
