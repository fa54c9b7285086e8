"""What a request may make this machine do, decided before anything is sent."""

from __future__ import annotations

import msgspec

from diagnose import target
from diagnose.addresses import public
from diagnose.errors import UsageError
from diagnose.facts.network import Addresses, Resolution
from diagnose.facts.run import ServerUrl, Settings, Target
from diagnose.vantage import VantageRequest

PORTS = (443, 444, 4443, 8443, 9443, 10443)
"""Where HTTPS is served in practice. Others could make this machine knock at anybody's mail or management port."""


def places(request: VantageRequest, settings: Settings) -> Target:
    """Return where the request leads; UsageError for a port that no request may ask for.

    A port is allowed where the person who runs this has given the addresses by hand (`--resolve`).
    """
    urls = {asked.role: asked.url for asked in request.targets}
    some = next(iter(urls.values()))
    found = target.read(resource_server=urls.get("api", some), auth_server=urls.get("auth", some))
    for host, port in found.endpoints:
        if port not in PORTS and settings.addresses_for(host, port) is None:
            allowed = ", ".join(map(str, PORTS))
            raise UsageError(
                f"the request asks for port {port} of {host}; only {allowed} are connected to, unless the address is"
                f" given by hand: --resolve {host}:{port}:ADDRESS"
            )
    return found


def reachable_by_all(addresses: Addresses) -> Addresses:
    """Return the addresses that may be connected to: public ones, and those given by hand."""
    return Addresses(tuple(_public(found) for found in addresses.hosts))


def _public(found: Resolution) -> Resolution:
    if found.outcome == "overridden":
        return found
    return msgspec.structs.replace(found, addresses=tuple(address for address in found.addresses if public(address)))


def url_of(role: str, found: Target) -> ServerUrl:
    """Return the server URL of one of the two roles."""
    return found.auth if role == "auth" else found.resource
