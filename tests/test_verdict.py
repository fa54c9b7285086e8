"""The verdict's laws, over any outcomes."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from diagnose.outcome import SKIPS, Code, Importance, Outcome, Owner, Reason, Remedy, Status
from diagnose.verdict import CheckResult, VerdictStatus, WaiverUse, causes, decide, explained, verdict

ORDER = [VerdictStatus.NOT_READY, VerdictStatus.UNDECIDED, VerdictStatus.READY_WITH_WARNINGS, VerdictStatus.READY]
"""From the worst to the best."""

IDS = st.sampled_from([f"a.{letter}" for letter in "abcdefghij"])


@st.composite
def results(draw: st.DrawFn, check_id: str | None = None) -> CheckResult:
    status = draw(st.sampled_from(Status))
    reason = None
    if status is Status.UNKNOWN:
        reason = Reason(draw(st.sampled_from(sorted(set(Code) - SKIPS))))
    if status is Status.SKIP:
        reason = Reason(draw(st.sampled_from(sorted(SKIPS))))
    waiver = draw(st.none() | st.builds(WaiverUse, st.just("known"), st.just("2027-01-01"), st.booleans()))
    return CheckResult(
        check_id or draw(IDS),
        "It holds.",
        "a",
        draw(st.sampled_from(Importance)),
        Owner.OPERATOR,
        status,
        "seen",
        reason,
        waiver=waiver,
        explained_by=tuple(draw(st.lists(IDS, max_size=3))),
    )


RUNS = st.lists(results(), max_size=10, unique_by=lambda result: result.id)


def plain(status: Status, importance: Importance = Importance.REQUIRED, **more: object) -> CheckResult:
    changed = CheckResult("a.a", "It holds.", "a", importance, Owner.OPERATOR, status, "seen")
    return msgspec.structs.replace(changed, **more)


@given(RUNS, results("z.z"))
def test_adding_a_failing_check_never_improves_the_verdict(run: list[CheckResult], extra: CheckResult) -> None:
    failing = msgspec.structs.replace(extra, status=Status.FAIL, reason=None)
    assert ORDER.index(decide([*run, failing])) <= ORDER.index(decide(run))


@given(RUNS, st.data())
def test_taking_evidence_away_never_turns_not_ready_into_ready(run: list[CheckResult], data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.integers(0, max(0, len(run) - 1))))
    code = data.draw(st.sampled_from([*sorted(set(Code) - SKIPS), Code.NOT_SELECTED]))
    status = Status.SKIP if code in SKIPS else Status.UNKNOWN
    poorer = [
        msgspec.structs.replace(result, status=status, reason=Reason(code)) if position in lost else result
        for position, result in enumerate(run)
    ]
    if decide(run) is VerdictStatus.NOT_READY:
        assert decide(poorer) is not VerdictStatus.READY


@given(RUNS, st.randoms(use_true_random=False))
def test_the_order_of_the_checks_changes_nothing(run: list[CheckResult], random: object) -> None:
    shuffled = list(run)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = verdict(run), verdict(shuffled)
    assert (one.status, set(one.causes), one.counts) == (other.status, set(other.causes), other.counts)


@given(RUNS)
def test_not_ready_has_a_cause_and_nothing_else_has(run: list[CheckResult]) -> None:
    found = verdict(run)
    assert bool(found.causes) is (found.status is VerdictStatus.NOT_READY)
    required = {result.id for result in run if result.importance is Importance.REQUIRED}
    assert set(found.causes) <= required


def test_each_verdict_comes_from_the_rule_that_names_it() -> None:
    skipped = plain(Status.SKIP, reason=Reason(Code.NOT_SELECTED))
    waived = WaiverUse("accepted", "2027-01-01")
    cases = [
        ([], VerdictStatus.READY),
        ([plain(Status.PASS)], VerdictStatus.READY),
        ([plain(Status.FAIL)], VerdictStatus.NOT_READY),
        ([plain(Status.UNKNOWN, reason=Reason(Code.TIMEOUT))], VerdictStatus.UNDECIDED),
        ([plain(Status.WARN)], VerdictStatus.READY_WITH_WARNINGS),
        ([plain(Status.FAIL, Importance.RECOMMENDED)], VerdictStatus.READY_WITH_WARNINGS),
        ([plain(Status.UNKNOWN, Importance.RECOMMENDED)], VerdictStatus.READY_WITH_WARNINGS),
        ([plain(Status.FAIL, Importance.INFORMATIONAL)], VerdictStatus.READY),
        ([skipped], VerdictStatus.READY_WITH_WARNINGS),
        ([plain(Status.SKIP, reason=Reason(Code.NOT_APPLICABLE))], VerdictStatus.READY),
        ([plain(Status.SKIP, reason=Reason(Code.OVERRIDDEN))], VerdictStatus.READY),
        ([plain(Status.FAIL, waiver=waived)], VerdictStatus.READY_WITH_WARNINGS),
        ([plain(Status.UNKNOWN, waiver=waived)], VerdictStatus.READY_WITH_WARNINGS),
        ([plain(Status.FAIL, waiver=WaiverUse("late", "2020-01-01", expired=True))], VerdictStatus.NOT_READY),
    ]
    assert [decide(run) for run, _ in cases] == [wanted for _, wanted in cases]


def test_a_failure_that_another_failure_explains_is_no_cause() -> None:
    root = plain(Status.FAIL, id="version.secure")
    follower = plain(Status.FAIL, id="version.current", explained_by=("version.secure",))
    assert causes([root, follower]) == ("version.secure",)
    assert causes([follower]) == ("version.current",)


def test_failures_that_explain_each_other_are_all_causes() -> None:
    circle = [plain(Status.FAIL, id="a.a", explained_by=("a.b",)), plain(Status.FAIL, id="a.b", explained_by=("a.a",))]
    assert causes(circle) == ("a.a", "a.b")


def test_a_recommended_failure_is_never_a_cause() -> None:
    run = [plain(Status.FAIL, id="a.a"), plain(Status.FAIL, Importance.RECOMMENDED, id="a.b")]
    assert verdict(run).causes == ("a.a",)


def test_what_blocks_a_check_explains_it() -> None:
    outcomes = {
        "dns.resolves": Outcome(Status.FAIL, "no such name"),
        "tls.name": Outcome(Status.UNKNOWN, "blocked", reason=Reason(Code.BLOCKED, blocked_by=("dns.resolves",))),
        "version.current": Outcome(Status.FAIL, "old"),
        "version.secure": Outcome(Status.PASS, "fixed"),
    }
    found = explained(outcomes, {"version.current": ("version.secure",)})
    assert found == {
        "dns.resolves": (),
        "tls.name": ("dns.resolves",),
        "version.current": (),
        "version.secure": (),
    }


def test_the_headline_of_one_undecided_thing_says_that_the_rest_holds_and_what_comes_next() -> None:
    here = Reason(Code.NOT_PROVABLE_HERE)
    run = [
        plain(Status.PASS),
        plain(Status.UNKNOWN, id="a.b", reason=here, summary="who gets in", remedy=Remedy("ask")),
    ]
    wanted = "Everything that can be seen from here holds; one thing cannot be seen from here: who gets in. Next: ask."
    assert verdict(run).headline == wanted
    assert verdict([*run, plain(Status.WARN, id="a.c")]).headline == wanted
    flawed = [*run, plain(Status.WARN, Importance.RECOMMENDED, id="a.c")]
    assert verdict(flawed).headline.startswith("Everything required that can be seen")
