"""Connections: nobody there, nobody answering, no TLS, too old a TLS, a client certificate demanded."""

from __future__ import annotations

from diagnose.lab.pki import LEAF
from diagnose.lab.scenario import Door, Given, Scenario

_SUBJECT = "connections"


def _dead(name: str, sentence: str, cause: str, door: Door) -> Scenario:
    expected = {cause: "fail", "halo.answers": "unknown", "url.auth-endpoint": "unknown", "auth.token": "unknown"}
    return Scenario(name, sentence, _SUBJECT, "not_ready", (cause,), expected, doors=(door,))


SCENARIOS = (
    _dead("port-closed", "Nothing listens on the port.", "net.reachable", Door(wire="port-closed")),
    _dead(
        "no-answer",
        "The connection is never answered, as behind a firewall that drops.",
        "net.reachable",
        Door(wire="no-answer"),
    ),
    _dead("silent", "The connection is accepted and nothing is ever said.", "tls.handshake", Door(wire="silent")),
    _dead("reset", "The connection is reset when the handshake begins.", "tls.handshake", Door(wire="reset")),
    _dead(
        "reset-at-once",
        "The connection is accepted and reset before anything is said, as HAProxy rejects one.",
        "tls.handshake",
        Door(wire="reset-at-once"),
    ),
    _dead("closed", "The connection is closed when the handshake begins.", "tls.handshake", Door(wire="closed")),
    _dead("alert", "The handshake is refused with an alert.", "tls.handshake", Door(wire="alert")),
    _dead("plain-http", "HTTP without TLS is spoken on the port.", "tls.handshake", Door(wire="plain-http")),
    _dead(
        "old-tls", "The server speaks TLS 1.1 at best.", "tls.handshake", Door(lowest="TLSv1", highest="TLSv1_1")
    ).but(twin="tls12"),
    Scenario(
        "old-suites",
        "The server speaks TLS 1.2 with old cipher suites alone (CBC and SHA-1).",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"tls.handshake": "warn", "auth.token": "pass"},
        "tls12",
        doors=(Door(highest="TLSv1_2", suites="ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"),),
    ),
    _dead(
        "client-certificate-tls12",
        "The server demands a client certificate (TLS 1.2: the handshake fails).",
        "tls.handshake",
        Door(highest="TLSv1_2", client_certificate="demanded"),
    ).but(twin="client-certificate-asked"),
    _dead(
        "client-certificate-tls13",
        "The server demands a client certificate (TLS 1.3: the handshake succeeds, the refusal follows).",
        "tls.handshake",
        Door(lowest="TLSv1_3", client_certificate="demanded"),
    ).but(twin="client-certificate-asked"),
    Scenario(
        "client-certificate-403-7",
        "IIS demands a client certificate after the handshake and answers every request with 403.7.",
        _SUBJECT,
        "not_ready",
        ("tls.handshake",),
        {"tls.handshake": "fail"},
        pages={"/*": "iis-403-7"},
    ),
    Scenario(
        "proxy-refuses",
        "The company's proxy will not connect to the HaloPSA.",
        _SUBJECT,
        "undecided",
        (),
        {"net.reachable": "unknown", "halo.answers": "unknown", "auth.token": "unknown"},
        "through-proxy",
        ("--ip-restriction", "no", "--proxy", "{proxy}"),
        proxy="refuses",
    ),
    Scenario(
        "proxy-wants-password",
        "The company's proxy asks for a password that the run does not have.",
        _SUBJECT,
        "undecided",
        (),
        {"net.reachable": "unknown", "auth.token": "unknown"},
        "through-proxy-with-password",
        ("--ip-restriction", "no", "--proxy", "{proxy}"),
        proxy="password",
    ),
    Scenario(
        "name-not-found",
        "The name does not resolve.",
        _SUBJECT,
        "not_ready",
        ("dns.resolves",),
        {"dns.resolves": "fail", "net.reachable": "unknown"},
        given=Given(host="halo.invalid", resolve=False),
    ),
    Scenario(
        "private-address",
        "The URL holds a private address instead of a name.",
        _SUBJECT,
        "not_ready",
        ("dns.public",),
        {"dns.public": "fail", "tls.name": "pass"},
        specs=(LEAF.but(names=("127.0.0.1",)),),
        given=Given(host="127.0.0.1", resolve=False),
    ),
)
