"""What this machine saw of the server, and what runs from outside tell against it; computed anew by every judgement.

Whatever could not be observed here is left out: rules, logs and outside runs are judged all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from diagnose.fact import Derived, Unavailable, derive_quickly
from diagnose.facts.allowlist import VantageAnswers
from diagnose.facts.halo import AuthInfo, InstanceInfo
from diagnose.facts.network import Addresses, Connections
from diagnose.facts.run import Moment, ServerUrl, Settings, Target
from diagnose.facts.tls import Handshakes
from diagnose.facts.tokens import TokenEndpoint
from diagnose.halo.egress import egress
from diagnose.profile import Profile
from diagnose.reachability.model import Collected
from diagnose.reachability.names import ipv6_note
from diagnose.reachability.outside import Inside, from_vantages

SILENT = frozenset({"refused", "no_answer", "unreachable"})
"""Outcomes of a connection that was tried from here and did not come about."""


class FromInside(Derived, frozen=True):
    """The two server URLs as seen from here, and every address of their names."""

    servers: tuple[Inside, ...]
    addresses: tuple[str, ...] = ()


class FromOutside(Derived, frozen=True):
    """What the answered vantage requests yield, and what is to be noted of the names."""

    collected: Collected
    notes: tuple[str, ...] = ()


@derive_quickly
def seen_from_inside(
    target: Target,
    addresses: Addresses | Unavailable,
    connections: Connections | Unavailable,
    handshakes: Handshakes | Unavailable,
    endpoint: TokenEndpoint | Unavailable,
    instance: InstanceInfo | Unavailable,
    auth_info: AuthInfo | Unavailable,
) -> FromInside:
    """Return what can be held against a run from outside."""
    token = not isinstance(endpoint, Unavailable) and endpoint.found
    halo = any(not isinstance(info, Unavailable) and info.readable for info in (instance, auth_info))
    hosts = () if isinstance(addresses, Unavailable) else addresses.hosts
    return FromInside(
        servers=(
            Inside("auth", target.auth.used, token, _leafs(target.auth, handshakes), _dead(target.auth, connections)),
            Inside(
                "api", target.resource.used, halo, _leafs(target.resource, handshakes),
                _dead(target.resource, connections),
            ),
        ),
        addresses=tuple(dict.fromkeys(address for found in hosts for address in found.addresses)),
    )  # fmt: skip


def _leafs(url: ServerUrl, handshakes: Handshakes | Unavailable) -> tuple[str, ...]:
    attempts = () if isinstance(handshakes, Unavailable) else handshakes.of(url.endpoint)
    return _distinct(hashlib.sha256(attempt.chain[0]).hexdigest() for attempt in attempts if attempt.chain)


def _dead(url: ServerUrl, connections: Connections | Unavailable) -> tuple[str, ...]:
    attempts = () if isinstance(connections, Unavailable) else connections.of(url.endpoint)
    return _distinct(attempt.address for attempt in attempts if attempt.outcome in SILENT)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


@derive_quickly
def told_from_outside(
    profile: Profile, settings: Settings, moment: Moment, answers: VantageAnswers | Unavailable, inside: FromInside
) -> FromOutside:
    """Return what the runs from outside say about the integrator's addresses."""
    addresses = egress(profile, settings).addresses
    given = VantageAnswers() if isinstance(answers, Unavailable) else answers
    note = ipv6_note(inside.addresses, addresses)
    return FromOutside(from_vantages(given, addresses, inside.servers, moment.now), (note,) if note else ())
