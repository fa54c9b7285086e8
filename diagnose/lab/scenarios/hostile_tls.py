"""Handshakes and certificates that no honest server shows, and addresses in them that lead astray."""

from __future__ import annotations

from diagnose.lab.pki import INTERMEDIATE, LEAF, PRIVATE
from diagnose.lab.scenario import Door, Scenario, Spec
from diagnose.lab.scenarios.hostile import API, AUTH, SEEN, SUBJECT

_ISSUERS = "O=halo-diagnose lab"


def _shaken(name: str, sentence: str, flight: str, *chain: str, specs: tuple[Spec, ...] = ()) -> Scenario:
    """Return a server whose handshake goes wrong in this way."""
    expected = {"net.reachable": "pass", "tls.handshake": "fail", API: "unknown", "auth.token": "unknown"}
    doors = (Door(chain or ("leaf", "intermediate"), flight=flight),)
    return Scenario(name, sentence, SUBJECT, "not_ready", ("tls.handshake",), expected, doors=doors, specs=specs)


def _chain(name: str, sentence: str, *chain: str, specs: tuple[Spec, ...] = ()) -> Scenario:
    """Return a server whose chain is odd and good all the same."""
    expected = SEEN | {"auth.token": "pass"}
    return Scenario(name, sentence, SUBJECT, "ready", (), expected, specs=specs).but(
        doors=(Door(chain or ("leaf", "intermediate")),)
    )


def _incomplete(name: str, sentence: str, *chain: str, specs: tuple[Spec, ...] = ()) -> Scenario:
    """Return a server whose chain ends nowhere; without a trusted chain no credential leaves."""
    causes = ("tls.chain-complete",)
    expected = {"tls.handshake": "pass", "tls.chain-complete": "fail", "auth.token": "unknown", API: "pass"}
    scenario = Scenario(name, sentence, SUBJECT, "not_ready", causes, expected, specs=specs)
    return scenario.but(doors=(Door(chain or ("leaf",)),))


def _fetched(name: str, sentence: str, trick: str = "", aia: str = "{aia}/intermediate.cer") -> Scenario:
    """Return a server without its intermediate, whose address in the certificate leads to this."""
    tricks = {"/*": trick} if trick else {}
    return _incomplete(name, sentence, specs=(LEAF.but(aia=aia),)).but(aia_tricks=tricks)


HANDSHAKES = (
    _shaken("reset-in-handshake", "The connection is reset in the middle of the handshake.", "reset"),
    _shaken("reset-after-handshake", "The connection is reset when the handshake is done.", "cut-off").but(
        expected_causes=(API, AUTH), expected=SEEN | {API: "fail", AUTH: "fail"}
    ),
    _shaken("drip-handshake", "The handshake comes a byte at a time.", "drip"),
    _shaken("endless-handshake", "The handshake has no end.", "endless"),
    _shaken("endless-garbage", "Bytes that are no TLS come without end.", "garbage"),
    _shaken("certificates-announced", "Certificates of sixteen megabytes are announced and sent.", "announced"),
    _shaken("unsigned-handshake", "The server signs the handshake with a key it does not have.", "unsigned"),
    *(
        _shaken(
            f"certificate-{oddity}",
            sentence,
            "unsigned",
            "odd",
            "intermediate",
            specs=(LEAF.but(name="odd", oddity=oddity),),
        )
        for oddity, sentence in (
            ("cut-in-half", "The certificate ends in the middle."),
            ("lengths-lie", "The certificate's lengths lie (broken ASN.1)."),
            ("no-bytes", "The certificate has no bytes."),
            ("text", "The certificate is a web page."),
            ("garbage-standard-extensions", "Extensions that every client reads are garbage."),
        )
    ),
    _shaken(
        "broken-intermediate",
        "The second certificate that is sent is broken.",
        "unsigned",
        "leaf",
        "odd",
        specs=(INTERMEDIATE.but(name="odd", oddity="cut-in-half"),),
    ),
    *(
        _shaken(
            f"server-key-{oddity}",
            sentence,
            "unsigned",
            "odd",
            "intermediate",
            specs=(LEAF.but(name="odd", oddity=oddity),),
        ).but(expected_causes=("tls.handshake", "tls.strength"))
        for oddity, sentence in (
            ("huge-modulus", "The server's RSA key has seventeen thousand bits."),
            ("huge-exponent", "The server's RSA key has an exponent of two thousand bits."),
        )
    ),
    _shaken(
        "ten-thousand-long-names",
        "The certificate has ten thousand names and is larger than clients take.",
        "",
        specs=(LEAF.but(names=("{host}", *(f"host-{number}.example.test" for number in range(10_000)))),),
    ),
)

CHAINS = (
    Scenario(
        "marked-certificates",
        "Names, issuers and addresses in the certificates are full of markup and escape sequences.",
        SUBJECT,
        "not_ready",
        ("tls.trusted",),
        {"tls.handshake": "pass", "tls.trusted": "fail", "auth.token": "unknown"},
        specs=(
            LEAF.but(
                issuer="marked",
                names=("{host}", "<script>alert(1)</script>.example.test", "\x1b[31mred.example.test"),
                aia="http://<script>alert(1)</script>/\x1b[31m",
            ),
            PRIVATE.but(
                name="marked", issuer="marked", subject="CN=\x1b]0\\;title\x07\u202eder \\<b\\>x\\</b\\>,O=[bold]"
            ),
        ),
        doors=(Door(("leaf", "marked")),),
    ),
    _chain(
        "ten-thousand-names",
        "The certificate has ten thousand short names.",
        specs=(LEAF.but(names=("{host}", *(f"{number:x}.t" for number in range(10_000)))),),
    ),
    _chain(
        "negative-serial",
        "The certificate's serial number is negative, which strict clients refuse.",
        specs=(LEAF.but(oddity="negative-serial"),),
    ).but(expected_verdict="ready_with_warnings", expected=SEEN | {"tls.every-client": "warn", "auth.token": "pass"}),
    _chain(
        "garbage-extensions",
        "Extensions of the certificate are garbage.",
        specs=(LEAF.but(oddity="garbage-extensions"),),
    ),
    _chain(
        "hundred-certificates",
        "A hundred certificates are sent.",
        *("leaf", "intermediate", *("stranger",) * 98),
    ).but(expected_verdict="ready_with_warnings", expected=SEEN | {"tls.chain-clean": "warn", "auth.token": "pass"}),
    _incomplete(
        "certificate-cycle",
        "Two authorities certify each other, and both are sent.",
        *("leaf", "round", "about"),
        specs=(
            LEAF.but(issuer="round", aia="{aia}/round.cer"),
            Spec("round", f"CN=Round CA,{_ISSUERS}", "about", ca=True, aia="{aia}/about.cer"),
            Spec("about", f"CN=About CA,{_ISSUERS}", "round", ca=True, aia="{aia}/round.cer"),
        ),
    ),
    _incomplete(
        "crowd-of-issuers",
        "Eighteen authorities with one name and one key are sent, and none leads anywhere.",
        *("leaf", *(f"crowd-{number}" for number in range(18))),
        specs=(
            LEAF.but(issuer="crowd-0", aia=""),
            *(
                Spec(f"crowd-{number}", f"CN=Crowd CA,{_ISSUERS}", "missing", ca=True, key_of="crowd")
                for number in range(18)
            ),
            Spec("crowd", f"CN=Crowd Key,{_ISSUERS}", "missing", ca=True),
            Spec("missing", f"CN=Missing CA,{_ISSUERS}", "root", ca=True),
        ),
    ),
    *(
        _incomplete(
            f"issuer-{oddity}",
            sentence,
            *("leaf", "odd"),
            specs=(
                LEAF.but(aia="{aia}/odd.cer"),
                INTERMEDIATE.but(name="odd", oddity=oddity),
            ),
        )
        for oddity, sentence in (
            ("huge-modulus", "The intermediate's RSA key has seventeen thousand bits, and fits nothing."),
            ("huge-exponent", "The intermediate's RSA key has an exponent of two thousand bits, and fits nothing."),
        )
    ),
)

ISSUERS = (
    _fetched("aia-drip", "The issuer's address answers a byte at a time.", "drip-headers"),
    _fetched("aia-gigabyte", "The issuer's address gives a gigabyte.", "long-body"),
    _fetched("aia-endless-headers", "The issuer's address gives headers without end.", "endless-headers"),
    _fetched("aia-redirect-for-ever", "The issuer's address redirects to ever new addresses.", "redirect-for-ever"),
    _fetched("aia-redirect-to-private", "The issuer's address redirects to a private one.", "redirect-to-private"),
    _fetched("aia-redirect-to-file", "The issuer's address redirects to a file of this machine.", "redirect-to-file"),
    _fetched("aia-redirect-nonsense", "The issuer's address redirects to what is no address.", "redirect-nonsense"),
    _fetched("aia-bomb", "The issuer's address gives what unpacks to a gigabyte.", "gzip-bomb"),
    _fetched("aia-reset", "The issuer's address resets every connection.", "reset"),
    _fetched("aia-link-local", "The issuer's address is link-local.", aia="http://169.254.169.254/ca.cer"),
    _fetched("aia-this-machine", "The issuer's address is this machine's own.", aia="http://127.0.0.1/ca.cer"),
    _fetched("aia-file", "The issuer's address is a file of this machine.", aia="file:///etc/passwd"),
    _fetched("aia-nonsense", "The issuer's address is no address.", aia="http://[::1:99999/%zz\\,"),
)

GROUPS = {
    "handshakes": HANDSHAKES,
    "certificates and chains": CHAINS,
    "what the address of the issuer leads to": ISSUERS,
}
"""As the README tells them."""
SCENARIOS = tuple(scenario for group in GROUPS.values() for scenario in group)
