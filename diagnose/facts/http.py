"""One HTTP request and what came back, reduced to what may be kept."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["json", "html", "text", "empty", "binary"]


class Gate(msgspec.Struct, frozen=True):
    """Whose page answered instead of Halo, by the signature table (data/signatures.toml).

    `kind`: `outbound_filter` (the customer's own network), `waf`, `proxy`, `iis` (IIS or http.sys itself,
    in front of the application), `portal` (a login page in front), `unknown`.
    `state`: `blocked` (a gate: it hides Halo), `down` (the application behind does not run),
    `missing` (nothing at that path or host name), `limited` (too many requests), `error`.
    """

    id: str
    product: str
    kind: str
    state: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exchange. No body is kept: a page's title and its first visible words, or nothing."""

    method: str
    url: str
    outcome: Literal["answered", "timeout", "reset", "closed", "malformed", "too_large", "tls_failed", "not_sent"]
    status: int | None = None
    kind: Kind = "empty"
    headers: dict[str, str] = {}
    """Lower-case names; only those of `probes.http.KEPT_HEADERS`."""
    title: str = ""
    text: str = ""
    """At most 800 characters of visible text of a page that is not JSON."""
    sha256: str = ""
    """Of the body, so that identical pages can be told."""
    gate: Gate | None = None
    address: str = ""
    channel: Literal["verified", "unverified"] = "unverified"
    detail: str = ""
    sent: datetime | None = None
    """UTC, this machine's clock, when the request was written."""
    seconds: float = 0.0
    echoed_secret: bool = False

    @property
    def answered(self) -> bool:
        """A complete HTTP response came."""
        return self.outcome == "answered"

    @property
    def redirected(self) -> bool:
        """A redirect (RFC 9110, 15.4)."""
        return self.answered and self.status in {301, 302, 303, 307, 308}


def asks_for_bearer(challenge: str) -> bool:
    """Whether a WWW-Authenticate header offers the Bearer scheme (RFC 6750, 3), alone or among others."""
    return re.search(r"(?:^|,)\s*bearer(?:[\s,]|$)", challenge, re.IGNORECASE) is not None
