"""From which addresses this machine is seen: said by who runs it, by an echo that was asked, or by its own interface.

An echo answers with the address it was asked from, as plain text or as JSON. It is asked only where it was named.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address

from diagnose import target
from diagnose.addresses import public
from diagnose.errors import UsageError
from diagnose.facts.allowlist import ObservedEgress, family
from diagnose.facts.channels import Channel
from diagnose.facts.run import ServerUrl
from diagnose.probes.http import Http, NotJson, strict_json
from diagnose.probes.network import Network
from diagnose.probes.resolver import resolve

ASKING = 8.0
"""Seconds for one echo."""
KEYS = ("ip", "address", "ip_address", "client_ip", "origin")
"""Where the echoes in common use put it when they answer in JSON (2026-11)."""
LONGEST = 200
"""Bytes of an answer that is an address and nothing else."""


def echo_url(text: str) -> ServerUrl:
    """Return the URL of an echo; UsageError where it is none that can be believed."""
    url = target.server_url(text, option="--echo", role="resource")
    if url.faults:
        raise UsageError(f"--echo {url.origin}: an https URL without credentials, query and fragment is needed")
    return url


async def echoed(urls: Iterable[ServerUrl], network: Network, http: Http) -> tuple[list[ObservedEgress], list[str]]:
    """Ask each echo over IPv4 and over IPv6; return what they saw, and the hosts that said nothing usable."""
    seen: list[ObservedEgress] = []
    silent: list[str] = []
    for url in urls:
        found = await _asked(url, network, http)
        seen += found
        silent += [] if found else [url.host]
    return seen, silent


async def _asked(url: ServerUrl, network: Network, http: Http) -> list[ObservedEgress]:
    resolution = await resolve(url.host, seconds=min(ASKING, network.remaining()))
    addresses = network.addresses(url.host, url.port, resolution.addresses)
    found = []
    for one in {family(address): address for address in reversed(addresses)}.values():
        channel = Channel(url.host, url.port, one, verified=True)
        answer, body = await http.ask("GET", url.used, channel=channel, timeout=ASKING)
        address = address_in(body) if answer.answered else ""
        if address:
            found.append(ObservedEgress(address, f"echo {url.host}", datetime.now(UTC)))
    return found


def address_in(body: bytes) -> str:
    """Return the one address that an echo's answer holds; nothing where there is none."""
    with suppress(NotJson):
        document = strict_json(body)
        if isinstance(document, Mapping):
            return next((found for key in KEYS if (found := _address(document.get(key)))), "")
    return _address(body.decode("ascii", "replace")) if len(body) <= LONGEST else ""


def _address(value: object) -> str:
    with suppress(ValueError):
        return str(ip_address(value.strip().strip('"'))) if isinstance(value, str) else ""
    return ""


def own_address(address: str, port: int) -> str:
    """Return the public address of this machine's own interface on the way there; nothing behind a translation.

    Only the routing table is asked: connecting a datagram socket sends nothing.
    """
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    with suppress(OSError), socket.socket(kind, socket.SOCK_DGRAM) as probe:
        probe.connect((address, port))
        own = str(probe.getsockname()[0])
        return own if public(own) else ""
    return ""
