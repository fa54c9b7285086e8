"""Profiles: the bundled ones, and a file of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.profile import ProfileError, bundled, load, parse

OWN = """
name = "acme"
integrator = "Acme"
scopes = ["read:customers"]
areas = ["customers"]
support = "https://acme.example/"
source = "https://acme.example/guide"
as_of = 2026-11-01
version = "any"
"""


def test_the_bundled_profiles_can_be_loaded() -> None:
    assert bundled() == ("dnsfilter", "gradient", "rewst")
    assert {name: load(name).name for name in bundled()} == {name: name for name in bundled()}


def test_gradient_asks_for_exactly_its_seven_scopes() -> None:
    assert " ".join(load("gradient").scopes) == (
        "read:customers read:contracts edit:contracts read:items edit:items read:invoices edit:invoices"
    )
    assert load("gradient").forbids_all


def test_gradient_holds_both_published_lists_and_never_uses_the_malformed_entry() -> None:
    lists = load("gradient").addresses
    assert [entry.addresses for entry in lists] == [("3.19.3.152", "3.19.4.238"), ("3.23.117.12",)]
    assert [entry.malformed for entry in lists] == [(), ("3.138.54",)]


def test_a_profile_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_bytes(b"\xef\xbb\xbf" + OWN.encode())
    assert load(str(file)).version == "any"


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"read:customers"', '"read: customers"', "blank"),
        ('["read:customers"]', "[]", "scopes"),
        ('["customers"]', '["cats"]', "areas"),
        ("as_of = 2026-11-01", "", "as_of"),
        ('version = "any"', 'version = "newest"', "version"),
        ('version = "any"', 'verzion = "any"', "verzion"),
        ('name = "acme"', "name = ", "acme.toml"),
    ],
)
def test_a_wrong_profile_is_one_sentence_that_names_the_field(old: str, new: str, word: str) -> None:
    with pytest.raises(ProfileError, match=word) as caught:
        parse(OWN.replace(old, new), "acme.toml")
    assert "acme.toml" in str(caught.value)


def test_a_profile_that_does_not_exist_names_the_bundled_ones(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="gradient"):
        load(str(tmp_path / "nothing.toml"))
