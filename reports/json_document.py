"""JSON: the document as it was, whatever this version knows about it."""

from __future__ import annotations

import json
import re
from typing import Any

from diagnose.format import Style
from diagnose.report import Document

_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
"""What would drive a terminal, turn the direction of reading, or fit no encoding; in a JSON text these can
only stand inside strings."""


def render(document: Document, style: Style) -> str:  # noqa: ARG001 - every format is called the same way
    """Return the whole document, indented."""
    return dumped(document.raw, indent=2) + "\n"


def dumped(raw: dict[str, Any], indent: int | None = None) -> str:
    """Return the JSON text; characters that show nothing are spelt as JSON escapes of the same value."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(raw, indent=indent, ensure_ascii=False))
