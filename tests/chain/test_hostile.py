"""Whatever is sent, a chain is judged: in bounded time, without an exception, without a warning."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from diagnose.chain import gaps, is_issuer
from diagnose.chain.certificate import MOST_CERTIFICATES, Certificate
from diagnose.chain.signatures import BUDGET, Signatures
from diagnose.facts.chains import JudgedChain
from tests.chain import pki
from tests.chain.pki import HOST, LEAF, LOWER, NOW, ROOT, UPPER, judged, make, server

LAB = [LEAF.der, LOWER.der, UPPER.der, ROOT.der]
SECONDS = 5.0
"""Far above what any of these takes here (tens of milliseconds), far below what a hang would."""


def judged_in_time(chain: Any, **more: Any) -> JudgedChain:
    began = time.perf_counter()
    found = judged(chain, **more)
    assert time.perf_counter() - began < SECONDS
    return found


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=300), max_size=6))
def test_no_bytes_make_it_raise(chain: Any) -> None:
    assert len(judged(chain).certificates) == len(chain)
    assert gaps(chain, [ROOT.read]) == []


@st.composite
def damaged(draw: Any) -> Any:
    """A real chain with a few bytes of it changed, cut or doubled: what still parses is the dangerous part."""
    chain = [bytearray(der) for der in draw(st.permutations(LAB))]
    for _ in range(draw(st.integers(1, 4))):
        der = chain[draw(st.integers(0, len(chain) - 1))]
        place = draw(st.integers(0, len(der) - 1))
        der[place] = draw(st.integers(0, 255))
    return [bytes(der) for der in chain]


@pytest.mark.fuzz
@given(damaged(), st.sampled_from(["completed", "bad_signature", "client_certificate"]))
def test_no_damage_makes_it_raise(chain: Any, outcome: str) -> None:
    assert len(judged(chain, outcome=outcome).certificates) == len(chain)
    gaps(chain, [ROOT.read])
    is_issuer(chain[0], chain[1])


@pytest.mark.fuzz
@given(st.integers(-700000, 2910000), st.floats(allow_nan=True, allow_infinity=True))
def test_no_moment_and_no_clock_make_it_raise(days: int, offset: float) -> None:
    assert judged(LAB, now=NOW + timedelta(days=days), offset=offset).end == "root"


def test_twenty_authorities_of_one_name_and_one_key_stay_within_the_budget() -> None:
    key = ROOT.key
    crowd = [make("Lab Root", ROOT, key=key, serial=50_000 + number) for number in range(19)]
    chain = judged_in_time([server(ROOT), *crowd])
    assert (chain.end, len(chain.certificates)) == ("root", 20)
    assert judged_in_time([server(ROOT), *crowd], roots=[]).end in {"missing", "private_root"}


def test_the_budget_is_kept() -> None:
    signatures = Signatures(budget=1)
    read = Certificate.read
    leaf, lower, upper = (read(each.der) for each in (LEAF, LOWER, UPPER))
    assert leaf is not None
    assert lower is not None
    assert upper is not None
    assert signatures.confirm(leaf, lower)
    assert not signatures.confirm(lower, upper)
    assert Signatures().left == BUDGET


def test_two_authorities_that_certify_each_other_end_nowhere() -> None:
    one = make("One")
    other = make("Other", one)
    back = make("One", other, key=one.key)
    chain = judged_in_time([server(other), other, back])
    assert (chain.end, chain.trust) == ("missing", "undecided")
    assert len(gaps([server(other).der, other.der, back.der], [ROOT.read])) <= 1


def test_more_certificates_than_any_server_needs_are_not_looked_at() -> None:
    chain = judged_in_time([LEAF, *[LOWER] * 40, UPPER])
    assert len(chain.certificates) == MOST_CERTIFICATES
    assert chain.end == "missing"


def test_a_certificate_beyond_the_caps_is_not_looked_at() -> None:
    names = [f"host{number}.example.org" for number in range(9999)]
    assert judged_in_time([server(LOWER, sans=[*names, HOST]), LOWER, UPPER]).certificates == ()


def test_three_thousand_names_are_all_compared_and_a_hundred_shown() -> None:
    names = [f"host{number}.example.org" for number in range(2999)]
    chain = judged_in_time([server(LOWER, sans=[*names, HOST]), LOWER, UPPER])
    assert (chain.name_matches, len(chain.names), chain.names_total) == (True, 100, 3000)


def with_key(numbers: rsa.RSAPublicNumbers) -> pki.Made:
    """An authority under the root whose key nobody holds."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.name("Huge"))
        .issuer_name(ROOT.x509.subject)
        .public_key(numbers.public_key())
        .serial_number(7)
        .not_valid_before(pki.days(-1))
        .not_valid_after(pki.days(60))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return pki.Made(builder.sign(ROOT.key, hashes.SHA256()), pki.rsa_key(2048))


@pytest.mark.parametrize(
    "numbers",
    [
        rsa.RSAPublicNumbers(65537, (1 << 17000) + 1),
        rsa.RSAPublicNumbers((1 << 2000) + 1, pki.rsa_key(2048).public_key().public_numbers().n),
    ],
    ids=["modulus", "exponent"],
)
def test_an_rsa_key_larger_than_any_client_takes_verifies_nothing_and_is_called_so(numbers: Any) -> None:
    huge = with_key(numbers)
    below = server(huge)
    assert judged_in_time([below, huge]).end == "missing"
    assert judged_in_time([huge]).strength


@pytest.mark.parametrize("serial", [b"\x02\x01\x00", b"\x02\x01\x80"], ids=["zero", "negative"])
def test_an_odd_serial_number_is_no_reason_to_warn_or_stop(serial: bytes) -> None:
    plain = server(LOWER, serial=1)
    odd = plain.der.replace(b"\x02\x01\x01", serial, 1)
    first = judged([odd, LOWER, UPPER]).certificates[0]
    assert first.role == "leaf"
    assert first.serial in {"0", "-80"}


def test_extensions_that_are_rubbish_leave_the_rest_readable() -> None:
    broken = server(
        LOWER, sans=None, extra=[(x509.UnrecognizedExtension(x509.OID_SUBJECT_ALTERNATIVE_NAME, b"\xff"), False)]
    )
    chain = judged([broken, LOWER, UPPER])
    assert (chain.certificates[0].subject, chain.name_matches) == (f"CN={HOST}", False)


def test_an_unreadable_first_certificate_leaves_nothing_to_judge() -> None:
    chain = judged([b"junk", LOWER, UPPER])
    assert (chain.end, chain.leaf, chain.trust) == ("unreadable", None, "undecided")
    assert chain.in_the_way == ("tls.trusted",)


def test_an_unreadable_extra_is_an_extra_and_nothing_more() -> None:
    chain = judged([LEAF, b"junk", LOWER, UPPER])
    assert (chain.end, chain.in_the_way) == ("root", ())
    assert chain.certificates[1].role == "unreadable"
