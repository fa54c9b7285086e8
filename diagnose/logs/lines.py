"""The few lines of a log that matter, found in large pieces: the directives, and those with a wanted address.

The rule that makes it fast: nothing is done per line. A piece is searched as bytes for each pattern and for
`#`, its line breaks are counted at once, and only a line with something in it is cut out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from diagnose.logs.sources import Readable

PIECE = 1 << 18
"""Bytes searched at a time; it fits into a processor's second-level cache. No line may be longer."""

FIRST = 5
"""So many lines are always interesting: they tell which log it is."""

MANY = 64
"""So many `#` in one piece are no directives: the piece is then searched for whole ones."""


_LINE_BREAK = re.compile(rb"\n")


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line without its end, numbered from 1."""

    number: int
    text: bytes


class Lines:
    """The interesting lines of a stream, in order; `count` is the number of all lines read so far."""

    def __init__(self, stream: Readable, patterns: Iterable[re.Pattern[bytes]]) -> None:
        self._stream = stream
        self._patterns = tuple(patterns)
        self._piece = bytearray(PIECE + 2)
        self._piece[0:1] = b"\n"  # so that every line begins after a line break
        self._end = 1
        self.count = 0
        self.too_long = 0

    def __iter__(self) -> Iterator[Line]:
        view = memoryview(self._piece)
        skipping = False
        while True:
            got = self._stream.readinto(view[self._end : PIECE + 1]) or 0
            self._end += got
            if not got and self._end > 1:
                self._piece[self._end : self._end + 1] = b"\n"  # the last line may lack its end
                self._end += 1
            last = self._piece.rfind(b"\n", 1, self._end)
            if last > 0:
                yield from self._interesting(last, skipping=skipping)
                skipping = False
                self._keep_from(last)
            elif self._end > PIECE:
                self.too_long += not skipping
                skipping, self._end = True, 1
            if not got:
                return

    def _keep_from(self, last: int) -> None:
        rest = self._piece[last : self._end]
        self._piece[: len(rest)] = rest
        self._end = len(rest)

    def _interesting(self, last: int, *, skipping: bool) -> Iterator[Line]:
        """`last` is where the last line break is; while skipping, the first line is the end of one too long."""
        piece, at = self._piece, 0
        first = piece.find(b"\n", 1) if skipping else 0
        for start in self._starts(first, last):
            self.count += piece.count(b"\n", at, start)
            at = start
            yield Line(self.count + 1, bytes(piece[start + 1 : piece.find(b"\n", start + 1)]).rstrip(b"\r"))
        self.count += piece.count(b"\n", at, last)

    def _starts(self, first: int, last: int) -> list[int]:
        """Return the positions of the line breaks before interesting lines, each once, in order."""
        piece = self._piece
        found = self._directives(first, last)
        if not self.count:
            found += [match.start() for match in islice(_LINE_BREAK.finditer(piece, first, last), FIRST)]
        for pattern in self._patterns:
            at = first
            while (match := pattern.search(piece, at, last)) is not None:
                found.append(piece.rfind(b"\n", first, match.start()))
                at = piece.find(b"\n", match.end())
        return sorted(set(found)) if len(found) > 1 else found

    def _directives(self, first: int, last: int) -> list[int]:
        piece, found, at, tried = self._piece, [], first, 0
        while (at := piece.find(b"#", at, last)) >= 0 and tried < MANY:
            if piece[at - 1] == ord("\n"):
                found.append(at - 1)
            at, tried = at + 1, tried + 1
        while at >= 0 and (at := piece.find(b"\n#", at - 1, last)) >= 0:
            found.append(at)
            at += 2
        return found
