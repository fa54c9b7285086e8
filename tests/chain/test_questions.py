"""One question each: a fault of one kind answers one question badly and leaves the others alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tests.chain import pki
from tests.chain.pki import HOST, LEAF, LOWER, NOW, ROOT, UPPER, judged, make, server, usages

REST = (LOWER, UPPER)


NO_HASH = pki.Nothing()
WEAK = [(5, hashes.SHA1()), (4, hashes.MD5())]  # noqa: S303 - what is to be recognised


def in_the_way(leaf: Any, *rest: Any, **more: Any) -> tuple[str, ...]:
    return judged([leaf, *(rest or REST)], **more).in_the_way


def test_an_expired_certificate_is_a_matter_of_dates_alone() -> None:
    assert in_the_way(server(LOWER, start=-90, end=-1)) == ("tls.dates",)
    assert in_the_way(server(LOWER, start=1, end=90)) == ("tls.dates",)


def test_even_where_no_moment_suits_the_whole_path_trust_stands() -> None:
    renewed = make("Lab Lower", UPPER, key=LOWER.key, start=-30)
    chain = judged([server(LOWER, start=-90, end=-40), renewed, UPPER])
    assert (chain.trust, chain.as_sent.strict, chain.in_the_way) == ("trusted", None, ("tls.dates",))


def test_dates_name_the_first_to_expire_and_count_the_days() -> None:
    dates = judged([server(LOWER, end=9), *REST]).dates
    assert (dates.first, dates.not_after, dates.days_left, dates.valid) == (f"CN={HOST}", pki.days(9), 9.0, True)


@pytest.mark.parametrize(
    ("hours", "valid"),
    [(-1, True), (0, True), (1, False)],
    ids=["an hour before", "the second itself", "an hour after"],
)
def test_the_last_second_is_still_within_the_dates(hours: int, valid: bool) -> None:
    moment = pki.days(60) + timedelta(hours=hours)
    assert judged([LEAF, *REST], now=moment).dates.valid is valid


def test_clocks_a_day_apart_put_the_dates_in_doubt_only_where_they_decide() -> None:
    expired = server(LOWER, start=-20, end=-2)
    assert judged([expired, *REST], offset=-3 * 86400.0).dates.in_doubt
    assert judged([LEAF, *REST], offset=70 * 86400.0).dates.in_doubt
    assert not judged([LEAF, *REST], offset=3 * 86400.0).dates.in_doubt
    assert not judged([expired, *REST], offset=-3600.0).dates.in_doubt
    assert not judged([expired, *REST], offset=1e300).dates.in_doubt
    assert not judged([expired, *REST], offset=float("nan")).dates.in_doubt


def test_a_wrong_name_is_a_matter_of_the_name_alone() -> None:
    assert in_the_way(server(LOWER, sans=["other.example"])) == ("tls.name",)


def test_a_common_name_alone_names_nobody() -> None:
    chain = judged([server(LOWER, sans=None), *REST])
    assert (chain.in_the_way, chain.common_name_matches, chain.as_sent.strict) == (("tls.name",), True, None)


@pytest.mark.parametrize(
    ("sans", "host", "matches"),
    [
        (["HALO.example.com"], HOST, True),
        (["halo.example.com."], HOST, True),
        ([HOST], "HALO.EXAMPLE.COM.", True),
        (["*.example.com"], HOST, True),
        (["*.example.com"], "a.halo.example.com", False),
        (["*.example.com"], "example.com", False),
        (["h*.example.com"], HOST, False),
        (["halo.*.com"], HOST, False),
        (["*.com"], "example.com", False),
        (["*"], "localhost", False),
        (["localhost"], "localhost", True),
        (["xn--bcher-kva.example"], "xn--bcher-kva.example", True),
        (["192.0.2.10"], "192.0.2.10", True),
        (["192.0.2.10"], "192.0.2.11", False),
        (["2001:db8::1"], "2001:0DB8:0:0::1", True),
        (["2001:db8::1"], "[2001:db8::1]", True),
        ([HOST], "192.0.2.10", False),
    ],
)
def test_names_match_as_rfc_9525_says(sans: Any, host: str, matches: bool) -> None:
    assert judged([server(LOWER, sans=sans), *REST], host=host).name_matches is matches


def test_an_address_written_as_a_dns_name_does_not_count() -> None:
    extra = [(x509.SubjectAlternativeName([x509.DNSName("192.0.2.10")]), False)]
    assert not judged([server(LOWER, sans=None, extra=extra), *REST], host="192.0.2.10").name_matches


def test_purposes() -> None:
    assert in_the_way(server(LOWER, eku=[ExtendedKeyUsageOID.CLIENT_AUTH])) == ("tls.purpose",)
    assert in_the_way(server(LOWER, eku=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])) == ("tls.purpose",)
    assert in_the_way(server(LOWER, usage=usages(crl_sign=True))) == ("tls.purpose",)
    assert in_the_way(server(LOWER, eku=None)) == ()
    both = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    assert in_the_way(server(LOWER, eku=both)) == ()


def test_an_issuer_limited_to_other_purposes_limits_what_it_issues() -> None:
    mail = make("Mail CA", ROOT, eku=[ExtendedKeyUsageOID.EMAIL_PROTECTION])
    chain = judged([server(mail), mail])
    assert (chain.in_the_way, chain.purpose) == (("tls.purpose",), ("CN=Mail CA may issue, but not for servers",))


def test_key_encipherment_alone_hurts_without_failing() -> None:
    chain = judged([server(LOWER, usage=usages(key_encipherment=True)), *REST])
    assert chain.in_the_way == ()
    assert chain.purpose_warnings


@pytest.mark.parametrize(
    ("key", "weak"),
    [
        (lambda: pki.rsa_key(1024), True),
        (lambda: pki.rsa_key(2048), False),
        (lambda: dsa.generate_private_key(2048), True),
        (lambda: ec.generate_private_key(ec.SECP256R1()), False),
        (lambda: ec.generate_private_key(ec.SECP384R1()), False),
        (ed25519.Ed25519PrivateKey.generate, False),
    ],
    ids=["RSA 1024", "RSA 2048", "DSA", "P-256", "P-384", "Ed25519"],
)
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_weak_key_is_a_matter_of_strength_alone(key: Any, weak: bool) -> None:
    chain = judged([server(LOWER, key=key()), *REST])
    assert bool(chain.strength) is weak
    assert ("tls.strength" in chain.in_the_way) is weak
    assert chain.trust == "trusted"


def test_a_weak_authority_is_a_matter_of_strength_alone() -> None:
    weak = make("Weak CA", ROOT, key=pki.rsa_key(1024))
    assert in_the_way(server(weak), weak) == ("tls.strength",)


@pytest.mark.parametrize(("tail", "algorithm"), WEAK, ids=["SHA-1", "MD5"])
def test_a_weak_signature_is_a_matter_of_strength_alone(tail: int, algorithm: Any) -> None:
    root = make("RSA Root", key=pki.rsa_key(2048))
    chain = judged([pki.resigned(server(root), root, tail, algorithm)], roots=[root])
    assert (chain.in_the_way, chain.trust, chain.end) == (("tls.strength",), "trusted", "root")


def test_the_signature_on_a_root_proves_nothing_and_counts_for_nothing() -> None:
    root = make("RSA Root", key=pki.rsa_key(2048))
    old = pki.resigned(root, root, *WEAK[0])
    chain = judged([server(root), old], roots=[])
    assert (chain.end, chain.strength) == ("private_root", ())


def test_an_issuer_that_is_no_authority_is_refused_by_everyone() -> None:
    between = server(LOWER, subject="No CA")
    chain = judged([server(between), between, *REST])
    assert (chain.trust, chain.refusal) == ("refused", "CN=No CA is not entitled to issue this certificate")
    assert chain.in_the_way == ("tls.trusted",)


def test_a_path_longer_than_an_authority_may_make_is_refused() -> None:
    short = make("Short", ROOT, path_length=0)
    below = make("Below", short)
    chain = judged([server(below), below, short])
    assert (chain.trust, chain.refusal) == ("refused", "CN=Short is not entitled to issue this certificate")
    assert judged([server(short), short]).trust == "trusted"


def test_an_authority_for_other_names_is_refused_and_one_for_these_is_not() -> None:
    def under(permitted: str) -> Any:
        limited = make("Limited", ROOT, constraints=x509.NameConstraints([x509.DNSName(permitted)], None))
        return judged([server(limited, subject="The Server"), limited])

    assert under("other.example").refusal == "an authority on the path may not issue for this name"
    assert under("example.com").trust == "trusted"


def test_a_critical_extension_nobody_knows_is_refused() -> None:
    strange = [(x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True)]
    chain = judged([server(LOWER, extra=strange), *REST])
    assert chain.refusal == "a certificate on the path demands an extension that clients do not know"


def test_validators_differ_about_a_missing_authority_key_identifier() -> None:
    chain = judged([server(LOWER, identifiers=False), *REST])
    assert (chain.as_sent.lenient, chain.as_sent.strict, chain.trust) == (True, False, "trusted")
    assert chain.in_the_way == ()


def test_the_chain_of_a_refused_handshake_is_judged_all_the_same() -> None:
    chain = judged([LEAF, *REST], outcome="client_certificate")
    assert (chain.completed, chain.in_the_way) == (False, ())


def test_now_is_the_moment_given_never_the_clock() -> None:
    assert judged([LEAF, *REST], now=NOW + timedelta(days=5000)).dates.all_wrong


def test_an_authority_whose_key_usage_forbids_signing_is_refused() -> None:
    mute = make("Mute", ROOT, usage=usages(digital_signature=True))
    assert judged([server(mute), mute]).refusal == "CN=Mute is not entitled to issue this certificate"


def test_authorities_may_have_keys_of_other_kinds() -> None:
    for key in (ed25519.Ed25519PrivateKey.generate(), pki.rsa_key(2048), ec.generate_private_key(ec.SECP521R1())):
        other = make("Other Kind", ROOT, key=key)
        settings = {"digest": NO_HASH} if isinstance(key, ed25519.Ed25519PrivateKey) else {}
        assert judged([server(other, **settings), other]).end == "root"


def test_a_signature_of_a_kind_that_does_not_fit_the_key_links_nothing() -> None:
    impostor = make("Lab Lower", UPPER, key=pki.rsa_key(2048))
    assert judged([LEAF, impostor, UPPER]).end == "missing"


def test_names_of_every_kind_are_shown_as_text() -> None:
    kinds = [
        x509.RFC822Name("admin@example.com"),
        x509.UniformResourceIdentifier("https://example.com/"),
        x509.DirectoryName(pki.name("Directory")),
        x509.RegisteredID(ObjectIdentifier("1.2.3")),
        x509.OtherName(ObjectIdentifier("1.2.3"), b"\x05\x00"),
    ]
    chain = judged([server(LOWER, sans=None, extra=[(x509.SubjectAlternativeName(kinds), False)]), *REST])
    assert chain.names == (
        "RFC822Name:admin@example.com",
        "UniformResourceIdentifier:https://example.com/",
        "DirectoryName:CN=Directory",
        "RegisteredID:1.2.3",
        "OtherName:1.2.3",
    )
    assert chain.as_sent.strict is None


def test_the_strict_validator_is_asked_for_a_wildcard_and_an_address_too() -> None:
    assert judged([server(LOWER, sans=["*.example.com"]), *REST]).as_sent.strict is True
    assert judged([server(LOWER, sans=["192.0.2.10"]), *REST]).as_sent.strict is True


def test_an_incomplete_chain_beyond_the_caps_says_so() -> None:
    assert judged([LEAF, *[UPPER] * 25]).dropped == 6
