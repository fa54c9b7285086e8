"""The way to the server: whether every address accepts a connection, and whether something else answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    warned,
)
from diagnose.facts.chains import JudgedChains
from diagnose.facts.halo import AuthInfo, InstanceInfo
from diagnose.facts.http import Answer
from diagnose.facts.network import USED_UP, Connection, Connections
from diagnose.facts.run import Settings, Target
from diagnose.facts.tls import Handshakes
from diagnose.facts.tokens import TokenEndpoint

MOST_TRIED = 4
"""Addresses of which the remedy shows how to try them."""

BROKEN = {"refused", "no_answer", "unreachable"}

WORDS = {
    "refused": "refuses the connection: nothing listens on that port, or a firewall turns it away",
    "no_answer": "does not answer: a firewall drops it, or nothing is there",
    "unreachable": "cannot be reached: a router or firewall on the way says so",
    "proxy_refused": "was not reached: the proxy would not connect to it",
    "not_tried": "was not tried",
}


@check("net.reachable", importance=Importance.REQUIRED, owner=Owner.NETWORK_ADMIN)
def every_address_accepts_a_connection(connections: Connections, target: Target) -> Outcome:
    """Every address accepts a TCP connection.

    A client takes whichever address DNS gives it, so one dead address fails some of the connections.
    """
    attempts = connections.attempts
    evidence = _evidence(attempts)
    broken = [attempt for attempt in attempts if attempt.outcome in BROKEN]
    if broken:
        return failed(_summary(broken, len(attempts)), _open_the_way(broken), **evidence)
    stopped = [attempt for attempt in attempts if attempt.outcome == "proxy_refused"]
    if stopped:
        return unknown(Code.NOT_PROVABLE_HERE, f"the proxy stands in the way: {stopped[0].detail}", **evidence)
    if not any(attempt.outcome == "accepted" for attempt in attempts):
        return _none_tried(attempts, evidence)
    nameless = [host for host, port in target.endpoints if not connections.of((host, port))]
    if nameless:
        return blocked("dns.resolves", f"{nameless[0]} has no address to try", **evidence)
    return passed(_passed(attempts), **evidence)


def _none_tried(attempts: tuple[Connection, ...], evidence: Mapping[str, Any]) -> Outcome:
    """Return the outcome where nothing says anything about the server: no route, no address, or no time."""
    if attempts and all(attempt.detail == USED_UP for attempt in attempts):
        return unknown(Code.TIMEOUT, f"no address was tried: {USED_UP} (--timeout)", **evidence)
    detail = attempts[0].detail if attempts else "there was no address to try"
    return unknown(Code.NOT_PROVABLE_HERE, f"no address could be tried from here: {detail}", **evidence)


def _passed(attempts: tuple[Connection, ...]) -> str:
    accepted = sum(attempt.outcome == "accepted" for attempt in attempts)
    if accepted == len(attempts):
        return "the address accepts a connection" if accepted == 1 else f"all {accepted} addresses accept a connection"
    return f"{accepted} of {len(attempts)} addresses accept a connection; the others were not tried"


def _summary(broken: list[Connection], total: int) -> str:
    first = broken[0]
    place = f"{_address(first)} {WORDS[first.outcome]}"
    return place if len(broken) == 1 or total == 1 else f"{len(broken)} of {total} addresses are not open; {place}"


def _address(attempt: Connection) -> str:
    bracketed = f"[{attempt.address}]" if ":" in attempt.address else attempt.address
    return f"{bracketed} port {attempt.port}"


def _evidence(attempts: tuple[Connection, ...]) -> dict[str, Any]:
    rows = [
        {
            "server.address": attempt.host,
            "server.port": attempt.port,
            "network.peer.address": attempt.address,
            "outcome": attempt.outcome,
        }
        | ({"detail": attempt.detail} if attempt.detail else {})
        for attempt in attempts
    ]
    not_tried = [attempt.address for attempt in attempts if attempt.outcome == "not_tried"]
    return {"addresses": rows} | ({"not_tried": not_tried} if not_tried else {})


def _open_the_way(broken: list[Connection]) -> Remedy:
    first = broken[0]
    return Remedy(
        f"Let HTTPS connections through to {_address(first)}, or take the address out of DNS",
        steps=(
            f"On the HaloPSA server open IIS Manager > Sites: the site runs, and its Bindings list port {first.port}.",
            f"On the server's and the perimeter's firewall allow TCP {first.port} inbound to it.",
            "If the address is no longer the server's, or its IPv6 is not set up, remove that record from DNS.",
        ),
        commands=tuple(
            Command("powershell", f"Test-NetConnection {attempt.address} -Port {attempt.port}")
            for attempt in broken[:MOST_TRIED]
        ),
        verify="Run this diagnosis again: this check passes. The command says TcpTestSucceeded : True.",
    )


@check("net.direct", importance=Importance.RECOMMENDED, owner=Owner.NETWORK_ADMIN)
def nothing_answers_in_the_servers_place(
    settings: Settings,
    target: Target,
    handshakes: Handshakes | Unavailable,
    instance: InstanceInfo | Unavailable,
    auth_info: AuthInfo | Unavailable,
    endpoint: TokenEndpoint | Unavailable,
    chains: JudgedChains | Unavailable,
) -> Outcome:
    """Nothing between here and the server answers in its place.

    A web filter or proxy on this network would be diagnosed instead of the HaloPSA.
    """
    if all(settings.overridden(host) for host, _ in target.endpoints):
        return skipped(Code.OVERRIDDEN, "the addresses were given by hand (--resolve)")
    evidence = _proxies(settings)
    filtered = [answer for answer in _answers(handshakes, instance, auth_info, endpoint) if _is_filter(answer)]
    if filtered:
        return _filter_answered(filtered[0], evidence)
    intercepted = [] if isinstance(chains, Unavailable) else [each for each in chains.chains if each.interceptor]
    if intercepted:
        name = intercepted[0].interceptor
        return blocked("tls.not-intercepted", f"{name} stands between here and the server", issuer=name, **evidence)
    proof = _proof(instance, auth_info, endpoint)
    if proof:
        return passed("Halo itself answered", answered=proof, **evidence)
    return blocked(_in_the_way(instance), "no answer was seen that only Halo gives", **evidence)


def _proxies(settings: Settings) -> dict[str, Any]:
    evidence: dict[str, Any] = {"proxy": settings.proxy or "none"}
    if settings.proxy_not_used:
        evidence["proxy_not_used"] = settings.proxy_not_used
    return evidence


def _answers(
    handshakes: Handshakes | Unavailable,
    instance: InstanceInfo | Unavailable,
    auth_info: AuthInfo | Unavailable,
    endpoint: TokenEndpoint | Unavailable,
) -> Iterator[Answer]:
    for info in (instance, auth_info):
        if not isinstance(info, Unavailable):
            yield info.answer
    if not isinstance(endpoint, Unavailable):
        yield endpoint.marker.answer
    if not isinstance(handshakes, Unavailable):
        yield from (attempt.head for attempt in handshakes.attempts if attempt.head is not None)


def _is_filter(answer: Answer) -> bool:
    return answer.gate is not None and answer.gate.kind == "outbound_filter"


def _filter_answered(answer: Answer, evidence: dict[str, Any]) -> Outcome:
    product = answer.gate.product if answer.gate is not None else ""
    seen: dict[str, Any] = {"url.full": answer.url, "http.response.status_code": answer.status, "title": answer.title}
    return warned(
        f"{product} on this network answered in the server's place; this result is not about Halo",
        Remedy(
            "Let this machine reach the HaloPSA without the web filter",
            steps=(
                f"In {product} allow the host for this machine, and exempt it from HTTPS inspection.",
                "Or run the tool from another network.",
            ),
            verify="Run this diagnosis again: this check passes.",
        ),
        product=product,
        **seen,
        **evidence,
    )


def _proof(
    instance: InstanceInfo | Unavailable, auth_info: AuthInfo | Unavailable, endpoint: TokenEndpoint | Unavailable
) -> list[str]:
    """Name what only Halo or its authorization server says."""
    found = {
        "InstanceInfo": not isinstance(instance, Unavailable) and instance.readable,
        "AuthInfo": not isinstance(auth_info, Unavailable) and auth_info.readable,
        "the token endpoint": not isinstance(endpoint, Unavailable) and endpoint.found,
    }
    return [name for name, answered in found.items() if answered]


def _in_the_way(instance: InstanceInfo | Unavailable) -> tuple[str, ...]:
    return instance.blocked_by if isinstance(instance, Unavailable) and instance.blocked_by else ("halo.answers",)
