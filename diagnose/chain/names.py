"""Is the certificate for this host? By subjectAltName alone (RFC 9525), addresses by value."""

from __future__ import annotations

import ipaddress

from cryptography import x509
from cryptography.x509.oid import NameOID

from diagnose.chain.certificate import UNREADABLE, Certificate

FEWEST_LABELS_BELOW_STAR = 2
"""`*.com` names nobody: OpenSSL's valid_star asks for two labels after the wildcard as well."""


MOST_SHOWN = 100
"""Entries of subjectAltName that are described; all of them are compared with the host."""


def matches(certificate: Certificate, host: str) -> bool:
    """Whether an entry of subjectAltName names this A-label or address."""
    address = _address(host)
    if address is not None:
        return any(isinstance(name, x509.IPAddress) and name.value == address for name in certificate.alternative_names)
    wanted = _labels(host)
    return any(_covers(name.value, wanted) for name in certificate.alternative_names if isinstance(name, x509.DNSName))


def common_name_matches(certificate: Certificate, host: str) -> bool:
    """Whether the host is in the subject's CN, which clients ignore since 2017 and admins do not know."""
    try:
        values = [attribute.value for attribute in certificate.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except UNREADABLE:
        return False
    return any(isinstance(value, str) and _covers(value, _labels(host)) for value in values)


def shown(certificate: Certificate) -> tuple[str, ...]:
    """Return the entries as text: host names and addresses as they are, others with their kind."""
    return tuple(_in_words(name) for name in certificate.alternative_names[:MOST_SHOWN])


def _in_words(name: x509.GeneralName) -> str:
    value = name.value
    if isinstance(name, x509.DNSName | x509.IPAddress):
        return str(value)
    if isinstance(name, x509.DirectoryName):
        value = name.value.rfc4514_string()
    if isinstance(name, x509.OtherName):
        value = name.type_id.dotted_string
    if isinstance(name, x509.RegisteredID):
        value = name.value.dotted_string
    return f"{type(name).__name__}:{value}"


def _covers(pattern: str, wanted: list[str]) -> bool:
    """Whether a name, perhaps with a wildcard as its whole left-most label, covers the wanted one."""
    labels = _labels(pattern)
    if len(labels) != len(wanted) or "" in labels:
        return False
    if labels[0] != "*":
        return labels == wanted
    return len(labels) > FEWEST_LABELS_BELOW_STAR and labels[1:] == wanted[1:]


def _labels(name: str) -> list[str]:
    return name.lower().removesuffix(".").split(".")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
