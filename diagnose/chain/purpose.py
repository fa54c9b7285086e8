"""Whether a certificate is meant for servers: RFC 5280, 4.2.1.3 and 4.2.1.12."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from diagnose.chain.certificate import Certificate


def faults(path: Sequence[Certificate]) -> tuple[str, ...]:
    """Return why clients would not take it as a server's; every CA below the root limits it as well."""
    leaf, issuers = path[0], path[1:]
    found = [*_usage_faults(leaf)]
    limits = [issuer for issuer in issuers if not issuer.self_issued and not _for_servers(issuer)]
    found += [f"{issuer.subject} may issue, but not for servers" for issuer in limits]
    return tuple(found)


def warnings(leaf: Certificate) -> tuple[str, ...]:
    """Return what some clients refuse: Chromium asks for digitalSignature since version 117, RFC 8446 does too."""
    usage = leaf.extension(x509.KeyUsage)
    if usage is None or usage.digital_signature or not _usable(usage):
        return ()
    return ("its key usage lacks digitalSignature, which every modern cipher needs",)


def _usage_faults(leaf: Certificate) -> list[str]:
    found = []
    if not _for_servers(leaf):
        found.append("its extended key usage lacks serverAuth")
    usage = leaf.extension(x509.KeyUsage)
    if usage is not None and not _usable(usage):
        found.append("its key usage allows neither digitalSignature nor keyEncipherment")
    return found


def _usable(usage: x509.KeyUsage) -> bool:
    return usage.digital_signature or usage.key_encipherment or usage.key_agreement


def _for_servers(certificate: Certificate) -> bool:
    """Whether it says serverAuth, or nothing; anyExtendedKeyUsage does not satisfy OpenSSL (measured, 3.0 and 4.0)."""
    usage = certificate.extension(x509.ExtendedKeyUsage)
    return usage is None or ExtendedKeyUsageOID.SERVER_AUTH in usage
