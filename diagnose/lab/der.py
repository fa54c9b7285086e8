"""DER as far as the lab needs it (X.690): to open a value and to wrap one."""

from __future__ import annotations

_LONG_FORM = 0x80
"""A length octet from here on says how many length octets follow (X.690, 8.1.3)."""
SEQUENCE = 0x30
BIT_STRING = 0x03


def content(encoded: bytes) -> bytes:
    """Return the content of this value."""
    first = encoded[1]
    length = first if first < _LONG_FORM else int.from_bytes(encoded[2 : 2 + (first & 0x7F)])
    return encoded[len(encoded) - length :]


def wrapped(tag: int, inside: bytes) -> bytes:
    """Return a value with this content."""
    size = len(inside)
    if size < _LONG_FORM:
        return bytes((tag, size)) + inside
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _LONG_FORM | len(octets))) + octets + inside
