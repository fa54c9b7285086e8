"""What a scenario is: one HaloPSA with one fault, told in plain values.

Nothing here opens a socket or makes a key; `diagnose.lab.running` builds what is told. Every default is
the healthy server's, so a scenario names only what is wrong with it.
"""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec

HOST = "halo.example.test"
AUTH_HOST = "auth.example.test"
ELSEWHERE = "elsewhere.example.test"
AIA_HOST = "aia.example.test"
"""RFC 6761, 6.2 reserves .test: no such name exists outside."""

GRADIENT_SCOPES = (
    "read:customers",
    "read:contracts",
    "edit:contracts",
    "read:items",
    "edit:items",
    "read:invoices",
    "edit:invoices",
)
"""What the integrator of the default profile asks for; https://support.meetgradient.com/halo-integration."""


class Value(msgspec.Struct, frozen=True):
    """Base of the values here: unchangeable, copied with changes."""

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 - any field's value
        """Return a copy with these fields changed."""
        return msgspec.structs.replace(self, **changes)


class Spec(Value, frozen=True):
    """One certificate to be made. `issuer` names the one that signs it; its own name: self-signed."""

    name: str
    subject: str
    """RFC 4514."""
    issuer: str
    ca: bool = False
    names: tuple[str, ...] = ()
    """DNS names or addresses of the subject alternative name; `{host}` is the scenario's host."""
    days: tuple[float, float] = (-30, 170)
    """Valid from and to, in days from now."""
    purposes: tuple[Literal["server", "client"], ...] = ("server",)
    key: Literal["ec", "rsa-1024", "rsa-2048"] = "ec"
    key_of: str = ""
    """Another spec whose key it shares: a cross-sign, a renewal."""
    digest: Literal["sha256", "sha1"] = "sha256"
    names_issuer_key: bool = True
    """Has the authority key identifier, as RFC 5280 (4.2.1.1) demands."""
    aia: str = ""
    """The caIssuers address; `{aia}` is the lab's own host, e.g. `{aia}/intermediate.cer`."""
    oddity: str = ""
    """What no authority would issue; `diagnose.lab.oddities` has the words."""


class Door(Value, frozen=True):
    """What stands at one address: the wire, the handshake, and exactly these certificates in this order."""

    chain: tuple[str, ...] = ("leaf", "intermediate")
    wire: Literal[
        "tls", "plain-http", "silent", "reset", "reset-at-once", "closed", "alert", "port-closed", "no-answer"
    ] = "tls"
    lowest: Literal["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"] = "TLSv1_2"
    highest: Literal["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"] = "TLSv1_3"
    client_certificate: Literal["never", "asked", "demanded"] = "never"
    signs: str = ""
    """The spec whose key signs the handshake, where it is not the first certificate's."""
    turns: tuple[str, ...] = ()
    """The chain that every second connection is shown: two servers stand behind the address."""
    suites: str = "DEFAULT"
    """What TLS 1.2 is spoken with, in OpenSSL's words."""
    flight: str = ""
    """A handshake written by hand, by its name in `diagnose.lab.flights`; `cut-off`: a good one, and then a reset."""


Cut = Literal["silent", "drip", "endless", "reset", "closed"]
"""What becomes of a connection, after a good handshake, in place of an answer."""


class Manner(Value, frozen=True):
    """How HTTP is spoken."""

    clock: float = 0.0
    """Seconds the server's clock is ahead of the true one."""
    delay: float = 0.0
    """Seconds before each answer."""
    chunked: bool = False
    closing: bool = False
    """One answer per connection."""
    http10: bool = False


class ResourceServer(Value, frozen=True):
    """The application behind `/api`."""

    version: str = "{newest}.32"
    """`{newest}` is the newest stable line of the bundled table."""
    database: str = ""
    """Empty: what belongs to `version`, major and minor glued together."""
    app_name: str = "Halo PSA"
    auth_url: str = "{auth}"
    tenant_id: str | None = None
    hosted_group: str | None = None
    instance_info: Literal["anonymous", "needs-token", "foreign"] = "anonymous"
    agent: int = 200
    """Status of `/api/Agent/me` for a good token; 401 refuses the token everywhere."""
    areas: dict[str, int] = {}
    """Status by area, where it is not 200."""
    counts: dict[str, int] = {}
    """Records by area, where there are not 3."""


class AuthServer(Value, frozen=True):
    """The application behind `/auth` and the one application registered there."""

    ticked: tuple[str, ...] = GRADIENT_SCOPES
    """What is ticked on the application's Permissions tab; may hold `all`."""
    refuses: Literal["invalid_request", "invalid_scope", "drop", "drop-to-nothing"] = "invalid_request"
    """How a scope that exists and is not ticked is refused; Halo's own choice is not published.

    `drop-to-nothing`, as npm's oidc-provider with a resource: unknown scopes are dropped too, and where nothing
    is left a token is granted whose answer has no `scope`.
    """
    echoes_scope: bool = True
    knows_every_scope: bool = False
    """Grants whatever is asked for, also what cannot exist."""
    readable: bool = False
    """Access tokens are readable JWTs; else they look like OpenIddict's encrypted ones."""
    openiddict: Literal[2, 3] = 3
    tells: Literal["exactly", "by-error"] = "exactly"
    """`by-error`, as most OAuth servers: RFC 6749's error alone decides, the words do not say which it was."""
    application: Literal["active", "inactive", "wrong-method"] = "active"
    echoes_secret: bool = False
    hostile: bool = False
    """Refusals hold control, direction and markup characters."""
    path: str = "/auth"
    """Empty: the application is at the host's root, as Halo's own shared host has it."""


class Given(Value, frozen=True):
    """What the admin types; `{origin}`, `{auth_origin}`, `{host}` and `{port}` are the running server's.

    `{auth}` is its authorization server as Halo shows it, without the slash at the end.
    """

    host: str = HOST
    resource: str = "{origin}/api"
    auth: str = "{auth}/"
    tenant: str | None = None
    credentials: Literal["right", "wrong-secret", "unknown-client", "swapped", "truncated", "padded", "odd"] = "right"
    """`odd`: right, and of another shape than Halo gives them."""
    file_encoding: Literal["utf-8", "utf-8-sig", "utf-16"] = "utf-8"
    """Of the secret's file."""
    resolve: bool = True
    """Name every host by `--resolve`."""


class Limit(Value, frozen=True):
    """429 for the first `times` requests to a path (`*` at its end: everything below); -1 is for ever."""

    path: str
    times: int
    retry_after: int = 1


class Scenario(Value, frozen=True):
    """One HaloPSA, what is wrong with it, and what a diagnosis must say.

    `expected_causes` are sorted by id. `expected` holds the status of further checks that the scenario is
    about. `twin` is the same server without the fault. `pages` lays a page of `diagnose.lab.pages` over
    paths (`*` at the end: everything below). `aia` says what the certificate host serves where it is not
    the certificate itself.
    """

    name: str
    sentence: str
    subject: str
    expected_verdict: Literal["ready", "ready_with_warnings", "undecided", "not_ready"]
    expected_causes: tuple[str, ...] = ()
    expected: dict[str, str] = {}
    twin: str = "healthy"
    options: tuple[str, ...] = ("--ip-restriction", "no")
    given: Given = Given()
    specs: tuple[Spec, ...] = ()
    doors: tuple[Door, ...] = (Door(),)
    """One per address of the HaloPSA."""
    auth_doors: tuple[Door, ...] = ()
    """Where the authorization server is another host."""
    files: dict[str, str] = {}
    """Further files by name; `options` name them as `{folder}/NAME`. Texts may hold `{host}`, `{port}`, `{today}`."""
    aia: dict[str, str] = {}
    pages: dict[str, str] = {}
    cuts: dict[str, Cut] = {}
    """Paths, as those of `pages`, that are met with no whole answer."""
    tricks: dict[str, str] = {}
    """Paths, as those of `pages`, that are answered by a script of `diagnose.lab.tricks`."""
    aia_tricks: dict[str, str] = {}
    """Likewise, of the certificate host."""
    limits: tuple[Limit, ...] = ()
    manner: Manner = Manner()
    resource: ResourceServer = ResourceServer()
    auth: AuthServer = AuthServer()
    elsewhere: bool = False
    """A further HTTPS host, whose origin is `{elsewhere}`."""
    plain: bool = False
    """The same host also listens without TLS, at `{plain}`."""
    proxy: Literal["none", "open", "refuses", "password"] = "none"
    """A forward proxy at `{proxy}`, or with its password at `{proxy_with_password}`, for `options` to name."""
