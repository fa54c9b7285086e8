"""Every certificate as sent: its role, whether it is needed, and whether the order is right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from diagnose.chain import names
from diagnose.chain.certificate import Certificate
from diagnose.chain.paths import Path, Supply
from diagnose.chain.signatures import Signatures
from diagnose.facts.chains import Role, SentCertificate


def describe(
    sent: Sequence[Certificate | None],
    ders: Sequence[bytes],
    path: Path,
    supply: Supply,
    signatures: Signatures,
    now: datetime,
) -> tuple[SentCertificate, ...]:
    """Return each certificate in the order sent, with the part it plays."""
    listed: list[SentCertificate] = []
    seen: set[str] = set()
    for index, (certificate, der) in enumerate(zip(sent, ders, strict=True)):
        if certificate is None:
            digest = sha256(der).hexdigest()
            listed.append(SentCertificate(index, "unreadable", False, digest, "it cannot be read as a certificate"))
            continue
        role = "duplicate" if certificate.sha256 in seen else _role(certificate, path, signatures, now)
        seen.add(certificate.sha256)
        listed.append(_described(index, certificate, role, path, supply))
    return tuple(listed)


def _role(certificate: Certificate, path: Path, signatures: Signatures, now: datetime) -> Role:
    if not _on(path, certificate):
        return _role_off_path(certificate, path, signatures, now)
    if certificate.sha256 == path.certificates[0].sha256:
        return "leaf"
    return "root" if certificate.self_issued and certificate.sha256 == path.last.sha256 else "intermediate"


def _role_off_path(certificate: Certificate, path: Path, signatures: Signatures, now: datetime) -> Role:
    if not certificate.is_current(now):
        return "expired"
    if signatures.self_signed(certificate):
        return "root"
    if any(_same_authority(certificate, other) for other in path.certificates[1:]):
        return "cross-signed"
    if path.end == "missing" and certificate.is_ca:
        return "intermediate"
    return "unrelated"


def _on(path: Path, certificate: Certificate) -> bool:
    return any(certificate.sha256 == other.sha256 for other in path.certificates)


def _same_authority(one: Certificate, other: Certificate) -> bool:
    return (
        one.subject_name is not None
        and one.subject_name == other.subject_name
        and one.key_bytes is not None
        and one.key_bytes == other.key_bytes
    )


def _superfluous(certificate: Certificate, role: Role, path: Path, supply: Supply) -> str:
    """Return why it need not be sent. A cross-sign helps older clients, and a private root is another question."""
    if role == "duplicate":
        return "it is sent twice"
    if role == "unrelated":
        return "it has nothing to do with the server's certificate"
    if role == "expired" and not _on(path, certificate):
        return "it has expired or is not yet valid, and the path does not need it"
    in_force = any(certificate.sha256 == root.sha256 for root in supply.roots)
    if role == "root" and (in_force or not _on(path, certificate)):
        return "clients have the root already, or do not trust it"
    return ""


def _described(index: int, certificate: Certificate, role: Role, path: Path, supply: Supply) -> SentCertificate:
    return SentCertificate(
        index=index,
        role=role,
        on_path=role != "duplicate" and _on(path, certificate),
        sha256=certificate.sha256,
        superfluous=_superfluous(certificate, role, path, supply),
        subject=certificate.subject,
        issuer=certificate.issuer,
        serial=certificate.serial,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        key=certificate.key,
        signature=certificate.signature,
        ca=certificate.is_ca,
        names=names.shown(certificate),
        names_total=len(certificate.alternative_names),
    )


def sent_path(sent: Sequence[Certificate | None], path: Path) -> list[Certificate]:
    """Return the certificates of the path that were sent, from the server's own upwards."""
    digests = {certificate.sha256 for certificate in sent if certificate is not None}
    return [certificate for certificate in path.certificates if certificate.sha256 in digests]


def in_order(sent: Sequence[Certificate | None], path: Path, signatures: Signatures, now: datetime) -> bool:
    """Whether the server's own comes first and no issuer before what it issued (RFC 8446, 4.4.2).

    Duplicates, strangers and what has expired are another question, wherever they stand.
    """
    first: dict[str, int] = {}
    for index, certificate in enumerate(sent):
        if certificate is not None:
            first.setdefault(certificate.sha256, index)
    needed = sent_path(sent, path)
    positions = [first[certificate.sha256] for certificate in needed]
    if positions[0] != 0 or positions != sorted(positions):
        return False
    crosses = [each for each in sent if each is not None and _role(each, path, signatures, now) == "cross-signed"]
    return not any(
        first[cross.sha256] < first[child.sha256] and signatures.confirm(child, cross)
        for child in needed
        if not child.self_issued
        for cross in crosses
    )
