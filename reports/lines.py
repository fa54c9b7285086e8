"""Lines of a fixed width for plain text: broken at blanks, and inside a word that is too long; a command never."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from diagnose.text import pieces


def columns(text: str) -> int:
    """Return how many columns the text takes: East Asian wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def told(text: str, width: int, lead: str = "", hang: int | None = None) -> Iterator[str]:
    """Yield the text as `broken` does, but each command in it whole, on a line of its own."""
    indent = " " * (columns(lead) if hang is None else hang)
    for piece, command in pieces(text):
        if not command:
            yield from broken(piece, width, lead, len(indent))
        else:
            yield from (line for line in (lead.rstrip(), f"{indent}  {piece}") if line)
        lead = indent


def broken(text: str, width: int, lead: str = "", hang: int | None = None) -> Iterator[str]:
    """Yield `lead` and the text in lines of at most `width` columns; lines after the first are indented by `hang`."""
    indent = " " * (columns(lead) if hang is None else hang)
    line, empty = lead, True
    for word in text.split() or [""]:
        for piece in _pieces(word, width - len(indent)):
            glue = "" if empty else " "
            if not empty and columns(line) + len(glue) + columns(piece) > width:
                yield line.rstrip()
                line, glue = indent, ""
            elif empty and columns(line) + columns(piece) > width:
                yield line.rstrip()
                line = indent
            line, empty = line + glue + piece, False
    yield line.rstrip()


def _pieces(word: str, width: int) -> Iterator[str]:
    piece = ""
    for character in word:
        if columns(piece) + _columns(character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece
