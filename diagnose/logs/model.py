"""What a server's log shows about the integrator's addresses, whatever the log's format.

An `Arrival` is one row: the address came as far as the software that wrote the log. Other clients' rows
are counted as lines and kept nowhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Format = Literal["iis-w3c", "httperr", "pfirewall"]
Proof = Literal["allow", "deny", "unknown"]
Clock = Literal["utc", "local"]
Meaning = Literal["arrived", "refused", "let_in", "throttled", "aborted", "other"]
"""`arrived`: Halo answered. `refused`: turned away for its address. `let_in`: the host firewall let the connection in,
which says nothing about IIS. `throttled`: too many requests, no allow-list. `aborted`: cut before an answer."""

DECISIVE: frozenset[Meaning] = frozenset({"arrived", "refused", "let_in"})
"""The latest of these rows is what counts for an address."""

TITLES: dict[Format, str] = {
    "iis-w3c": "the IIS log",
    "httperr": "the HTTPERR log",
    "pfirewall": "the Windows Firewall log",
}
CLOCKS: dict[Format, Clock] = {"iis-w3c": "utc", "httperr": "utc", "pfirewall": "local"}
LAYERS: dict[Format, str] = {"iis-w3c": "iis", "httperr": "http.sys", "pfirewall": "host-firewall"}


class LogsError(Exception):
    """A file that cannot be understood as a log; one sentence that says why and holds nothing of the file."""


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row about one of the integrator's addresses. The query is never kept.

    `result` is what the log says in its own words: `403.6`, `DROP`, `Timer_HeaderWait`. `time` is UTC,
    or without a zone where the log is in the server's local time.
    """

    line: int
    meaning: Meaning
    result: str
    time: datetime | None = None
    path: str = ""
    status: int | None = None
    substatus: int | None = None


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that one log says about one address."""

    address: str
    counts: dict[Meaning, int] = {}
    latest: Arrival | None = None
    """The latest decisive row."""
    samples: tuple[Arrival, ...] = ()
    """The latest row of each meaning, in the log's order."""
    still_refused: Arrival | None = None
    """Where the latest row is an arrival: the latest row at another path, if that is still a refusal."""

    @property
    def outcome(self) -> Proof:
        """What is proven about this address."""
        if self.latest is None or self.latest.meaning == "let_in":
            return "unknown"
        return "allow" if self.latest.meaning == "arrived" else "deny"


class LogEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One log, read: every address that was looked for, in the order given."""

    source: str
    format: Format
    lines: int
    seen: tuple[Seen, ...]
    remarks: tuple[str, ...] = ()
    """Sentences on what could not be read, or must be known to judge the rest."""
    stopped: bool = False
    """The reader stopped at its limit, so later rows may say something else: arrivals do not count."""

    @property
    def clock(self) -> Clock:
        """Whether its times are UTC or the server's local time."""
        return CLOCKS[self.format]

    @property
    def layer(self) -> str:
        """What wrote the log: `iis`, `http.sys`, `host-firewall`."""
        return LAYERS[self.format]

    def outcome(self, address: str) -> Proof:
        """What this log proves about an address; unknown for one that was not looked for."""
        outcomes = {seen.address: seen.outcome for seen in self.seen}
        found = outcomes.get(address, "unknown")
        return "unknown" if self.stopped and found == "allow" else found
