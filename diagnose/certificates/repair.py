"""The chain as it should be installed: the server's own certificate, then every intermediate, without the root.

Written as PEM (key, certificate, intermediates: what nginx and HAProxy read, and Apache too) or as PFX (what
Windows reads). The private key is in it only where it was in the input and belongs to the certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from diagnose.certificates.own import belongs
from diagnose.chain.certificate import Certificate
from diagnose.errors import UsageError
from diagnose.facts.chains import JudgedChain

FORMS: dict[str, Literal["pem", "pfx"]] = {".pem": "pem", ".crt": "pem", ".cer": "pem", ".pfx": "pfx", ".p12": "pfx"}

INSTALL_PFX = (
    "Copy {file} to the server, and delete it from where it is no longer needed: it holds the private key.",
    (
        "As administrator: certlm.msc > Personal > Certificates > right-click > All Tasks > Import, and choose it. The "
        "computer's store, not the user's; \"Automatically select the certificate store\" files the intermediates. "
        "Or in PowerShell: Import-PfxCertificate -FilePath '{file}' -CertStoreLocation Cert:\\LocalMachine\\My "
        "-Password (Read-Host -AsSecureString)"
    ),
    (
        "Bind it: IIS Manager > the site > Bindings > https > Edit > SSL certificate. If the old chain is still sent, "
        "run iisreset."
    ),
    "See that it worked: diagnose run, from another computer.",
)
OLD_WINDOWS = (
    "Windows Server 2016 and older cannot open a PFX encrypted with AES, as this one is. There, import it on a newer "
    "Windows and export it with Export-PfxCertificate -CryptoAlgorithmOption TripleDES_SHA1."
)
"""Trustico, "Exporting a PFX File with AES or 3DES Encryption", read 2026-11: 2016 and older predate AES; not tried."""
INSTALL_PEM = (
    (
        "nginx: ssl_certificate '{file}'. Apache 2.4.8 or newer: SSLCertificateFile '{file}'. HAProxy: crt '{file}', "
        "with the private key in it."
    ),
    (
        "IIS wants a PFX: add the private key to the input and write to a name that ends in .pfx. Where the key is on "
        "the server already (the certificate was requested there): certreq -accept for the certificate, and certlm.msc "
        "> Intermediate Certification Authorities > Certificates > All Tasks > Import for each intermediate; then "
        "IIS Manager > the site > Bindings > https > Edit > SSL certificate."
    ),
    "See that it worked: diagnose run, from another computer.",
)


class NotRepairedError(Exception):
    """Why no chain is written, in one sentence."""


def form(file: Path) -> Literal["pem", "pfx"]:
    """Return how this file is written; UsageError where its suffix does not say."""
    if file.suffix.lower() not in FORMS:
        raise UsageError(f"-o {file}: the repaired chain is written as PEM or PFX ({', '.join(FORMS)})")
    return FORMS[file.suffix.lower()]


def repaired(chain: JudgedChain, known: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Return what is to be sent, in order; NotRepairedError where a certificate of it is nowhere."""
    if chain.end == "unreadable":
        raise NotRepairedError("no chain was written: the server's own certificate cannot be read")
    if chain.end == "missing":
        missing = " and ".join(chain.gap.missing) if chain.gap else "an issuer"
        raise NotRepairedError(
            f"no chain was written, for {missing} is missing; put it into a folder and name that with --issuers"
        )
    by_digest = {each.sha256: each for each in map(Certificate.read, known) if each is not None}
    path = [by_digest[each.sha256] for each in chain.path if each.sha256 in by_digest and each.origin != "root"]
    return tuple(each for index, each in enumerate(path) if not index or not _ends_it(each, chain))


def _ends_it(certificate: Certificate, chain: JudgedChain) -> bool:
    return certificate.sha256 == chain.path[-1].sha256 and certificate.self_issued


def key_for(chain: Sequence[Certificate], keys: Iterable[PrivateKeyTypes]) -> PrivateKeyTypes | None:
    """Return the private key that belongs to the server's certificate."""
    return next((key for key in keys if belongs(key, chain[0])), None)


def as_pem(chain: Sequence[Certificate], key: PrivateKeyTypes | None) -> bytes:
    """Return key (as it was given: readable by whoever has the file), certificate and intermediates."""
    parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())] if key is not None else []
    return b"".join([*parts, *(each.x509.public_bytes(Encoding.PEM) for each in chain)])


def as_pfx(chain: Sequence[Certificate], key: PrivateKeyTypes | None, password: bytes) -> bytes:
    """Return a PFX under this password; without a key it holds nothing secret, and an empty one will do."""
    protection: KeySerializationEncryption = BestAvailableEncryption(password) if password else NoEncryption()
    others: list[x509.Certificate] = [each.x509 for each in chain[1:]]
    if key is None:
        return pkcs12.serialize_key_and_certificates(None, None, None, [chain[0].x509, *others], protection)
    return pkcs12.serialize_key_and_certificates(b"HaloPSA", key, chain[0].x509, others, protection)  # type: ignore[arg-type]
