"""Two validators asked offline, about the chain alone.

Dates, host name and purpose have checks of their own, so they are taken away first: OpenSSL is told not
to look at the time, the strict validator gets a name from the certificate and a moment at which the whole
path is valid. Their messages are never shown: they do not name the cause (tls.md 1.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509 import verification

from diagnose.chain.certificate import UNREADABLE, Certificate
from diagnose.facts.chains import Verdicts

if TYPE_CHECKING:
    from OpenSSL import crypto

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h; pyOpenSSL has no name for it."""
DEEPEST = 20
NAMES_TRIED = 20
"""subjectAltName entries tried until one is a name that the strict validator can be asked about."""


def ask(
    leaf: Certificate,
    others: Sequence[Certificate],
    roots: Sequence[Certificate],
    moment: datetime | None,
) -> Verdicts:
    """Return both verdicts about `leaf` with `others` as what may stand between it and `roots`."""
    if not roots:
        return Verdicts(lenient=False, strict=False, lenient_code=20)
    lenient, code = _openssl(leaf, others, roots)
    return Verdicts(lenient, _strict(leaf, others, roots, moment), code)


def _openssl(leaf: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate]) -> tuple[bool | None, int]:
    from OpenSSL import crypto  # noqa: PLC0415 - 60 ms that only a judged chain pays

    try:
        store = crypto.X509Store()
        store.set_flags(NO_CHECK_TIME)
        for root in roots:
            store.add_cert(_load(root))
        context = crypto.X509StoreContext(store, _load(leaf), [_load(other) for other in others])
        context.verify_certificate()
    except crypto.X509StoreContextError as error:
        return False, int(error.errors[0])
    except (crypto.Error, ValueError):
        return None, 0
    return True, 0


def _load(certificate: Certificate) -> crypto.X509:
    from OpenSSL import crypto  # noqa: PLC0415 - as above

    return crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)


def _strict(
    leaf: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], moment: datetime | None
) -> bool | None:
    verifier = _verifier(leaf, roots, moment) if moment is not None else None
    if verifier is None:
        return None
    try:
        verifier.verify(leaf.x509, [other.x509 for other in others])
    except (verification.VerificationError, *UNREADABLE):
        return False
    return True


def _verifier(leaf: Certificate, roots: Sequence[Certificate], moment: datetime) -> verification.ServerVerifier | None:
    """Return a verifier for a name that the certificate itself carries, or None where it carries no usable one."""
    store = verification.Store([root.x509 for root in roots])
    builder = verification.PolicyBuilder().store(store).time(moment).max_chain_depth(DEEPEST)
    for name in leaf.alternative_names[:NAMES_TRIED]:
        subject = _askable(name)
        if subject is None:
            continue
        try:
            return builder.build_server_verifier(subject)
        except UNREADABLE:
            continue
    return None


def _askable(name: x509.GeneralName) -> verification.Subject | None:
    """Return an entry of subjectAltName as a subject; a wildcard is given a label."""
    if isinstance(name, x509.IPAddress) and isinstance(name.value, IPv4Address | IPv6Address):
        return name
    if not isinstance(name, x509.DNSName):
        return None
    return x509.DNSName("www" + name.value[1:]) if name.value.startswith("*.") else name


def common_moment(path: Sequence[Certificate], preferred: datetime) -> datetime | None:
    """Return a moment at which every certificate of the path is valid, `preferred` if it is one; else None."""
    starts = [certificate.not_before for certificate in path if certificate.not_before]
    ends = [certificate.not_after for certificate in path if certificate.not_after]
    if len(starts) < len(path) or len(ends) < len(path) or max(starts) > min(ends):
        return None
    return min(max(preferred, *starts), *ends)
