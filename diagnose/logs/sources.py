"""A log's bytes as they are stored, and as plain text: unzipped, without byte-order mark, within limits.

Every layer is a raw stream over the one below, so memory stays constant. What is wrong with the file is a
sentence in `remarks`, and what could be read until then is kept.
"""

from __future__ import annotations

import codecs
import io
import time
import zlib
from typing import Protocol

import msgspec

GZIP = b"\x1f\x8b"
"""RFC 1952, 2.3.1."""

GZIP_FORMAT = 31
"""zlib's window bits for a gzip wrapper (zlib.h, inflateInit2)."""

PORTION = 1 << 16
"""Bytes that a layer takes from the one below at a time, and that are looked at to tell what it is."""


class Limits(msgspec.Struct, frozen=True):
    """How much is read at most: bytes after unzipping, and seconds."""

    bytes: int = 16 << 30
    seconds: float = 45.0


class Readable(Protocol):
    """A binary file, opened."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer, return how many bytes it got, 0 at the end."""


class Source(io.RawIOBase):
    """The text of a log, as UTF-8 or any other encoding that has ASCII in it."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self.remarks: list[str] = []
        self.stopped = False
        self._left = limits.bytes
        self._until = time.monotonic() + limits.seconds
        below = Begun(stream)
        if below.head.startswith(GZIP):
            below = Begun(Unzipped(below, self.remarks))
        encoding = _utf16(below.head)
        self._below: Readable = below if encoding is None else Transcoded(below, encoding)
        if below.head.startswith(codecs.BOM_UTF8):
            below.skip(len(codecs.BOM_UTF8))

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # only ever called with one
        """Fill the buffer, or stop at a limit and say so."""
        if self._left <= 0 or time.monotonic() > self._until:
            return self._stop(buffer)
        got = self._below.readinto(buffer[: self._left]) or 0
        self._left -= got
        return got

    def _stop(self, buffer: memoryview) -> int:
        if not self.stopped and self._below.readinto(buffer[:1]):
            self.stopped = True
            self.remarks.append("it is too large to be read to its end here, and later rows may say something else")
        return 0


class Begun(io.RawIOBase):
    """A stream whose first bytes were looked at."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.head = _first(stream)
        self._at = 0

    def skip(self, count: int) -> None:
        """Leave out the first bytes."""
        self._at = count

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as above
        """Give the first bytes, then the rest."""
        if self._at >= len(self.head):
            return self._stream.readinto(buffer) or 0
        part = self.head[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


class Unzipped(io.RawIOBase):
    """A gzip file of any number of members; cut short or damaged, it gives what it held until then."""

    def __init__(self, stream: Readable, remarks: list[str]) -> None:
        self._stream = stream
        self._remarks = remarks
        self._member = zlib.decompressobj(GZIP_FORMAT)
        self._waiting = b""
        self._input = memoryview(bytearray(PORTION))
        self._ended = False

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as above
        """Unzip no more than fits: a bomb costs what its first bytes cost."""
        while not self._ended:
            if not self._waiting:
                self._waiting = bytes(self._input[: self._stream.readinto(self._input) or 0])
            text = self._unzip(len(buffer))
            if text:
                buffer[: len(text)] = text
                return len(text)
        return 0

    def _unzip(self, most: int) -> bytes:
        if self._member.eof and not self._next_member():
            return b""
        exhausted = not self._waiting
        try:
            text = self._member.decompress(self._waiting, most)
        except zlib.error:
            return self._end("it is damaged inside the compression, and only what comes before was read")
        self._waiting = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        if exhausted and not text and not self._member.eof:
            return self._end("it is cut short inside the compression, and only what comes before was read")
        return text

    def _next_member(self) -> bool:
        rest = self._waiting.lstrip(b"\0")  # padding to a tape's block, which gzip(1) ignores too
        if not self._waiting:
            self._end("")
        elif not rest:
            self._waiting = b""
        elif GZIP.startswith(rest[:2]):
            self._member, self._waiting = zlib.decompressobj(GZIP_FORMAT), rest
            return True
        else:
            self._end("something else follows after the compressed log, and was not read")
        return False

    def _end(self, remark: str) -> bytes:
        self._ended = True
        if remark:
            self._remarks.append(remark)
        return b""


class Transcoded(io.RawIOBase):
    """UTF-16 as UTF-8: what PowerShell's `>` and `Out-File` make of a log."""

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._input = memoryview(bytearray(PORTION))
        self._made = b""
        self._begun = False

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as above
        """Give what was decoded, and decode more where nothing is left."""
        got = 1
        while not self._made and got:
            got = self._stream.readinto(self._input) or 0
            text = self._decoder.decode(bytes(self._input[:got]), final=not got)
            if text and not self._begun:
                text, self._begun = text.removeprefix("\ufeff"), True
            self._made = text.encode("utf-8", "replace")
        part, self._made = self._made[: len(buffer)], self._made[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _first(stream: Readable) -> bytes:
    """Return as many of the first bytes as the head holds, however small the stream's portions are."""
    view, filled = memoryview(bytearray(PORTION)), 0
    while filled < PORTION:
        got = stream.readinto(view[filled:]) or 0
        if not got:
            break
        filled += got
    return bytes(view[:filled])


def _utf16(head: bytes) -> str | None:
    """By the byte-order mark, or by the zero bytes that ASCII has in UTF-16."""
    if head.startswith(codecs.BOM_UTF16_LE) or (head[1:2] == b"\0" and head[:1] != b"\0"):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE) or (head[:1] == b"\0" and head[1:2] != b"\0"):
        return "utf-16-be"
    return None
