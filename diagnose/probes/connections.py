"""Connections: every address of every endpoint, tried once.

A connection that was accepted is parked, so that the handshake can take it up: that saves a round trip.
"""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_address
from itertools import zip_longest

from diagnose.fact import Unavailable, probe
from diagnose.facts.network import Addresses, Connection, Connections
from diagnose.facts.run import Target
from diagnose.outcome import Code
from diagnose.probes.network import Network
from diagnose.probes.sockets import DialError

MOST_ADDRESSES = 32
"""Per endpoint: the run is no port scanner, and four slots serve them all."""

Place = tuple[str, int, str]


@probe(timeout=600.0, waits_for="every address is asked for a connection")
async def connect_to_all(target: Target, addresses: Addresses, network: Network) -> Connections | Unavailable:
    """Try every address of every endpoint, once."""
    tried, left_out = _places(target, addresses, network)
    if not tried:
        return Unavailable(Code.BLOCKED, "no name resolved, so there was nothing to connect to", ("dns.resolves",))
    attempts = await asyncio.gather(*(_attempt(place, network) for place in tried))
    too_many = f"only {MOST_ADDRESSES} addresses of one name are tried"
    return Connections((*attempts, *(Connection(*place, "not_tried", too_many) for place in left_out)))


def _places(target: Target, addresses: Addresses, network: Network) -> tuple[list[Place], list[Place]]:
    """Return what is tried and what is left out, each endpoint's first address first."""
    tried: list[list[Place]] = []
    left_out: list[Place] = []
    for host, port in target.endpoints:
        found = both_families(network.addresses(host, port, addresses.of(host).addresses))
        tried.append([(host, port, address) for address in found[:MOST_ADDRESSES]])
        left_out += [(host, port, address) for address in found[MOST_ADDRESSES:]]
    return [place for row in zip_longest(*tried) for place in row if place is not None], left_out


def both_families(addresses: tuple[str, ...]) -> list[str]:
    """Return the addresses with IPv4 and IPv6 taking turns, so that a limit leaves both in."""
    if len(addresses) <= MOST_ADDRESSES:
        return list(addresses)
    fours = [address for address in addresses if _version(address) == 4]  # noqa: PLR2004
    sixes = [address for address in addresses if _version(address) != 4]  # noqa: PLR2004
    return [address for pair in zip_longest(fours, sixes) for address in pair if address is not None]


def _version(address: str) -> int:
    return ip_address(address).version


async def _attempt(place: Place, network: Network) -> Connection:
    began = time.monotonic()
    try:
        line = await network.dial(*place)
    except DialError as error:
        return Connection(*place, error.outcome, error.detail, time.monotonic() - began)
    network.lines.park(line)
    took = time.monotonic() - began
    network.measured(place, took)
    return Connection(*place, "accepted", seconds=took)
