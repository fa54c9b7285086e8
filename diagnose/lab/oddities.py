"""Certificates that no authority issues: keys nobody holds, extensions of garbage, bytes that are none."""

from __future__ import annotations

from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from diagnose.lab import der

ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ECDSA_SHA1 = bytes.fromhex("300906072a8648ce3d0401")
"""AlgorithmIdentifier of ecdsa-with-SHA256 and ecdsa-with-SHA1 (RFC 5758, 3.2 and RFC 3279, 2.2.3)."""

_LARGEST = 16_384
"""OPENSSL_RSA_MAX_MODULUS_BITS (OpenSSL's rsa.h, 3.x)."""
_SERIAL = 0x7FC0FFEE5EED
_GARBAGE = b"\x30\x84\xff\xff\xff\xff\x02\x01" + bytes(range(200))
_POLICIES, _CRLS, _TIMESTAMPS, _UNKNOWN = "2.5.29.32", "2.5.29.31", "1.3.6.1.4.1.11129.2.4.2", "1.3.6.1.4.1.32473.7"
"""Certificate policies, revocation lists, certificate timestamps (RFC 5280, RFC 6962) and an example (RFC 5612)."""
_GARBAGE_IN = {
    "garbage-extensions": (_TIMESTAMPS, _UNKNOWN),
    "garbage-standard-extensions": (_POLICIES, _CRLS, _TIMESTAMPS, _UNKNOWN),
}
"""OpenSSL reads the first two itself, and loads no certificate in which it cannot."""


def public_key(oddity: str) -> rsa.RSAPublicKey | None:
    """Return a public key that nobody holds the private half of, where the oddity is one of the key."""
    if oddity == "huge-modulus":
        return rsa.RSAPublicNumbers(65537, (1 << (_LARGEST + 616)) + 1).public_key()
    if oddity == "huge-exponent":
        return rsa.RSAPublicNumbers((1 << 2000) + 1, (1 << 2047) + 1).public_key()
    return None


def serial(oddity: str) -> int:
    """Return the serial number to begin with."""
    return _SERIAL if oddity == "negative-serial" else x509.random_serial_number()


def extensions(oddity: str) -> list[tuple[x509.ExtensionType, bool]]:
    """Return extensions whose values are no DER."""
    identifiers = map(x509.ObjectIdentifier, _GARBAGE_IN.get(oddity, ()))
    return [(x509.UnrecognizedExtension(identifier, _GARBAGE), False) for identifier in identifiers]


def applied(oddity: str, encoded: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the certificate as the oddity has it; `key` is its issuer's."""
    return _DONE[oddity](encoded, key) if oddity in _DONE else encoded


def with_sha1(encoded: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Sign again with SHA-1, which `cryptography` no longer writes into certificates."""
    signed = _signed_part(encoded).replace(ECDSA_SHA256, ECDSA_SHA1, 1)
    return _signed_again(signed, key, hashes.SHA1(), ECDSA_SHA1)  # noqa: S303 - weak on purpose


def _with_negative_serial(encoded: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    number = _SERIAL.to_bytes(6)
    signed = _signed_part(encoded).replace(number, b"\x80" + number[1:], 1)
    return _signed_again(signed, key, hashes.SHA256(), ECDSA_SHA256)


def _signed_part(encoded: bytes) -> bytes:
    return der.content(x509.load_der_x509_certificate(encoded).tbs_certificate_bytes)


def _signed_again(
    content: bytes, key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm, algorithm: bytes
) -> bytes:
    signed = der.wrapped(der.SEQUENCE, content)
    signature = b"\0" + key.sign(signed, ec.ECDSA(digest))
    return der.wrapped(der.SEQUENCE, signed + algorithm + der.wrapped(der.BIT_STRING, signature))


def _cut_in_half(encoded: bytes, _: ec.EllipticCurvePrivateKey) -> bytes:
    return encoded[: len(encoded) // 2]


def _lengths_lie(encoded: bytes, _: ec.EllipticCurvePrivateKey) -> bytes:
    """Let an inner value claim to be longer than what holds it."""
    return encoded[:4] + b"\x30\x84\x7f\xff\xff\xff" + encoded[10:]


_DONE: dict[str, Callable[[bytes, ec.EllipticCurvePrivateKey], bytes]] = {
    "negative-serial": _with_negative_serial,
    "cut-in-half": _cut_in_half,
    "lengths-lie": _lengths_lie,
    "no-bytes": lambda *_: b"",
    "text": lambda *_: b"<html>this is no certificate</html>",
}
