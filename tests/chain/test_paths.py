"""Where a chain's paths lead: which end, which gap, which role each certificate plays."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.chain import gaps, is_issuer
from tests.chain import pki
from tests.chain.pki import HOST, LEAF, LOWER, PRIVATE, ROOT, UPPER, attempts, fetched, judged, make, server

RENEWED = make("Lab Lower", UPPER, key=LOWER.key, start=-10, end=1000)
OUTDATED = make("Lab Lower", UPPER, key=LOWER.key, start=-400, end=-5)
OLD_ROOT = make("Old Root", end=-20, start=-4000)
CROSS = make("Lab Root", OLD_ROOT, key=ROOT.key, end=900)
EXPIRED_CROSS = make("Lab Root", OLD_ROOT, key=ROOT.key, start=-900, end=-20)


def roles(*chain: Any, **more: Any) -> list[str]:
    return [certificate.role for certificate in judged(chain, **more).certificates]


def test_a_complete_chain_ends_in_the_root_and_lacks_nothing() -> None:
    chain = judged([LEAF, LOWER, UPPER])
    assert (chain.end, chain.gap, chain.trust) == ("root", None, "trusted")
    assert [each.origin for each in chain.path] == ["sent", "sent", "sent", "root"]
    assert [each.role for each in chain.certificates] == ["leaf", "intermediate", "intermediate"]
    assert (chain.in_order, chain.in_the_way) == (True, ())


@pytest.mark.parametrize(
    ("sent", "missing"),
    [([LEAF], LOWER), ([LEAF, UPPER], LOWER), ([LEAF, LOWER], UPPER)],
    ids=["leaf only", "missing lower", "missing upper"],
)
def test_the_missing_issuer_is_named_and_its_place_known(sent: Any, missing: Any) -> None:
    chain = judged(sent)
    assert chain.end == "missing"
    assert chain.gap is not None
    assert (chain.gap.missing, chain.gap.either) == ((missing.subject,), False)
    assert chain.trust == "undecided"
    assert not any(each.superfluous for each in chain.certificates)


def test_what_aia_gives_completes_the_path_and_is_named_as_missing() -> None:
    chain = judged([LEAF], issuers=fetched((LOWER, LEAF), (UPPER, LOWER)))
    assert (chain.end, chain.trust) == ("root", "trusted")
    assert chain.gap is not None
    assert chain.gap.missing == (LOWER.subject, UPPER.subject)
    assert [each.certificate for each in chain.gap.fetched] == [LOWER.der, UPPER.der]
    assert chain.as_sent.lenient is chain.as_sent.strict is False
    assert chain.completed_by_aia is not None
    assert chain.completed_by_aia.lenient is chain.completed_by_aia.strict is True
    assert chain.in_the_way == ()


def test_what_aia_gave_for_another_address_changes_nothing_here() -> None:
    chain = judged([LEAF, LOWER, UPPER], issuers=fetched((RENEWED, LEAF)))
    assert (chain.gap, chain.completed_by_aia) == (None, None)


def test_an_intermediate_by_aia_whose_issuer_is_nowhere_leaves_trust_open() -> None:
    chain = judged([LEAF], issuers=fetched((LOWER, LEAF)))
    assert chain.gap is not None
    assert (chain.end, chain.gap.missing) == ("missing", (LOWER.subject, UPPER.subject))


def test_a_self_signed_root_by_aia_means_that_nothing_is_missing_but_trust() -> None:
    leaf = server(PRIVATE, aia=["http://ca.company.example/root.cer"])
    chain = judged([leaf], issuers=fetched((PRIVATE, leaf)))
    assert (chain.end, chain.gap, chain.trust) == ("private_root", None, "private")


def test_a_private_intermediate_by_aia_under_a_private_root_is_two_faults() -> None:
    between = make("Company Issuing", PRIVATE)
    leaf = server(between)
    chain = judged([leaf], issuers=fetched((between, leaf), (PRIVATE, between)))
    assert chain.gap is not None
    assert (chain.end, chain.gap.missing, chain.trust) == ("private_root", (between.subject,), "private")


@pytest.mark.parametrize(
    ("urls", "issuers"),
    [
        ([], None),
        (["ldap:///CN=Company"], None),
        (["http://pki.company.local/root.crt"], None),
        (["http://10.0.0.1/root.crt"], None),
        (["http://pki/root.crt"], None),
        (["http://[bad/root.crt"], None),
        (["http://pki.company.example/r.crt"], attempts("http://pki.company.example/r.crt", "refused_address")),
    ],
    ids=["no address", "ldap", "local name", "private address", "one label", "broken address", "resolves privately"],
)
def test_without_a_public_place_to_have_it_both_readings_stand(urls: Any, issuers: Any) -> None:
    chain = judged([server(PRIVATE, aia=urls)], issuers=issuers)
    assert chain.gap is not None
    assert chain.gap.either


def test_a_public_place_that_answers_404_still_means_a_missing_intermediate() -> None:
    url = "http://ca.lab.example/lower.der"
    chain = judged([LEAF], issuers=attempts(url, "http_error"))
    assert chain.gap is not None
    assert not chain.gap.either


def test_a_private_root_that_is_sent_is_no_gap_and_not_superfluous() -> None:
    chain = judged([server(PRIVATE), PRIVATE])
    assert (chain.end, chain.gap, chain.trust) == ("private_root", None, "private")
    assert [each.role for each in chain.certificates] == ["leaf", "root"]
    assert not any(each.superfluous for each in chain.certificates)


@pytest.mark.parametrize("ca", [True, False, None])
def test_a_self_signed_server_certificate_is_private_and_lacks_nothing(ca: Any) -> None:
    chain = judged([server(None, ca=ca)])
    assert (chain.end, chain.gap, chain.trust) == ("self_signed", None, "private")


def test_a_self_signed_certificate_that_is_a_root_in_force_is_trusted() -> None:
    own = server(None, ca=True)
    assert judged([own], roots=[own]).trust == "trusted"


def test_subject_and_issuer_alike_are_not_enough_for_self_signed() -> None:
    twin = make(HOST)
    chain = judged([server(twin)])
    assert chain.end == "missing"


def test_a_name_alone_links_nothing() -> None:
    impostor = make("Lab Lower", UPPER)
    chain = judged([LEAF, impostor, UPPER])
    assert chain.end == "missing"
    assert chain.gap is not None
    assert chain.gap.missing == (LOWER.subject,)


def test_two_spellings_of_one_name_still_link() -> None:
    upper_case = make("LAB  ROOT", key=ROOT.key, end=3000)
    chain = judged([LEAF, LOWER, UPPER], roots=[upper_case])
    assert chain.end == "root"


def test_every_part_is_given_its_role() -> None:
    stranger = make("Somebody Else", PRIVATE)
    assert roles(LEAF, LOWER, LOWER, OUTDATED, UPPER, CROSS, stranger, ROOT, b"junk") == [
        "leaf",
        "intermediate",
        "duplicate",
        "expired",
        "intermediate",
        "cross-signed",
        "unrelated",
        "root",
        "unreadable",
    ]


def test_superfluous_are_duplicates_strangers_the_expired_and_the_root_but_no_living_cross_sign() -> None:
    stranger = make("Somebody Else", PRIVATE)
    chain = judged([LEAF, LOWER, LOWER, EXPIRED_CROSS, UPPER, CROSS, stranger, ROOT, b"junk"])
    extra = [each.index for each in chain.certificates if each.superfluous]
    assert extra == [2, 3, 6, 7, 8]
    assert chain.in_order


def test_the_current_path_wins_over_an_expired_one_in_whatever_order() -> None:
    for sent in ([LEAF, OUTDATED, RENEWED, UPPER], [LEAF, RENEWED, OUTDATED, UPPER]):
        chain = judged(sent)
        assert chain.dates.valid
        assert RENEWED.sha256 in [each.sha256 for each in chain.path]


def test_an_expired_intermediate_on_the_only_path_is_on_it() -> None:
    chain = judged([LEAF, OUTDATED, UPPER])
    assert (chain.end, chain.dates.expired, chain.trust) == ("root", (OUTDATED.subject,), "trusted")
    assert not any(each.superfluous for each in chain.certificates)


def test_an_expired_old_root_in_the_store_harms_nothing() -> None:
    chain = judged([LEAF, LOWER, UPPER, EXPIRED_CROSS], roots=[ROOT, OLD_ROOT])
    assert chain.dates.valid
    assert chain.path[-1].subject == ROOT.subject


def test_the_path_that_expires_later_wins() -> None:
    soon = make("Lab Lower", UPPER, key=LOWER.key, start=-100, end=3)
    chain = judged([LEAF, soon, LOWER, UPPER])
    assert LOWER.sha256 in [each.sha256 for each in chain.path]


def test_swapped_intermediates_are_out_of_order_and_nothing_else() -> None:
    chain = judged([LEAF, UPPER, LOWER])
    assert (chain.end, chain.in_order) == ("root", False)
    assert chain.right_order == (LEAF.subject, LOWER.subject, UPPER.subject)


def test_a_cross_sign_before_what_it_certifies_is_out_of_order() -> None:
    assert not judged([LEAF, LOWER, CROSS, UPPER]).in_order
    assert judged([LEAF, LOWER, UPPER, CROSS]).in_order


def test_in_a_reversed_chain_the_server_is_found_by_its_name() -> None:
    chain = judged([UPPER, LOWER, LEAF], outcome="bad_signature")
    assert (chain.leaf, chain.in_order, chain.end, chain.name_matches) == (2, False, "root", True)


def test_without_a_bad_signature_the_first_is_the_servers_whatever_it_is() -> None:
    assert judged([UPPER, LOWER, LEAF]).leaf == 0


def test_gaps_are_none_where_a_root_is_reached_or_the_end_signs_itself() -> None:
    assert gaps([LEAF.der, LOWER.der, UPPER.der], [ROOT.read]) == []
    assert gaps([server(PRIVATE).der, PRIVATE.der], [ROOT.read]) == []
    assert gaps([], [ROOT.read]) == []
    assert gaps([b"junk"], [ROOT.read]) == []


def test_gaps_name_the_end_of_the_path_and_where_its_issuer_can_be_had() -> None:
    assert gaps([LEAF.der], [ROOT.read]) == [(LEAF.der, ("http://ca.lab.example/lower.der",))]
    assert gaps([LEAF.der, LOWER.der], [ROOT.read]) == [(LOWER.der, ("http://ca.lab.example/upper.der",))]
    assert gaps([server(PRIVATE).der], [ROOT.read])[0][1] == ()


def test_gaps_see_the_server_at_the_end_of_a_reversed_chain_too() -> None:
    assert gaps([UPPER.der, LEAF.der], [ROOT.read]) == [(LEAF.der, ("http://ca.lab.example/lower.der",))]


def test_an_issuer_has_the_name_the_signature_and_the_right_to_issue() -> None:
    assert is_issuer(LEAF.der, LOWER.der)
    assert not is_issuer(LEAF.der, UPPER.der)
    assert not is_issuer(LEAF.der, make("Lab Lower", UPPER).der)
    no_ca = server(UPPER, subject="No CA")
    assert not is_issuer(server(no_ca).der, no_ca.der)
    assert not is_issuer(LEAF.der, b"junk")
    assert not is_issuer(b"junk", LOWER.der)


def test_the_description_says_what_a_certificate_viewer_says() -> None:
    leaf = server(LOWER, serial=0xC0FFEE, key=pki.rsa_key(2048), sans=[HOST, "192.0.2.10", "2001:db8::1"])
    first, *_, root = judged([leaf, LOWER, UPPER, ROOT]).certificates
    assert (first.index, first.subject, first.issuer) == (0, f"CN={HOST}", "CN=Lab Lower")
    assert (first.serial, first.key, first.signature) == ("c0ffee", "RSA 2048", "ecdsa-with-SHA256")
    assert (first.ca, root.ca, root.key) == (False, True, "ECDSA secp256r1")
    assert (first.names, first.names_total) == ((HOST, "192.0.2.10", "2001:db8::1"), 3)
    assert (first.not_before, first.not_after) == (pki.days(-30), pki.days(60))
