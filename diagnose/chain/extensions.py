"""The extensions of a certificate one at a time, so that one that is garbage hides no other.

cryptography reads all or none. So each extension is put alone into a copy of the certificate, whose
signature nobody looks at, and read there.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509

MOST = 64
"""Extensions of one certificate that are tried; public ones have about ten."""
_SEQUENCE = 0x30
_EXTENSIONS = 0xA3
"""`[3] EXPLICIT` of TBSCertificate (RFC 5280, 4.1)."""
_LONG_FORM = 0x80
"""A length octet from here on says how many length octets follow (X.690, 8.1.3)."""

Element = tuple[int, bytes, bytes]
"""Tag, content, and the whole."""


def alone(der: bytes) -> Iterator[x509.Certificate]:
    """Return a copy for each extension, with that one only; ValueError where `der` is no certificate."""
    signed, *rest = elements(_inside(der))
    fields = elements(signed[1])
    listed = next((field for field in fields if field[0] == _EXTENSIONS), None)
    for extension in elements(_inside(listed[1]))[:MOST] if listed else ():
        only = _wrapped(_EXTENSIONS, _wrapped(_SEQUENCE, extension[2]))
        content = b"".join(only if field is listed else field[2] for field in fields)
        copy = _wrapped(_SEQUENCE, _wrapped(_SEQUENCE, content) + b"".join(part[2] for part in rest))
        yield x509.load_der_x509_certificate(copy)


def elements(content: bytes) -> list[Element]:
    """Return the values that follow one another in these bytes; ValueError where they do not fit."""
    found: list[Element] = []
    while content:
        length, start = _length(content)
        if start + length > len(content):
            raise ValueError("a value is longer than what holds it")
        found.append((content[0], content[start : start + length], content[: start + length]))
        content = content[start + length :]
    return found


def _inside(der: bytes) -> bytes:
    return elements(der)[0][1]


def _length(encoded: bytes) -> tuple[int, int]:
    """Return the length of the content, and where it begins."""
    first = encoded[1] if len(encoded) > 1 else _LONG_FORM
    if first < _LONG_FORM:
        return first, 2
    octets = first & 0x7F
    if octets == 0 or len(encoded) < 2 + octets:
        raise ValueError("a value has no length")
    return int.from_bytes(encoded[2 : 2 + octets]), 2 + octets


def _wrapped(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _LONG_FORM | len(octets))) + octets + content
