"""The server's certificate: name, dates, purpose, strength, and whether it is the server's own."""

from __future__ import annotations

from checks import certificate_proofs as proofs
from checks.captured import at, day, evidence, instant, obstacle, own, where
from checks.certificate_remedies import replace_certificate
from diagnose import Code, Importance, Outcome, Owner, Remedy, blocked, check, failed, passed, skipped, unknown, warned
from diagnose.facts.chains import WARNING_DAYS, JudgedChain, JudgedChains


@check("tls.name", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def the_certificate_is_for_this_host(judged: JudgedChains) -> Outcome:
    """The certificate is for this host name.

    Only the subject alternative names (SAN) count; clients no longer look at the common name.
    """
    if not judged.name_asked:
        summary = "for which host the certificate shall be was not said (--name)"
        return skipped(Code.NOT_SELECTED, summary, **evidence(judged, names=list(judged.chains[0].names)))
    broken = where(judged, lambda chain: not chain.name_matches)
    if not broken:
        names = list(judged.chains[0].names)
        return obstacle(judged) or passed("the certificate names this host", **evidence(judged, names=names))
    chain = broken[0]
    return failed(
        _wrong_name(chain) + at(judged, broken),
        remedy=replace_certificate(
            chain,
            f"Bind a certificate that names {chain.host}",
            proofs.named(judged, broken),
            demands=f", with {chain.host} among its subject alternative names",
        ),
        **evidence(judged, broken, names=list(chain.names), names_total=chain.names_total, subject=own(chain)),
    )


def _wrong_name(chain: JudgedChain) -> str:
    if chain.common_name_matches:
        return f"the certificate names {chain.host} in its common name only, which clients ignore"
    if not chain.names:
        return "the certificate has no subject alternative names, so it is for no host"
    shown = ", ".join(chain.names[:5]) + (" and others" if chain.names_total > 5 else "")  # noqa: PLR2004 - a line's worth
    return f"the certificate is not for {chain.host} but for {shown}"


@check("tls.dates", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def every_date_holds(judged: JudgedChains) -> Outcome:
    """Every certificate on the path is within its dates.

    A warning comes 14 days before the first of them expires.
    """
    broken = where(judged, lambda chain: not chain.dates.valid and not chain.dates.in_doubt)
    if broken:
        return _outdated(judged, broken)
    doubtful = where(judged, lambda chain: chain.dates.in_doubt)
    if doubtful:
        summary = (
            "this machine's clock and the server's are more than a day apart, and the dates hold by one of them only"
        )
        return unknown(Code.NOT_PROVABLE_HERE, summary, remedy=_set_the_clock(), **evidence(judged, doubtful))
    unfinished = where(judged, lambda chain: chain.end == "missing")
    if unfinished:
        summary = "the dates of a certificate that is not sent cannot be judged"
        return blocked("tls.chain-complete", summary, **evidence(judged, unfinished, **_first(unfinished)))
    return obstacle(judged) or _time_left(judged)


def _outdated(judged: JudgedChains, broken: list[JudgedChain]) -> Outcome:
    dates = broken[0].dates
    if dates.expired:
        what = f"{dates.first} has expired: it was valid until {day(dates.not_after)}"
    else:
        what = f"{dates.not_yet_valid[0]} is not yet valid"
    hint = "; all of them are outside their dates, so look at this machine's clock first" if dates.all_wrong else ""
    return failed(
        what + at(judged, broken) + hint,
        remedy=replace_certificate(broken[0], "Renew what has expired and bind it", proofs.dated(judged, broken)),
        **evidence(
            judged, broken, expired=list(dates.expired), not_yet_valid=list(dates.not_yet_valid), **_first(broken)
        ),
    )


def _time_left(judged: JudgedChains) -> Outcome:
    chains = where(judged, lambda _: True)
    first = min(chains, key=lambda chain: chain.dates.days_left)
    left = first.dates.days_left
    if left > WARNING_DAYS:
        return passed(f"{left:.0f} days until the first expires", **evidence(judged, **_first(chains)))
    soon = [chain for chain in chains if chain.dates.days_left <= WARNING_DAYS]
    return warned(
        f"{first.dates.first} expires in {left:.0f} days, on {day(first.dates.not_after)}{at(judged, soon)}",
        remedy=replace_certificate(
            first,
            "Renew the certificate now, and see why it was not renewed by itself",
            proofs.dated(judged, sorted(soon, key=lambda chain: chain.dates.days_left)),
        ),
        **evidence(judged, soon, days_left=left, **_first(chains)),
    )


def _first(chains: list[JudgedChain]) -> dict[str, object]:
    dates = min((chain.dates for chain in chains), key=lambda each: each.days_left)
    return {"not_after": instant(dates.not_after), "subject": dates.first}


def _set_the_clock() -> Remedy:
    return Remedy(
        summary="Set the clock of this machine, or of the server, whichever is wrong, and run the diagnosis again",
        steps=("Windows: Settings > Time & language > Date & time > Sync now, or w32tm /resync as administrator.",),
        verify="Run this diagnosis again: clock.agrees passes, and this check tells whether the dates hold.",
    )


@check("tls.purpose", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def the_certificate_is_meant_for_servers(judged: JudgedChains) -> Outcome:
    """The certificate is meant for servers.

    Its extended key usage, and that of its issuers, says what it may be used for.
    """
    broken = where(judged, lambda chain: chain.purpose)
    if broken:
        return failed(
            f"the certificate is not meant for servers: {'; '.join(broken[0].purpose)}{at(judged, broken)}",
            remedy=_for_a_server(judged, broken),
            **evidence(judged, broken, faults=list(broken[0].purpose), subject=own(broken[0])),
        )
    hurting = where(judged, lambda chain: chain.purpose_warnings)
    if hurting:
        return warned(
            f"some clients will refuse the certificate: {'; '.join(hurting[0].purpose_warnings)}{at(judged, hurting)}",
            remedy=_for_a_server(judged, hurting),
            **evidence(judged, hurting, faults=list(hurting[0].purpose_warnings), subject=own(hurting[0])),
        )
    return obstacle(judged) or passed("it is meant for servers", **evidence(judged, subject=own(judged.chains[0])))


def _for_a_server(judged: JudgedChains, broken: list[JudgedChain]) -> Remedy:
    return replace_certificate(
        broken[0],
        "Replace the certificate by one for servers",
        proofs.purposeful(judged, broken),
        demands=", with server authentication as its purpose and digital signature as key usage",
    )


@check("tls.strength", importance=Importance.REQUIRED, owner=Owner.CERTIFICATE_ADMIN)
def keys_and_signatures_are_strong(judged: JudgedChains) -> Outcome:
    """Keys and signatures are strong enough for today's clients.

    RSA of 2048 bits or a standard curve, and no MD5 or SHA-1 below the root.
    """
    broken = where(judged, lambda chain: chain.strength)
    if not broken:
        found = [f"{each.key}, {each.signature}" for each in judged.chains[0].certificates if each.on_path]
        return obstacle(judged) or passed("keys and signatures are strong", **evidence(judged, algorithms=found))
    return failed(
        f"{'; '.join(broken[0].strength)}{at(judged, broken)}",
        remedy=replace_certificate(
            broken[0],
            "Replace the certificate by one with a strong key and signature",
            proofs.strong(judged, broken),
            demands=", with an RSA key of 2048 bits or more, or on the curve P-256, signed with SHA-256",
        ),
        **evidence(judged, broken, faults=list(broken[0].strength)),
    )


@check("tls.not-intercepted", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def the_certificate_is_the_servers_own(judged: JudgedChains) -> Outcome:
    """The certificate is the server's own, not a middlebox's.

    A proxy or virus scanner that opens TLS shows a certificate of its own: the server's cannot be seen from here.
    """
    intercepted = [chain for chain in judged.chains if chain.interceptor]
    if not intercepted:
        issuer = judged.chains[0].path[0].issuer if judged.chains[0].path else ""
        return passed("no middlebox known to this tool issued the certificate", **evidence(judged, issuer=issuer))
    chain = intercepted[0]
    return unknown(
        Code.NOT_PROVABLE_HERE,
        f"{chain.interceptor} opens the connection: its issuer is {chain.intercepting_issuer}{at(judged, intercepted)}",
        remedy=Remedy(
            summary=f"Exempt {chain.host} from inspection, or run the diagnosis from another network",
            steps=(
                f"Ask the administrator of {chain.interceptor} to exempt {chain.host} from TLS inspection.",
                "Or run the diagnosis from another network, for example a phone's hotspot or a server outside.",
            ),
            verify="Run this diagnosis again: this check passes, and names a public authority as issuer.",
        ),
        **evidence(judged, intercepted, product=chain.interceptor, issuer=chain.intercepting_issuer),
    )
