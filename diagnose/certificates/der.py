"""Just enough DER (X.690) to tell what a file is, and to refuse one that is made to compute for hours.

A password is stretched by as many rounds as the file asks for, and the library cannot be stopped while it
does so. So the rounds are read first: in PKCS #12 and PKCS #8 they are the INTEGER that follows the salt, an
OCTET STRING (RFC 7292, 4 and appendix C; RFC 8018, A.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

Kind = Literal["certificate", "pkcs7", "pfx", "key", "unknown"]
MOST_ROUNDS = 5_000_000
"""About two seconds; Windows and OpenSSL write 2,000 to 2,048, the most careful exporters 600,000."""
DEEPEST = 24

_SEQUENCE, _OCTETS, _OCTETS_IN_PARTS, _INTEGER, _OID = 0x30, 0x04, 0x24, 0x02, 0x06
_CONSTRUCTED = 0x20
_LONG_FORM = 0x80
_HIGH_TAG = 0x1F

Value = tuple[int, bytes]


def kind(data: bytes) -> Kind:
    """Return what this DER value looks like from its first fields."""
    outer = next(values(data), None)
    if outer is None or outer[0] != _SEQUENCE:
        return "unknown"
    fields = values(outer[1])
    first = next(fields, None)
    if first is None:
        return "unknown"
    if first[0] == _OID:
        return "pkcs7"
    if first[0] == _INTEGER:
        return "pfx" if first[1] == b"\x03" else "key"
    second = next(fields, None)
    encrypted_key = second is not None and second[0] == _OCTETS
    return "key" if encrypted_key else "certificate"


def values(data: bytes) -> Iterator[Value]:
    """Return tag and content of the values in a row, as far as they can be read; BER's open lengths too."""
    at = 0
    while at + 2 <= len(data):
        tag, first = data[at], data[at + 1]
        if tag & _HIGH_TAG == _HIGH_TAG or (tag, first) == (0, 0):
            return
        start = at + 2
        if first < _LONG_FORM:
            end = start + first
        elif first == _LONG_FORM:
            yield tag, data[start:]  # its end is marked inside, so whatever follows is looked at as well
            return
        else:
            start += first & 0x7F
            end = start + int.from_bytes(data[at + 2 : start])
        if end > len(data):
            return
        yield tag, data[start:end]
        at = end


def rounds(data: bytes, depth: int = 0) -> int:
    """Return the most rounds of password stretching that anything in here asks for."""
    most, salt = 0, False
    for tag, content in values(data) if depth < DEEPEST else ():
        if tag == _INTEGER and salt:
            most = max(most, int.from_bytes(content))
        salt = tag in {_OCTETS, _OCTETS_IN_PARTS}
        if tag & _CONSTRUCTED or salt:
            joined = b"".join(part for _, part in values(content)) if tag == _OCTETS_IN_PARTS else content
            most = max(most, rounds(joined, depth + 1))
    return most
