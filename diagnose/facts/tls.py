"""Handshakes with the chain exactly as sent, the roots in force, and issuers fetched by AIA."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from diagnose.fact import Fact
from diagnose.facts.http import Answer

HandshakeOutcome = Literal[
    "completed",
    "old_protocol",  # only TLS 1.0 or 1.1 is spoken
    "client_certificate",  # one is demanded, and refused without
    "alert",
    "bad_signature",  # the first certificate does not belong to the server's key
    "plain_http",
    "not_tls",
    "reset",
    "closed",
    "silent",
    "failed",  # any other error of the TLS library
    "not_tried",  # no TCP connection, or the run's time was used up
]


class Handshake(msgspec.Struct, frozen=True):
    """One handshake with one address, the chain readable whatever the outcome was."""

    host: str
    port: int
    address: str
    outcome: HandshakeOutcome
    chain: tuple[bytes, ...] = ()
    """DER certificates in the order sent; at most 20 and 128 KiB."""
    dropped: int = 0
    """Certificates beyond those caps, seen and not kept."""
    protocol: str | None = None
    cipher: str | None = None
    alert: str | None = None
    """The alert's name in RFC 8446's spelling, e.g. `handshake_failure`."""
    detail: str = ""
    head: Answer | None = None
    """The answer to the HEAD sent over it; TLS 1.3 refusals arrive there, and the server's clock."""
    seconds: float = 0.0
    modern: bool | None = None
    """Where an old cipher suite was agreed upon: whether the server speaks one of today's as well."""


class Handshakes(Fact, frozen=True):
    """One handshake for each address that accepts a connection."""

    NAME: ClassVar[str] = "tls.handshakes"
    JUDGED_BY: ClassVar[str] = "tls.handshake"
    attempts: tuple[Handshake, ...]
    later: tuple[Handshake, ...] = ()
    """Other chains that further connections to the same addresses were shown; their `address` says that."""

    @property
    def shown(self) -> tuple[Handshake, ...]:
        """Everything that was shown: each address' own handshake first."""
        return (*self.attempts, *self.later)

    def of(self, endpoint: tuple[str, int]) -> tuple[Handshake, ...]:
        """The handshakes of one (host, port)."""
        return tuple(attempt for attempt in self.attempts if (attempt.host, attempt.port) == endpoint)


class FetchedIssuer(msgspec.Struct, frozen=True):
    """One certificate had from the address in another certificate (RFC 5280, 4.2.2.1 caIssuers)."""

    url: str
    certificate: bytes
    for_sha256: str
    """SHA-256 (hex) of the certificate whose issuer it is; its signature was verified."""


class IssuerAttempt(msgspec.Struct, frozen=True):
    """One attempt to fetch an issuer, whatever came of it.

    `outcome` is `fetched`, `refused_address` (private, loopback and the like), `not_http`,
    `unreachable`, `timeout`, `too_large`, `http_error`, `not_a_certificate`, `not_the_issuer`,
    `too_many_redirects`.
    """

    url: str
    outcome: str
    detail: str = ""
    address: str = ""


class Issuers(Fact, frozen=True):
    """What AIA gave for the chains that end without a root in force. Empty where nothing was missing."""

    NAME: ClassVar[str] = "tls.issuers"
    JUDGED_BY: ClassVar[str] = "tls.chain-complete"
    allowed: bool
    fetched: tuple[FetchedIssuer, ...] = ()
    attempts: tuple[IssuerAttempt, ...] = ()


class TrustRoots(Fact, frozen=True):
    """The roots in force: where they come from, and those of them whose subject issued something captured."""

    NAME: ClassVar[str] = "tls.trust_roots"
    JUDGED_BY: ClassVar[str] = "tls.trusted"
    source: str
    version: str
    sha256: str
    count: int
    public: bool
    """False with `--trust-roots`."""
    relevant: tuple[bytes, ...] = ()
    """DER."""
