"""From what a file holds to the fact: which certificate is the server's own, and whether a key belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from diagnose.certificates.contents import Contents
from diagnose.chain import names
from diagnose.chain.certificate import Certificate, read_all
from diagnose.chain.paths import Supply, best_path
from diagnose.chain.signatures import Signatures
from diagnose.errors import UsageError
from diagnose.facts.certificate_file import CertificateFile, Key


def describe(contents: Contents, file: str, name: str | None, moment: datetime) -> CertificateFile:
    """Return the fact; UsageError where nothing in the file can be read as a certificate."""
    ders = contents.certificates
    read = [Certificate.read(der) for der in ders]
    if not any(read):
        raise UsageError(f"{file} holds no certificate that can be read")
    own = _own(read, contents.keys, name or "")
    if not contents.ordered:
        ders = _arranged(ders, ders[own], moment)
        own = 0
    leaf = Certificate.read(ders[own])
    return CertificateFile(
        file=file,
        form=contents.form,
        certificates=ders,
        own=own,
        key=_key(leaf, contents.keys),
        key_kinds=tuple(kind(key) for key in contents.keys),
        host=name or _first_name(leaf),
        name_asked=name is not None,
    )


def belongs(key: PrivateKeyTypes, certificate: Certificate | None) -> bool:
    """Whether this private key is the certificate's."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate is not None and certificate.key_bytes == public


def kind(key: PrivateKeyTypes) -> str:
    """Return the key in words."""
    match key:
        case rsa.RSAPrivateKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePrivateKey():
            return f"ECDSA {key.curve.name}"
    return type(key).__name__.removesuffix("PrivateKey").lstrip("_")


def _own(read: Sequence[Certificate | None], keys: Sequence[PrivateKeyTypes], name: str) -> int:
    """Return the index of the server's own: what a key fits, else the first, else what is no authority's."""
    fitting = [index for index, each in enumerate(read) if any(belongs(key, each) for key in keys)]
    if fitting:
        return min(fitting, key=lambda index: _is_authority(read[index]))
    if not _is_authority(read[0]):
        return 0
    others = [index for index, each in enumerate(read) if not _is_authority(each)]
    named = [index for index in others if (each := read[index]) is not None and names.matches(each, name)]
    return next(iter((*named, *others)), 0)


def _is_authority(certificate: Certificate | None) -> bool:
    return certificate is None or certificate.is_ca


def _arranged(ders: Sequence[bytes], own: bytes, moment: datetime) -> tuple[bytes, ...]:
    """Return the certificates as a server sends them: the path from its own upwards, then the others."""
    known = read_all(ders)
    leaf = next(each for each in known if each.der == own)
    path = best_path(leaf, Supply(known, (), ()), moment, Signatures()).certificates
    return tuple(dict.fromkeys((*(each.der for each in path), *ders)))


def _key(leaf: Certificate | None, keys: Sequence[PrivateKeyTypes]) -> Key:
    if not keys:
        return "none"
    return "matches" if any(belongs(key, leaf) for key in keys) else "other"


def _first_name(leaf: Certificate | None) -> str:
    """Return the first host that the certificate names, for the sentences of the report."""
    shown = names.shown(leaf) if leaf is not None else ()
    return next((each for each in shown if ":" not in each), "")
