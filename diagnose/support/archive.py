"""Reading and writing the zip of an attachment.

Written so that the same members give the same bytes. Read with suspicion, for an attachment comes from a stranger:
how many members, how large, which names is decided before anything is unpacked, and everything that is wrong with it
is one sentence.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

from diagnose.report import ReportError

LARGEST = 100 * 1024 * 1024
"""Bytes of an archive, and of everything in it unpacked."""
MOST_MEMBERS = 200
LONGEST_DIRECTORY = MOST_MEMBERS * 512
"""Bytes of the list of members; one of ours takes about 80."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip can name (APPNOTE.TXT 6.3.10, 4.4.6): the same bytes whenever it is written."""
MAGIC = b"PK\x03\x04"
EMPTY = b"PK\x05\x06"
ENCRYPTED = 0x1
"""Bit 0 of the general purpose flags (APPNOTE.TXT, 4.4.4)."""
UNIX = 3
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,120}(?:/[A-Za-z0-9][A-Za-z0-9 ._-]{0,120})?")
_END = struct.Struct("<4s4H2LH")
"""The end of the list of members (APPNOTE.TXT, 4.3.16): signature, disks, counts, size and place of the list."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, OverflowError)


def is_archive(content: bytes) -> bool:
    """Tell whether these bytes begin like a zip."""
    return content[:4] in {MAGIC, EMPTY}


def packed(members: Mapping[str, bytes]) -> bytes:
    """Return the zip of these members, in this order; the same members give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = UNIX
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the members of a zip by name; ReportError in one sentence where it is not one of ours, or damaged."""
    _refuse_a_long_list(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse(entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except _BROKEN as error:
        raise ReportError("this archive is damaged, or is no attachment of halo-diagnose") from error


def _refuse_a_long_list(content: bytes) -> None:
    """Look at the end of the archive before its list is read: reading a list of millions takes long."""
    place = content.rfind(EMPTY, max(0, len(content) - _END.size - 0xFFFF))
    if len(content) > LARGEST:
        raise ReportError("this archive is larger than any attachment of halo-diagnose")
    if place < 0 or len(content) - place < _END.size:
        raise ReportError("this archive is damaged: its end is missing")
    _, _, _, here, total, size, _, _ = _END.unpack_from(content, place)
    if max(here, total) > MOST_MEMBERS or size > LONGEST_DIRECTORY:
        raise ReportError(f"this archive has more than {MOST_MEMBERS} members; no attachment of halo-diagnose has")


def _refuse(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename.casefold() for entry in entries]
    if len(entries) > MOST_MEMBERS:
        raise ReportError(f"this archive has more than {MOST_MEMBERS} members; no attachment of halo-diagnose has")
    if len(set(names)) < len(names):
        raise ReportError("this archive has two members of one name, so it cannot be told which one is meant")
    if any(_NAME.fullmatch(entry.orig_filename) is None for entry in entries):
        raise ReportError("this archive has a member whose name leads elsewhere; no attachment of halo-diagnose has")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise ReportError("this archive is encrypted with a password; attachments of halo-diagnose are not")
    if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in entries):
        raise ReportError("this archive is compressed in a way that attachments of halo-diagnose are not")
    if sum(entry.file_size for entry in entries) > LARGEST:
        raise ReportError("what is in this archive is larger than any attachment of halo-diagnose")
