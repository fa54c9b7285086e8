"""What the server does not send: which issuers, where they can be had, and whether that is certain."""

from __future__ import annotations

import hashlib
import ipaddress
from urllib.parse import urlsplit

from diagnose.chain.certificate import Certificate
from diagnose.chain.paths import Path, Supply
from diagnose.facts.chains import FetchedCertificate, Gap
from diagnose.facts.tls import Issuers

INTERNAL_SUFFIXES = (".local", ".internal", ".lan", ".corp", ".home", ".intranet", ".localdomain", ".home.arpa")
"""Names that no public resolver knows: RFC 6762, RFC 8375, ICANN's reservation of .internal (2024), and habit."""
NO_PUBLIC_PLACE = frozenset({"refused_address", "not_http"})


def find_gap(path: Path, supply: Supply, issuers: Issuers | None) -> Gap | None:
    """Return what is missing between the server's own certificate and the end of its path, or None."""
    known = {each.sha256 for each in (*supply.sent, *supply.roots)}
    fetched = [each for each in path.certificates if each.sha256 not in known]
    if path.end == "self_signed" and fetched and fetched[-1] is path.last:
        fetched.pop()
    open_end = path.end == "missing"
    if not fetched and not open_end:
        return None
    names = [each.subject for each in fetched] + ([path.last.issuer] if open_end else [])
    child = _below(path, fetched[0]) if fetched else path.last
    return Gap(
        child=child.subject,
        missing=tuple(names),
        urls=child.issuer_urls,
        fetched=tuple(_fetched(each, issuers) for each in fetched),
        tried=_tried(path.last, issuers) if open_end else (),
        either=open_end and not fetched and not _could_be_had(path.last, issuers),
    )


def _below(path: Path, certificate: Certificate) -> Certificate:
    return path.certificates[path.certificates.index(certificate) - 1]


def _fetched(certificate: Certificate, issuers: Issuers | None) -> FetchedCertificate:
    urls = [each.url for each in (issuers.fetched if issuers else ()) if each.certificate == certificate.der]
    return FetchedCertificate(
        subject=certificate.subject,
        sha256=certificate.sha256,
        thumbprint=hashlib.sha1(certificate.der, usedforsecurity=False).hexdigest().upper(),
        not_after=certificate.not_after,
        url=urls[0] if urls else "",
        certificate=certificate.der,
    )


def _tried(last: Certificate, issuers: Issuers | None) -> tuple[str, ...]:
    attempts = issuers.attempts if issuers else ()
    return tuple(f"{attempt.url}: {attempt.outcome}" for attempt in attempts if attempt.url in last.issuer_urls)


def _could_be_had(last: Certificate, issuers: Issuers | None) -> bool:
    """Whether the certificate names a public place that has its issuer: then there is one to install."""
    outcomes = {attempt.url: attempt.outcome for attempt in (issuers.attempts if issuers else ())}
    return any(outcomes.get(url) not in NO_PUBLIC_PLACE and _public(url) for url in last.issuer_urls)


def _public(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(INTERNAL_SUFFIXES)
