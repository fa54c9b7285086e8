r"""A report on standard output in the encoding that standard output has: nothing is lost, nothing crashes.

What a machine reads (JSON, HTML, JUnit) says of itself that it is UTF-8, so elsewhere it is written in ASCII, with
the escapes of its own syntax. What people read is spelt plainly, and as `\u...` where there is no plain form.
"""

from __future__ import annotations

import json
import re

PLAIN = {
    "\u2026": "...",
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2192": "->",
    "\u00d7": "x",
    "\u00b7": "-",
}
"""Plain forms of what types and tools write for looks."""

_EMBEDDED = re.compile(r'(<script type="application/json"[^>]*>)(.*?)(</script>)', re.DOTALL)
_BEYOND = re.compile(r"[^\x00-\x7f]")


def fitting(text: str, format_: str, encoding: str) -> str:
    """Return the text so that this encoding holds every character of it."""
    if _is_utf8(encoding):
        return text
    if format_ == "json":
        return _in_json(text)
    if format_ == "html":
        return _in_markup(_EMBEDDED.sub(lambda found: found[1] + _in_json(found[2]) + found[3], text))
    if format_ == "junit":
        return _in_markup(text)
    return _spelt(text, encoding)


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "").replace("_", "") in {"utf8", "utf8sig", "cp65001"}


def _in_json(text: str) -> str:
    """Escape what is not ASCII; in a JSON text it can only stand inside strings."""
    return _BEYOND.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _in_markup(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _spelt(text: str, encoding: str) -> str:
    try:
        return _held(text, encoding)
    except LookupError:
        return _held(text, "ascii")


def _held(text: str, encoding: str) -> str:
    for fancy, plain in PLAIN.items():
        if fancy in text and fancy.encode(encoding, "ignore") == b"":
            text = text.replace(fancy, plain)
    return text.encode(encoding, "backslashreplace").decode(encoding)
