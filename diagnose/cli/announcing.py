"""Who will be contacted, said before the interview sends anything: every host by name, whoever wished for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from diagnose.addresses import NO_ADDRESS, kind
from diagnose.facts.run import ServerUrl
from diagnose.inputs import options
from diagnose.inputs.proxy import without_password
from diagnose.target import server_url


def plan(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each host or kind of host; UsageError for a proxy or an override that cannot be read."""
    servers = {role: server_url(given[f"{role}_server"], option="", role=role) for role in ("resource", "auth")}
    for host, port in dict.fromkeys((each.host, each.port) for each in servers.values()):
        yield f"{host}, port {port}: its certificates, and at most 30 requests"
    if given["client_id"]:
        yield f"{servers['auth'].used}token gets the client secret, if the connection verifies"
    yield from _resolvers(given, servers.values())
    if not given["no_aia"]:
        yield "where the server does not send an issuer certificate: the address its certificate names"
    for override in given["resolve"]:
        yield f"{override} instead of what the name resolves to"
    if given["proxy"]:
        yield f"the proxy {without_password(given['proxy'], '--proxy')}: the connections go through it"
    guests = plugins(given)
    if guests:
        yield f"whatever the plug-ins {', '.join(guests)} contact; they are programs of others"


def _resolvers(given: Mapping[str, Any], servers: Any) -> Iterator[str]:  # noqa: ANN401 - the view of a dict
    names = list(dict.fromkeys(each.host for each in servers if _asked(each, given)))
    if not names:
        return
    yield f"this computer's own resolver is asked for {' and '.join(names)}"
    if given["dns_server"]:
        yield f"{given['dns_server']}, port 53: asked for the same (dns-server)"


def _asked(server: ServerUrl, given: Mapping[str, Any]) -> bool:
    """Tell whether a resolver is needed: not for an address, nor for a name that was given one by hand."""
    by_hand = {(each.host, each.port) for each in options.overrides(given["resolve"])}
    return kind(server.host) == NO_ADDRESS and (server.host, server.port) not in by_hand


def plugins(given: Mapping[str, Any]) -> list[str]:
    """Return the names of the plug-ins that take part, without importing any."""
    from diagnose.declared import BUNDLED  # noqa: PLC0415
    from diagnose.installed import entry_points  # noqa: PLC0415
    from diagnose.plugins import CHECKS, PROBES  # noqa: PLC0415

    entries = [entry for group in (CHECKS, PROBES) for entry in entry_points(group)]
    names = {entry.dist.name for entry in entries if entry.dist is not None} - {BUNDLED}
    files = [Path(file).name for file in given["plugin"]]
    return [*(sorted(names) if given["plugins"] else ()), *files]
