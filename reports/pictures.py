"""Two pictures, as values to draw: the way from here to Halo with its break, and the chain as it is sent.

They are made from what the checks say and show, never from captured bytes; where a check shows nothing,
the picture has less in it or is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from diagnose.outcome import Importance, Status
from diagnose.report import Report
from diagnose.verdict import CheckResult
from reports.lines import columns
from reports.story import follows

STAGES = (
    ("Name", ("dns.",)),
    ("Connection", ("net.",)),
    ("TLS", ("tls.",)),
    ("HaloPSA", ("halo.", "version.")),
    ("Sign-in", ("url.auth-endpoint", "auth.")),
    ("Permissions and data", ("api.",)),
)
"""The way of a request, and the checks that judge each part of it."""

State = Literal["fail", "unknown", "warn", "pass", "waiting", "skip"]
SPOKEN: Mapping[State, str] = {  # the first that any check of a stage has is the stage's
    "fail": "fails here",
    "unknown": "not decided",
    "waiting": "waits",
    "warn": "holds, with a warning",
    "pass": "holds",
    "skip": "not asked",
}
LONGEST = 46
"""Columns of one line of a picture; what is longer ends in an ellipsis and stands in full below."""
LONGEST_NAME = 38
"""Columns of a name, which is set larger and bold."""
MOST_BOXES = 10


class Stage(msgspec.Struct, frozen=True):
    """One part of the way."""

    name: str
    state: State
    spoken: str
    words: str


class Box(msgspec.Struct, frozen=True):
    """One certificate. `kind` is how it is drawn, `mark` what is wrong with it or where it comes from."""

    kind: Literal["sent", "warn", "bad", "missing", "root"]
    label: str
    subject: str
    mark: str


def way(report: Report) -> tuple[Stage, ...]:
    """Return the parts of the way from here to Halo; empty where no check judges any of them."""
    stages = tuple(_stage(name, _of(report, prefixes)) for name, prefixes in STAGES)
    return stages if any(stage.state != "skip" for stage in stages) else ()


def _of(report: Report, prefixes: tuple[str, ...]) -> list[CheckResult]:
    return [result for result in report.checks if result.id.startswith(prefixes)]


def _stage(name: str, results: Sequence[CheckResult]) -> Stage:
    states = [(_state(result), result) for result in results]
    for wanted in SPOKEN:
        for state, result in states:
            if state == wanted:
                return Stage(name, state, SPOKEN[state], shortened(result.summary))
    return Stage(name, "skip", SPOKEN["skip"], "")


def _state(result: CheckResult) -> State:
    if follows(result):
        return "waiting" if result.importance is Importance.REQUIRED else "skip"
    if result.status in {Status.PASS, Status.SKIP}:
        return "pass" if result.status is Status.PASS else "skip"
    if result.importance is not Importance.REQUIRED or result.waived or result.status is Status.WARN:
        return "warn"
    return "fail" if result.status is Status.FAIL else "unknown"


def chain(report: Report) -> tuple[Box, ...]:
    """Return the certificates as sent, those that are missing, and the root; empty where none were seen."""
    seen = {result.id: result for result in report.checks if result.id.startswith("tls.")}
    boxes = _sent(seen)
    if not boxes:
        return ()
    below = _evidence(seen, "tls.chain-complete").get("below")
    place = next((at for at, box in enumerate(boxes, 1) if box.subject == below), len(boxes))
    missing = [box for box in _missing(seen) if box.subject not in {sent.subject for sent in boxes}]
    whole = [*boxes[:place], *missing, *boxes[place:]]
    return (*whole[:MOST_BOXES], *_roots(seen, {box.subject for box in whole}))


def _sent(seen: Mapping[str, CheckResult]) -> list[Box]:
    order = _evidence(seen, "tls.chain-order")
    subjects = _strings(order.get("order")) or _strings(order.get("sent"))
    if not subjects:
        number = _evidence(seen, "tls.chain-complete").get("sent")
        subjects = [""] * number if isinstance(number, int) and 0 < number <= MOST_BOXES else []
    return [_box(number, subject, seen) for number, subject in enumerate(subjects, 1)]


def _box(number: int, subject: str, seen: Mapping[str, CheckResult]) -> Box:
    label = f"Sent as number {number}" + (", the server's own" if number == 1 else "")
    fault = _fault(number, subject, seen)
    if fault:
        return Box("bad", label, subject, fault)
    flaw = _soon(subject, seen) or _superfluous(number - 1, seen)
    return Box("warn" if flaw else "sent", label, subject, flaw)


def _fault(number: int, subject: str, seen: Mapping[str, CheckResult]) -> str:
    dates, gap = _evidence(seen, "tls.dates"), _evidence(seen, "tls.chain-complete")
    if subject and subject in _strings(gap.get("missing")):
        return f"not sent{_where(gap) or ' at every address'}"
    if subject and subject in _strings(dates.get("expired")):
        return f"expired{_where(dates)}{_until(subject, dates)}"
    if subject and subject in _strings(dates.get("not_yet_valid")):
        return "not yet valid"
    if number == 1 and _fails(seen, "tls.name"):
        return "not for this host name"
    private = _fails(seen, "tls.trusted") and subject in _strings(_evidence(seen, "tls.trusted").get("ends_in"))[:1]
    return "not among the roots that count" if private and subject else ""


def _fails(seen: Mapping[str, CheckResult], name: str) -> bool:
    return name in seen and seen[name].status is Status.FAIL


def _where(evidence: Mapping[str, Any]) -> str:
    """Return at which addresses, where it is not so at all of them."""
    addresses = _strings(evidence.get("addresses"))
    return f" at {', '.join(addresses)}" if set(addresses) < set(_strings(evidence.get("checked"))) else ""


def _soon(subject: str, seen: Mapping[str, CheckResult]) -> str:
    warned = "tls.dates" in seen and seen["tls.dates"].status is Status.WARN
    until = _until(subject, _evidence(seen, "tls.dates"))
    return f"expires soon{until}" if warned and until else ""


def _until(subject: str, dates: Mapping[str, Any]) -> str:
    """Return the last day where the evidence tells that of this certificate."""
    day = str(dates.get("not_after"))[:10]
    return f": valid until {day}" if subject and dates.get("subject") == subject else ""


def _superfluous(index: int, seen: Mapping[str, CheckResult]) -> str:
    listed = _evidence(seen, "tls.chain-clean").get("superfluous")
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("index") == index:
            return f"not needed: {each.get('why') or each.get('role')}"
    return ""


def _missing(seen: Mapping[str, CheckResult]) -> list[Box]:
    result = seen.get("tls.chain-complete")
    if result is None or result.status is not Status.FAIL:
        return []
    return [
        Box("missing", "Missing", name, "not sent by the server") for name in _strings(result.evidence.get("missing"))
    ]


def _roots(seen: Mapping[str, CheckResult], drawn: set[str]) -> list[Box]:
    result = seen.get("tls.trusted")
    names = _strings(_evidence(seen, "tls.trusted").get("ends_in"))[:1]
    if result is None or not names or names[0] in drawn:
        return []
    if result.status is Status.FAIL:
        return [Box("bad", "Root", names[0], "not among the roots that count")]
    return [Box("root", "Root", names[0], "known to every client, need not be sent")]


def _evidence(seen: Mapping[str, CheckResult], name: str) -> dict[str, Any]:
    return seen[name].evidence if name in seen else {}


def _strings(value: Any) -> list[str]:  # noqa: ANN401 - evidence is any JSON value
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


_COMMON_NAME = re.compile(r"(?:^|,)CN=((?:\\.|[^,\\])+)")
"""The common name in an RFC 4514 string."""


def called(subject: str) -> str:
    """Return what people call this certificate: its common name, or its whole name."""
    found = _COMMON_NAME.search(subject)
    return shortened(found[1] if found else subject or "no name known", LONGEST_NAME)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return the text, cut to one line of a picture."""
    if columns(text) <= longest:
        return text
    while columns(text) >= longest:
        text = text[:-1]
    return f"{text}\u2026"
