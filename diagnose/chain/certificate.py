"""One certificate, read so that nothing in it can raise: what cannot be read is None, empty or False.

cryptography parses lazily, so every property may meet what its author never meant; each is read in its
own try, once.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import AuthorityInformationAccessOID, SignatureAlgorithmOID

from diagnose.chain.extensions import alone

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)
"""Everything cryptography 50 raises for a certificate that it cannot make sense of."""

MOST_CERTIFICATES = 20
MOST_BYTES = 128 * 1024
"""Of one chain, so that none keeps a validator busy for long."""
MOST_URLS = 5
"""caIssuers addresses kept of one certificate."""
REMEMBERED = 64
"""Certificates kept parsed: a run looks at each several times, and a fleet meets the same issuers again and again."""
USUAL_BYTES = 8 * 1024
"""Of one certificate; a larger one is never kept, for what it holds may be far larger still once it is parsed."""

CanonicalName = tuple[frozenset[tuple[str, str]], ...]

_T = TypeVar("_T")
_E = TypeVar("_E", bound=x509.ExtensionType)
_warnings = threading.RLock()
"""`catch_warnings` changes what the whole process sees, and chains are judged in threads."""


def _or_none(read: Callable[[], _T]) -> _T | None:
    """Return what `read` returns, or None; what is wrong with a stranger's certificate is no warning of ours."""
    with _warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read()
        except UNREADABLE:
            return None


class Certificate:
    """A certificate that could be parsed; compare and look up by `sha256`."""

    def __init__(self, parsed: x509.Certificate, der: bytes) -> None:
        self.x509 = parsed
        self.der = der
        self.sha256 = hashlib.sha256(der).hexdigest()

    def __repr__(self) -> str:
        return f"<Certificate {self.subject}>"

    @classmethod
    def read(cls, der: bytes) -> Certificate | None:
        """Return the certificate in these bytes, or None; that of the last time where it was read lately.

        cryptography warns of serial numbers below one; six of certifi's roots of 2026.10.18 have such.
        """
        return _remembered(der) if len(der) <= USUAL_BYTES else _parsed(der)

    @classmethod
    def of(cls, parsed: x509.Certificate) -> Certificate:
        """Return the certificate that is parsed already."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - only for roots

        return cls(parsed, parsed.public_bytes(Encoding.DER))

    # -- names ---------------------------------------------------------------------------------------

    @cached_property
    def subject(self) -> str:
        """The subject, RFC 4514."""
        return _or_none(lambda: self.x509.subject.rfc4514_string()) or ""  # noqa: PLW0108 - .subject may raise as well

    @cached_property
    def issuer(self) -> str:
        """The issuer, RFC 4514."""
        return _or_none(lambda: self.x509.issuer.rfc4514_string()) or ""  # noqa: PLW0108 - .issuer may raise as well

    @cached_property
    def subject_name(self) -> CanonicalName | None:
        """The subject for comparing."""
        return _or_none(lambda: canonical(self.x509.subject))

    @cached_property
    def issuer_name(self) -> CanonicalName | None:
        """The issuer for comparing."""
        return _or_none(lambda: canonical(self.x509.issuer))

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name; self-signed only if the signature says so too."""
        return self.subject_name is not None and self.subject_name == self.issuer_name

    # -- dates, serial, key --------------------------------------------------------------------------

    @cached_property
    def not_before(self) -> datetime | None:
        """UTC."""
        return _or_none(lambda: self.x509.not_valid_before_utc)

    @cached_property
    def not_after(self) -> datetime | None:
        """UTC."""
        return _or_none(lambda: self.x509.not_valid_after_utc)

    def is_current(self, moment: datetime) -> bool:
        """Whether `moment` is within its dates; False where they cannot be read."""
        return (
            self.not_before is not None and self.not_after is not None and self.not_before <= moment <= self.not_after
        )

    @cached_property
    def serial(self) -> str:
        """The serial number in hexadecimal, as every certificate viewer shows it."""
        number = _or_none(lambda: self.x509.serial_number)
        return "" if number is None else f"{number:x}"

    @cached_property
    def public_key(self) -> CertificatePublicKeyTypes | None:
        """The key, or None where its kind is unknown or its numbers are impossible."""
        return _or_none(self.x509.public_key)

    @cached_property
    def key_bytes(self) -> bytes | None:
        """The SubjectPublicKeyInfo, to tell cross-signed certificates."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - rarely

        key = self.public_key
        if key is None:
            return None
        return _or_none(lambda: key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    @cached_property
    def key(self) -> str:
        """The key in words, e.g. `RSA 2048`, `ECDSA secp256r1`, `Ed25519`."""
        match self.public_key:
            case rsa.RSAPublicKey() as key:
                return f"RSA {key.key_size}"
            case ec.EllipticCurvePublicKey() as key:
                return f"ECDSA {key.curve.name}"
            case dsa.DSAPublicKey() as key:
                return f"DSA {key.key_size}"
            case None:
                return self._unknown_key
        return type(self.public_key).__name__.removesuffix("PublicKey")

    @property
    def _unknown_key(self) -> str:
        return f"unknown ({_or_none(lambda: self.x509.public_key_algorithm_oid.dotted_string) or 'unreadable'})"

    @cached_property
    def signature_hash(self) -> str:
        """The hash under its signature, e.g. `sha256`; empty where the algorithm has none or is unknown."""
        algorithm = _or_none(lambda: self.x509.signature_hash_algorithm)
        return algorithm.name if algorithm else ""

    @cached_property
    def signature(self) -> str:
        """The signature algorithm in words, e.g. `sha256WithRSAEncryption`."""
        oid = _or_none(lambda: self.x509.signature_algorithm_oid)
        if oid is None:
            return "unreadable"
        return _SIGNATURES.get(oid.dotted_string, oid.dotted_string)

    # -- extensions ----------------------------------------------------------------------------------

    @cached_property
    def _extensions(self) -> tuple[x509.Extension[x509.ExtensionType], ...]:
        """Those that can be read; where a kind occurs twice, the first."""
        whole = _extensions_of(self.x509)
        if whole is not None:
            return whole
        copies = _or_none(lambda: list(alone(self.der))) or []
        return tuple(extension for copy in copies for extension in _extensions_of(copy) or ())

    def extension(self, kind: type[_E]) -> _E | None:
        """Return the value of this extension, or None."""
        for extension in self._extensions:
            if isinstance(extension.value, kind):
                return extension.value
        return None

    @cached_property
    def is_ca(self) -> bool:
        """Whether basicConstraints says CA."""
        constraints = self.extension(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @cached_property
    def key_identifier(self) -> bytes | None:
        """The subject key identifier."""
        found = self.extension(x509.SubjectKeyIdentifier)
        return found.digest if found else None

    @cached_property
    def issuer_key_identifier(self) -> bytes | None:
        """The key identifier inside the authority key identifier."""
        found = self.extension(x509.AuthorityKeyIdentifier)
        return found.key_identifier if found else None

    @cached_property
    def issuer_urls(self) -> tuple[str, ...]:
        """The caIssuers addresses (RFC 5280, 4.2.2.1), in their order."""
        access = self.extension(x509.AuthorityInformationAccess)
        urls = [
            description.access_location.value
            for description in access or ()
            if description.access_method == AuthorityInformationAccessOID.CA_ISSUERS
            and isinstance(description.access_location, x509.UniformResourceIdentifier)
        ]
        return tuple(urls[:MOST_URLS])

    @cached_property
    def alternative_names(self) -> tuple[x509.GeneralName, ...]:
        """The entries of subjectAltName, all of them."""
        return tuple(self.extension(x509.SubjectAlternativeName) or ())


def _parsed(der: bytes) -> Certificate | None:
    return _or_none(lambda: Certificate(x509.load_der_x509_certificate(der), der))


_remembered = lru_cache(maxsize=REMEMBERED)(_parsed)


def _extensions_of(parsed: x509.Certificate) -> tuple[x509.Extension[x509.ExtensionType], ...] | None:
    return _or_none(lambda: tuple(parsed.extensions))


def canonical(name: x509.Name) -> CanonicalName:
    """Return a name so that those which RFC 5280, 7.1 calls equal compare equal: case and blanks do not count."""
    return tuple(
        frozenset((attribute.oid.dotted_string, _folded(attribute.value)) for attribute in rdn) for rdn in name.rdns
    )


def _folded(value: str | bytes) -> str:
    return value.hex() if isinstance(value, bytes) else " ".join(value.split()).casefold()


def within_caps(chain: Iterable[bytes]) -> list[bytes]:
    """Return the first certificates of a chain, as many as are judged."""
    kept: list[bytes] = []
    for der in chain:
        if len(kept) == MOST_CERTIFICATES or sum(map(len, kept)) + len(der) > MOST_BYTES:
            break
        kept.append(der)
    return kept


def read_all(ders: Iterable[bytes]) -> list[Certificate]:
    """Return those that can be parsed, each once."""
    found = (Certificate.read(der) for der in ders)
    return list({certificate.sha256: certificate for certificate in found if certificate}.values())


_SIGNATURES = {
    oid.dotted_string: name
    for oid, name in (
        (SignatureAlgorithmOID.RSA_WITH_MD5, "md5WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA1, "sha1WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA256, "sha256WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA384, "sha384WithRSAEncryption"),
        (SignatureAlgorithmOID.RSA_WITH_SHA512, "sha512WithRSAEncryption"),
        (SignatureAlgorithmOID.RSASSA_PSS, "rsassaPss"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA1, "ecdsa-with-SHA1"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA256, "ecdsa-with-SHA256"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA384, "ecdsa-with-SHA384"),
        (SignatureAlgorithmOID.ECDSA_WITH_SHA512, "ecdsa-with-SHA512"),
        (SignatureAlgorithmOID.ED25519, "Ed25519"),
        (SignatureAlgorithmOID.ED448, "Ed448"),
    )
}
"""Names of RFC 8017, RFC 5758 and RFC 8410."""
