"""Names: whether they resolve, and whether the world sees public addresses behind them."""

from __future__ import annotations

from typing import Any

from diagnose import (
    Code,
    Command,
    Importance,
    Outcome,
    Owner,
    Remedy,
    Unavailable,
    blocked,
    check,
    failed,
    passed,
    skipped,
    unknown,
)
from diagnose.addresses import PUBLIC, kind
from diagnose.facts.network import Addresses, PublicAnswers, Resolution
from diagnose.facts.run import Settings

GIVEN_BY_HAND = "its addresses were given by hand (--resolve), so DNS was not asked"


@check("dns.resolves", importance=Importance.REQUIRED, owner=Owner.DNS_ADMIN)
def the_name_resolves(addresses: Addresses, settings: Settings) -> Outcome:
    """The name resolves.

    Without an address nothing else can be tried.
    """
    asked = _asked(addresses)
    if not asked:
        return skipped(Code.OVERRIDDEN, GIVEN_BY_HAND)
    evidence = _evidence(asked)
    lost = [host for host in asked if not host.addresses]
    if not lost:
        return passed(f"{_names(asked)} resolves", **evidence)
    if settings.proxy is not None:
        return unknown(
            Code.NOT_PROVABLE_HERE,
            f"this machine cannot resolve {_names(lost)}; the proxy does that for it",
            **evidence,
        )
    absent = [host for host in lost if host.outcome == "not_found"]
    if absent:
        return failed(f"{_names(absent)} does not resolve: no such name", _create_record(absent), **evidence)
    code = Code.TIMEOUT if any(host.outcome == "timeout" for host in lost) else Code.UNEXPECTED_RESPONSE
    return unknown(
        code, f"the resolver of this machine gave no answer for {_names(lost)}", _own_resolver(lost), **evidence
    )


@check("dns.public", importance=Importance.REQUIRED, owner=Owner.DNS_ADMIN)
def the_name_leads_to_public_addresses(addresses: Addresses, answers: PublicAnswers | Unavailable) -> Outcome:
    """The name resolves to public addresses only.

    The integrator's servers stand outside: a private address leads them nowhere. A private answer of this
    machine's own resolver proves nothing, for many networks answer otherwise inside (split DNS).
    """
    asked = _asked(addresses)
    if not asked:
        return skipped(Code.OVERRIDDEN, GIVEN_BY_HAND)
    evidence = _evidence(asked)
    private = [host for host in asked if host.outcome == "literal" and _not_public(host)]
    if private:
        return failed(f"{_said(private)}: the integrator cannot reach it", _public_address(private), **evidence)
    names = [host for host in asked if host.outcome != "literal"]
    if not names:
        return passed("the URLs name public addresses", **evidence)
    if isinstance(answers, Unavailable):
        return _by_own_resolver(names, answers, evidence)
    return _by_public_resolver(names, answers, evidence)


def _by_own_resolver(names: list[Resolution], answers: Unavailable, evidence: dict[str, Any]) -> Outcome:
    private = [host for host in names if _not_public(host)]
    if private and answers.code is Code.MISSING_INPUT:
        summary = f"{_said(private)} here, and no public resolver was asked: {answers.detail}"
        return unknown(Code.MISSING_INPUT, summary, **evidence)
    if private:
        return unknown(
            Code.NOT_PROVABLE_HERE,
            f"{_said(private)} on this network; what the world is told cannot be seen from here",
            Remedy(
                "Ask a public resolver too",
                steps=("Run again with --dns-server and the address of a public resolver.",),
                commands=(Command("sh", "diagnose run --dns-server 9.9.9.9"),),
                verify="Run this diagnosis again with --dns-server: this check then says what the integrator is told.",
            ),
            **evidence,
        )
    if any(not host.addresses for host in names):
        return blocked("dns.resolves", "without an address there is nothing to judge", **evidence)
    return passed(f"{_names(names)} leads to public addresses only", **evidence)


def _by_public_resolver(names: list[Resolution], answers: PublicAnswers, evidence: dict[str, Any]) -> Outcome:
    evidence |= {"resolver": answers.server, "public_answers": _plain(answers.hosts)}
    public = [answer for answer in answers.hosts if answer.host in {host.host for host in names}]
    private = [answer for answer in public if _not_public(answer)]
    if private:
        return failed(f"the public resolver says that {_said(private)}", _public_address(private), **evidence)
    absent = [answer for answer in public if answer.outcome == "not_found"]
    if absent:
        return failed(f"the public resolver does not know {_names(absent)}", _create_record(absent), **evidence)
    silent = [answer for answer in public if not answer.addresses]
    if silent:
        code = Code.TIMEOUT if silent[0].outcome == "timeout" else Code.UNEXPECTED_RESPONSE
        return unknown(code, f"the public resolver {answers.server} gave no answer for {_names(silent)}", **evidence)
    return passed(f"the world is told public addresses only for {_names(names)}", **evidence)


def _asked(addresses: Addresses) -> list[Resolution]:
    return [host for host in addresses.hosts if host.outcome != "overridden"]


def _evidence(hosts: list[Resolution]) -> dict[str, Any]:
    evidence: dict[str, Any] = {"addresses": _plain(tuple(hosts))}
    details = {host.host: host.detail for host in hosts if host.detail}
    return evidence | ({"details": details} if details else {})


def _plain(hosts: tuple[Resolution, ...]) -> dict[str, list[str]]:
    return {host.host: [_labelled(address) for address in host.addresses] for host in hosts}


def _labelled(address: str) -> str:
    sort = kind(address)
    return address if sort == PUBLIC else f"{address} ({sort})"


def _not_public(host: Resolution) -> bool:
    return any(kind(address) != PUBLIC for address in host.addresses)


def _said(hosts: list[Resolution]) -> str:
    host = hosts[0]
    address = next(address for address in host.addresses if kind(address) != PUBLIC)
    sort = kind(address)
    article = "an" if sort[0] in "aeiou" else "a"
    if host.outcome == "literal":
        return f"{address} is {article} {sort} address"
    return f"{host.host} leads to {address}, {article} {sort} address"


def _names(hosts: list[Resolution]) -> str:
    return " and ".join(host.host for host in hosts)


def _create_record(hosts: list[Resolution]) -> Remedy:
    return Remedy(
        "Publish the name in public DNS",
        steps=(
            "Compare the host name with the address the users type into their browser: a typing error looks the same.",
            f"In the public DNS zone create an A record for {hosts[0].host}: the public address of the HaloPSA server.",
            "Wait until the time to live of the old answer is over.",
        ),
        commands=(Command("powershell", f"Resolve-DnsName {hosts[0].host} -Server 9.9.9.9"),),
        verify="The command prints the public address of the server. Run this diagnosis again: this check passes.",
    )


def _public_address(hosts: list[Resolution]) -> Remedy:
    return Remedy(
        "Give the integrator a name with a public address",
        steps=(
            "In the public DNS zone point the name at the public address under which the HaloPSA server is published.",
            "Remove private addresses, and AAAA records that lead nowhere, from the public zone.",
            "On the firewall forward HTTPS from that public address to the server.",
        ),
        commands=(
            (Command("powershell", f"Resolve-DnsName {hosts[0].host} -Server 9.9.9.9"),)
            if hosts[0].outcome != "literal"
            else ()
        ),
        verify=_seen_from_outside(hosts[0]),
    )


def _seen_from_outside(host: Resolution) -> str:
    if host.outcome == "literal":
        return "Run this diagnosis again with the URLs that hold the name: this check passes."
    return "The command prints public addresses only. Run this diagnosis again with --dns-server: this check passes."


def _own_resolver(hosts: list[Resolution]) -> Remedy:
    return Remedy(
        "Look at the DNS settings of this machine, then run again",
        commands=(Command("sh", f"nslookup {hosts[0].host}"),),
        verify="nslookup prints an address below the line Name. Run this diagnosis again: this check passes.",
    )
