"""What a certificate file holds: PEM blocks in any order, DER, PKCS #7, PFX; the certificates and the keys.

Files come from authorities, colleagues and strangers. Each is capped, each certificate is kept as bytes and
read later, and what cannot be used is one sentence that names the file.
"""

from __future__ import annotations

import binascii
import codecs
import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)

from diagnose.certificates import der
from diagnose.errors import UsageError

MOST_BYTES = 1024 * 1024
MOST_BLOCKS = 200
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_JAVA = bytes.fromhex("feedfeed")
"""Magic number of a Java keystore (JKS), sun.security.provider.JavaKeyStore."""
_BAD = (ValueError, TypeError, UnsupportedAlgorithm)

Passwords = Iterable[bytes | None]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Contents:
    """Certificates (DER) and private keys; `ordered` where the order in the file means something."""

    form: str
    certificates: tuple[bytes, ...]
    keys: tuple[PrivateKeyTypes, ...] = ()
    ordered: bool = True

    def __add__(self, other: Contents) -> Contents:
        form = self.form if self.form == other.form else f"{self.form} + {other.form}"
        certificates = self.certificates + other.certificates
        return Contents(form, certificates, self.keys + other.keys, self.ordered and other.ordered)


def load(path: Path, passwords: Passwords) -> Contents:
    """Return what is in this file; UsageError in one sentence."""
    return parse(content(path), path.name, passwords)


def content(path: Path) -> bytes:
    """Return the bytes of a file that is no larger than certificates are."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or 'cannot be read'}") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path.name} is larger than any certificate file ({MOST_BYTES // 1024} KiB)")
    return data


def parse(data: bytes, name: str, passwords: Passwords) -> Contents:
    """Return what these bytes hold; UsageError names the file. `passwords` are tried in turn where one is needed."""
    text = _as_ascii(data)
    blocks = [(match[1].decode(), match[0], match[2]) for match in _BLOCK.finditer(text)]
    if len(blocks) > MOST_BLOCKS:
        raise UsageError(f"{name} holds more than {MOST_BLOCKS} entries; give the certificate and its chain alone")
    found = _of_blocks(blocks, name, passwords) if blocks else _of_der(data, name, passwords)
    if not found.certificates and not found.keys:
        raise UsageError(f"{name} holds no certificate")
    return found


def _as_ascii(data: bytes) -> bytes:
    """Windows' redirections write UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("ascii", "replace")
    return data


def _of_blocks(blocks: list[tuple[str, bytes, bytes]], name: str, passwords: Passwords) -> Contents:
    found = Contents("PEM", ())
    for number, (label, block, body) in enumerate(blocks, 1):
        if label in {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}:
            raise UsageError(f"{name} holds a certificate request; the authority's answer to it is what is installed")
        if label.endswith("PRIVATE KEY"):
            found += Contents("PEM", (), (_key_in_pem(block, body, name, passwords),))
        elif label in {"DH PARAMETERS", "EC PARAMETERS", "PUBLIC KEY", "X509 CRL"}:
            continue
        else:
            inside = _of_der(_decoded(body, f"{name}: entry {number} ({label.lower()})"), name, passwords)
            found += Contents("PEM", inside.certificates, inside.keys, inside.ordered)
    return found


def _decoded(body: bytes, what: str) -> bytes:
    try:
        return b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(f"{what} is damaged: it is no base64") from error


def _of_der(data: bytes, name: str, passwords: Passwords) -> Contents:
    match der.kind(data):
        case "pfx":
            return _of_pfx(data, name, passwords)
        case "pkcs7":
            return _of_pkcs7(data, name)
        case "key":
            _refuse_endless(data, name)
            return Contents("DER", (), (_opened(lambda word: load_der_private_key(data, word), name, passwords),))
        case "certificate":
            return Contents("DER", (_certificate(data, name),))
    if data.startswith(_JAVA):
        raise UsageError(f"{name} is a Java keystore; export it first: keytool -importkeystore -deststoretype PKCS12")
    raise UsageError(f"{name} is no certificate file: PEM, DER, PKCS #7 (.p7b) or PFX (.pfx, .p12) is read")


def _certificate(data: bytes, name: str) -> bytes:
    """Return the bytes as they are: whether a certificate can be read is a question of the judgement."""
    try:
        x509.load_der_x509_csr(data)
    except _BAD:
        return data
    raise UsageError(f"{name} holds a certificate request; the authority's answer to it is what is installed")


def _of_pkcs7(data: bytes, name: str) -> Contents:
    try:
        found = pkcs7.load_der_pkcs7_certificates(data)
    except _BAD as error:
        raise UsageError(f"{name} is PKCS #7 and holds no certificates that can be read") from error
    return Contents("PKCS #7", tuple(each.public_bytes(Encoding.DER) for each in found), ordered=False)


def _of_pfx(data: bytes, name: str, passwords: Passwords) -> Contents:
    _refuse_endless(data, name)
    opened = _opened(lambda word: pkcs12.load_pkcs12(data, word), name, passwords)
    found = [each.certificate for each in (opened.cert, *opened.additional_certs) if each is not None]
    ders = tuple(each.public_bytes(Encoding.DER) for each in found)
    return Contents("PFX", ders, (opened.key,) if opened.key is not None else (), ordered=False)


def _key_in_pem(block: bytes, body: bytes, name: str, passwords: Passwords) -> PrivateKeyTypes:
    if b"Proc-Type" not in body:
        _refuse_endless(_decoded(body, f"{name}: the private key"), name)
    return _opened(lambda word: load_pem_private_key(block, word), name, passwords)


def _refuse_endless(data: bytes, name: str) -> None:
    if der.rounds(data) > der.MOST_ROUNDS:
        raise UsageError(f"{name} asks for more password rounds than any program writes; it is not opened")


def _opened(load: Callable[[bytes | None], _T], name: str, passwords: Passwords) -> _T:
    """Return what the first password opens. The library does not tell a wrong one from damage."""
    for word in passwords:
        try:
            return load(word)
        except _BAD:
            continue
    raise UsageError(f"{name} cannot be opened: the password (--password-file) is wrong, or the file is damaged")
