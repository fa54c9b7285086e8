"""A comparison as JSON."""

from __future__ import annotations

import msgspec

from diagnose.format import Style
from diagnose.report import rounded
from diagnose.support.comparison import Comparison
from reports.json_document import dumped


def render(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole comparison, indented."""
    return dumped(rounded(msgspec.to_builtins(comparison, str_keys=True)), indent=2) + "\n"
