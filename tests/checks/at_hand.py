"""Literal facts of a healthy HaloPSA; a test changes the one thing it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from diagnose import profile, target
from diagnose.fact import Unavailable
from diagnose.facts.halo import Agent, AreaRead, AreaReads, AuthInfo, InstanceInfo, InstanceInfoWithToken
from diagnose.facts.http import Answer, Gate
from diagnose.facts.run import Moment, Settings, Target
from diagnose.facts.tokens import OAuthAnswer, TokenEndpoint, TokenGrant
from diagnose.halo import versions
from diagnose.outcome import Code

change = msgspec.structs.replace

HOST = "https://halo.example.com"
TARGET: Target = target.read(resource_server=f"{HOST}/api", auth_server=f"{HOST}/auth/")
SETTINGS = Settings()
NO_CREDENTIALS = Settings(no_credentials=True)
GRADIENT = profile.load("gradient")
RELEASES = versions.load()
MOMENT = Moment(datetime(2026, 11, 22, 9, tzinfo=UTC))
NOT_NEEDED = Unavailable(Code.NOT_APPLICABLE, "InstanceInfo needed no token")
NOT_ASKED = Unavailable(Code.NOT_SELECTED, "no credentials were used (--no-credentials)")
TOKEN_REFUSED = Unavailable(Code.BLOCKED, "no token was granted", ("auth.token",))

POOL_DOWN = Gate("httpsys-503", "IIS (http.sys)", "iis", "down")
WEB_FILTER = Gate("filter", "Example Filter", "outbound_filter", "blocked")
WAF = Gate("waf", "Example WAF", "waf", "blocked")


def answer(status: int | None = 200, **changes: Any) -> Answer:
    settled: dict[str, Any] = {
        "method": "GET",
        "url": f"{HOST}/api/InstanceInfo",
        "kind": "json",
        "channel": "verified",
    }
    settled |= {"outcome": "answered" if status else "timeout", "status": status, "address": "192.0.2.7"}
    return Answer(**(settled | changes))


def instance(status: int | None = 200, **changes: Any) -> InstanceInfo:
    answered = {
        key: changes.pop(key) for key in ("kind", "headers", "gate", "outcome", "channel", "detail") if key in changes
    }
    healthy: dict[str, Any] = {}
    if status == 200 and answered.get("kind", "json") == "json":
        healthy = {
            "app_name": "Halo PSA",
            "app_version": "2.250.32",
            "database_version": "2250",
            "auth_url": f"{HOST}/auth",
            "readable": True,
        }
    return InstanceInfo(answer(status, **answered), **(healthy | changes))


INSTANCE = instance()
AUTH_INFO = AuthInfo(answer(url=f"{HOST}/api/AuthInfo"), f"{HOST}/auth", None, readable=True)
NO_AUTH_INFO = AuthInfo(answer(404, url=f"{HOST}/api/AuthInfo", kind="html"))


def with_token(found: InstanceInfo) -> InstanceInfoWithToken:
    return InstanceInfoWithToken(change(found, with_token=True))


def oauth(status: int | None = 401, **changes: Any) -> OAuthAnswer:
    answered = {key: changes.pop(key) for key in ("kind", "headers", "gate", "outcome", "channel") if key in changes}
    said: dict[str, Any] = {"oauth": bool(changes.get("error")) or changes.get("granted", False)}
    exchange = answer(status, method="POST", url=f"{HOST}/auth/token", **answered)
    return OAuthAnswer(exchange, **(said | changes))


def granted(*scopes: str, names: tuple[str, ...] | None = None, **changes: Any) -> OAuthAnswer:
    return oauth(200, granted=True, requested=scopes, scope=names, expires_in=3600, **changes)


def refused(*scopes: str, error: str = "invalid_scope", status: int = 400, **changes: Any) -> OAuthAnswer:
    return oauth(status, error=error, requested=scopes, **changes)


MARKER = refused(error="invalid_client", status=401, error_id="ID2052", error_description="The client_id is invalid.")
SPA = oauth(200, kind="html")
ENDPOINT = TokenEndpoint(f"{HOST}/auth/token", MARKER, SPA, oauth(404, kind="html"), oauth(404, kind="html"))

SCOPES = GRADIENT.scopes
NAMED = granted(*SCOPES, names=SCOPES)
NO_ALL = refused("all")
GRANT = TokenGrant(NAMED, everything=NO_ALL)

AGENT = Agent(answer(url=f"{HOST}/api/Agent/me"), 7, "Gradient", "g***@example.com")


def reads(**areas: Any) -> AreaReads:
    """Every area with three records; `customers=AreaRead(...)` changes one, `customers=None` was not asked."""
    usual: dict[str, AreaRead | None] = {
        area: AreaRead(area, answer(url=f"{HOST}/api/{area}"), 3, readable=True) for area in GRADIENT.areas
    }
    found = usual | areas
    return AreaReads(
        tuple(read for read in found.values() if read), tuple(area for area, read in found.items() if read is None)
    )
