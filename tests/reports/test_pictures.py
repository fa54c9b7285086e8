"""The two pictures: what they show of the checks, and that they show nothing that was not seen."""

from __future__ import annotations

import pytest
from hypothesis import given

from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.verdict import CheckResult
from reports import pictures, story
from tests.reports import samples, strategies

LEAF = "CN=halo.example.com"
R12 = "CN=R12,O=Let's Encrypt,C=US"
X1 = "CN=ISRG Root X1,O=Internet Security Research Group,C=US"


def boxes(results: dict[str, CheckResult]) -> list[tuple[str, str, str]]:
    report = samples.document(results).report
    return [(box.kind, pictures.called(box.subject), box.mark) for box in pictures.chain(report)]


def states(document: Document) -> list[str]:
    return [stage.state for stage in pictures.way(document.report)]


def test_a_healthy_chain_is_what_is_sent_and_the_root() -> None:
    assert [box[:2] for box in boxes(samples.healthy_results())] == [
        ("sent", "halo.example.com"),
        ("sent", "R12"),
        ("root", "ISRG Root X1"),
    ]


def test_what_is_missing_stands_where_it_is_missing() -> None:
    results = samples.healthy_results()
    samples.missing_intermediate(results)
    assert [box[:2] for box in boxes(results)] == [
        ("sent", "halo.example.com"),
        ("missing", "R12"),
        ("root", "ISRG Root X1"),
    ]


def test_what_is_missing_at_one_address_alone_is_drawn_once() -> None:
    results = samples.healthy_results()
    evidence = {
        "missing": [R12],
        "below": LEAF,
        "addresses": ["203.0.113.10"],
        "checked": ["203.0.113.9", "203.0.113.10"],
    }
    samples.changed(results, "tls.chain-complete", Status.FAIL, "not sent", evidence=evidence)
    assert boxes(results)[:2] == [("sent", "halo.example.com", ""), ("bad", "R12", "not sent at 203.0.113.10")]
    assert len(boxes(results)) == 3


def test_what_has_expired_at_one_address_alone_says_where() -> None:
    results = samples.healthy_results()
    evidence = {"expired": [R12], "addresses": ["203.0.113.10"], "checked": ["203.0.113.9", "203.0.113.10"]}
    samples.changed(results, "tls.dates", Status.FAIL, "expired", evidence=evidence)
    assert boxes(results)[1] == ("bad", "R12", "expired at 203.0.113.10")


@pytest.mark.parametrize(("letter", "shown"), [("m", 37), ("\u4e2d", 18)])
def test_a_name_that_is_too_long_is_cut_by_its_columns(letter: str, shown: int) -> None:
    assert pictures.called(f"CN={letter * 38},O=x") == (letter * 38 if letter == "m" else f"{letter * shown}\u2026")
    assert pictures.called(f"CN={letter * 64},O=x") == f"{letter * shown}\u2026"


def test_what_has_expired_is_marked() -> None:
    results = samples.healthy_results()
    evidence = {"expired": [R12], "not_after": "2026-11-01T00:00:00Z", "subject": R12}
    samples.changed(results, "tls.dates", Status.FAIL, "expired", evidence=evidence)
    assert boxes(results)[1] == ("bad", "R12", "expired: valid until 2026-11-01")


def test_what_expires_soon_is_marked_less() -> None:
    results = samples.healthy_results()
    samples.soon(results)
    assert boxes(results)[0] == ("warn", "halo.example.com", "expires soon: valid until 2026-12-01")


def test_what_is_superfluous_is_marked() -> None:
    results = samples.healthy_results()
    evidence = {"superfluous": [{"index": 1, "subject": R12, "role": "duplicate", "why": "sent twice"}]}
    samples.changed(results, "tls.chain-clean", Status.WARN, "one too many", evidence=evidence)
    assert boxes(results)[1] == ("warn", "R12", "not needed: sent twice")


def test_a_private_root_and_a_wrong_name_are_marked() -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.trusted", Status.FAIL, "private", evidence={"ends_in": ["CN=Own"]})
    samples.changed(results, "tls.name", Status.FAIL, "another name", evidence={"names": ["x"]})
    found = boxes(results)
    assert found[0] == ("bad", "halo.example.com", "not for this host name")
    assert found[-1][:2] == ("bad", "Own")


def test_a_private_root_that_is_sent_is_marked_where_it_is_sent() -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.trusted", Status.FAIL, "private", evidence={"ends_in": [R12]})
    assert boxes(results)[1:] == [("bad", "R12", "not among the roots that count")]


def test_a_root_that_is_sent_is_drawn_once() -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.chain-order", Status.PASS, "in order", evidence={"order": [LEAF, R12, X1]})
    assert [name for _, name, _ in boxes(results)] == ["halo.example.com", "R12", "ISRG Root X1"]


def test_where_no_certificate_was_seen_there_is_no_picture_of_one() -> None:
    assert pictures.chain(samples.no_name().report) == ()


def test_the_way_breaks_where_the_cause_is_and_is_not_reached_behind_it() -> None:
    assert states(samples.no_name()) == ["fail", *["waiting"] * 5]
    assert states(samples.one_cause()) == ["pass", "pass", "fail", "pass", "pass", "pass"]
    assert states(samples.healthy()) == ["pass"] * 6


def test_a_part_of_the_way_whose_required_check_waits_does_not_hold() -> None:
    results = samples.healthy_results()
    samples.blocked(results, "tls.dates", ["auth.token", "version.database"])
    assert states(samples.document(results))[3:5] == ["pass", "waiting"]


def test_a_waived_failure_does_not_break_the_way() -> None:
    assert states(samples.waived())[3] == "warn"


def test_without_checks_there_is_no_way() -> None:
    assert pictures.way(samples.document({}).report) == ()


@given(strategies.documents())
def test_no_evidence_is_too_strange_for_a_picture(document: Document) -> None:
    report = story.shown(document)
    assert len(pictures.chain(report)) <= pictures.MOST_BOXES + 1
    assert all(len(stage.words) <= pictures.LONGEST for stage in pictures.way(report))
