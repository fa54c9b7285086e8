"""The authorization server: found with a made-up client, then asked for tokens with the real one.

Nothing follows a redirect. The real secret leaves only over a verified channel, and only to an address that
has just answered as an OAuth token endpoint. Every token in an answer is known as a secret before the answer
is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import msgspec

from diagnose.credentials import Credentials, Secrets
from diagnose.fact import Unavailable, probe
from diagnose.facts.channels import Channel, OpenChannels, VerifiedChannels
from diagnose.facts.http import Answer
from diagnose.facts.run import Settings, Target
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint, TokenGrant
from diagnose.halo import oauth, scopes
from diagnose.outcome import Code
from diagnose.probes.http import Http, NotJson, strict_json
from diagnose.probes.late import out_of_time
from diagnose.probes.network import Network
from diagnose.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTROL_TIMEOUT = 6.0
"""Seconds for a question whose answer is a side note."""

ENDPOINT = "url.auth-endpoint"


@probe(timeout=45.0, waits_for="finding the token endpoint")
async def token_endpoint(
    target: Target, profile: Profile, channels: OpenChannels, http: Http, network: Network, secrets: Secrets
) -> TokenEndpoint | Unavailable:
    """POST a made-up client to the joined URL once; ask its neighbours by GET, which must not answer alike."""
    channel = channels.of(target.auth.endpoint)
    if isinstance(channel, Unavailable):
        return channel
    base = target.auth.used
    url = f"{base}token"
    origin = f"{target.auth.origin}/token"
    endpoint = _Endpoint(http, channel, secrets)
    marker, origin_control, sibling, double = await asyncio.gather(
        endpoint.post(url, made_up_client(), profile.scopes),
        endpoint.get(origin) if origin != url else _nothing(),
        endpoint.get(f"{base}{uuid4().hex}"),
        endpoint.get(f"{base}/token", optional=True),
    )
    late = out_of_time(marker[0].answer, network)
    return late or TokenEndpoint(url, marker[0], origin_control, sibling, double)


def made_up_client() -> dict[str, str]:
    """Return credentials of the shape HaloPSA gives, which no server knows."""
    return {"client_id": str(uuid4()), "client_secret": f"{uuid4()}-{uuid4()}"}


@probe(timeout=90.0, waits_for="asking for a token")
async def token_grant(  # noqa: PLR0913, PLR0917 - what must be known before a secret leaves
    target: Target,
    settings: Settings,
    profile: Profile,
    endpoint: TokenEndpoint | Unavailable,
    channels: VerifiedChannels | Unavailable,
    credentials: Credentials | Unavailable,
    http: Http,
    network: Network,
) -> TokenGrant | Unavailable:
    """Ask for exactly the profile's scopes, and for `all`; where refused, for each scope on its own."""
    if settings.no_credentials or isinstance(credentials, Unavailable):
        return Unavailable(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
    channel = channels if isinstance(channels, Unavailable) else channels.of(target.auth.endpoint)
    if isinstance(channel, Unavailable):
        return channel
    if isinstance(endpoint, Unavailable) or not endpoint.found or endpoint.sees_plain_http:
        return Unavailable(Code.BLOCKED, "no usable token endpoint was found", (ENDPOINT,))
    requests = _Requests(_Endpoint(http, channel, credentials.secrets), endpoint.url, target.tenant, credentials)
    grant = await _grant(requests, profile)
    return out_of_time(grant.first.answer, network) or grant


async def _grant(requests: _Requests, profile: Profile) -> TokenGrant:
    first, everything = await asyncio.gather(
        requests.ask(profile.scopes),
        requests.ask((scopes.ALL,)) if profile.forbids_all else _nothing(),
    )
    trials = tuple(await asyncio.gather(*(requests.ask((scope,)) for scope in to_try(first))))
    remaining = None if first.granted else await _remaining(requests, first, trials)
    unnamed = any(answer and answer.granted and answer.named_scopes is None for answer in (first, everything, *trials))
    unknown = await requests.ask((f"read:nothing-{uuid4().hex}",)) if unnamed else None
    grant = TokenGrant(first, trials, remaining, unknown, everything, requests.tenant)
    if not scopes.nothing_granted(grant):
        requests.hold(grant.best)
    return grant


def to_try(first: OAuthAnswer) -> tuple[str, ...]:
    """Return the scopes to ask for on their own after the first answer."""
    if first.granted:
        named = first.named_scopes
        return () if named is None or scopes.ALL in named else tuple(s for s in first.requested if s not in named)
    if not scopes.refused(first) or scopes.about_client(first) or len(first.requested) == 1:
        return ()
    return first.requested


async def _remaining(requests: _Requests, first: OAuthAnswer, trials: tuple[OAuthAnswer, ...]) -> OAuthAnswer | None:
    """Ask for what was granted alone; one such trial is that request already, and all of them the first one."""
    granted = [trial for trial in trials if trial.granted and set(trial.requested) <= _named(trial)]
    if not granted or len(granted) == len(first.requested):
        return None
    if len(granted) == 1:
        return granted[0]
    return await requests.ask(tuple(scope for trial in granted for scope in trial.requested))


def _named(answer: OAuthAnswer) -> set[str]:
    return set(answer.requested if answer.named_scopes is None else answer.named_scopes)


class _Endpoint:
    """Exchanges with the authorization server, read as OAuth answers."""

    def __init__(self, http: Http, channel: Channel, secrets: Secrets) -> None:
        self._http = http
        self._channel = channel
        self._secrets = secrets

    async def get(self, url: str, *, optional: bool = False) -> OAuthAnswer:
        """Ask by GET and without credentials, as a control."""
        answer, body = await self._http.ask(
            "GET", url, channel=self._channel, optional=optional, urgent=True, timeout=CONTROL_TIMEOUT
        )
        return self._read(answer, body, ())[0]

    async def post(
        self, url: str, client: Mapping[str, str], wanted: tuple[str, ...]
    ) -> tuple[OAuthAnswer, str | None]:
        """Ask for a token by client credentials (RFC 6749, 4.4.2); return the answer and the token apart."""
        form = {"grant_type": "client_credentials", **client, "scope": " ".join(wanted)}
        answer, body = await self._http.ask("POST", url, channel=self._channel, form=form, raw=True, urgent=True)
        return self._read(answer, body, wanted)

    def _read(self, answer: Answer, body: bytes, wanted: tuple[str, ...]) -> tuple[OAuthAnswer, str | None]:
        document = _json(body)
        for token in oauth.tokens(document, body):
            self._secrets.add(token)
        said = oauth.read(_redacted(answer, self._secrets), document, wanted)
        if self._secrets.told_in(oauth.words(said)):
            said = oauth.rewritten(said, self._secrets.redact)
        return said, oauth.access_token(answer, document)


class _Requests:
    """Token requests with the real credentials; the tokens stay in here."""

    def __init__(self, endpoint: _Endpoint, url: str, tenant: str | None, credentials: Credentials) -> None:
        self.tenant = tenant
        self._url = url if tenant is None else f"{url}?tenant={quote(tenant, safe='')}"
        self._endpoint = endpoint
        self._credentials = credentials
        self._tokens: dict[tuple[str, ...], str] = {}

    async def ask(self, wanted: Iterable[str]) -> OAuthAnswer:
        """Ask for exactly these scopes."""
        client = {"client_id": self._credentials.client_id, "client_secret": self._credentials.client_secret}
        answer, token = await self._endpoint.post(self._url, client, tuple(wanted))
        if token is not None:
            self._tokens[answer.requested] = token
        return answer

    def hold(self, answer: OAuthAnswer) -> None:
        """Keep the token of this answer for the API reads, where it granted one."""
        if answer.granted:
            self._credentials.hold(self._tokens[answer.requested])


def _json(body: bytes) -> object:
    try:
        return strict_json(body)
    except NotJson:
        return None


def _redacted(answer: Answer, secrets: Secrets) -> Answer:
    """Return the answer without tokens that were not yet known as secrets when it was kept."""
    if not secrets.told_in((answer.title, answer.text, *answer.headers.values())):
        return answer
    return msgspec.structs.replace(
        answer,
        title=secrets.redact(answer.title),
        text=secrets.redact(answer.text),
        headers={name: secrets.redact(value) for name, value in answer.headers.items()},
    )


async def _nothing() -> None:
    return None
