"""The resource server: `/api` as HaloPSA answers it.

Keys and envelopes as in homotechsual/HaloAPI, halocli's recorded bodies (October 2026) and the on-premise
DTO of provisiondata/ProvisionData.HaloPSA.ApiClient (February 2026).
"""

from __future__ import annotations

from collections.abc import Callable

from diagnose.lab.exchange import Incoming, Reply, json_reply
from diagnose.lab.scenario import ResourceServer
from diagnose.lab.tokens import Tokens

AREAS = {
    "client": ("customers", "clients"),
    "clientcontract": ("contracts", "contracts"),
    "item": ("items", "items"),
    "invoice": ("invoices", "invoices"),
}
"""Resource name, lower-case, to the scope's area and the envelope's key."""

EVERYTHING = {"all", "all:standard"}


class Api:
    """Answers what is below `/api`; `fill` puts the running server's addresses into a text."""

    def __init__(self, behaviour: ResourceServer, tokens: Tokens, fill: Callable[[str], str]) -> None:
        self._behaviour = behaviour
        self._tokens = tokens
        self._fill = fill

    def answer(self, request: Incoming) -> Reply:
        """Answer one request; the path begins with `/api`."""
        if request.method not in {"GET", "HEAD"}:
            return Reply(405, b"", {"Allow": "GET, HEAD"})
        resource = request.path.removeprefix("/api").strip("/")
        if resource == "instanceinfo":
            return self._instance_info(request)
        if resource == "authinfo":
            return json_reply({"auth_url": self._auth_url, "tenant_id": self._behaviour.tenant_id})
        if resource == "agent/me":
            return self._agent(request)
        if resource in AREAS:
            return self._area(request, *AREAS[resource])
        return Reply(404)

    @property
    def _auth_url(self) -> str:
        return self._fill(self._behaviour.auth_url)

    def _instance_info(self, request: Incoming) -> Reply:
        if self._behaviour.instance_info == "needs-token" and self._scopes(request) is None:
            return Reply(401, b"", {"WWW-Authenticate": "Bearer"})
        version = self._fill(self._behaviour.version)
        body: dict[str, object] = {
            "dbid": "7d1f1a52-5a1c-4a86-9a5e-3f2f2f0f9a11",
            "app_version": version,
            "database_version": self._behaviour.database or "".join(version.split(".")[:2]),
            "agent_count": 12,
            "licensed_agent_count": 15,
            "online_agent_count": 4,
            "last_login": "2026-10-03T20:17:40",
            "app_name": self._behaviour.app_name,
            "agent_url": self._fill("{origin}"),
            "portal_url": self._fill("{origin}/portal/"),
            "auth_url": self._auth_url,
            "mobileapp_enabled": True,
            "teamsbot_enabled": False,
            "nhserver_version": "1364.01",
            "using_event_service": False,
        }
        if self._behaviour.tenant_id:
            body |= {"tenant_id": self._behaviour.tenant_id, "hosted_group": self._behaviour.hosted_group}
        return json_reply(body)

    def _agent(self, request: Incoming) -> Reply:
        if not self._scopes(request):
            return Reply(401, b"", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if self._behaviour.agent != 200:  # noqa: PLR2004 - HTTP's OK
            return Reply(self._behaviour.agent)
        return json_reply({"id": 27, "name": "Integration Agent", "email": "integration@example.test", "team": "API"})

    def _area(self, request: Incoming, area: str, key: str) -> Reply:
        scopes = self._scopes(request)
        if not scopes or self._behaviour.agent == 401:  # noqa: PLR2004 - HTTP's Unauthorized
            return Reply(401, b"", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if not {f"read:{area}", f"edit:{area}", *EVERYTHING} & set(scopes):
            return Reply(403)
        status = self._behaviour.areas.get(area, 200)
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            return Reply(status)
        return json_reply(_envelope(request, key, self._behaviour.counts.get(area, 3)))

    def _scopes(self, request: Incoming) -> tuple[str, ...] | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self._tokens.scopes_of(token) if scheme.lower() == "bearer" else None


def _envelope(request: Incoming, key: str, count: int) -> dict[str, object]:
    query = request.query
    size = int(query["page_size"]) if query.get("page_size", "").isdigit() else count
    records = [{"id": number, "name": f"Example {number}"} for number in range(1, min(size, count) + 1)]
    if query.get("pageinate", "").lower() != "true":
        return {"record_count": count, key: records}
    return {"page_no": 1, "page_size": size, "record_count": count, key: records}
