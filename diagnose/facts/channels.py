"""Where a request may go: open for questions without a credential, verified for a credential.

Derived from the facts, never stored. What is missing says which checks stand in the way.
"""

from __future__ import annotations

import msgspec

from diagnose.fact import Derived, Unavailable

Endpoint = tuple[str, int]
"""Host (A-label or address, no brackets) and port."""


class Channel(msgspec.Struct, frozen=True):
    """One address of an endpoint that completed a handshake.

    `intermediates` (DER) were fetched by AIA and are needed for a verifying context to accept what the
    server sends; they are never anchors. `shown` are the SHA-256 (hex) of every certificate that was sent, in
    order: a line on which other ones were shown is another server's.
    """

    host: str
    port: int
    address: str
    verified: bool
    intermediates: tuple[bytes, ...] = ()
    shown: tuple[str, ...] = ()


class OpenChannels(Derived, frozen=True):
    """Per endpoint the address that requests without a credential use, or what is in the way."""

    ways: tuple[tuple[Endpoint, Channel | Unavailable], ...]

    def of(self, endpoint: Endpoint) -> Channel | Unavailable:
        """The way to this endpoint; KeyError if it is none of the target's."""
        return dict(self.ways)[endpoint]


class VerifiedChannels(Derived, frozen=True):
    """Per endpoint the address whose chain, name, dates, purpose and strength verify, or what is in the way."""

    ways: tuple[tuple[Endpoint, Channel | Unavailable], ...]

    def of(self, endpoint: Endpoint) -> Channel | Unavailable:
        """The way to this endpoint; KeyError if it is none of the target's."""
        return dict(self.ways)[endpoint]
