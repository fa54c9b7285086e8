"""Chains that lead to a root and are untidy all the same, and two addresses that differ."""

from __future__ import annotations

from diagnose.lab.pki import INTERMEDIATE, LEAF, PRIVATE
from diagnose.lab.scenario import Door, Scenario

_SUBJECT = "chains"
_TWO = (LEAF.but(issuer="lower", aia="{aia}/lower.cer"),)


def _untidy(name: str, sentence: str, check: str, *chain: str) -> Scenario:
    expected = {check: "warn", "tls.chain-complete": "pass", "tls.trusted": "pass", "auth.token": "pass"}
    doors = (Door(chain),)
    return Scenario(name, sentence, _SUBJECT, "ready_with_warnings", (), expected, doors=doors)


def _second(name: str, sentence: str, cause: str, door: Door) -> Scenario:
    return Scenario(
        name,
        sentence,
        _SUBJECT,
        "not_ready",
        (cause,),
        {cause: "fail"},
        "two-addresses",
        specs=(
            LEAF.but(name="expired-leaf", days=(-193, -3)),
            LEAF.but(name="other-name", names=("mail.example.test",)),
            LEAF.but(name="private-leaf", issuer="private", aia=""),
        ),
        doors=(Door(), door),
    )


SCENARIOS = (
    _untidy(
        "chain-unordered", "Two intermediates come in the wrong order.", "tls.chain-order", "leaf", "upper", "lower"
    ).but(specs=_TWO, twin="two-intermediates"),
    _untidy(
        "chain-duplicates",
        "The intermediate is sent twice.",
        "tls.chain-clean",
        *("leaf", "intermediate", "intermediate"),
    ),
    _untidy(
        "leaf-twice", "The server's certificate is sent twice.", "tls.chain-clean", *("leaf", "leaf", "intermediate")
    ),
    _untidy("root-sent", "The root is sent too.", "tls.chain-clean", "leaf", "intermediate", "root"),
    _untidy(
        "stranger-sent",
        "A certificate that has nothing to do with it is sent too.",
        "tls.chain-clean",
        *("leaf", "intermediate", "stranger"),
    ),
    _untidy(
        "chain-too-long",
        "Two dozen certificates that have nothing to do with it are sent too.",
        "tls.chain-clean",
        *("leaf", "intermediate", *("stranger",) * 24),
    ),
    _untidy(
        "expired-cross-sign",
        "An expired cross-sign of the root by an older one is sent too.",
        "tls.chain-clean",
        *("leaf", "intermediate", "cross-sign"),
    ),
    _untidy(
        "renewed-intermediate",
        "The expired intermediate is sent beside its renewal, which has the same key.",
        "tls.chain-clean",
        *("leaf", "retired", "intermediate"),
    ).but(specs=(INTERMEDIATE.but(name="retired", key_of="intermediate", days=(-1800, -30)),)),
    _untidy(
        "strict-clients-refuse",
        "The certificate does not name its issuer's key, which strict clients refuse and OpenSSL accepts.",
        "tls.every-client",
        *("leaf", "intermediate"),
    ).but(specs=(LEAF.but(names_issuer_key=False),)),
    Scenario(
        "openssl-clients-refuse",
        "A second intermediate of the same name leads astray; OpenSSL follows it, clients that search on do not.",
        _SUBJECT,
        "undecided",
        (),
        {"tls.every-client": "warn", "tls.trusted": "pass", "auth.token": "unknown", "halo.answers": "pass"},
        specs=(INTERMEDIATE.but(name="astray", issuer="stranger", key_of="intermediate"),),
        doors=(Door(("leaf", "astray", "intermediate")),),
    ),
    Scenario(
        "leaf-not-first",
        "The intermediate comes first, so that the server's key does not fit it.",
        _SUBJECT,
        "not_ready",
        ("tls.handshake",),
        {"tls.handshake": "fail", "auth.token": "unknown"},
        doors=(Door(("intermediate", "leaf"), signs="leaf"),),
    ),
    Scenario(
        "second-address-differs",
        "The second address presents another certificate, which is good too.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"tls.same-everywhere": "warn", "tls.trusted": "pass"},
        "two-addresses",
        specs=(LEAF.but(name="leaf-2"),),
        doors=(Door(), Door(("leaf-2", "intermediate"))),
    ),
    Scenario(
        "takes-turns",
        "Two servers stand behind one address; the certificate was renewed on one of them only.",
        _SUBJECT,
        "not_ready",
        ("tls.dates",),
        {"tls.dates": "fail", "tls.same-everywhere": "warn", "auth.token": "pass"},
        specs=(LEAF.but(name="old-leaf", days=(-400, -1)),),
        doors=(Door(turns=("old-leaf", "intermediate")),),
    ),
    _second(
        "second-address-incomplete",
        "The second address does not send the intermediate.",
        "tls.chain-complete",
        Door(("leaf",)),
    ),
    _second(
        "second-address-expired",
        "The second address still has the old certificate.",
        "tls.dates",
        Door(("expired-leaf", "intermediate")),
    ),
    _second(
        "second-address-wrong-name",
        "The second address has another site's certificate.",
        "tls.name",
        Door(("other-name", "intermediate")),
    ),
    _second(
        "second-address-private",
        "The second address has a certificate of the company's own authority.",
        "tls.trusted",
        Door(("private-leaf", PRIVATE.name, "private-root")),
    ),
    _second("second-address-dead", "Nothing listens at the second address.", "net.reachable", Door(wire="port-closed")),
    _second(
        "second-address-silent", "The second address accepts and says nothing.", "tls.handshake", Door(wire="silent")
    ),
    _second(
        "second-address-old-tls",
        "The second address speaks TLS 1.1 at best.",
        "tls.handshake",
        Door(lowest="TLSv1", highest="TLSv1_1"),
    ),
)
