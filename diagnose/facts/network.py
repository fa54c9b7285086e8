"""Names, addresses and TCP connections."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from diagnose.fact import Fact

USED_UP = "the time given to the run was used up"
"""What `Connection.detail` says where nothing was tried because it was too late."""


class Resolution(msgspec.Struct, frozen=True):
    """One host name and what the machine's own resolver said."""

    host: str
    outcome: Literal["resolved", "not_found", "failed", "timeout", "literal", "overridden"]
    addresses: tuple[str, ...] = ()
    detail: str = ""
    seconds: float = 0.0


class Addresses(Fact, frozen=True):
    """The addresses of every host of the target, also where there are none."""

    NAME: ClassVar[str] = "dns.addresses"
    JUDGED_BY: ClassVar[str] = "dns.resolves"
    hosts: tuple[Resolution, ...]

    def of(self, host: str) -> Resolution:
        """The resolution of this host; KeyError if it was not asked for."""
        for resolution in self.hosts:
            if resolution.host == host:
                return resolution
        raise KeyError(host)


class PublicAnswers(Fact, frozen=True):
    """What the public resolver of `--dns-server` said, per host."""

    NAME: ClassVar[str] = "dns.public_answers"
    JUDGED_BY: ClassVar[str] = "dns.public"
    server: str
    hosts: tuple[Resolution, ...]


class Connection(msgspec.Struct, frozen=True):
    """One TCP connection attempt. `not_tried`: this machine has no route to that family of addresses."""

    host: str
    port: int
    address: str
    outcome: Literal["accepted", "refused", "no_answer", "unreachable", "not_tried", "proxy_refused"]
    detail: str = ""
    seconds: float = 0.0


class Connections(Fact, frozen=True):
    """Every address of every endpoint, tried once."""

    NAME: ClassVar[str] = "net.connections"
    JUDGED_BY: ClassVar[str] = "net.reachable"
    attempts: tuple[Connection, ...]

    def of(self, endpoint: tuple[str, int]) -> tuple[Connection, ...]:
        """The attempts for one (host, port)."""
        return tuple(attempt for attempt in self.attempts if (attempt.host, attempt.port) == endpoint)
