"""Generated reports: any status, reason and importance, and in every string what a stranger might put there.

Each strategy is made once: making one takes longer than drawing from it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from diagnose.outcome import SKIPS, Code, Command, Importance, Owner, Reason, Remedy, Status
from diagnose.report import Contact, Document, FactEntry, Plugin, Report, Run, TargetView, Tool
from diagnose.verdict import CheckResult, Verdict, VerdictStatus, WaiverUse

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "[bold red]rich[/bold red] [link=https://evil.example]x[/link] :smile:",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b31m",
    "\u202egnp.exe \u2066a\u2069 \u200f\u061c",
    "line\u2028separator\u2029paragraph\x85next",
    "a|b|c `code` ``` *b* _i_ ~~s~~ # h\n# heading\n- list\n\n---\n| t | t |\r\n> q",
    "![x](https://evil.example/x.png) [x](javascript:alert(1)) <https://evil.example>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\x00\x01\x7f\ufeff\ufffe",
    "&amp; &lt; &#x3c; \\u003c",
    "",
    " ",
    "\u4e2d\u6587 \U0001f600 e\u0301 \u00df \u2713",
    "x" * 5000,
    "a b " * 700,
)

SURROGATE = "\ud800"
"""A JSON text can hold half a character; no encoding can."""


@cache
def texts() -> st.SearchStrategy[str]:
    """Any text, hostile as often as not."""
    return st.one_of(
        st.sampled_from(HOSTILE),
        st.text(max_size=40),
        st.builds(lambda a, b: a + b, st.sampled_from(HOSTILE), st.text(max_size=10)),
    )


@cache
def ids() -> st.SearchStrategy[str]:
    """Ids, of the bundled checks' shape and of none."""
    return st.one_of(st.sampled_from(("dns.resolves", "tls.trusted", "tls.chain-complete", "api.items")), texts())


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Whatever evidence or a fact may hold."""
    numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    leaves = st.one_of(st.none(), st.booleans(), numbers, texts())
    return st.recursive(
        leaves, lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(texts(), below, max_size=3))
    )


@cache
def evidence() -> st.SearchStrategy[dict[str, Any]]:
    """Evidence, that of the pictures included, of the right types and of wrong ones."""
    keys = st.one_of(st.sampled_from(("missing", "sent", "chain", "not_after", "subject")), texts())
    return st.dictionaries(keys, json_values(), max_size=3)


@cache
def remedies() -> st.SearchStrategy[Remedy]:
    """Remedies."""
    commands = st.lists(st.builds(Command, texts(), texts()), max_size=2).map(tuple)
    return st.builds(Remedy, texts(), st.lists(texts(), max_size=2).map(tuple), commands, texts(), texts())


@cache
def some_ids() -> st.SearchStrategy[tuple[str, ...]]:
    """None, one or two ids."""
    return st.lists(ids(), max_size=2).map(tuple)


@cache
def reasons(status: Status) -> st.SearchStrategy[Reason | None]:
    """Reasons that suit the status."""
    codes = {Status.UNKNOWN: sorted(set(Code) - SKIPS), Status.SKIP: sorted(SKIPS)}.get(status)
    return st.builds(Reason, st.sampled_from(codes), texts(), some_ids()) if codes else st.none()


@cache
def results() -> st.SearchStrategy[CheckResult]:
    """Results, each with a reason that suits its status."""
    return st.sampled_from(Status).flatmap(results_of)


@cache
def results_of(status: Status) -> st.SearchStrategy[CheckResult]:
    """Results of this status."""
    return st.builds(
        CheckResult,
        ids(),
        texts(),
        st.sampled_from(("tls", "dns")) | texts(),
        st.sampled_from(Importance),
        st.sampled_from(Owner),
        st.just(status),
        texts(),
        reasons(status),
        evidence(),
        st.none() | remedies(),
        st.none() | st.builds(WaiverUse, texts(), texts(), st.booleans()),
        some_ids(),
        st.floats(0, 100),
        texts(),
    )


@cache
def moments() -> st.SearchStrategy[datetime]:
    """Moments with a zone, at any time that a clock may show."""
    return st.datetimes(timezones=st.just(UTC))


@cache
def documents() -> st.SearchStrategy[Document]:
    """Whole documents; the verdict need not follow from the checks, for nobody can know who wrote them."""
    verdicts = st.builds(
        Verdict,
        st.sampled_from(VerdictStatus),
        texts(),
        st.lists(ids(), max_size=2).map(tuple),
        st.dictionaries(texts(), st.integers(0, 99), max_size=2),
    )
    reports = st.builds(
        Report,
        texts(),
        st.builds(Tool, texts(), texts(), st.lists(st.builds(Plugin, texts(), texts()), max_size=1).map(tuple)),
        st.builds(Run, texts(), moments(), moments(), texts(), texts(), st.booleans()),
        st.builds(TargetView, texts(), texts(), st.none() | texts(), st.none() | texts()),
        verdicts,
        st.lists(results(), max_size=4).map(tuple),
        st.dictionaries(texts(), st.builds(FactEntry, json_values()), max_size=2),
        st.lists(st.builds(Contact, texts(), st.integers(), texts(), texts(), st.integers()), max_size=2).map(tuple),
    )
    return reports.map(Document.of)
