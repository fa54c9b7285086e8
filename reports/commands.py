"""A command in lines of a fixed width that can still be pasted: broken as its shell allows, never inside quotes.

PowerShell goes on after `|`, `,`, `;` and `{` by itself, and elsewhere after a backtick (about_Parsing, 2026-11). sh
goes on after a backslash (POSIX, 2.2.1), cmd after a caret. What is no shell's is broken like any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reports.lines import broken, columns


class Shell(msgspec.Struct, frozen=True):
    """How a shell is told that the command goes on: what stands at the end of the line, and what needs nothing."""

    mark: str
    escape: str
    goes_on: str = ""


SHELLS = {
    "powershell": Shell("`", "`", "|,;{"),
    "sh": Shell("\\", "\\"),
    "cmd": Shell("^", "^"),
}
HANG = 2


def folded(shell: str, text: str, width: int, indent: int = 0) -> Iterator[str]:
    """Yield the command in lines of at most `width` columns, further lines indented a little more."""
    for line in text.splitlines():
        blanks = indent + len(line) - len(line.lstrip())
        if blanks + columns(line.strip()) <= width:
            yield " " * blanks + line.strip()
        elif shell in SHELLS:
            yield from _filled(SHELLS[shell], _pieces(SHELLS[shell], line.strip()), width, blanks)
        else:
            yield from broken(line, width, " " * blanks, blanks + HANG)


def _filled(shell: Shell, pieces: list[str], width: int, indent: int) -> Iterator[str]:
    line, lead, room = "", " " * indent, width - indent - HANG - len(shell.mark)
    for piece in pieces:
        if line and columns(line + piece.rstrip()) >= room:
            yield from broken_in_need(f"{line}{shell.mark}" if line.endswith(" ") else line, width, lead)
            line, lead = "", " " * (indent + HANG)
        line += piece
    yield from broken_in_need(line, width, lead)


def broken_in_need(line: str, width: int, lead: str) -> Iterator[str]:
    """Yield the line as it is; where no shell can break what is too long, inside a word."""
    if columns(lead + line) <= width:
        yield (lead + line).rstrip()
    else:
        yield from broken(line, width, lead, len(lead))


def _pieces(shell: Shell, text: str) -> list[str]:
    """Return what must stay together, each with the blank behind it; a comment is one piece to its end."""
    escape, goes_on = re.escape(shell.escape), re.escape(shell.goes_on)
    letter = rf"""(?>{escape}.|'[^']*'|"(?>{escape}.|[^"{escape}])*"|[^\s{goes_on}])"""
    stop = rf"[{goes_on}]" if goes_on else r"(?!)"
    found = re.findall(rf"(?:(?<=\s)\#.*|{letter}*+{stop}|{letter}++)\s*", text)
    return [f"{piece.rstrip()} " if piece != piece.rstrip() else piece for piece in found]
