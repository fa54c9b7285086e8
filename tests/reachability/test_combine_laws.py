"""The laws of the combination: for any evidence, in any order, never an exception."""

from __future__ import annotations

from datetime import UTC

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from diagnose.reachability.combine import combine
from diagnose.reachability.model import Collected, Evidence, Reachability, Together

RANK: dict[Together, int] = {"fail": 0, "unknown": 1, "pass": 2}
addresses = st.sampled_from(("3.19.3.152", "3.19.4.238", "3.23.117.12", "2600:1f16::1", "no address"))
sets = st.lists(st.lists(addresses, max_size=3).map(tuple), max_size=3).map(tuple)
evidence = st.builds(
    Evidence,
    basis=st.sampled_from(("configuration", "logs", "vantage")),
    address=addresses,
    outcome=st.sampled_from(("allow", "deny", "unknown")),
    why=st.text(max_size=10),
    layer=st.sampled_from(("", "iis", "host-firewall")),
    source=st.sampled_from(("", "a", "b")),
    line=st.none() | st.integers(1, 9),
    when=st.none() | st.datetimes(timezones=st.sampled_from((None, UTC))),
)
collected = st.builds(
    Collected,
    evidence=st.lists(evidence, max_size=6).map(tuple),
    notes=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    restriction=st.sampled_from(("in_force", "none_seen", "unknown")),
)
many = st.lists(collected, max_size=4)


def rank(found: Reachability) -> int:
    return RANK[found.outcome]


@given(sets, many)
def test_it_is_total_and_survives_the_report(groups: tuple[tuple[str, ...], ...], given_parts: list[Collected]) -> None:
    found = combine(groups, given_parts)
    assert {one.address for one in found.addresses} == {address for group in groups for address in group}
    assert msgspec.convert(msgspec.to_builtins(found), Reachability) == found


@given(sets, many, st.randoms(use_true_random=False))
def test_no_order_changes_anything(
    groups: tuple[tuple[str, ...], ...], given_parts: list[Collected], random: object
) -> None:
    mixed, other_groups = list(given_parts), list(groups)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis' own random
    random.shuffle(other_groups)  # type: ignore[attr-defined]  # likewise
    turned = [msgspec.structs.replace(part, evidence=part.evidence[::-1]) for part in mixed]
    assert combine(other_groups, turned) == combine(groups, given_parts)


@given(sets, many, evidence)
def test_a_further_refusal_never_improves(
    groups: tuple[tuple[str, ...], ...], given_parts: list[Collected], more: Evidence
) -> None:
    refusal = Collected((msgspec.structs.replace(more, outcome="deny"),))
    assert rank(combine(groups, [*given_parts, refusal])) <= rank(combine(groups, given_parts))


@given(sets, many, evidence)
def test_what_the_rules_say_never_improves(
    groups: tuple[tuple[str, ...], ...], given_parts: list[Collected], more: Evidence
) -> None:
    rule = Collected((msgspec.structs.replace(more, basis="configuration"),))
    assert rank(combine(groups, [*given_parts, rule])) <= rank(combine(groups, given_parts))


@given(sets, many, st.integers(0, 3))
def test_evidence_taken_away_turns_a_fail_into_a_pass_only_where_the_contradiction_was_named(
    groups: tuple[tuple[str, ...], ...], given_parts: list[Collected], place: int
) -> None:
    """Refusal wins over arrival, so an arrival stands alone once its contradiction is withheld."""
    whole = combine(groups, given_parts)
    rest = combine(groups, [part for at, part in enumerate(given_parts) if at != place])
    if whole.outcome == "fail" and rest.outcome == "pass":
        assert whole.contradictions


@given(sets, many)
def test_without_a_proof_for_every_address_there_is_no_pass(
    groups: tuple[tuple[str, ...], ...], given_parts: list[Collected]
) -> None:
    found = combine(groups, given_parts)
    proven = {item.address for part in given_parts for item in part.evidence if item.proves}
    if found.outcome == "pass":
        assert {one.address for one in found.addresses} <= proven
    if found.outcome == "fail":
        refused = {item.address for part in given_parts for item in part.evidence if item.outcome == "deny"}
        assert all(set(group) & refused for group in groups if group)
