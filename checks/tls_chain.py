"""The chain: complete, trusted, in order, clean, the same to every client and at every address."""

from __future__ import annotations

from checks import certificate_proofs as proofs
from checks.captured import at, evidence, instant, obstacle, own, unique, where
from checks.certificate_remedies import install_intermediate, reorder, replace_certificate, tidy
from diagnose import Code, Importance, Outcome, Owner, blocked, check, failed, passed, skipped, unknown, warned
from diagnose.facts.chains import Gap, JudgedChain, JudgedChains, SentCertificate

MISSING = "tls.chain-complete"
MOST_NAMED = 6
"""Certificates named in one sentence; the evidence lists them all."""


@check("tls.chain-complete", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def every_intermediate_is_sent(judged: JudgedChains) -> Outcome:
    """The server sends every certificate between its own and a root.

    Browsers fetch or remember what is missing, and so does Windows; the integrator's servers do not.
    """
    broken = where(judged, lambda chain: chain.gap)
    if broken and broken[0].gap:
        gap = broken[0].gap
        return failed(
            _not_sent(gap, "file does not hold" if judged.file else "server does not send") + at(judged, broken),
            remedy=install_intermediate(gap, proofs.complete(judged, broken)),
            **evidence(judged, broken, **_gap_evidence(broken, gap)),
        )
    lengths = sorted({len(chain.certificates) for chain in judged.chains})
    return obstacle(judged) or passed(
        f"every certificate between the server's own and a root is {'in the file' if judged.file else 'sent'}",
        **evidence(judged, missing=[], sent=lengths[0] if len(lengths) == 1 else lengths),
    )


def _not_sent(gap: Gap, lacks: str) -> str:
    names = " and ".join(gap.missing)
    if gap.either:
        return (
            f"the {lacks} {names}, which issued {gap.child}; "
            "it is either a missing intermediate certificate or a private root"
        )
    return f"the {lacks} the intermediate certificate{'s' * (len(gap.missing) > 1)} {names}"


def _gap_evidence(broken: list[JudgedChain], gap: Gap) -> dict[str, object]:
    found: dict[str, object] = {
        "missing": unique(name for chain in broken if chain.gap for name in chain.gap.missing),
        "sent": len(broken[0].certificates),
        "below": gap.child,
        "issuer_urls": list(gap.urls),
    }
    if gap.tried:
        found["tried"] = list(gap.tried)
    if broken[0].dropped:
        found["not_looked_at"] = broken[0].dropped
    if gap.either:
        found["readings"] = ["an intermediate certificate is missing", "the issuer is a private root"]
    if gap.fetched:
        found["fetched_from"] = gap.fetched[0].url
        found["fetched"] = [
            {"subject": each.subject, "sha256": each.sha256, "not_after": instant(each.not_after), "url": each.url}
            for each in gap.fetched
        ]
        found["complete_with_it"] = broken[0].end == "root"
    return found


@check("tls.trusted", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def the_chain_ends_in_a_root(judged: JudgedChains) -> Outcome:
    """The chain ends in a public root.

    With --trust-roots: in one of those, and only those. The integrator's servers know no others.
    """
    broken = where(judged, lambda chain: chain.trust in {"private", "refused"})
    if broken:
        return failed(
            _untrusted(broken[0], judged) + at(judged, broken),
            remedy=replace_certificate(
                broken[0], "Replace the certificate by one of a public authority", proofs.trusted(judged, broken)
            ),
            **evidence(judged, broken, roots=judged.roots, ends_in=_anchors(broken), kind=broken[0].end),
        )
    undecided = where(judged, lambda chain: chain.trust == "undecided")
    if undecided:
        summary = "which root the chain leads to cannot be told while a certificate is missing"
        return blocked(MISSING, summary, **evidence(judged, undecided, roots=judged.roots))
    return obstacle(judged) or passed(
        f"the chain ends in {_root(judged.chains[0])}{'' if judged.public else ', a root of --trust-roots'}",
        **evidence(judged, roots=judged.roots, ends_in=_anchors(judged.chains)),
    )


def _untrusted(chain: JudgedChain, judged: JudgedChains) -> str:
    if chain.end == "self_signed":
        return "the certificate is self-signed: the server vouches for itself, and nobody else does"
    if chain.end == "private_root":
        what = "no public root, so the integrator's servers do not know it"
        what = what if judged.public else "none of the roots of --trust-roots"
        return f"the chain ends in {_root(chain)}, which is {what}"
    return f"clients refuse the chain although it reaches {_root(chain)}: {chain.refusal}"


def _root(chain: JudgedChain) -> str:
    return chain.path[-1].subject if chain.path else "a root"


def _anchors(chains: list[JudgedChain] | tuple[JudgedChain, ...]) -> list[str]:
    return unique(chain.path[-1].subject for chain in chains if chain.path)


@check("tls.chain-order", importance=Importance.RECOMMENDED, owner=Owner.CERTIFICATE_ADMIN)
def the_order_is_right(judged: JudgedChains) -> Outcome:
    """The certificates come in order, the server's own first.

    Most clients sort them; old Java versions, firmware and some appliances do not.
    """
    broken = where(judged, lambda chain: not chain.in_order)
    if not broken:
        return obstacle(judged) or passed("the certificates come in order", **evidence(judged, order=_sent(judged)))
    chain = broken[0]
    what = (
        f"the server's own certificate comes as number {chain.leaf + 1}" if chain.leaf else "an issuer comes too early"
    )
    return warned(
        f"the certificates are out of order: {what}{at(judged, broken)}",
        remedy=reorder(chain, proofs.ordered(judged, broken)),
        **evidence(judged, broken, sent=[each.subject for each in chain.certificates], right=list(chain.right_order)),
    )


def _sent(judged: JudgedChains) -> list[str]:
    return [each.subject for each in judged.chains[0].certificates]


@check("tls.chain-clean", importance=Importance.RECOMMENDED, owner=Owner.CERTIFICATE_ADMIN)
def nothing_superfluous_is_sent(judged: JudgedChains) -> Outcome:
    """Nothing superfluous is sent: duplicates, strangers, expired cross-signs, the root.

    Each costs every visitor bytes, and an expired one stops old clients although a good path exists.
    """
    broken = where(judged, lambda chain: chain.dropped or _extra(chain))
    if not broken:
        sent = [len(chain.certificates) for chain in judged.chains]
        return obstacle(judged) or passed("nothing superfluous is sent", **evidence(judged, sent=max(sent)))
    chain, extra = broken[0], _extra(broken[0])
    listed = [
        {"index": each.index, "subject": each.subject, "role": each.role, "why": each.superfluous} for each in extra
    ]
    names = _named(extra)
    too_many = [f"{chain.dropped} more than any client looks at"] if chain.dropped else []
    return warned(
        f"more is sent than clients need{at(judged, broken)}: {'; '.join([*names, *too_many])}",
        remedy=tidy(names or ["what is too much"], proofs.clean(judged, broken)),
        **evidence(judged, broken, superfluous=listed, not_looked_at=chain.dropped),
    )


def _extra(chain: JudgedChain) -> list[SentCertificate]:
    return [each for each in chain.certificates if each.superfluous]


def _named(extra: list[SentCertificate]) -> list[str]:
    """Name each once, with why it is too much, and no more of them than a sentence can hold."""
    reasons: dict[str, list[str]] = {}
    for each in extra:
        reasons.setdefault(each.subject or "an unreadable one", []).append(each.superfluous)
    named = [f"{subject} ({', and '.join(unique(why))})" for subject, why in reasons.items()]
    left = len(named) - MOST_NAMED
    return [*named[:MOST_NAMED], *([f"{left} others"] if left > 0 else [])]


@check("tls.every-client", importance=Importance.RECOMMENDED, owner=Owner.CERTIFICATE_ADMIN)
def validators_agree(judged: JudgedChains) -> Outcome:
    """Strict and lenient validators agree.

    OpenSSL (curl, Node, PHP, Python) takes the first path that it finds; Go, Java and browsers search, and
    insist on more rules. Where they differ the certificate works for some clients only.
    """
    differing = where(judged, lambda chain: chain.verdicts.differ or _one_sided(chain))
    for chain in differing:
        if _explained_by(chain):
            return blocked(
                _explained_by(chain), "validators differ for a reason that another check tells", **evidence(judged)
            )
    if not differing:
        return obstacle(judged) or _unasked(judged) or passed("both validators say the same", **_said(judged))
    chain = differing[0]
    return warned(
        _who(chain) + at(judged, differing),
        remedy=replace_certificate(
            chain, "Have the certificate issued anew by a public authority, and send its chain", proofs.AGAIN
        )
        if chain.verdicts.lenient
        else tidy(["what does not belong to the current path"], proofs.AGAIN),
        **evidence(judged, differing, lenient=chain.verdicts.lenient, strict=chain.verdicts.strict),
    )


def _one_sided(chain: JudgedChain) -> bool:
    """One validator cannot even read what the other accepts."""
    return chain.verdicts.lenient is None and chain.verdicts.strict is True


def _explained_by(chain: JudgedChain) -> tuple[str, ...]:
    faults = {"tls.purpose": chain.purpose, "tls.strength": chain.strength}
    return tuple(id_ for id_, found in faults.items() if found)


def _unasked(judged: JudgedChains) -> Outcome | None:
    """Return the outcome where a chain reaches a root and the strict validator could not be asked about it."""
    for chain in where(judged, lambda chain: chain.end == "root" and chain.verdicts.strict is None):
        by = "tls.dates" if chain.names else "tls.name"
        return blocked(by, "the strict validator cannot be asked about this certificate", **evidence(judged, [chain]))
    return None


def _said(judged: JudgedChains) -> dict[str, object]:
    verdicts = judged.chains[0].verdicts
    return evidence(judged, lenient=verdicts.lenient, strict=verdicts.strict)


def _who(chain: JudgedChain) -> str:
    if not chain.verdicts.lenient:
        return "clients built on OpenSSL (curl, Node, PHP, Python) refuse the chain; those that search on accept it"
    leaf = chain.certificates[chain.leaf or 0]
    why = ": the server's certificate is marked as an authority" if leaf.ca else ""
    return f"lenient clients accept the chain, strict ones (Go, rustls and the like) may refuse it{why}"


@check("tls.same-everywhere", importance=Importance.RECOMMENDED, owner=Owner.CERTIFICATE_ADMIN)
def every_address_presents_the_same(judged: JudgedChains) -> Outcome:
    """Every address presents the same chain.

    Behind one name may stand several servers; renewing the certificate on one of them is not enough.
    """
    if judged.file:
        return skipped(Code.NOT_APPLICABLE, "a file is judged, which no address presents yet", file=judged.file)
    differing = [chain for chain in where(judged, lambda _: True) if _differs(chain, judged)]
    if differing:
        return warned(
            f"{differing[0].host} presents different chains at {', '.join(unique(c.address for c in differing))}",
            remedy=replace_certificate(
                differing[0],
                "Install the same certificate and intermediates on every server",
                proofs.alike(differing),
            ),
            **evidence(judged, differing, presented=[_presented(chain) for chain in differing]),
        )
    return (
        obstacle(judged)
        or _incomplete(judged)
        or passed(
            "the same chain at every address", **evidence(judged, sha256=next(iter(judged.chains[0].fingerprint), ""))
        )
    )


def _differs(chain: JudgedChain, judged: JudgedChains) -> bool:
    others = where(judged, lambda other: other.endpoint == chain.endpoint)
    return any(other.fingerprint != chain.fingerprint for other in others)


def _presented(chain: JudgedChain) -> dict[str, object]:
    return {
        "address": chain.address,
        "subject": own(chain),
        "sha256": next(iter(chain.fingerprint), ""),
        "sent": len(chain.certificates),
    }


def _incomplete(judged: JudgedChains) -> Outcome | None:
    """Return the outcome where some address could not be compared."""
    if judged.not_connected:
        return blocked("net.reachable", f"{judged.not_connected[0]} accepts no connection", **evidence(judged))
    if judged.not_captured:
        return blocked("tls.handshake", f"{judged.not_captured[0]} shows no certificate", **evidence(judged))
    if judged.not_tried:
        summary = f"{', '.join(judged.not_tried)} could not be tried from here, so not every address was compared"
        return unknown(Code.NOT_PROVABLE_HERE, summary, **evidence(judged))
    return None
