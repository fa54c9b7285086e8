r"""Text from strangers is made harmless once, here.

Whatever a server, a certificate or a file says may hold control characters, escape sequences or
bidirectional overrides. They are made visible (`\u202e`), never removed: support must see that they
were there. Each renderer still escapes its own syntax.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

LONGEST = 2000
"""Characters kept of one foreign string; a certificate subject needs 200, an error page's text 800."""

LAST_OF_PLANE_0 = 0xFFFF

DEEPEST = 8
"""Levels of nesting kept in evidence."""

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode general categories (UAX #44) that move the cursor, change direction or show nothing."""


def harmless(text: str, *, longest: int = LONGEST) -> str:
    """Return `text` with every control, format and unassigned character made visible."""
    if text.isascii() and text.isprintable() and len(text) <= longest:
        return text
    kept = text if len(text) <= longest else text[:longest] + f" [... {len(text) - longest} more characters]"
    return "".join(_visible(character) for character in kept)


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _HARMFUL:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= LAST_OF_PLANE_0 else f"\\U{code:08x}"


def harmless_value(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - evidence is any JSON value
    """Apply `harmless` to every string inside a JSON-like value, keys included."""
    if isinstance(value, str):
        return harmless(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEEPEST:
        return harmless(repr(value), longest=80)
    if isinstance(value, dict):
        return {harmless(str(key)): harmless_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [harmless_value(item, depth + 1) for item in value]
    return harmless(str(value))


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, and whether each is a command: what stands between backticks and is long.

    A command has a line of its own wherever lines are broken, for pasted in two lines it fails. Words in backticks that
    are shorter stay where they are.
    """
    for number, piece in enumerate(_COMMAND.split(text)):
        if piece.strip():
            yield piece.strip(), number % 2 == 1


_COMMAND = re.compile(r"`([^`]{24,})`")


def harmless_lines(text: str) -> str:
    """Apply `harmless` to each line of a text of several lines."""
    return "\n".join(harmless(line) for line in text.splitlines())
