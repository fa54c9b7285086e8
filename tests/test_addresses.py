"""The table of addresses: what the world can reach, and what everything else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.addresses import kind, public

KINDS = {
    "10.1.2.3": "private",
    "100.64.0.1": "shared",
    "100.100.100.200": "shared",
    "127.0.0.1": "loopback",
    "168.63.129.16": "platform",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.192": "reserved",
    "192.0.2.1": "documentation",
    "192.168.1.1": "private",
    "198.18.0.1": "benchmark",
    "224.0.0.1": "multicast",
    "255.255.255.255": "reserved",
    "0.0.0.0": "unspecified",  # noqa: S104 - nothing is bound
    "::": "unspecified",
    "::1": "loopback",
    "::10.0.0.1": "reserved",
    "fc00::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "ff02::1": "multicast",
    "2001:db8::1": "documentation",
    "3fff::1": "documentation",
    "4000::1": "reserved",
    "::ffff:10.0.0.1": "mapped private",
    "::ffff:127.0.0.1": "mapped loopback",
    "64:ff9b::a00:1": "NAT64 private",
    "64:ff9b:1::1": "NAT64 local",
    "2002:0a00:0001::1": "6to4 private",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe": "Teredo private",
    "010.0.0.1": "no address",
    "3.138.54": "no address",
    "halo.example.com": "no address",
}

PUBLIC = (
    "3.19.4.238",
    "9.9.9.9",
    "172.15.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "2620:fe::9",
    "::ffff:9.9.9.9",
    "64:ff9b::909:909",
)


@pytest.mark.parametrize(("address", "expected"), KINDS.items())
def test_what_the_world_cannot_reach_has_a_name(address: str, expected: str) -> None:
    assert kind(address) == expected
    assert not public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_its_neighbours_are_public(address: str) -> None:
    assert kind(address) == "public"
    assert public(address)


@given(st.ip_addresses().map(str) | st.text(max_size=40))
def test_every_text_has_a_kind(address: str) -> None:
    assert kind(address)
    assert public(address) == (kind(address) == "public")


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_as_public_as_itself(address: object) -> None:
    assert public(str(address)) == public(f"::ffff:{address}")
