"""For tests: a saved report is a fixture. Its facts are judged again with one call, offline.

from diagnose.testing import rejudge

def test_the_server_of_2026_is_still_understood():
    assert rejudge("tests/golden/missing-intermediate.json")["tls.chain-complete"].status == "fail"
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from diagnose import registry
from diagnose.report import Document
from diagnose.support import rechecking, saved
from diagnose.verdict import CheckResult

__all__ = ["rejudge"]


def rejudge(
    report: str | PathLike[str] | Document | Mapping[str, Any], *, now: datetime | None = None, plugins: bool = True
) -> dict[str, CheckResult]:
    """Return what the installed checks say of the facts in this report, by id.

    `report` is a file (JSON or HTML), a document, or its parsed JSON. Dates are judged as of the report's own
    moment, or of `now`. UsageError or ReportError where there is no report.
    """
    judged = rechecking.results(_document(report), registry.load(plugins=plugins), now=now)
    return {result.id: result for result in judged}


def _document(report: str | PathLike[str] | Document | Mapping[str, Any]) -> Document:
    if isinstance(report, Document):
        return report
    return saved.document(dict(report)) if isinstance(report, Mapping) else saved.read(Path(report))
