"""What tells whether the integrator's addresses are let in: rule files, server logs, runs from outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, ClassVar, Literal

import msgspec

from diagnose.fact import Fact
from diagnose.facts.http import Gate
from diagnose.logs.model import LogEvidence
from diagnose.rulesets.model import RuleSet

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
TargetRole = Literal["auth", "api"]


class Unreadable(msgspec.Struct, frozen=True):
    """One file that could not be understood, and the sentence that says why."""

    source: str
    why: str


class RuleFiles(Fact, frozen=True):
    """Every `--allow-list`, understood or not."""

    NAME: ClassVar[str] = "allowlist.rule_files"
    JUDGED_BY: ClassVar[str] = "allowlist.configuration"
    sets: tuple[RuleSet, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def __bool__(self) -> bool:
        """Whether any file was given."""
        return bool(self.sets or self.unreadable)


class ServerLogs(Fact, frozen=True):
    """Every `--server-log`, read or not. No client is in them but the integrator."""

    NAME: ClassVar[str] = "allowlist.logs"
    JUDGED_BY: ClassVar[str] = "allowlist.logs"
    logs: tuple[LogEvidence, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def __bool__(self) -> bool:
        """Whether any file was given."""
        return bool(self.logs or self.unreadable)


class ObservedEgress(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address that an outside run was seen from, and who saw it: `echo example.net`, `stated`, `source`."""

    address: str
    method: str
    when: Moment | None = None


class Canary(msgspec.Struct, frozen=True):
    """A connection to an address where nobody is (RFC 5737); if it is accepted, something answers for anybody."""

    address: str
    connected: bool


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request without credentials. `marker` names what only Halo answers, e.g. `oauth_error`."""

    method: str
    path: str
    outcome: Literal["answered", "timeout", "reset", "closed", "malformed", "too_large", "tls_failed", "not_sent"]
    status: int | None = None
    kind: Literal["json", "html", "text", "empty", "binary"] = "empty"
    marker: str = ""
    sha256: str = ""
    gate: Gate | None = None
    headers: dict[str, str] = {}


class Reach(msgspec.Struct, frozen=True, omit_defaults=True):
    """One address of the server, tried from outside: TCP, then TLS, then HTTP where Halo would leave a marker."""

    address: str
    tcp: Literal["accepted", "refused", "no_answer", "unreachable", "not_tried", "proxy_refused"]
    tls: Literal["completed", "reset", "closed", "alert", "timeout", "failed", "not_tried"] = "not_tried"
    tls_detail: str = ""
    tls_version: str = ""
    leaf_sha256: str = ""
    asked: tuple[Asked, ...] = ()
    egress: str = ""
    """The address it left from, where the run was bound to one and that was observed."""
    seconds: float = 0.0

    @property
    def marker(self) -> bool:
        """Halo itself answered."""
        return any(asked.marker for asked in self.asked)

    @property
    def family(self) -> int:
        """4 or 6; 0 for what is no address."""
        return family(self.address)


class Tried(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the two server URLs, and what its name resolved to out there."""

    role: TargetRole
    url: str
    reaches: tuple[Reach, ...] = ()
    resolved: tuple[str, ...] = ()


class VantageAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answered vantage request. `nonce_ok` is False where it answers another request than it says."""

    source: str
    request_id: str
    role: Literal["integrator", "foreign", "customer"]
    started: Moment
    ended: Moment
    nonce_ok: bool
    egress: tuple[ObservedEgress, ...] = ()
    targets: tuple[Tried, ...] = ()
    canaries: tuple[Canary, ...] = ()
    via_proxy: bool = False
    label: str = ""

    def age(self, now: datetime) -> timedelta:
        """How long ago it ended; negative where a clock is wrong."""
        return now - self.ended

    @property
    def answers_for_anybody(self) -> bool:
        """Something at that place accepts connections to addresses where nobody is."""
        return any(canary.connected for canary in self.canaries)


class VantageAnswers(Fact, frozen=True):
    """Every `--vantage`, read or not."""

    NAME: ClassVar[str] = "allowlist.vantage"
    JUDGED_BY: ClassVar[str] = "allowlist.vantage"
    answers: tuple[VantageAnswer, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def __bool__(self) -> bool:
        """Whether any file was given."""
        return bool(self.answers or self.unreadable)


def family(address: str) -> int:
    """Return 4 or 6; 0 for what is no address."""
    try:
        return ip_address(address).version
    except ValueError:
        return 0
