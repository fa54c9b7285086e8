"""All evidence together: refusal before arrival, rules never prove, lists that disagree are sets."""

from __future__ import annotations

import pytest

from diagnose.reachability.combine import combine
from diagnose.reachability.model import Basis, Collected, Evidence, Proof, Together

A, B, C = "3.19.3.152", "3.19.4.238", "3.23.117.12"
ONE_LIST = ((A, B),)
TWO_LISTS = ((A, B), (C,))
OVERLAPPING = ((A, B), (B, C))


def said(address: str, basis: Basis, outcome: Proof, layer: str = "", source: str = "a.file") -> Collected:
    return Collected((Evidence(basis, address, outcome, f"{address} {outcome} by {basis}", layer, source),))


def rules(address: str, outcome: Proof = "allow") -> Collected:
    return said(address, "configuration", outcome, "iis", "applicationHost.config")


def log(address: str, outcome: Proof = "allow") -> Collected:
    return said(address, "logs", outcome, "iis", "u_ex261122.log")


def run(address: str, outcome: Proof = "allow") -> Collected:
    return said(address, "vantage", outcome, "outside", "answer.json")


@pytest.mark.parametrize(
    ("sets", "given", "expected"),
    [
        (ONE_LIST, [], "unknown"),
        ((), [], "unknown"),
        (((),), [log(A)], "unknown"),
        (ONE_LIST, [rules(A), rules(B)], "unknown"),
        (ONE_LIST, [rules(A), rules(B, "deny")], "fail"),
        (ONE_LIST, [rules(A, "unknown"), rules(B)], "unknown"),
        (ONE_LIST, [log(A), log(B)], "pass"),
        (ONE_LIST, [log(A), run(B)], "pass"),
        (ONE_LIST, [log(A), rules(B)], "unknown"),
        (ONE_LIST, [log(A)], "unknown"),
        (ONE_LIST, [log(A), log(B, "deny")], "fail"),
        (ONE_LIST, [log(A), log(B), rules(A, "deny")], "fail"),
        (ONE_LIST, [log(A), log(A, "deny"), log(B)], "fail"),
        (ONE_LIST, [run(A), run(B), rules(A, "unknown")], "pass"),
        (ONE_LIST, [run(A), run(B, "unknown")], "unknown"),
        (TWO_LISTS, [rules(A), rules(B), rules(C, "deny")], "unknown"),
        (TWO_LISTS, [rules(A, "deny"), rules(B), rules(C)], "unknown"),
        (TWO_LISTS, [rules(A, "deny"), rules(B), rules(C, "deny")], "fail"),
        (TWO_LISTS, [log(A), log(B), log(C)], "pass"),
        (TWO_LISTS, [log(A), log(B)], "unknown"),
        (TWO_LISTS, [log(A), log(B), rules(C, "deny")], "unknown"),
        (TWO_LISTS, [log(C), rules(A, "deny")], "unknown"),
        (TWO_LISTS, [log(A), log(B, "deny"), log(C, "deny")], "fail"),
        (((A, B), (B, A)), [rules(A, "deny")], "fail"),
        (((A,), (), (A,)), [rules(A, "deny")], "fail"),
        (OVERLAPPING, [rules(B, "deny")], "fail"),
        (OVERLAPPING, [rules(A, "deny")], "unknown"),
        (ONE_LIST, [rules(C, "deny"), log(A), log(B)], "pass"),
    ],
)
def test_the_table(sets: tuple[tuple[str, ...], ...], given: list[Collected], expected: Together) -> None:
    assert combine(sets, given).outcome == expected


def test_each_address_has_its_outcome_and_the_kinds_of_evidence_about_it() -> None:
    found = combine(TWO_LISTS, [rules(A), log(A), rules(B, "deny")])
    assert [(one.address, one.outcome, one.basis) for one in found.addresses] == [
        (A, "allow", ("configuration", "logs")),
        (B, "deny", ("configuration",)),
        (C, "unknown", ()),
    ]
    assert found.basis == ("configuration", "logs")


def test_rules_that_let_in_leave_the_address_open() -> None:
    (one,) = combine(((A,),), [rules(A)]).addresses
    assert (one.outcome, one.basis) == ("unknown", ("configuration",))


def test_a_contradiction_is_named_and_the_refusal_counts() -> None:
    found = combine(((A,),), [log(A), rules(A, "deny")])
    assert found.outcome == "fail"
    (sentence,) = found.contradictions
    assert "allow by logs" in sentence
    assert "deny by configuration" in sentence
    assert "the refusal counts" in sentence


def test_rules_of_the_very_layer_that_refused_in_the_log_contradict_it() -> None:
    assert combine(((A,),), [rules(A), log(A, "deny")]).contradictions
    other_layer = said(A, "configuration", "allow", "host-firewall")
    assert not combine(((A,),), [other_layer, log(A, "deny")]).contradictions


def test_two_layers_that_differ_are_no_contradiction() -> None:
    firewall = said(A, "configuration", "deny", "host-firewall", "fw.json")
    found = combine(((A,),), [rules(A), firewall])
    assert (found.outcome, found.contradictions) == ("fail", ())


def test_the_summary_says_no_more_than_was_shown() -> None:
    assert "cannot be seen from here" in combine(ONE_LIST, []).summary
    assert "no blocker was found" in combine(ONE_LIST, [rules(A), rules(B)]).summary
    assert combine(ONE_LIST, [log(A)]).summary == f"{A} got through, and nothing shows whether {B} would"
    assert f"{B} is refused" in combine(ONE_LIST, [rules(B, "deny")]).summary
    assert "applicationHost.config" in combine(ONE_LIST, [rules(B, "deny")]).summary
    assert "lists disagree" in combine(TWO_LISTS, [rules(C, "deny")]).summary
    assert "none of the integrator's 2 lists" in combine(TWO_LISTS, [rules(A, "deny"), rules(C, "deny")]).summary
    assert "no address" in combine((), []).summary


def test_what_a_stranger_met_colours_a_pass_and_gives_none() -> None:
    strangers = Collected(restriction="in_force")
    assert "an allow-list is in force" in combine(((A,),), [log(A), strangers]).summary
    open_door = Collected(restriction="none_seen")
    hint = combine(((A,),), [open_door])
    assert (hint.outcome, "hint and no proof" in hint.summary) == ("unknown", True)
    assert "no restriction" in combine(((A,),), [log(A), open_door, strangers]).summary
