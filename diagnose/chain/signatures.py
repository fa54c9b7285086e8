"""Who signed whom: by name, then by key identifier, then proved by the signature; never by name alone.

A stranger chooses the certificates, so the work is bounded: each pair once, a budget of signatures per
chain, and no key that takes seconds to verify with.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from diagnose.chain.certificate import UNREADABLE, Certificate
from diagnose.chain.openssl import confirms as openssl_confirms

REMEMBERED = 1000
"""Pairs of certificates whose signature is not verified again."""
BUDGET = 200
"""Signatures verified for one chain; 20 certificates of one name and key would ask for 400."""
LARGEST_RSA = 16384
"""Bits; OPENSSL_RSA_MAX_MODULUS_BITS of OpenSSL 3 and 4: no client verifies with more."""
LARGEST_EXPONENT_BITS = 64
"""OPENSSL_RSA_MAX_PUBEXP_BITS; OpenSSL minds it above 3072 bits only, where a check would take seconds."""


class Signatures:
    """The signatures of one chain, each verified at most once and within the budget."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget
        self._known: dict[tuple[str, str], bool] = {}

    def confirm(self, child: Certificate, issuer: Certificate) -> bool:
        """Whether `issuer` has the name that `child` gives as its issuer, and its key signed `child`."""
        if child.issuer_name is None or child.issuer_name != issuer.subject_name:
            return False
        pair = (child.sha256, issuer.sha256)
        if pair not in self._known:
            self._known[pair] = self.left > 0 and self._verify(child, issuer)
        return self._known[pair]

    def self_signed(self, certificate: Certificate) -> bool:
        """Whether its own key signed it."""
        return certificate.self_issued and self.confirm(certificate, certificate)

    def _verify(self, child: Certificate, issuer: Certificate) -> bool:
        self.left -= 1
        pair = (child.sha256, issuer.sha256)
        if pair not in _proved:
            if len(_proved) >= REMEMBERED:
                _proved.clear()
            _proved[pair] = _signed(child, issuer)
        return _proved[pair]


_proved: dict[tuple[str, str], bool] = {}
"""What came of pairs that were looked at lately, also in other chains: issuers and roots are the same everywhere."""


def _signed(child: Certificate, issuer: Certificate) -> bool:
    try:
        _check_signature(child, issuer)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        return openssl_confirms(child, issuer)
    except UNREADABLE:
        return False
    return True


def _check_signature(child: Certificate, issuer: Certificate) -> None:
    """Raise unless the issuer's key signed the child.

    `verify_directly_issued_by` would do the same, but also refuses two spellings of one name
    (UTF8String, PrintableString), which OpenSSL accepts: whether clients agree is another question.
    """
    signed, signature = child.x509.tbs_certificate_bytes, child.x509.signature
    parameters = child.x509.signature_algorithm_parameters
    match issuer.public_key:
        case rsa.RSAPublicKey() as key if _too_large(key):
            raise InvalidSignature
        case rsa.RSAPublicKey() as key if isinstance(parameters, padding.PKCS1v15 | padding.PSS):
            key.verify(signature, signed, parameters, _digest(child))
        case ec.EllipticCurvePublicKey() as key if isinstance(parameters, ec.ECDSA):
            key.verify(signature, signed, parameters)
        case dsa.DSAPublicKey() as key:
            key.verify(signature, signed, _digest(child))
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey() as key if parameters is None:
            key.verify(signature, signed)
        case _:
            raise UnsupportedAlgorithm("a key or signature that cryptography does not know")


def _too_large(key: rsa.RSAPublicKey) -> bool:
    return key.key_size > LARGEST_RSA or key.public_numbers().e.bit_length() > LARGEST_EXPONENT_BITS


def _digest(child: Certificate) -> HashAlgorithm:
    algorithm = child.x509.signature_hash_algorithm
    if algorithm is None:
        raise UnsupportedAlgorithm("a signature without a hash")
    return algorithm
