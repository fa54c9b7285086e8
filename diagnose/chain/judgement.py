"""One captured chain, judged: what was sent, which path it makes, and each question on its own.

The rules, in order (RFC 5280 and RFC 8446, 4.4.2): each certificate is read by itself; the server's own is
the first, unless the handshake proved that it is not; issuers are linked by name and signature; the best
path to a root in force is the path; whatever else was sent is a duplicate, expired, a cross-sign or a
stranger. Then every question is asked as if all others were answered well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from diagnose.chain import dates, names, purpose, strength
from diagnose.chain.certificate import Certificate, read_all, within_caps
from diagnose.chain.gap import find_gap
from diagnose.chain.interception import recognise
from diagnose.chain.paths import Path, Supply, best_path
from diagnose.chain.roles import describe, in_order, sent_path
from diagnose.chain.signatures import Signatures
from diagnose.chain.trust import refusal, trust
from diagnose.chain.validators import ask, common_moment
from diagnose.facts.chains import Dates, End, JudgedChain, PathCertificate, SentCertificate, Verdicts
from diagnose.facts.tls import Handshake, Issuers


@dataclass(frozen=True)
class Measure:
    """What a chain is judged against."""

    roots: Sequence[Certificate]
    issuers: Issuers | None
    moment: datetime
    clock_offset: float | None = None
    """Server minus local, seconds."""
    own: bytes | None = None
    """The server's own certificate where more than its place tells which it is: in a file, the key."""


def judge(handshake: Handshake, measure: Measure) -> JudgedChain:
    """Return the judgement of what one address presented; never raises, whatever the bytes are."""
    ders = within_caps(handshake.chain)
    sent = [Certificate.read(der) for der in ders]
    own = _servers_own(sent, handshake, measure.own)
    if own is None:
        return _unreadable(handshake, ders, sent)
    leaf = sent[own]
    assert leaf is not None  # noqa: S101 - _servers_own returns readable ones alone
    readable = list({each.sha256: each for each in sent if each is not None}.values())
    fetched = read_all(issuer.certificate for issuer in measure.issuers.fetched) if measure.issuers else []
    supply = Supply(readable, fetched, measure.roots)
    signatures = Signatures()
    path = best_path(leaf, supply, measure.moment, signatures)
    return _answers(handshake, measure, _Findings(sent, ders, leaf, own, supply, path, signatures))


@dataclass(frozen=True)
class _Findings:
    sent: list[Certificate | None]
    ders: list[bytes]
    leaf: Certificate
    own: int
    supply: Supply
    path: Path
    signatures: Signatures


def _answers(handshake: Handshake, measure: Measure, found: _Findings) -> JudgedChain:
    """Ask every question once."""
    path, leaf = found.path.certificates, found.leaf
    gap = find_gap(found.path, found.supply, measure.issuers)
    as_sent, completed = _verdicts(found, measure.moment)
    end = _end(found.path)
    product, issuer = recognise(path) if end != "root" else ("", "")
    weaknesses = tuple(f"{certificate.subject} has {fault}" for certificate, fault in strength.faults(path))
    return JudgedChain(
        host=handshake.host,
        port=handshake.port,
        address=handshake.address,
        completed=handshake.outcome == "completed",
        certificates=describe(found.sent, found.ders, found.path, found.supply, found.signatures, measure.moment),
        leaf=found.own,
        path=tuple(_on_path(certificate, found.supply) for certificate in path),
        end=end,
        gap=gap,
        trust=trust(found.path, completed or as_sent),
        refusal=refusal(found.path, completed or as_sent),
        names=names.shown(leaf),
        names_total=len(leaf.alternative_names),
        name_matches=names.matches(leaf, handshake.host),
        common_name_matches=names.common_name_matches(leaf, handshake.host),
        dates=dates.judge(path, measure.moment, measure.clock_offset),
        purpose=purpose.faults(path),
        purpose_warnings=purpose.warnings(leaf),
        strength=weaknesses,
        in_order=in_order(found.sent, found.path, found.signatures, measure.moment),
        right_order=tuple(certificate.subject for certificate in sent_path(found.sent, found.path)),
        as_sent=as_sent,
        completed_by_aia=completed,
        dropped=handshake.dropped + len(handshake.chain) - len(found.ders),
        interceptor=product,
        intercepting_issuer=issuer,
    )


def _servers_own(sent: Sequence[Certificate | None], handshake: Handshake, known: bytes | None) -> int | None:
    """Return the index of the server's own certificate; not the first where its key did not fit."""
    told = [index for index, each in enumerate(sent) if each is not None and each.der == known]
    if told:
        return told[0]
    if handshake.outcome == "bad_signature":
        others = [(index, each) for index, each in enumerate(sent) if index and each is not None and not each.is_ca]
        named = [index for index, each in others if names.matches(each, handshake.host)]
        if named or others:
            return named[0] if named else others[0][0]
    return 0 if sent and sent[0] is not None else None


def _end(path: Path) -> End:
    if path.end == "self_signed":
        return "private_root" if len(path.certificates) > 1 else "self_signed"
    return "root" if path.end == "root" else "missing"


def _on_path(certificate: Certificate, supply: Supply) -> PathCertificate:
    return PathCertificate(
        certificate.subject,
        certificate.issuer,
        certificate.sha256,
        certificate.not_before,
        certificate.not_after,
        _origin(certificate, supply),
    )


def _origin(certificate: Certificate, supply: Supply) -> Literal["sent", "fetched", "root"]:
    if any(each.sha256 == certificate.sha256 for each in supply.sent):
        return "sent"
    return "root" if any(each.sha256 == certificate.sha256 for each in supply.roots) else "fetched"


def _verdicts(found: _Findings, now: datetime) -> tuple[Verdicts, Verdicts | None]:
    """Return what the validators say of the chain as sent, and of the chain with what AIA gave."""
    moment = common_moment(found.path.certificates, now)
    others = [each for each in found.supply.sent if each.sha256 != found.leaf.sha256]
    as_sent = ask(found.leaf, others, found.supply.roots, moment)
    known = {each.sha256 for each in (*found.supply.sent, *found.supply.roots)}
    added = [each for each in found.path.certificates if each.sha256 not in known]
    if not added:
        return as_sent, None
    return as_sent, ask(found.leaf, [*others, *added], found.supply.roots, moment)


def _unreadable(handshake: Handshake, ders: list[bytes], sent: Sequence[Certificate | None]) -> JudgedChain:
    nothing = Verdicts(lenient=None, strict=None)
    listed = tuple(
        SentCertificate(index, "unreadable" if each is None else "unrelated", False, sha256(der).hexdigest())
        for index, (der, each) in enumerate(zip(ders, sent, strict=True))
    )
    return JudgedChain(
        host=handshake.host,
        port=handshake.port,
        address=handshake.address,
        completed=handshake.outcome == "completed",
        certificates=listed,
        leaf=None,
        path=(),
        end="unreadable",
        gap=None,
        trust="undecided",
        refusal="",
        names=(),
        names_total=0,
        name_matches=False,
        common_name_matches=False,
        dates=Dates("", None),
        purpose=(),
        purpose_warnings=(),
        strength=(),
        in_order=True,
        right_order=(),
        as_sent=nothing,
        completed_by_aia=None,
    )
