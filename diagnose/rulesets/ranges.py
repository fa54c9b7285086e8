"""Addresses and ranges as rule files write them: one address, CIDR, a dotted mask, or first-last.

Ranges stay text in the model (readable in a report) and are parsed where they are compared; the cache
makes the second comparison cost a look-up. `ipaddress` alone is not enough: it silently takes a wildcard
mask (10.0.0.0/0.0.0.255) for a /24 and refuses host bits (192.168.100.1/255.255.0.0), which IIS accepts.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

Span = tuple[int, int, int]
"""IP version, first and last address as numbers."""

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_QUAD = re.compile(rf"(?:{_BYTE}\.){{3}}{_BYTE}")
_MAPPED = 0xFFFF << 32
"""::ffff:0:0/96 (RFC 4291, 2.5.5.2): an IPv4 address in IPv6 clothes."""

OWN_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                "::1/128", "fc00::/7", "fe80::/10")  # fmt: skip
"""Where a server's own network can be (IANA special-purpose registries, RFC 6890, November 2026)."""


def address_span(text: str) -> Span:
    """Return (version, number, number) of one address; ValueError if it is none."""
    number = _dotted(text)
    if number is not None:
        return 4, number, number
    if "%" in text:  # a zone is this machine's own matter
        message = f"{text!r} names a zone"
        raise ValueError(message)
    address = ipaddress.ip_address(text)
    if address.version == 6 and (mapped := address.ipv4_mapped) is not None:  # noqa: PLR2004 - IPv6
        return 4, int(mapped), int(mapped)
    return address.version, int(address), int(address)


@lru_cache(maxsize=1 << 18)
def span(text: str) -> Span:
    """Return (version, first, last) of an address, CIDR, address/mask or first-last; ValueError otherwise."""
    base, slash, rest = text.partition("/")
    if slash:
        return _network(base, rest)
    first, dash, last = text.partition("-")
    if not dash:
        return address_span(text)
    low, high = address_span(first.strip()), address_span(last.strip())
    if low[0] != high[0] or low[1] > high[1]:
        message = f"{text!r} is no range"
        raise ValueError(message)
    return low[0], low[1], high[1]


def is_range(text: str) -> bool:
    """Whether `span` understands this text."""
    try:
        span(text)
    except ValueError:
        return False
    return True


def within(address: Span, text: str) -> bool:
    """Whether the address lies in the range written as `text`."""
    version, low, high = span(text)
    return version == address[0] and low <= address[1] <= high


@lru_cache(maxsize=1024)
def is_outside(address: Span) -> bool:
    """Whether the address cannot be in the server's own network: what `LocalSubnet` and its like never hold."""
    return not any(within(address, text) for text in OWN_NETWORKS)


def prefix_of_mask(mask: str) -> int:
    """Return the prefix length of a dotted mask or a number of bits; ValueError for a mask with holes."""
    if mask.isascii() and mask.isdigit() and len(mask) <= 2 and int(mask) <= 32:  # noqa: PLR2004 - bits of IPv4
        return int(mask)
    number = _dotted(mask)
    inverse = None if number is None else number ^ 0xFFFFFFFF
    if inverse is None or inverse & (inverse + 1):
        message = f"{mask!r} is no subnet mask"
        raise ValueError(message)
    return 32 - inverse.bit_length()


def _network(base: str, mask: str) -> Span:
    version, number, _ = address_span(base)
    bits = 32 if version == 4 else 128  # noqa: PLR2004 - IPv4
    if ":" in base:
        version, number, bits = 6, int(ipaddress.IPv6Address(base)), 128
        if not (mask.isascii() and mask.isdigit() and len(mask) <= 3 and int(mask) <= bits):  # noqa: PLR2004
            message = f"{mask!r} is no prefix length"
            raise ValueError(message)
        prefix = int(mask)
    else:
        prefix = prefix_of_mask(mask)
    size = 1 << (bits - prefix)
    low = number & ~(size - 1)
    high = low + size - 1
    if version == 6 and low >= _MAPPED and high <= _MAPPED | 0xFFFFFFFF:  # noqa: PLR2004 - IPv6
        return 4, low & 0xFFFFFFFF, high & 0xFFFFFFFF
    return version, low, high


def _dotted(text: str) -> int | None:
    """Four decimal numbers without leading zeros, as a number; much faster than `ipaddress`."""
    if not _QUAD.fullmatch(text):
        return None
    first, second, third, fourth = text.split(".")
    return int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)
