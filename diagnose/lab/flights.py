"""TLS 1.2 handshakes written by hand (RFC 5246): what no library would send.

In TLS 1.2 the server's first flight is not encrypted, so that any bytes can stand in place of a certificate.
None of these handshakes is ever completed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from diagnose.lab.tricks import DRIP, Ending, Script

_VERSION = b"\x03\x03"
_HANDSHAKE = 22
_HELLO_REQUEST, _SERVER_HELLO, _CERTIFICATE, _KEY_EXCHANGE = 0, 2, 11, 12
_LONGEST_RECORD = 1 << 14
_CIPHER = b"\xc0\x2f"
"""TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (RFC 5289)."""
_SECP256R1 = b"\x00\x17"
_RSA_SHA256 = b"\x04\x01"
_RENEGOTIATION_INFO = b"\xff\x01\x00\x01\x00"
"""Empty, as in a first handshake (RFC 5746, 3.6)."""
_POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
"""The base point of P-256, a point as good as any (SEC 2, 2.4.2)."""

Certificates = Sequence[bytes]


def _records(messages: bytes) -> bytes:
    pieces = (messages[at : at + _LONGEST_RECORD] for at in range(0, len(messages), _LONGEST_RECORD))
    return b"".join(bytes((_HANDSHAKE,)) + _VERSION + len(piece).to_bytes(2) + piece for piece in pieces)


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def _hello() -> bytes:
    extensions = _RENEGOTIATION_INFO
    body = _VERSION + bytes(32) + b"\0" + _CIPHER + b"\0" + len(extensions).to_bytes(2) + extensions
    return _message(_SERVER_HELLO, body)


def _certificates(chain: Certificates) -> bytes:
    listed = b"".join(len(each).to_bytes(3) + each for each in chain)
    return _message(_CERTIFICATE, len(listed).to_bytes(3) + listed)


def _key_exchange(signature: bytes) -> bytes:
    parameters = b"\x03" + _SECP256R1 + bytes((len(_POINT),)) + _POINT
    return _message(_KEY_EXCHANGE, parameters + _RSA_SHA256 + len(signature).to_bytes(2) + signature)


def _flight(chain: Certificates) -> bytes:
    """The first flight, signed by nobody."""
    return _hello() + _certificates(chain) + _key_exchange(b"\x5a" * 256)


def _unsigned(chain: Certificates) -> Script:
    yield _records(_flight(chain))
    yield Ending.SILENT


def _drip(chain: Certificates) -> Script:
    for letter in _records(_flight(chain)):
        yield bytes((letter,))
        yield DRIP


def _endless(_: Certificates) -> Script:
    """Say hello, and then beg for a new handshake for ever: clients skip that in the middle of one (7.4.1.1)."""
    yield _records(_hello())
    yield from itertools.repeat(_records(_message(_HELLO_REQUEST, b"") * 64))


def _announced(_: Certificates) -> Script:
    """Announce certificates of sixteen megabytes, and send them."""
    yield _records(_hello() + bytes((_CERTIFICATE,)) + b"\xff\xff\xff")
    yield from itertools.repeat(_records(bytes(_LONGEST_RECORD)))


def _garbage(_: Certificates) -> Script:
    yield from itertools.repeat(b"\x17\x03\x03\xff" + bytes(range(256)) * 16)


def _reset_inside(chain: Certificates) -> Script:
    yield _records(_flight(chain))[:400]
    yield Ending.RESET


FLIGHTS: dict[str, Callable[[Certificates], Iterator[bytes | float | Ending]]] = {
    "unsigned": _unsigned,
    "drip": _drip,
    "endless": _endless,
    "announced": _announced,
    "garbage": _garbage,
    "reset": _reset_inside,
}
"""By name; each gets the door's chain."""
