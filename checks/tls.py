"""The handshake: whether TLS 1.2 or newer is spoken at every address, without a client certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from checks.captured import unique
from checks.certificate_proofs import AGAIN, HOST, client
from diagnose import (
    Code,
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
from diagnose.facts.halo import InstanceInfo
from diagnose.facts.http import Answer
from diagnose.facts.network import Connections
from diagnose.facts.tls import Handshake, Handshakes
from diagnose.facts.tokens import TokenEndpoint
from diagnose.outcome import SKIPS

FORBIDDEN = 403
CLIENT_CERTIFICATE_REQUIRED = "403.7"
"""IIS' substatus "Client certificate required" (learn.microsoft.com, HTTP status codes in IIS, read 2026-11)."""
TODAYS = " -tls1_2 -cipher ECDHE+AESGCM"
"""What makes `openssl s_client` offer today's cipher suites alone."""
DEMANDING_PAGES = frozenset({"iis-client-certificate", "nginx-client-certificate"})
"""Signatures of the pages that say so."""


@check("tls.handshake", importance=Importance.REQUIRED, owner=Owner.WINDOWS_ADMIN)
def tls_is_spoken(
    handshakes: Handshakes | Unavailable,
    connections: Connections | Unavailable,
    instance: InstanceInfo | Unavailable,
    endpoint: TokenEndpoint | Unavailable,
) -> Outcome:
    """TLS 1.2 or newer is spoken, and no client certificate is demanded.

    It holds when it holds at every address of the name.
    """
    if isinstance(handshakes, Unavailable):
        return _not_observed(handshakes)
    tried = [attempt for attempt in handshakes.attempts if attempt.outcome != "not_tried"]
    if not tried:
        return _none_tried(connections)
    broken = [attempt for attempt in tried if attempt.outcome != "completed" or _refused(attempt.head)]
    evidence = _evidence(tried, handshakes, connections)
    if broken:
        return _failed(broken, evidence)
    for answer in _answers(instance, endpoint):
        if _refused(answer):
            return failed(
                f"{answer.url} answers with status {answer.status}: it demands a client certificate",
                remedy=_for(tried[0], "client_certificate"),
                **(evidence | {"url.full": answer.url, "http.response.status_code": answer.status}),
            )
    spoken = " and ".join(unique(attempt.protocol or "TLS" for attempt in tried))
    old = [attempt for attempt in tried if attempt.modern is False]
    if old:
        suites = ", ".join(unique(each.cipher or "" for each in old))
        return warned(
            f"{spoken} is spoken, but with old cipher suites alone ({suites}), which many clients refuse",
            remedy=_for(old[0], "old_suites"),
            **(evidence | {"addresses": unique(attempt.address for attempt in old)}),
        )
    where = "every address that could be tried" if "not_tried" in evidence else "every address"
    return passed(f"{spoken} is spoken at {where}", **evidence)


def _not_observed(why: Unavailable) -> Outcome:
    if why.blocked_by:
        return blocked(why.blocked_by, why.detail or f"could not be judged because of {', '.join(why.blocked_by)}")
    if why.code in SKIPS:
        return skipped(why.code, why.detail)
    return unknown(why.code, why.detail or "no handshake was observed")


def _none_tried(connections: Connections | Unavailable) -> Outcome:
    if not isinstance(connections, Unavailable) and any(each.outcome == "accepted" for each in connections.attempts):
        return unknown(Code.TIMEOUT, "the run's time was used up before a handshake was tried")
    return blocked("net.reachable", "no address accepts a connection")


def _refused(answer: Answer | None) -> bool:
    """Whether IIS (which renegotiates after the handshake) or nginx answered that a client certificate is required."""
    if answer is None:
        return False
    if answer.gate is not None and answer.gate.id in DEMANDING_PAGES:
        return True
    return answer.status == FORBIDDEN and CLIENT_CERTIFICATE_REQUIRED in f"{answer.title} {answer.text}"


def _answers(instance: InstanceInfo | Unavailable, endpoint: TokenEndpoint | Unavailable) -> list[Answer]:
    found = [] if isinstance(instance, Unavailable) else [instance.answer]
    return found if isinstance(endpoint, Unavailable) else [*found, endpoint.marker.answer]


def _evidence(
    tried: Sequence[Handshake], handshakes: Handshakes, connections: Connections | Unavailable
) -> dict[str, Any]:
    versions = unique(attempt.protocol for attempt in tried if attempt.protocol)
    found: dict[str, Any] = {
        "server.address": tried[0].host,
        "tls.protocol.version": versions[0] if len(versions) == 1 else versions,
        "tls.cipher": unique(attempt.cipher for attempt in tried if attempt.cipher),
        "checked": unique(attempt.address for attempt in tried),
    }
    unrouted = [] if isinstance(connections, Unavailable) else connections.attempts
    skipped_ = [each.address for each in unrouted if each.outcome == "not_tried"]
    late = [each.address for each in handshakes.attempts if each.outcome == "not_tried"]
    missing = unique([*skipped_, *late])
    return found | ({"not_tried": missing} if missing else {})


def _failed(broken: Sequence[Handshake], evidence: dict[str, Any]) -> Outcome:
    first = broken[0]
    kind = "client_certificate" if first.outcome == "completed" else first.outcome
    addresses = unique(attempt.address for attempt in broken)
    more = {"addresses": addresses, "outcomes": unique(attempt.outcome for attempt in broken)}
    details = {"alert": first.alert, "detail": first.detail}
    alone = len(addresses) < len(evidence["checked"])
    return failed(
        f"{_words(first, kind)} ({', '.join(addresses)})",
        remedy=_for(first, kind, first.address if alone else ""),
        owner=Owner.NETWORK_ADMIN if kind in _NETWORK else None,
        **(evidence | more | {key: value for key, value in details.items() if value}),
    )


def _for(attempt: Handshake, kind: str, address: str = "") -> Remedy:
    """Return the remedy, and how to see that it worked; at `address` where others of the name are well already."""
    return msgspec.structs.replace(_REMEDIES.get(kind, _BINDING), verify=_verify(attempt, kind, address))


def _verify(attempt: Handshake, kind: str, address: str) -> str:
    if kind not in _SEEN or not HOST.fullmatch(attempt.host) or not HOST.fullmatch(address or attempt.host):
        return AGAIN
    command = client(attempt.host, attempt.port, address) + (TODAYS if kind == "old_suites" else "")
    seen = "prints New, TLSv1.2 or New, TLSv1.3 and, as its last word, DONE"
    return f"{AGAIN} Or from another computer that has openssl: `{command}` {seen}."


def _words(attempt: Handshake, kind: str) -> str:
    if kind == "alert":
        return f"{attempt.host} refuses the TLS handshake with the alert {attempt.alert or 'unknown'}"
    return _WORDS[kind].format(host=attempt.host, port=attempt.port, protocol=attempt.protocol or "an old version")


_WORDS = {
    "old_protocol": "{host} speaks only {protocol}; clients need TLS 1.2 or newer",
    "client_certificate": "{host} demands a client certificate, which the integrator does not have",
    "bad_signature": "the first certificate that {host} sends does not belong to its key: another should come first",
    "plain_http": "port {port} of {host} answers plain HTTP instead of TLS",
    "not_tls": "port {port} of {host} answers something that is not TLS",
    "reset": "{host} resets the connection when TLS begins",
    "closed": "{host} closes the connection when TLS begins",
    "silent": "{host} accepts the connection and then says nothing when TLS begins",
    "failed": "the TLS handshake with {host} fails",
}

_NETWORK = frozenset({"silent", "reset"})
"""A firewall between is the first suspect where the server gives no answer of its own."""

_SEEN = frozenset(
    {"old_suites", "old_protocol", "plain_http", "not_tls", "bad_signature", "alert", "reset", "closed", "silent"}
)
"""Kinds in which `openssl s_client` does not come to its DONE (measured, 3.0); where a certificate is asked, it may."""

_BINDING = Remedy(
    summary="See that the site has an https binding with a certificate for this name",
    steps=(
        "IIS Manager > the site > Bindings: this host name and port need an https binding with a certificate.",
        "List what Windows itself has bound: netsh http show sslcert, in an administrator's command line.",
        "Event Viewer > Windows Logs > System, source Schannel: events 36871, 36874 and 36887 name the reason.",
    ),
)

_REMEDIES = {
    "old_protocol": Remedy(
        summary="Enable TLS 1.2 on the server",
        steps=(
            (
                "Windows Server 2012 and newer speak TLS 1.2 unless it was switched off: remove Enabled=0 under "
                "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server."
            ),
            "Restart the server; Schannel reads these values at start.",
            "A load balancer or gateway in front has a setting of its own for the lowest and highest TLS version.",
        ),
    ),
    "old_suites": Remedy(
        summary="Enable cipher suites with ECDHE and AES-GCM on the server",
        steps=(
            (
                "PowerShell as administrator: Get-TlsCipherSuite | Format-Table Name lists what is enabled; "
                "Enable-TlsCipherSuite -Name TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 -Position 0 adds one (for a "
                "certificate with an ECDSA key: TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)."
            ),
            (
                "Where a group policy sets them: Computer Configuration > Administrative Templates > Network > SSL "
                "Configuration Settings > SSL Cipher Suite Order."
            ),
            (
                "Windows Server 2012 R2 has such suites for ECDSA certificates only; there a newer Windows or a "
                "reverse proxy in front is the way. Behind a load balancer or gateway: its own TLS policy."
            ),
        ),
    ),
    "client_certificate": Remedy(
        summary="Do not require client certificates for this site",
        steps=(
            "IIS Manager > the site, and each application below it > SSL Settings > Client certificates: Ignore.",
            "netsh http show sslcert: Negotiate Client Certificate must be Disabled for the binding.",
            "With a reverse proxy in front: switch off mutual TLS for these paths.",
        ),
    ),
    "bad_signature": Remedy(
        summary="Put the server's own certificate first in the certificate file",
        steps=(
            (
                "nginx, Apache, HAProxy, load balancers: the file begins with the certificate of the key, then "
                "the intermediates in order."
            ),
            "IIS: import certificate and key together as one PFX, and choose it again in the https binding.",
        ),
    ),
    "plain_http": Remedy(
        summary="Make the port speak TLS, or give the URL with the right port",
        steps=(
            "IIS Manager > the site > Bindings: the binding of this port must be of the type https.",
            "If HaloPSA is published on another port, put it into the URL.",
        ),
    ),
}
