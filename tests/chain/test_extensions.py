"""Extensions are read one at a time where one of them is garbage."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from diagnose.chain.certificate import Certificate
from diagnose.chain.extensions import alone, elements
from diagnose.lab.pki import LEAF, Pki

VALUES = {"host": "halo.example.test", "aia": "http://aia.example.test"}


@cache
def certificate(oddity: str) -> Certificate:
    read = Certificate.read(Pki((LEAF.but(name="odd", oddity=oddity),), VALUES).der("odd"))
    assert read is not None
    return read


@pytest.mark.parametrize("oddity", ["garbage-extensions", "garbage-standard-extensions"])
def test_one_extension_of_garbage_hides_no_other(oddity: str) -> None:
    odd, plain = certificate(oddity), certificate("")
    with pytest.raises(ValueError, match=r"."):
        list(odd.x509.extensions)
    assert odd.alternative_names == plain.alternative_names != ()
    assert odd.issuer_urls == plain.issuer_urls != ()
    assert odd.extension(x509.ExtendedKeyUsage) == plain.extension(x509.ExtendedKeyUsage) is not None
    assert odd.is_ca is False


def test_a_good_certificate_reads_the_same_either_way() -> None:
    plain = certificate("")
    assert [extension for copy in alone(plain.der) for extension in copy.extensions] == list(plain.x509.extensions)


@pytest.mark.parametrize("content", [b"\x30", b"\x30\x80", b"\x30\x84\x7f\xff\xff\xff\x00", b"\x02\x05\x01"])
def test_lengths_that_lie_are_no_values(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        elements(content)


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_bytes_are_values_or_not(content: bytes) -> None:
    try:
        found = elements(content)
    except ValueError:
        return
    assert b"".join(whole for _, _, whole in found) == content


@pytest.mark.fuzz
@given(st.data())
def test_no_damage_to_an_extension_makes_reading_raise(data: Any) -> None:
    der = bytearray(certificate("garbage-extensions").der)
    for _ in range(data.draw(st.integers(1, 6))):
        der[data.draw(st.integers(4, len(der) - 1))] = data.draw(st.integers(0, 255))
    damaged = Certificate.read(bytes(der))
    if damaged is not None:
        assert isinstance(damaged.alternative_names, tuple)
        assert isinstance(damaged.is_ca, bool)
