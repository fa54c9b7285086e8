"""Two requests without a credential, and what only Halo answers to them.

A token endpoint refuses a client that does not exist in OAuth's own words (RFC 6749, 5.2); InstanceInfo says the
version, or asks for a Bearer token. Nothing else of an answer is kept: no text, no version, no redirect's target.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from diagnose.facts.allowlist import Asked
from diagnose.facts.channels import Channel
from diagnose.facts.http import Answer, asks_for_bearer
from diagnose.facts.run import ServerUrl
from diagnose.facts.tokens import TokenEndpoint
from diagnose.halo import oauth
from diagnose.halo.instance import instance_info
from diagnose.probes.http import Http, NotJson, strict_json
from diagnose.probes.tokens import made_up_client

KEPT = frozenset({"server", "via", "www-authenticate", "retry-after", "cf-ray", "x-azure-ref", "x-amz-cf-id"})
"""Headers that tell whose answer it is, or by what number its owner finds it in a log."""
UNAUTHORIZED = 401


async def ask_for_a_token(http: Http, url: ServerUrl, channel: Channel) -> Asked:
    """POST a made-up client to the token endpoint."""
    place = f"{url.used}token"
    form = {"grant_type": "client_credentials", **made_up_client()}
    answer, body = await http.ask("POST", place, channel=channel, form=form)
    said = oauth.read(answer, _json(body), ())
    return asked(answer, "oauth_error" if TokenEndpoint(place, said).found else "")


async def ask_for_the_version(http: Http, url: ServerUrl, channel: Channel) -> Asked:
    """GET InstanceInfo, which builds before 2.236 answer by asking for a token."""
    answer, body = await http.ask("GET", f"{url.used}/InstanceInfo", channel=channel)
    if instance_info(answer, _json(body)).readable:
        return asked(answer, "instance_info")
    challenged = answer.status == UNAUTHORIZED and asks_for_bearer(answer.headers.get("www-authenticate", ""))
    return asked(answer, "bearer_challenge" if challenged and answer.gate is None else "")


def asked(answer: Answer, marker: str) -> Asked:
    """Return what may be told of one exchange."""
    return Asked(
        method=answer.method,
        path=urlsplit(answer.url).path,
        outcome=answer.outcome,
        status=answer.status,
        kind=answer.kind,
        marker=marker,
        sha256=answer.sha256,
        gate=answer.gate,
        headers={name: value for name, value in answer.headers.items() if name in KEPT},
    )


def _json(body: bytes) -> object:
    try:
        return strict_json(body)
    except NotJson:
        return None
