"""One answered request: look up, connect, shake hands, ask for the markers; and as whom this place was seen.

It is carried out by the probes of `diagnose run`, with their limits: four connections, thirty requests, a deadline.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec

from diagnose.credentials import Secrets
from diagnose.fact import Unavailable
from diagnose.facts.allowlist import Asked, Canary, ObservedEgress, TargetRole, Tried
from diagnose.facts.channels import Channel
from diagnose.facts.network import Connections
from diagnose.facts.run import ServerUrl, Settings, Target
from diagnose.facts.tls import Handshakes
from diagnose.outside.egress import echoed, own_address
from diagnose.outside.errand import reachable_by_all, url_of
from diagnose.outside.markers import ask_for_a_token, ask_for_the_version
from diagnose.outside.reached import tried
from diagnose.probes.connections import connect_to_all
from diagnose.probes.handshakes import shake_hands
from diagnose.probes.http import Http
from diagnose.probes.names import look_up
from diagnose.probes.network import Network
from diagnose.probes.roots import RootStore
from diagnose.probes.sockets import DialError
from diagnose.vantage import ANSWER, Vantage, VantageDocument, VantageRequest

CANARIES = ("192.0.2.1", "198.51.100.1", "203.0.113.1")
"""TEST-NET-1 to 3 (RFC 5737): nobody is there, so what accepts a connection is something on the way."""
CANARY_PORT = 443
LISTENING = 3.0
"""Seconds for a canary."""

Asks = dict[tuple[TargetRole, str], Asked]


class Order(msgspec.Struct, frozen=True):
    """One request and how it is carried out here."""

    request: VantageRequest
    target: Target
    settings: Settings
    vantage: Vantage
    """Where this is, with the egress addresses that were stated."""
    echoes: tuple[ServerUrl, ...] = ()
    canaries: tuple[str, ...] = ()
    roots_file: str | None = None
    """Roots for the echoes' certificates; HaloPSA's own is recorded, whatever it is."""
    tool_version: str = ""


async def carry_out(order: Order, deadline: float) -> tuple[VantageDocument, tuple[str, ...]]:
    """Return the answer, and the hosts of echoes that said nothing usable. `deadline` in `time.monotonic` seconds."""
    started = datetime.now(UTC)
    secrets = Secrets()
    roots = RootStore.load(order.roots_file)
    network, aside = (Network(order.settings, secrets, deadline) for _ in range(2))
    try:
        targets, (seen, silent), canaries = await asyncio.gather(
            _targets(order, network, Http(network, roots, secrets), secrets),
            echoed(order.echoes, aside, Http(aside, roots, secrets)),
            _canaries(order.canaries, aside),
        )
    finally:
        await network.close()
        await aside.close()
    vantage = msgspec.structs.replace(order.vantage, egress=(*order.vantage.egress, *seen, *_own(targets)))
    document = VantageDocument(
        schema=ANSWER,
        request=order.request,
        nonce=order.request.nonce,
        vantage=vantage,
        started=started,
        ended=datetime.now(UTC),
        targets=targets,
        canaries=canaries,
        tool_version=order.tool_version,
    )
    return document, tuple(silent)


def _own(targets: tuple[Tried, ...]) -> tuple[ObservedEgress, ...]:
    seen = dict.fromkeys(reach.egress for one in targets for reach in one.reaches if reach.egress)
    return tuple(ObservedEgress(address, "source") for address in seen)


async def _targets(order: Order, network: Network, http: Http, secrets: Secrets) -> tuple[Tried, ...]:
    looked_up = await look_up.function(order.target, order.settings, network)
    addresses = reachable_by_all(looked_up)
    found = await connect_to_all.function(order.target, addresses, network)
    connections = Connections(()) if isinstance(found, Unavailable) else found
    shaken = await shake_hands.function(order.target, connections, network, secrets)
    handshakes = Handshakes(()) if isinstance(shaken, Unavailable) else shaken
    asked = await _asks(order, handshakes, http)
    left_from = {one.address: own_address(one.address, one.port) for one in connections.attempts}
    return tuple(
        tried(
            one.role,
            url_of(one.role, order.target),
            written=one.url,
            addresses=looked_up,
            connections=connections,
            handshakes=handshakes,
            asked={address: answer for (role, address), answer in asked.items() if role == one.role},
            left_from=left_from,
        )
        for one in order.request.targets
    )


async def _asks(order: Order, handshakes: Handshakes, http: Http) -> Asks:
    """Ask at every address that completed a handshake, for each of the two roles what Halo would answer there."""
    places: list[tuple[TargetRole, str]] = []
    errands = []
    for one in order.request.targets:
        url = url_of(one.role, order.target)
        ask = ask_for_a_token if one.role == "auth" else ask_for_the_version
        for attempt in handshakes.of(url.endpoint):
            if attempt.outcome == "completed":
                channel = Channel(attempt.host, attempt.port, attempt.address, verified=False)
                places.append((one.role, attempt.address))
                errands.append(ask(http, url, channel))
    return dict(zip(places, await asyncio.gather(*errands), strict=True))


async def _canaries(addresses: tuple[str, ...], network: Network) -> tuple[Canary, ...]:
    return tuple(await asyncio.gather(*(_canary(address, network) for address in addresses)))


async def _canary(address: str, network: Network) -> Canary:
    try:
        line = await network.dial(address, CANARY_PORT, address, seconds=LISTENING, purpose="canary")
    except DialError:
        return Canary(address, connected=False)
    network.lines.close(line)
    return Canary(address, connected=True)
