"""Keys and signatures that today's clients refuse.

OpenSSL's security level 2, the default of Debian, Ubuntu and of OpenSSL 3.2 and newer, asks for 112 bits:
RSA 2048, curves of 224 bits, no MD5 or SHA-1 (SSL_CTX_set_security_level(3), read 2026-11). The CA/Browser
Forum's baseline requirements, 6.1.5 and 7.1.3, ask for the same and forbid DSA.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from diagnose.chain.certificate import Certificate
from diagnose.chain.signatures import LARGEST_EXPONENT_BITS, LARGEST_RSA

SMALLEST_RSA = 2048
SMALLEST_CURVE = 224
SMALLEST_EXPONENT = 3
WEAK_HASHES = frozenset({"md2", "md5", "sha1"})


def key_fault(certificate: Certificate) -> str:
    """Return what is wrong with its key, in words; empty where nothing is."""
    match certificate.public_key:
        case rsa.RSAPublicKey() as key:
            return _rsa_fault(key)
        case ec.EllipticCurvePublicKey() as key if key.key_size < SMALLEST_CURVE:
            return f"a key on the curve {key.curve.name}, which has only {key.key_size} bits"
        case dsa.DSAPublicKey():
            return "a DSA key, which clients no longer accept"
    return ""


def _rsa_fault(key: rsa.RSAPublicKey) -> str:
    exponent = key.public_numbers().e
    if key.key_size < SMALLEST_RSA:
        return f"an RSA key of {key.key_size} bits; {SMALLEST_RSA} is the least that clients accept"
    if key.key_size > LARGEST_RSA:
        return f"an RSA key of {key.key_size} bits; clients refuse more than {LARGEST_RSA}"
    if exponent < SMALLEST_EXPONENT or exponent.bit_length() > LARGEST_EXPONENT_BITS:
        return f"an RSA key with an exponent of {exponent.bit_length()} bits"
    return ""


def signature_fault(certificate: Certificate) -> str:
    """Return what is wrong with the signature on it, in words; empty where nothing is."""
    if certificate.signature_hash in WEAK_HASHES:
        return f"a signature made with {certificate.signature_hash.upper().replace('SHA1', 'SHA-1')}"
    return ""


def is_weak(certificate: Certificate) -> bool:
    """Whether clients would refuse it for its key, or, where another signed it, for its signature."""
    return bool(key_fault(certificate)) or (not certificate.self_issued and bool(signature_fault(certificate)))


def faults(path: Sequence[Certificate]) -> tuple[tuple[Certificate, str], ...]:
    """Return every weakness on a path; the signature on a self-signed root proves nothing and counts for nothing."""
    found = []
    for certificate in path:
        fault = key_fault(certificate)
        if not fault and not certificate.self_issued:
            fault = signature_fault(certificate)
        if fault:
            found.append((certificate, fault))
    return tuple(found)
