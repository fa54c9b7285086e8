"""Saved reports, read back: JSON as written, the JSON that an HTML report carries, or the report in an attachment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnose.errors import UsageError
from diagnose.probes.strictjson import NotJsonError, strict_json
from diagnose.report import SCHEMA_VERSION, Document, ReportError, digest
from diagnose.support.archive import is_archive
from diagnose.support.attachment import report_in
from diagnose.support.encryption import MAGIC as ENCRYPTED
from diagnose.text import harmless

LARGEST = 100 * 1024 * 1024
"""Bytes of a report that is read; a report of a run has well under 1 MB."""

DEEPEST = 100
"""Levels of nesting; evidence has at most 8, and a rule file is nested no deeper than this."""

_SCRIPT = re.compile(r"<script\s([^<>]{1,200})>", re.IGNORECASE)
_SCRIPT_END = re.compile("</script", re.IGNORECASE)

MAJOR = SCHEMA_VERSION.partition(".")[0]
NO_REPORT = "this is neither a JSON nor an HTML report of halo-diagnose, nor an attachment with one"
DECRYPT_IT = "this is encrypted; decrypt it first: age --decrypt -i KEY -o report.zip FILE"


def read(path: Path) -> Document:
    """Return the report in this file; UsageError or ReportError in one sentence."""
    content = content_of(path)
    try:
        return document(parse(report_in(content) if is_archive(content) else content))
    except ReportError as error:
        raise ReportError(f"{path}: {error}") from error


def was_changed(document: Document) -> bool:
    """Tell whether the report states a digest that does not fit it."""
    stated = document.report.digest
    try:
        return stated is not None and stated.value != digest(document.raw)
    except (ValueError, RecursionError):  # text or numbers that no report holds
        return True


def content_of(path: Path) -> bytes:
    """Return what is in the file; UsageError where it cannot be read or can be no report."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{path}: {why or 'cannot be read'}") from error
    if len(content) > LARGEST:
        raise UsageError(f"{path}: larger than any report")
    if content.startswith(ENCRYPTED):
        raise UsageError(f"{path}: {DECRYPT_IT}")
    return content


def document(raw: dict[str, Any]) -> Document:
    """Return the report of this JSON object; ReportError where it is none, or none that can be read here."""
    refuse_other_major(raw)
    return Document(raw)


def refuse_other_major(raw: Mapping[str, Any]) -> None:
    """ReportError where the report says that it is of a schema version with another meaning."""
    given = raw.get("schema_version")
    if isinstance(given, str) and given.partition(".")[0] != MAJOR:
        said = harmless(given, longest=20)
        raise ReportError(f"the report is of schema version {said}; this program reads {MAJOR}.x")


def parse(content: bytes) -> dict[str, Any]:
    """Return the JSON object in a JSON or HTML report; ReportError where there is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(NO_REPORT) from error
    written = text.lstrip().startswith("{")
    try:
        found = strict_json((text if written else _embedded(text)).encode(), DEEPEST)
    except NotJsonError as error:
        raise ReportError(f"the report is damaged: {harmless(str(error))}" if written else NO_REPORT) from error
    if not isinstance(found, dict):
        raise ReportError(NO_REPORT)
    return found


def _embedded(page: str) -> str:
    """Return the text of `<script type="application/json" id="report">`, a data block; empty where there is none.

    Looked for, not parsed: 60 kB of `<a ` keep the standard library's parser busy for a minute (Python 3.11.7).
    """
    for opening in _SCRIPT.finditer(page):
        if {'type="application/json"', 'id="report"'} <= set(opening[1].split()):
            end = _SCRIPT_END.search(page, opening.end())
            return page[opening.end() : end.start() if end else len(page)]
    return ""
