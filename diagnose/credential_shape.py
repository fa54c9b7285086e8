"""What credentials look like, never what they are; and how a secret is read from the bytes of a file.

HaloPSA gives a GUID as client id and two GUIDs joined by `-` as client secret.
"""

from __future__ import annotations

import codecs
import re

from diagnose.errors import UsageError
from diagnose.facts.run import CredentialShape

_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SHAPES = (
    ("guid", re.compile(_GUID, re.IGNORECASE)),
    ("two_guids", re.compile(f"{_GUID}-{_GUID}", re.IGNORECASE)),
)
_PIECE = re.compile(r"[0-9a-f-]+", re.IGNORECASE)
LONGEST_GUID_TEXT = 73
"""Characters of two GUIDs joined by `-`."""

_MARKS = (  # the UTF-32 marks begin like the UTF-16 ones; nobody saves a secret as UTF-32
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def shape(value: str) -> str:
    """Return `guid`, `two_guids`, `guid_prefix` (a piece of one or two GUIDs) or `other`."""
    for name, pattern in _SHAPES:
        if pattern.fullmatch(value):
            return name
    return "guid_prefix" if len(value) < LONGEST_GUID_TEXT and _PIECE.fullmatch(value) else "other"


def as_typed(client_id: str, client_secret: str) -> tuple[str, str, CredentialShape]:
    """Return id and secret without the blanks around them, and their shape, which names where there were any."""
    cleaned = {"client id": client_id.strip(), "client secret": client_secret.strip()}
    removed = [
        name for (name, value), typed in zip(cleaned.items(), (client_id, client_secret), strict=True) if value != typed
    ]
    identity, secret = cleaned.values()
    described = CredentialShape(
        client_id=shape(identity),
        client_secret=shape(secret),
        client_id_length=len(identity),
        client_secret_length=len(secret),
        blanks_removed=tuple(removed),
    )
    return identity, secret, described


def decode_secret(content: bytes, *, origin: str) -> str:
    """Return the secret in a file's bytes: byte-order mark and one final line break are not part of it.

    PowerShell 5 writes UTF-16 with `>`, Notepad a byte-order mark. `origin` names the option in a UsageError.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    if not mark and content[1:2] == b"\0":
        encoding = "utf-16-le"
    try:
        text = content.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{origin}: the file is not text in UTF-8 or UTF-16") from error
    return re.sub(r"(\r\n|\n|\r)\Z", "", text, count=1)
