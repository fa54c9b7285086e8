"""What the run was told: the target, the settings, the moment. Given, not observed, but stored all the same."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from diagnose.fact import Fact


class Moment(Fact, frozen=True):
    """When the run began, by this machine's clock (UTC). Dates are judged as of this moment."""

    NAME: ClassVar[str] = "run.moment"
    now: datetime


class ServerUrl(msgspec.Struct, frozen=True):
    """One URL as typed, and what the run goes on with.

    `faults` holds what is wrong with it: `no_scheme`, `http`, `other_scheme`, `userinfo`, `query`,
    `fragment`, `no_slash`. `used` is the corrected URL, always https, without credentials, query or
    fragment; for the authorization server it ends in `/`. `host` is the A-label or address without
    brackets.
    """

    given: str
    used: str
    host: str
    port: int
    path: str
    faults: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Scheme, host and port, e.g. `https://halo.example.com` (the default port is left out)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}" if self.port == 443 else f"https://{host}:{self.port}"  # noqa: PLR2004

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port


class Target(Fact, frozen=True):
    """The HaloPSA to diagnose, as the admin typed it. Holds no credential."""

    NAME: ClassVar[str] = "run.target"
    resource: ServerUrl
    auth: ServerUrl
    tenant: str | None = None

    @property
    def endpoints(self) -> tuple[tuple[str, int], ...]:
        """The distinct (host, port) pairs, the resource server's first."""
        return tuple(dict.fromkeys((self.resource.endpoint, self.auth.endpoint)))


class Override(msgspec.Struct, frozen=True):
    """One `--resolve HOST:PORT:ADDRESS[,ADDRESS]`."""

    host: str
    port: int
    addresses: tuple[str, ...]


class Settings(Fact, frozen=True):
    """The options of the run that change what is asked or how it is judged."""

    NAME: ClassVar[str] = "run.settings"
    ip_restriction: Literal["yes", "no"] | None = None
    no_credentials: bool = False
    latest_stable: str | None = None
    integrator_ips: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    trust_roots: str | None = None
    aia: bool = True
    proxy: str | None = None
    """The proxy in use, without its password; None is direct."""
    proxy_not_used: str | None = None
    """A proxy that the environment names and that was not used, without its password."""
    dns_server: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    timeout: float = 60.0

    def overridden(self, host: str) -> bool:
        """Whether any address of this host was given by hand."""
        return any(override.host == host for override in self.overrides)

    def addresses_for(self, host: str, port: int) -> tuple[str, ...] | None:
        """The addresses given for this host and port, or None."""
        for override in self.overrides:
            if (override.host, override.port) == (host, port):
                return override.addresses
        return None


class CredentialShape(Fact, frozen=True):
    """What the credentials look like, never what they are.

    `client_id` and `client_secret` are one of `guid`, `two_guids`, `guid_prefix` (shorter than a GUID
    but made of its characters), `other`. HaloPSA gives a GUID and two GUIDs joined by `-`.
    """

    NAME: ClassVar[str] = "input.credential_shape"
    JUDGED_BY: ClassVar[str] = "input.credentials"
    client_id: str
    client_secret: str
    client_id_length: int
    client_secret_length: int
    blanks_removed: tuple[str, ...] = ()
    """Names of the values that had blanks around them."""
