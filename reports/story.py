"""What every report made for people says, and in which words; each format only spells it.

A saved report may have been made by anyone. `shown` is therefore the first thing a renderer calls: in the
report it returns no text can move a cursor or change the direction of reading. What remains for the
renderer is to escape its own syntax.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import Any

import msgspec

from diagnose.outcome import Code, Command, Importance, Owner, Reason, Status
from diagnose.report import Document, Report
from diagnose.text import harmless, harmless_value
from diagnose.verdict import SPOKEN, CheckResult

CATEGORIES = {
    "url": "The two URLs",
    "input": "Credentials as typed",
    "dns": "Name",
    "net": "Network",
    "clock": "Clock",
    "tls": "TLS and certificates",
    "certificate": "Certificate file",
    "halo": "HaloPSA",
    "version": "Version",
    "auth": "Sign-in",
    "api": "Permissions and data",
    "allowlist": "Allow-list",
}
"""Headings for the bundled categories; another category is its own heading."""

REASONS = {
    Code.BLOCKED: "waits for another check",
    Code.NOT_PROVABLE_HERE: "cannot be seen from here",
    Code.MISSING_INPUT: "something was not given",
    Code.TIMEOUT: "no answer in time",
    Code.UNEXPECTED_RESPONSE: "the answer was not one of HaloPSA's",
    Code.CANCELLED: "the run was interrupted",
    Code.INTERNAL_ERROR: "a fault in this tool, not in your server",
    Code.NOT_APPLICABLE: "does not apply here",
    Code.NOT_SELECTED: "was not asked",
    Code.OVERRIDDEN: "replaced by an option of the run",
}

OWN_ADVICE = {
    Code.CANCELLED: "Run diagnose again and let it finish.",
    Code.INTERNAL_ERROR: "Report this fault of the tool, with this report attached.",
}
"""What the person who runs the tool does where the run itself fell short and the check gives no remedy."""

CANCELLED = "This run was interrupted: what had not been observed by then is unknown."


class Place(Enum):
    """Where a result belongs in a report; every result has exactly one."""

    CAUSE = "what stands in the way"
    QUESTION = "what could not be decided"
    ATTENTION = "what deserves attention"
    CONSEQUENCE = "what waits for something above"
    PASS = "what holds"  # noqa: S105 - a status, not a password
    SKIP = "what was not asked"


HEADINGS = {
    Place.CAUSE: "What stands in the way",
    Place.QUESTION: "What could not be decided",
    Place.ATTENTION: "What deserves attention",
}
"""The places whose results somebody must act on."""


def shown(document: Document) -> Report:
    """Return the report with every string made harmless; of the facts, which are in the JSON, only the settings."""
    told = {name: entry for name, entry in document.report.facts.items() if name == "run.settings"}
    return made_harmless(msgspec.structs.replace(document.report, facts=told))  # type: ignore[no-any-return]


def made_harmless(value: Any) -> Any:  # noqa: ANN401 - any part of a report
    """Return this part of a report with every string in it made harmless."""
    if isinstance(value, Command):
        return Command(harmless(value.shell), "\n".join(harmless(line) for line in value.text.splitlines()))
    if isinstance(value, msgspec.Struct):
        fields = {name: made_harmless(getattr(value, name)) for name in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, StrEnum):
        return value
    if isinstance(value, tuple):
        return tuple(made_harmless(item) for item in value)
    if isinstance(value, dict) and value and all(isinstance(item, msgspec.Struct) for item in value.values()):
        return {harmless(key): made_harmless(item) for key, item in value.items()}
    return harmless_value(value) if isinstance(value, str | dict) else value


def verdict_words(report: Report) -> str:
    """Return the verdict as it is spelt for people: READY, READY WITH WARNINGS, UNDECIDED, NOT READY."""
    return SPOKEN[report.verdict.status]


def place(result: CheckResult, report: Report) -> Place:
    """Return where this result belongs."""
    if result.status is Status.PASS:
        return Place.PASS
    if result.status is Status.SKIP:
        return Place.SKIP
    if result.id in report.verdict.causes:
        return Place.CAUSE
    if follows(result):
        return Place.CONSEQUENCE
    if result.status is Status.UNKNOWN and result.importance is Importance.REQUIRED and not result.waived:
        return Place.QUESTION
    return Place.ATTENTION


def follows(result: CheckResult) -> bool:
    """Whether another check must be mended first."""
    if result.status is Status.UNKNOWN:
        return result.reason is not None and result.reason.code is Code.BLOCKED
    return result.status is Status.FAIL and bool(result.explained_by)


def placed(report: Report, *places: Place) -> tuple[CheckResult, ...]:
    """Return the results of these places, place by place, causes in the verdict's order."""
    found = [result for wanted in places for result in report.checks if place(result, report) is wanted]
    order = {name: index for index, name in enumerate(report.verdict.causes)}
    return tuple(sorted(found, key=lambda result: (places.index(place(result, report)), order.get(result.id, 0))))


class Action(msgspec.Struct, frozen=True):
    """One thing somebody must do, and the results that ask for it."""

    owner: Owner
    what: str
    results: tuple[CheckResult, ...]

    @property
    def ids(self) -> str:
        """The ids of the results, for a line of text."""
        return ", ".join(result.id for result in self.results)


def actions(report: Report) -> tuple[Action, ...]:
    """Return what must be done, the most pressing first; what several results ask for alike is one action."""
    groups: dict[tuple[Owner, str], list[CheckResult]] = {}
    for result in placed(report, *HEADINGS):
        groups.setdefault((doer(result), to_do(result)), []).append(result)
    return tuple(Action(owner, what, tuple(results)) for (owner, what), results in groups.items())


def doer(result: CheckResult) -> Owner:
    """Return who must act: the owner, or the operator where it is the run itself that fell short."""
    return Owner.OPERATOR if _own_advice(result) else result.owner


def sentence(text: str) -> str:
    """Return the text beginning with a capital, unless its first word is a name with a spelling of its own."""
    first = text.partition(" ")[0].rstrip(",;:")
    return text[:1].upper() + text[1:] if first.isascii() and first.isalpha() and first.islower() else text


def to_do(result: CheckResult) -> str:
    """Return the one sentence that says what to do."""
    if result.remedy is not None and result.remedy.summary:
        return result.remedy.summary
    return _own_advice(result) or result.summary or result.title


def _own_advice(result: CheckResult) -> str:
    return OWN_ADVICE.get(result.reason.code, "") if result.reason is not None and result.remedy is None else ""


def by_owner(chosen: Iterable[Action]) -> dict[Owner, list[Action]]:
    """Return the actions by who must act, in the order in which each is first needed."""
    groups: dict[Owner, list[Action]] = {}
    for action in chosen:
        groups.setdefault(action.owner, []).append(action)
    return groups


def by_category(results: Iterable[CheckResult]) -> dict[str, list[CheckResult]]:
    """Return the results under their headings, the bundled categories in their order and others after them."""
    groups: dict[str, list[CheckResult]] = {}
    known = list(CATEGORIES)
    for result in sorted(results, key=lambda each: (*known, each.category).index(each.category)):
        groups.setdefault(CATEGORIES.get(result.category, result.category), []).append(result)
    return groups


def waiting_for(cause: str, report: Report) -> tuple[str, ...]:
    """Return the ids of the results that this one explains."""
    return tuple(result.id for result in placed(report, Place.CONSEQUENCE) if cause in explanations(result))


def explanations(result: CheckResult) -> tuple[str, ...]:
    """Return the ids of the checks that explain this result."""
    blocked_by = result.reason.blocked_by if result.reason is not None else ()
    return tuple(dict.fromkeys((*blocked_by, *result.explained_by)))


def word(result: CheckResult) -> str:
    """Return the status as it is spelt for people."""
    return result.status.value.upper()


def who(owner: Owner) -> str:
    """Return who that is; the operator is the reader."""
    return "operator (you)" if owner is Owner.OPERATOR else owner.value


def reason_words(result: CheckResult) -> str:
    """Return why nothing was decided: the words, the code and what blocks it; empty where there is none."""
    reason = result.reason
    if reason is None:
        return ""
    words = f"{REASONS[reason.code]} ({reason.code.value})"
    if reason.blocked_by:
        words = f"waits for {', '.join(reason.blocked_by)} ({reason.code.value})"
    detail = _said_besides(reason, result.summary)
    return f"{words}: {detail}" if detail else words


def in_brief(result: CheckResult) -> str:
    """Return summary and reason in one line, for a result that nobody must act on."""
    words, reason = result.summary or result.title, result.reason
    if reason is None:
        return words
    named = all(name in words for name in reason.blocked_by)
    by = "" if named else f", waits for {', '.join(reason.blocked_by)}"
    detail = _said_besides(reason, result.summary)
    return f"{words} ({reason.code.value}{by}{f': {detail}' if detail else ''})"


def _said_besides(reason: Reason, summary: str) -> str:
    return "" if reason.detail.rstrip(".") == summary.rstrip(".") else reason.detail


def waiver_words(result: CheckResult) -> str:
    """Return what a waiver says about this result; empty where there is none."""
    waiver = result.waiver
    if waiver is None:
        return ""
    if waiver.expired:
        return f"the waiver expired on {waiver.expires} and counts no more: {waiver.reason}"
    return f"waived until {waiver.expires}: {waiver.reason}"


def counted(report: Report) -> dict[Status, int]:
    """Return how many checks have each status, all five of them."""
    return {status: sum(result.status is status for result in report.checks) for status in Status}


def counts_words(report: Report) -> str:
    """Return the counts as one line, e.g. `33 PASS, 1 FAIL`; what is zero is left out."""
    return ", ".join(f"{number} {status.value.upper()}" for status, number in counted(report).items() if number)
