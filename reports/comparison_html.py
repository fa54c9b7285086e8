"""A comparison as HTML: one file without scripts, that loads nothing; every value is escaped by jinja2."""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.format import Style
from diagnose.report import rounded
from diagnose.support.comparison import Comparison
from reports import comparison_story as story
from reports.html import TEMPLATES, embedded, environment, hashed, host_of

_POLICY = "default-src 'none'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"


def render(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole page."""
    told = story.shown(comparison)
    css = (TEMPLATES / "report.css").read_text("utf-8")
    return (
        environment()
        .get_template("comparison.html")
        .render(
            **_page(told),
            style=css,
            policy=_POLICY.format(style=hashed(css)),
            data=embedded(rounded(msgspec.to_builtins(comparison, str_keys=True))),
        )
    )


def _page(told: Comparison) -> dict[str, Any]:
    names = story.names(told)
    return {
        "told": told,
        "relation": story.RELATIONS[told.relation],
        "verdicts": story.verdict_words(told).replace("->", "\u2192"),
        "host": host_of(story.subject(told)),
        "sides": [
            (name, story.side_words(side), side) for name, side in zip(names, (told.first, told.second), strict=True)
        ],
        "names": names,
        "groups": story.grouped(told),
        "notices": story.notices(told),
        "causes": story.causes_rows(told),
        "counts": story.counts_words(told),
        "word": story.status_word,
        "said": story.summary_words,
    }
