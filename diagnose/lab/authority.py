"""The authorization server: `/auth` as an OpenIddict application answers it.

Errors, their numbers, texts and order are those of openiddict/openiddict-core (tags 2.0.1 and 3.1.1);
the keys of a grant and their order are Halo's (HaloAPI, FiresideITPartners/Halo-Billing-Sync-Tool).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import msgspec

from diagnose.lab.exchange import Incoming, Reply, json_reply
from diagnose.lab.scenario import AuthServer
from diagnose.lab.tokens import LIFETIME, Tokens, signed

AREAS = (
    *("tickets", "calendar", "customers", "crm", "timesheets", "contracts", "suppliers", "items", "projects"),
    *("sales", "quotes", "sos", "pos", "invoices", "reporting", "software", "softwarelicensing", "kb", "assets"),
)
KNOWN = {"all", "all:standard", "admin", "offline_access", "access:chat", "access:adpasswordreset"} | {
    f"{verb}:{area}" for verb in ("read", "edit") for area in AREAS
}
"""Scopes Halo knows: homotechsual/HaloAPI, Classes/HaloAuth.psm1 (February 2026)."""

HOSTILE = "\x1b[31mred\x1b[0m \u202eesrever\u202c <script>alert(1)</script> [bold]x[/bold] =1+1 | # `"


class Refusal(msgspec.Struct, frozen=True):
    """One error answer: RFC 6749's code, OpenIddict's number, its text from 3.x and from 2.x."""

    error: str
    number: str
    text: str
    older: str = ""
    status: int = 400


NOT_POST = Refusal("invalid_request", "ID2084", "The specified HTTP method is not valid.")
NOT_FORM = Refusal("invalid_request", "ID2082", "The specified 'Content-Type' header is invalid.")
TWO_WAYS = Refusal("invalid_request", "ID2087", "Multiple client credentials cannot be specified.")
NO_GRANT_TYPE = Refusal("invalid_request", "ID2029", "The mandatory 'grant_type' parameter is missing.")
NO_SECRET = Refusal(
    "invalid_request",
    "ID2057",
    "The 'client_secret' or 'client_assertion' parameter must be specified when using the client credentials grant.",
)
OTHER_GRANT_TYPE = Refusal("unsupported_grant_type", "ID2032", "The specified 'grant_type' is not supported.")
UNKNOWN_SCOPE = Refusal(
    "invalid_scope", "ID2052", "The specified 'scope' is invalid.", "The specified 'scope' parameter is not valid."
)
UNKNOWN_CLIENT = Refusal(
    "invalid_client",
    "ID2052",
    "The specified 'client_id' is invalid.",
    "The specified 'client_id' parameter is invalid.",
    401,
)
WRONG_SECRET = Refusal("invalid_client", "ID2055", "The specified client credentials are invalid.", status=401)
NOT_ALLOWED_GRANT = Refusal(
    "unauthorized_client", "ID2064", "This client application is not allowed to use the specified grant type."
)
NOT_ALLOWED_SCOPE = Refusal(
    "invalid_request", "ID2051", "This client application is not allowed to use the specified scope."
)


class Application(msgspec.Struct, frozen=True):
    """The one application registered at the authorization server."""

    client_id: str
    client_secret: str


class Authority:
    """Answers what is below `/auth`. `issued` is told every token."""

    def __init__(
        self,
        behaviour: AuthServer,
        application: Application,
        tokens: Tokens,
        fill: Callable[[str], str],
        issued: Callable[[str], None],
    ) -> None:
        self._behaviour = behaviour
        self._application = application
        self._tokens = tokens
        self._fill = fill
        self._issued = issued

    def answer(self, request: Incoming) -> Reply:
        """Answer one request; the path begins with the application's."""
        path = request.path.removeprefix(self._behaviour.path)
        if path in {"/token", "/token/"}:  # OpenIddict does not mind the last slash
            return self._token(request)
        if path == "/.well-known/openid-configuration":
            return json_reply({key: self._fill(value) for key, value in DISCOVERY.items()})
        if path in {"", "/"} and request.method in {"GET", "HEAD"}:
            return Reply(200, LOG_IN.encode(), {"Content-Type": "text/html; charset=utf-8"})
        return Reply(404)

    def _token(self, request: Incoming) -> Reply:
        refusal = _malformed(request)
        if refusal is not None:
            return self._refused(refusal, request)
        scopes = tuple(request.form.get("scope", "").split())
        refusal = self._unknown(scopes) or self._client(request) or self._not_ticked(scopes)
        return self._refused(refusal, request) if refusal is not None else self._granted(scopes)

    def _unknown(self, scopes: tuple[str, ...]) -> Refusal | None:
        if self._behaviour.knows_every_scope or self._drops_to_nothing or set(scopes) <= KNOWN:
            return None
        return UNKNOWN_SCOPE

    def _client(self, request: Incoming) -> Refusal | None:
        client_id, client_secret = _credentials(request)
        if client_id != self._application.client_id or self._behaviour.application == "inactive":
            return UNKNOWN_CLIENT
        if client_secret != self._application.client_secret:
            return WRONG_SECRET
        return NOT_ALLOWED_GRANT if self._behaviour.application == "wrong-method" else None

    def _not_ticked(self, scopes: tuple[str, ...]) -> Refusal | None:
        missing = set(scopes) - set(self._allowed(scopes))
        if not missing or self._drops_to_nothing or (self._behaviour.refuses == "drop" and missing != set(scopes)):
            return None
        return NOT_ALLOWED_SCOPE if self._behaviour.refuses == "invalid_request" else UNKNOWN_SCOPE

    @property
    def _drops_to_nothing(self) -> bool:
        return self._behaviour.refuses == "drop-to-nothing"

    def _allowed(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if self._behaviour.knows_every_scope:
            return scopes
        return tuple(scope for scope in scopes if scope in self._behaviour.ticked)

    def _granted(self, scopes: tuple[str, ...]) -> Reply:
        allowed = self._allowed(scopes)
        token = self._tokens.issue(allowed, self._application.client_id, readable=self._behaviour.readable)
        self._issued(token)
        agent: dict[str, object] = {"sub": "27", "name": "Integration Agent", "email": "integration@example.test"}
        says = self._behaviour.echoes_scope and (allowed or not self._drops_to_nothing)
        body: dict[str, object] = {"scope": " ".join(allowed)} if says else {}
        body |= {
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": LIFETIME,
            "id_token": signed(agent | {"aud": self._application.client_id}),
        }
        return json_reply(body, headers=_NOT_STORED)

    def _refused(self, refusal: Refusal, request: Incoming) -> Reply:
        behaviour = self._behaviour
        older = behaviour.openiddict < 3  # noqa: PLR2004 - its major version
        text = refusal.older if older and refusal.older else refusal.text
        if behaviour.echoes_secret:
            text += " (client_id={}, client_secret={})".format(*_credentials(request))
        if behaviour.tells == "by-error":
            return json_reply(_BY_ERROR.get(refusal.error, {"error": refusal.error}), refusal.status, _NOT_STORED)
        body = {"error": refusal.error, "error_description": text + (HOSTILE if behaviour.hostile else "")}
        headers = dict(_NOT_STORED)
        if not older:
            body["error_uri"] = f"https://documentation.openiddict.com/errors/{refusal.number}"
            if refusal.status == 401:  # noqa: PLR2004 - HTTP's Unauthorized
                headers["WWW-Authenticate"] = f'Basic error="{refusal.error}"'
        return json_reply(body, refusal.status, headers)


_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_BY_ERROR = {
    "invalid_client": {"error": "invalid_client", "error_description": "client authentication failed"},
    "invalid_scope": {"error": "invalid_scope", "error_description": "requested scope is not allowed"},
    "unauthorized_client": {
        "error": "invalid_request",
        "error_description": "requested grant type is not allowed for this client",
    },
}
"""The words of npm's oidc-provider 9 (measured 2026-11)."""
DISCOVERY = {
    "issuer": "{auth}/",
    "token_endpoint": "{auth}/token",
    "authorization_endpoint": "{auth}/authorize",
    "jwks_uri": "{auth}/.well-known/jwks",
}
LOG_IN = '<!DOCTYPE html><html lang="en"><head><title>Halo</title></head><body><h1>Log in</h1></body></html>'


def _malformed(request: Incoming) -> Refusal | None:
    """Return what is wrong with the request itself, in OpenIddict's order."""
    if request.method != "POST":
        return NOT_POST
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return NOT_FORM
    form = request.form
    if "client_secret" in form and "authorization" in request.headers:
        return TWO_WAYS
    if not form.get("grant_type"):
        return NO_GRANT_TYPE
    if form["grant_type"] != "client_credentials":
        return OTHER_GRANT_TYPE
    return None if all(_credentials(request)) else NO_SECRET


def _credentials(request: Incoming) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.form.get("client_id", ""), request.form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
