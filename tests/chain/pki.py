"""A small laboratory of authorities: every certificate of these tests is made here, on the spot."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from diagnose.chain.certificate import Certificate
from diagnose.chain.judgement import Measure, judge
from diagnose.facts.chains import JudgedChain, JudgedChains
from diagnose.facts.tls import FetchedIssuer, Handshake, IssuerAttempt, Issuers

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOST = "halo.example.com"
ADDRESS = "192.0.2.10"
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
_serials = itertools.count(1000)


class Nothing:
    """No hash: Ed25519 signs without one."""


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


@dataclass(frozen=True)
class Made:
    """A certificate and its key."""

    x509: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def read(self) -> Certificate:
        return Certificate.of(self.x509)

    @property
    def subject(self) -> str:
        return self.x509.subject.rfc4514_string()

    @property
    def sha256(self) -> str:
        return self.x509.fingerprint(hashes.SHA256()).hex()


def name(common: str, organisation: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(attributes)


def make(
    subject: str | x509.Name,
    issuer: Made | None = None,
    *,
    ca: bool | None = True,
    key: Any = None,
    start: float = -30,
    end: float = 300,
    sans: Sequence[str] | None = None,
    eku: Sequence[x509.ObjectIdentifier] | None = None,
    usage: x509.KeyUsage | None = None,
    aia: Sequence[str] = (),
    path_length: int | None = None,
    digest: Any = None,
    serial: int | None = None,
    identifiers: bool = True,
    critical_sans: bool = False,
    constraints: x509.NameConstraints | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    """Make a certificate; without `issuer` it signs itself."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    titled = name(subject) if isinstance(subject, str) else subject
    signer = issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(titled)
        .issuer_name(issuer.x509.subject if issuer else titled)
        .public_key(own.public_key())
        .serial_number(serial or next(_serials))
        .not_valid_before(days(start))
        .not_valid_after(days(end))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if identifiers:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        above: Any = issuer.x509.public_key() if issuer else own.public_key()
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    if sans is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([_san(each) for each in sans]), critical_sans)
    if eku is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(eku), critical=False)
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    elif ca:
        builder = builder.add_extension(usages(key_cert_sign=True, crl_sign=True), critical=True)
    if aia:
        places = [
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url))
            for url in aia
        ]
        builder = builder.add_extension(x509.AuthorityInformationAccess(places), critical=False)
    if constraints is not None:
        builder = builder.add_extension(constraints, critical=True)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    algorithm = None if isinstance(digest, Nothing) else digest or hashes.SHA256()
    return Made(builder.sign(signer, algorithm), own)


def usages(**given: bool) -> x509.KeyUsage:
    fields = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{field: given.get(field, False) for field in fields})


def _san(entry: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(entry))
    except ValueError:
        return x509.DNSName(entry)


def server(issuer: Made | None, **more: Any) -> Made:
    """A server's certificate for HOST, with what public authorities put into one."""
    settings: dict[str, Any] = {
        "ca": False,
        "sans": [HOST],
        "end": 60,
        "eku": [ExtendedKeyUsageOID.SERVER_AUTH],
        "usage": usages(digital_signature=True),
    }
    return make(more.pop("subject", HOST), issuer, **(settings | more))


ROOT = make("Lab Root", end=3000)
UPPER = make("Lab Upper", ROOT, end=2000, aia=["http://ca.lab.example/root.der"])
LOWER = make("Lab Lower", UPPER, end=1000, aia=["http://ca.lab.example/upper.der"])
LEAF = server(LOWER, aia=["http://ca.lab.example/lower.der"])
PRIVATE = make("Company Root", end=3000)


def resigned(made: Made, issuer: Made, tail: int, algorithm: hashes.HashAlgorithm) -> bytes:
    """The same certificate signed with a hash that cryptography no longer signs with; the issuer's key is RSA.

    PKCS #1 numbers its signatures 1.2.840.113549.1.1.n: 4 is MD5, 5 SHA-1, 11 SHA-256 (RFC 8017).
    """
    old, new = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d0101") + bytes([tail])
    signed = made.x509.tbs_certificate_bytes
    body = signed.replace(old, new)
    signature = issuer.key.sign(body, padding.PKCS1v15(), algorithm)
    return made.der.replace(signed, body).replace(made.x509.signature, signature).replace(old, new)


def handshake(chain: Sequence[Made | bytes], **more: Any) -> Handshake:
    ders = tuple(each if isinstance(each, bytes) else each.der for each in chain)
    settings: dict[str, Any] = {"host": HOST, "port": 443, "address": ADDRESS, "outcome": "completed"}
    return Handshake(chain=ders, **(settings | more))


def fetched(*pairs: tuple[Made, Made], url: str = "http://ca.lab.example/issuer.der") -> Issuers:
    """AIA gave each pair's first for its second."""
    return Issuers(True, tuple(FetchedIssuer(url, found.der, child.sha256) for found, child in pairs))


def attempts(url: str, outcome: str) -> Issuers:
    return Issuers(True, (), (IssuerAttempt(url, outcome),))


def judged(
    chain: Sequence[Made | bytes],
    *,
    roots: Sequence[Made] = (ROOT,),
    issuers: Issuers | None = None,
    now: datetime = NOW,
    offset: float | None = None,
    **more: Any,
) -> JudgedChain:
    """Judge one captured chain against the lab's root."""
    anchors = [each for each in (Certificate.read(root.der) for root in roots) if each]
    return judge(handshake(chain, **more), Measure(anchors, issuers, now, offset))


def at_all(*chains: JudgedChain, **more: Any) -> JudgedChains:
    return JudgedChains(chains, roots="the lab's", **more)
