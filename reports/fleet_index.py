"""The index of a fleet's reports: one HTML file without scripts, that loads nothing; jinja2 escapes every value."""

from __future__ import annotations

import msgspec

from diagnose.converting import convert
from diagnose.fleet.entries import Entry, Fleet
from diagnose.text import harmless_value
from reports.html import TEMPLATES, environment, hashed

_POLICY = "default-src 'none'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"
BADGES = {"ready": "pass", "ready_with_warnings": "warn", "undecided": "unknown", "not_ready": "fail", None: "skip"}


def render(fleet: Fleet) -> str:
    """Return the whole page."""
    told = convert(harmless_value(msgspec.to_builtins(fleet)), Fleet)
    css = (TEMPLATES / "report.css").read_text("utf-8")
    page = environment().get_template("fleet.html")
    return page.render(
        fleet=told,
        groups=told.by_verdict(),
        reasons=[("What stands in the way", told.by_cause()), ("What could not be decided", told.by_question())],
        badge_of=_badge,
        style=css,
        policy=_POLICY.format(style=hashed(css)),
    )


def _badge(entry: Entry) -> str:
    return BADGES[entry.verdict]
