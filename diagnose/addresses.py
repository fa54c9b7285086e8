"""Which addresses the world can reach: an explicit table, for `ipaddress.is_global` differs between Python versions.

An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) is taken out first. Table: IANA's
special-purpose registries for IPv4 and IPv6 as of 2026-11, RFC 6890; `is_global` says yes to NAT64 of
10.0.0.1 and to multicast (measured, CPython 3.11.7).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

PUBLIC = "public"
NO_ADDRESS = "no address"

_IPV4 = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared"),  # carrier-grade NAT, RFC 6598
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "platform"),  # Azure's virtual machine agent, the same inside every network
        ("169.254.0.0/16", "link-local"),  # cloud metadata too
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),  # 6to4 relay, RFC 7526
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmark"),  # fake-IP proxies hand these out
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

_IPV6 = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "NAT64 local"),  # RFC 8215
        ("100::/64", "discard"),
        ("2001:2::/48", "benchmark"),
        ("2001:10::/28", "reserved"),
        ("2001:20::/28", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),  # RFC 9637
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
"""The well-known prefix, RFC 6052."""


def public(address: str) -> bool:
    """Whether the world can reach this address; False for what is no address."""
    return kind(address) == PUBLIC


@lru_cache(maxsize=1024)
def kind(address: str) -> str:
    """Return `public`, or what the address is instead, e.g. `private`, `mapped loopback`, `no address`."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return NO_ADDRESS
    if isinstance(parsed, IPv4Address):
        return _kind4(parsed)
    wrapping, inside = _unwrapped(parsed)
    if inside is None:
        return _kind6(parsed)
    inner = _kind4(inside)
    return inner if inner == PUBLIC else f"{wrapping} {inner}"


def _unwrapped(address: IPv6Address) -> tuple[str, IPv4Address | None]:
    if address.ipv4_mapped is not None:
        return "mapped", address.ipv4_mapped
    if address in _NAT64:
        return "NAT64", IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return "6to4", address.sixtofour
    if address.teredo is not None:
        return "Teredo", address.teredo[1]
    return "", None


def _kind4(address: IPv4Address) -> str:
    return next((kind for network, kind in _IPV4 if address in network), PUBLIC)


def _kind6(address: IPv6Address) -> str:
    plain = IPv6Address(int(address))  # without a zone, which no network contains
    found = next((kind for network, kind in _IPV6 if plain in network), None)
    if found is not None:
        return found
    return PUBLIC if plain in _GLOBAL_UNICAST else "reserved"
