"""Certificates: what is missing, untrusted, out of date, for another name or purpose, or too weak."""

from __future__ import annotations

from diagnose.lab.pki import INTERMEDIATE, LEAF, LOWER, PRIVATE, PRIVATE_ROOT
from diagnose.lab.scenario import Door, Given, Scenario, Spec

_SUBJECT = "certificates"
_LEAF_ONLY = (Door(("leaf",)),)
_NO_AIA = (LEAF.but(aia=""),)
_BLOCKED = {"auth.token": "unknown", "halo.answers": "pass", "url.auth-endpoint": "pass"}
"""No credential over an unverified channel; what needs none is asked all the same."""


def _chain(name: str, sentence: str, cause: str, /, **changes: object) -> Scenario:
    scenario = Scenario(name, sentence, _SUBJECT, "not_ready", (cause,))
    return scenario.but(**({"expected": _BLOCKED | {cause: "fail"}} | changes))


def _incomplete(name: str, sentence: str, /, **changes: object) -> Scenario:
    expected = _BLOCKED | {"tls.chain-complete": "fail", "tls.trusted": "unknown"}
    return _chain(name, sentence, "tls.chain-complete", **({"doors": _LEAF_ONLY, "expected": expected} | changes))


def _aia(name: str, sentence: str, what: str) -> Scenario:
    return _incomplete(name, sentence, aia={"/intermediate.cer": what})


_COMPLETED = {"tls.chain-complete": "fail", "tls.trusted": "pass", "tls.dates": "pass", "auth.token": "pass"}

INCOMPLETE = (
    _incomplete(
        "missing-intermediate",
        "The server sends its own certificate only; the intermediate can be had from the address in it.",
        expected=_COMPLETED,
    ),
    _incomplete(
        "missing-intermediate-pem",
        "As missing-intermediate; the address gives the intermediate as PEM.",
        aia={"/intermediate.cer": "pem:intermediate"},
        expected=_COMPLETED,
    ),
    _incomplete(
        "missing-intermediate-p7c",
        "As missing-intermediate; the address gives the intermediate inside a PKCS #7 file.",
        aia={"/intermediate.cer": "p7c:intermediate"},
        expected=_COMPLETED,
    ),
    _incomplete(
        "missing-intermediate-moved",
        "As missing-intermediate; the address redirects to where the intermediate is.",
        aia={"/intermediate.cer": "redirect:{aia}/moved.cer", "/moved.cer": "der:intermediate"},
        expected=_COMPLETED,
    ),
    _incomplete(
        "missing-upper-intermediate",
        "Of two intermediates the server sends only the lower one; the upper can be had from the address in it.",
        specs=(LEAF.but(issuer="lower", aia="{aia}/lower.cer"), LOWER.but(aia="{aia}/upper.cer")),
        doors=(Door(("leaf", "lower")),),
        expected=_COMPLETED,
        twin="two-intermediates",
    ),
    _incomplete(
        "missing-both-intermediates",
        "Of two intermediates the server sends none; each names where its own issuer is.",
        specs=(LEAF.but(issuer="lower", aia="{aia}/lower.cer"), LOWER.but(aia="{aia}/upper.cer")),
        expected=_COMPLETED,
        twin="two-intermediates",
    ),
    _incomplete(
        "missing-intermediate-no-aia",
        "The server sends its own certificate only, and nothing says where the intermediate could be had.",
        specs=_NO_AIA,
    ),
    _incomplete(
        "missing-intermediate-aia-forbidden",
        "As missing-intermediate, and the run may fetch nothing.",
        options=("--ip-restriction", "no", "--no-aia"),
    ),
    _aia("aia-not-found", "The intermediate is missing and the address in the certificate answers 404.", "404"),
    _aia("aia-html", "The intermediate is missing and the address in the certificate gives a web page.", "html"),
    _aia("aia-wrong-issuer", "The intermediate is missing and the address gives another authority.", "der:stranger"),
    _aia("aia-endless", "The intermediate is missing and the address gives ten megabytes.", "endless"),
    _aia(
        "aia-to-metadata",
        "The intermediate is missing and the address redirects to a cloud's metadata service.",
        "redirect:http://169.254.169.254/latest/meta-data/",
    ),
    _aia(
        "aia-redirect-loop",
        "The intermediate is missing and the address redirects to itself.",
        "redirect:{aia}/intermediate.cer",
    ),
    _incomplete(
        "aia-private-address",
        "The intermediate is missing and its address is a private one, which is never asked.",
        specs=(LEAF.but(aia="http://10.11.12.13/intermediate.cer"),),
    ),
    _incomplete(
        "aia-circle",
        "The intermediate is missing, and two authorities name each other as issuer for ever.",
        specs=(
            LEAF.but(issuer="round", aia="{aia}/round.cer"),
            Spec("round", "CN=Round CA,O=halo-diagnose lab", "about", ca=True, aia="{aia}/about.cer"),
            Spec("about", "CN=About CA,O=halo-diagnose lab", "round", ca=True, aia="{aia}/round.cer"),
        ),
    ),
)

_HOSTILE = "\x1b[31mred\u202eder \\<script\\>alert(1)\\</script\\> [bold]x[/bold] | `x`"
"""RFC 4514 escapes < and >."""

_PRIVATE_LEAF = LEAF.but(issuer="private", aia="")

UNTRUSTED = (
    _chain(
        "private-root",
        "The chain is complete and ends in the company's own root.",
        "tls.trusted",
        specs=(_PRIVATE_LEAF,),
        doors=(Door(("leaf", "private", "private-root")),),
        expected=_BLOCKED | {"tls.trusted": "fail", "tls.chain-complete": "pass"},
    ),
    _chain(
        "private-root-by-aia",
        "The root is not sent, and the address in the certificate shows that it is the company's own.",
        "tls.trusted",
        specs=(_PRIVATE_LEAF, PRIVATE.but(aia="{aia}/private-root.cer")),
        doors=(Door(("leaf", "private")),),
        expected=_BLOCKED | {"tls.trusted": "fail", "tls.chain-complete": "pass"},
    ),
    _incomplete(
        "private-root-unknown",
        "The company's root is not sent and no address is named: a missing intermediate would look the same.",
        specs=(_PRIVATE_LEAF,),
        doors=(Door(("leaf", "private")),),
    ),
    _chain(
        "hostile-certificate",
        "A private root has a name that is made to confuse terminals and browsers.",
        "tls.trusted",
        specs=(
            _PRIVATE_LEAF.but(issuer="hostile"),
            PRIVATE_ROOT.but(name="hostile", issuer="hostile", subject=f"CN={_HOSTILE},O=Contoso MSP"),
        ),
        doors=(Door(("leaf", "hostile")),),
        expected=_BLOCKED | {"tls.trusted": "fail", "tls.chain-complete": "pass"},
    ),
    _chain(
        "self-signed",
        "The server's certificate is signed by itself.",
        "tls.trusted",
        specs=(LEAF.but(issuer="leaf", aia=""),),
        doors=_LEAF_ONLY,
        expected=_BLOCKED | {"tls.trusted": "fail", "tls.chain-complete": "pass"},
    ),
)

DATES = (
    _chain(
        "expired", "The server's certificate expired three days ago.", "tls.dates", specs=(LEAF.but(days=(-193, -3)),)
    ),
    _chain(
        "expired-intermediate",
        "The intermediate expired two days ago, the server's own certificate is good.",
        "tls.dates",
        specs=(INTERMEDIATE.but(days=(-1800, -2)),),
    ),
    _chain(
        "not-yet-valid",
        "The certificate is valid from the day after tomorrow.",
        "tls.dates",
        specs=(LEAF.but(days=(2, 192)),),
    ),
    _chain(
        "expires-soon",
        "The certificate expires in nine days.",
        "tls.dates",
        specs=(LEAF.but(days=(-81, 9)),),
        expected_verdict="ready_with_warnings",
        expected_causes=(),
        expected={"tls.dates": "warn", "auth.token": "pass"},
    ),
    _chain(
        "intermediate-expires-soon",
        "The intermediate expires in five days.",
        "tls.dates",
        specs=(INTERMEDIATE.but(days=(-1800, 5)),),
        expected_verdict="ready_with_warnings",
        expected_causes=(),
        expected={"tls.dates": "warn", "auth.token": "pass"},
    ),
)

NAMES = (
    _chain(
        "wrong-name",
        "The certificate is for another name.",
        "tls.name",
        specs=(LEAF.but(names=("mail.example.test",)),),
    ),
    _chain("cn-only", "The name stands in the subject only.", "tls.name", specs=(LEAF.but(names=()),)),
    _chain(
        "wildcard-too-deep",
        "A wildcard covers one label, and the name has two in its place.",
        "tls.name",
        specs=(LEAF.but(names=("*.example.test",)),),
        given=Given(host="psa.halo.example.test"),
        twin="wildcard",
    ),
)

STRENGTH = (
    _chain(
        "weak-key", "The certificate's key is RSA with 1024 bits.", "tls.strength", specs=(LEAF.but(key="rsa-1024"),)
    ),
    _chain("weak-signature", "The certificate is signed with SHA-1.", "tls.strength", specs=(LEAF.but(digest="sha1"),)),
    _chain(
        "wrong-purpose",
        "The certificate is meant for clients only.",
        "tls.purpose",
        specs=(LEAF.but(purposes=("client",)),),
    ),
)

INTERCEPTED = tuple(
    Scenario(
        name,
        sentence,
        _SUBJECT,
        "undecided",
        expected={"tls.not-intercepted": "unknown", "tls.trusted": "unknown", "auth.token": "unknown"},
        specs=(
            PRIVATE_ROOT.but(name="box", issuer="box", subject=subject, days=(-500, 3000)),
            LEAF.but(issuer="box", aia="", days=(-2, 28)),
        ),
        doors=(Door(chain),),
    )
    for name, sentence, subject, chain in (
        (
            "intercepted",
            "The company's own firewall answers with a certificate it made up, and sends its root.",
            "CN=FG100FTK21000000,OU=Certificate Authority,O=Fortinet,L=Sunnyvale,ST=California,C=US",
            ("leaf", "box"),
        ),
        (
            "intercepted-leaf-only",
            "A web filter answers with a certificate it made up, and sends nothing else.",
            "CN=Zscaler Intermediate Root CA (zscaler.net),OU=Zscaler Inc.,O=Zscaler Inc.,ST=California,C=US",
            ("leaf",),
        ),
    )
)

SCENARIOS = (*INCOMPLETE, *UNTRUSTED, *DATES, *NAMES, *STRENGTH, *INTERCEPTED)
