"""May a certificate issue others? Its basicConstraints and keyUsage say so (RFC 5280, 4.2.1.9 and 4.2.1.3)."""

from __future__ import annotations

from cryptography import x509

from diagnose.chain.certificate import Certificate


def may_issue(issuer: Certificate, below: int) -> bool:
    """Whether `issuer` is a CA that may stand above `below` other CAs."""
    constraints = issuer.extension(x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return False
    usage = issuer.extension(x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return False
    return constraints.path_length is None or constraints.path_length >= below
