"""From which addresses the integrator connects: given by hand, or every valid one of its published lists."""

from __future__ import annotations

import msgspec

from diagnose.addresses import kind
from diagnose.facts.run import Settings
from diagnose.profile import Profile, PublishedList

NEVER_EGRESS = frozenset({"no address", "private", "loopback", "link-local", "multicast", "unspecified"})
"""What no packet on the Internet comes from. Documentation ranges are let pass: examples are made of them."""


class Egress(msgspec.Struct, frozen=True):
    """The addresses to judge. Where lists disagree, `sets` holds each of them, for one of them must be right."""

    addresses: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]
    lists: tuple[PublishedList, ...] = ()
    invalid: tuple[str, ...] = ()
    given: bool = False

    @property
    def conflict(self) -> bool:
        """Two lists are published, and they are not the same."""
        return len({frozenset((*entry.addresses, *entry.malformed)) for entry in self.lists}) > 1


def egress(profile: Profile, settings: Settings) -> Egress:
    """Return the addresses given by `--integrator-ip`, or else the profile's."""
    if settings.integrator_ips:
        return Egress(settings.integrator_ips, (settings.integrator_ips,), given=True)
    every = [address for entry in profile.addresses for address in entry.addresses]
    invalid = tuple(address for address in every if kind(address) in NEVER_EGRESS)
    sets = tuple(tuple(address for address in entry.addresses if address not in invalid) for entry in profile.addresses)
    valid = dict.fromkeys(address for one in sets for address in one)
    return Egress(tuple(valid), tuple(one for one in sets if one), profile.addresses, invalid)
