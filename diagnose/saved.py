"""Saved reports, read back: JSON as written, or the JSON that an HTML report carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from diagnose.errors import UsageError
from diagnose.report import Document, ReportError

LARGEST = 100 * 1024 * 1024
"""Bytes of a report that is read; a report of a run has well under 1 MB."""


def read(path: Path) -> Document:
    """Return the report in this file; UsageError or ReportError in one sentence."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from error
    if len(content) > LARGEST:
        raise UsageError(f"{path}: larger than any report")
    try:
        return Document(parse(content.decode("utf-8-sig")))
    except (UnicodeDecodeError, ReportError, ValueError, RecursionError) as error:
        said = error if isinstance(error, ReportError) else "this is neither a JSON nor an HTML report of halo-diagnose"
        raise ReportError(f"{path}: {said}") from error


def parse(text: str) -> dict[str, Any]:
    """Return the document in this text; ValueError where there is none."""
    found = text if text.lstrip().startswith("{") else _Embedded.in_page(text)
    document = json.loads(found)
    if not isinstance(document, Mapping):
        raise ValueError("no JSON object")  # noqa: TRY004 - one kind of error for one kind of fault
    return dict(document)


class _Embedded(HTMLParser):
    """Finds `<script type="application/json" id="report">`: a data block, its text is the JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.found: list[str] = []

    @classmethod
    def in_page(cls, page: str) -> str:
        parser = cls()
        parser.feed(page)
        parser.close()
        return "".join(parser.found)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"type": "application/json", "id": "report"}
        self.inside = tag == "script" and wanted.items() <= dict(attrs).items()

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.inside = False
