"""A name with an IPv6 address, and a list without one."""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.addresses import public
from diagnose.facts.allowlist import family


def ipv6_note(server_addresses: Iterable[str], integrator_addresses: Iterable[str]) -> str | None:
    """Return a sentence where the server publishes IPv6 and the integrator's list has IPv4 only."""
    published = [address for address in server_addresses if family(address) == 6 and public(address)]  # noqa: PLR2004
    listed = {family(address) for address in integrator_addresses}
    if not published or listed != {4}:
        return None
    return (
        f"the server's name also has an IPv6 address ({published[0]}), and the integrator's list holds IPv4 only: "
        "whoever connects over IPv6 comes from an address that no list lets in; ask the integrator, or take the AAAA "
        "record away"
    )
