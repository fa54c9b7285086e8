"""The resource server: what it says about itself without a token, and what it lets the token read.

Only GET, one record per area, and of each answer only the keys that a check needs: no customer's data is kept.
"""

from __future__ import annotations

import asyncio

from diagnose.credentials import Credentials
from diagnose.fact import Unavailable, probe
from diagnose.facts.channels import Channel, OpenChannels, VerifiedChannels
from diagnose.facts.halo import Agent, AreaRead, AreaReads, AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.http import Answer
from diagnose.facts.run import Target
from diagnose.facts.tokens import TokenGrant
from diagnose.halo.instance import agent, area_read, auth_info, instance_info
from diagnose.halo.scopes import sort
from diagnose.outcome import Code
from diagnose.probes.http import Http, NotJson, strict_json
from diagnose.probes.late import out_of_time
from diagnose.probes.network import Network
from diagnose.profile import Profile

UNAUTHORIZED = 401
IIS_UNAUTHORIZED = "iis-401"
"""The signature of IIS' own page for 401."""

ONE_RECORD = "?pageinate=true&page_size=1&page_no=1"
"""Halo's own spelling (HaloAPI PowerShell module, Feb 2026); unknown parameters are ignored."""

PATHS = {"customers": "Client", "contracts": "ClientContract", "items": "Item", "invoices": "Invoice"}
"""The resource that holds each area (HaloPSA's API documentation and swagger)."""

GRANTED_BY = "auth.token"


@probe(timeout=45.0, waits_for="asking Halo for its version")
async def instance_info_probe(
    target: Target, channels: OpenChannels, http: Http, network: Network
) -> InstanceInfo | Unavailable:
    """GET InstanceInfo without a token."""
    channel = channels.of(target.resource.endpoint)
    if isinstance(channel, Unavailable):
        return channel
    answer, document = await _get(http, f"{target.resource.used}/InstanceInfo", channel)
    return out_of_time(answer, network) or instance_info(answer, document)


@probe(timeout=45.0, waits_for="asking Halo for its authorization server")
async def auth_info_probe(
    target: Target, channels: OpenChannels, http: Http, network: Network
) -> AuthInfo | Unavailable:
    """GET AuthInfo without a token."""
    channel = channels.of(target.resource.endpoint)
    if isinstance(channel, Unavailable):
        return channel
    answer, document = await _get(http, f"{target.resource.used}/AuthInfo", channel)
    return out_of_time(answer, network) or auth_info(answer, document)


@probe(timeout=45.0, waits_for="asking Halo for its version, with the token")
async def instance_info_with_token(
    target: Target,
    first: InstanceInfo,
    grant: TokenGrant | Unavailable,
    channels: VerifiedChannels | Unavailable,
    credentials: Credentials | Unavailable,
    http: Http,
    network: Network,
) -> InstanceInfoWithToken | Unavailable:
    """Ask again with the token, only where InstanceInfo answered 401 without one.

    IIS may have laid its own page over Halo's 401, so under that page it is asked too: if IIS itself refuses this
    machine, asking changes nothing.
    """
    gate = first.answer.gate
    if first.answer.status != UNAUTHORIZED or (gate is not None and gate.id != IIS_UNAUTHORIZED):
        return Unavailable(Code.NOT_APPLICABLE, "InstanceInfo needed no token")
    way = _way(target, grant, channels, credentials)
    if isinstance(way, Unavailable):
        return way
    answer, document = await _get(http, f"{target.resource.used}/InstanceInfo", way[0], way[1])
    return out_of_time(answer, network) or InstanceInfoWithToken(instance_info(answer, document, with_token=True))


@probe(timeout=45.0, waits_for="asking Halo which agent the token acts for")
async def agent_probe(
    target: Target,
    grant: TokenGrant | Unavailable,
    channels: VerifiedChannels | Unavailable,
    credentials: Credentials | Unavailable,
    http: Http,
    network: Network,
) -> Agent | Unavailable:
    """GET Agent/me with the token."""
    way = _way(target, grant, channels, credentials)
    if isinstance(way, Unavailable):
        return way
    answer, document = await _get(http, f"{target.resource.used}/Agent/me", way[0], way[1])
    return out_of_time(answer, network) or agent(answer, document)


@probe(timeout=45.0, waits_for="reading one record of each area")
async def area_reads(
    target: Target,
    profile: Profile,
    grant: TokenGrant | Unavailable,
    channels: VerifiedChannels | Unavailable,
    credentials: Credentials | Unavailable,
    http: Http,
) -> AreaReads | Unavailable:
    """GET one record of each area whose scope was not refused."""
    way = _way(target, grant, channels, credentials)
    if isinstance(way, Unavailable) or isinstance(grant, Unavailable):
        return way if isinstance(way, Unavailable) else Unavailable(Code.INTERNAL_ERROR)
    missing = sort(grant).missing
    closed = tuple(area for area in profile.areas if needed_scope(area, profile) in missing)
    asked = [area for area in profile.areas if area not in closed]
    reads = await asyncio.gather(*(_read(http, target, area, *way) for area in asked))
    return AreaReads(tuple(reads), closed)


def needed_scope(area: str, profile: Profile) -> str:
    """Return the scope that lets the token read the area: `edit` stands for `read` where only it is asked for."""
    return f"read:{area}" if f"read:{area}" in profile.scopes else f"edit:{area}"


async def _read(http: Http, target: Target, area: str, channel: Channel, token: str) -> AreaRead:
    answer, document = await _get(http, f"{target.resource.used}/{PATHS[area]}{ONE_RECORD}", channel, token)
    return area_read(area, answer, document)


def _way(
    target: Target,
    grant: TokenGrant | Unavailable,
    channels: VerifiedChannels | Unavailable,
    credentials: Credentials | Unavailable,
) -> tuple[Channel, str] | Unavailable:
    """Return the verified channel and the token, or why there is none; what was not asked comes first."""
    if isinstance(grant, Unavailable):
        return grant if grant.blocked_by or grant.code is Code.NOT_SELECTED else _blocked(grant)
    channel = channels if isinstance(channels, Unavailable) else channels.of(target.resource.endpoint)
    if isinstance(channel, Unavailable):
        return channel
    if isinstance(credentials, Unavailable) or credentials.token is None:
        return Unavailable(Code.BLOCKED, "no token was granted", (GRANTED_BY,))
    return channel, credentials.token


def _blocked(grant: Unavailable) -> Unavailable:
    return Unavailable(grant.code, grant.detail, (GRANTED_BY,))


async def _get(http: Http, url: str, channel: Channel, token: str | None = None) -> tuple[Answer, object]:
    answer, body = await http.ask("GET", url, channel=channel, bearer=token, urgent=token is not None)
    try:
        return answer, strict_json(body)
    except NotJson:
        return answer, None
