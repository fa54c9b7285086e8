"""The words of the allow-list proof: evidence about one address, and what all of it comes to.

Rules can refute and never prove. A log or a run from the very address can do both.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Proof = Literal["allow", "deny", "unknown"]
Together = Literal["pass", "fail", "unknown"]
Basis = Literal["configuration", "logs", "vantage"]
PROVING: frozenset[Basis] = frozenset({"logs", "vantage"})
"""What shows an address getting through; rules that let it in are no blocker found, and no more."""

Restriction = Literal["in_force", "none_seen", "unknown"]
"""What a run from an address that is on no list shows: whether strangers are kept out."""


class Entrance(msgspec.Struct, frozen=True):
    """One request of the integrator's, as rules see it."""

    port: int
    path: str
    host: str = ""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one source says about one address."""

    basis: Basis
    address: str
    outcome: Proof
    why: str
    layer: str = ""
    """Where it stands: `iis`, `host-firewall`, `proxy`, `cloud`, `list`, `http.sys`, `outside`."""
    source: str = ""
    line: int | None = None
    when: datetime | None = None

    @property
    def sentence(self) -> str:
        """What it says, and where to look it up."""
        place = ", ".join(part for part in (self.source, f"line {self.line}" if self.line else "") if part)
        return f"{self.why} ({place})" if place else self.why

    @property
    def proves(self) -> bool:
        """It shows the address getting through."""
        return self.outcome == "allow" and self.basis in PROVING


class Collected(msgspec.Struct, frozen=True):
    """What one kind of evidence yields. `notes` are sentences worth a look that decide nothing."""

    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    restriction: Restriction = "unknown"


class AddressResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address, all evidence together."""

    address: str
    outcome: Proof
    basis: tuple[Basis, ...]
    decided_by: tuple[Evidence, ...] = ()
    """What refuses it; else what shows it arriving; else what was said without deciding."""


class Reachability(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the integrator reaches this HaloPSA, and how that is known."""

    outcome: Together
    summary: str
    addresses: tuple[AddressResult, ...] = ()
    basis: tuple[Basis, ...] = ()
    contradictions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """All of it, in one order whatever the order it came in."""

    def of(self, *outcomes: Proof) -> tuple[str, ...]:
        """The addresses with one of these outcomes."""
        return tuple(result.address for result in self.addresses if result.outcome in outcomes)
