"""Two validators asked offline, about the chain alone.

Dates, host name and purpose have checks of their own, so they are taken away first: OpenSSL is told not
to look at the time, the strict validator gets a name from the certificate and a moment at which the whole
path is valid. Their messages are never shown: they do not name the cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography import x509
from cryptography.x509 import verification

from diagnose.chain import openssl, strength
from diagnose.chain.certificate import UNREADABLE, Certificate, read_all
from diagnose.facts.chains import Verdicts

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
    lenient, code = openssl.verdict(leaf, others, roots)
    return Verdicts(lenient, _strict(leaf, others, roots, moment), code)


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


def anchors(roots: Sequence[Certificate]) -> verification.Store | None:
    """Return these roots as the strict validator takes them; None where there is none."""
    return verification.Store([root.x509 for root in roots]) if roots else None


def accepts(
    host: str, leaf: bytes, others: Sequence[bytes], store: verification.Store | None, moment: datetime
) -> bool:
    """Tell whether the strict validator accepts these certificates (DER) for this host at this moment, as a whole.

    It does not look at the server's own key, so weaknesses are looked for first.
    """
    own, between = Certificate.read(leaf), read_all(others)
    if own is None or store is None or strength.faults([own, *between]):
        return False
    try:
        verifier = verification.PolicyBuilder().store(store).time(moment).build_server_verifier(_subject(host))
        verifier.verify(own.x509, [each.x509 for each in between])
    except (verification.VerificationError, *UNREADABLE):
        return False
    return True


def _subject(host: str) -> verification.Subject:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host.rstrip("."))


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
