"""The one model of all rule files: steps in order, inside areas of paths, inside places that serve a port.

    RuleSet -> Place (a site, server, frontend) -> Walk (a mechanism) -> Area (paths) -> Step (a rule)

Every format is translated into it by its parser; who gets in is decided by `judging`, the same for all.
Everything is data, so a rule set can be stored in a report and judged again without the file.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from diagnose.rulesets.conditions import ALWAYS, Condition, PathMatch

Format = Literal[
    "iis-config",
    "iis-appcmd",
    "windows-firewall-json",
    "windows-firewall-netsh",
    "nginx",
    "apache",
    "haproxy",
    "azure-nsg",
    "aws-sg",
    "plain",
]
Layer = Literal["iis", "host-firewall", "proxy", "cloud", "list"]
Judgement = Literal["allow", "deny", "unknown", "not_concerned"]
Ports = tuple[tuple[int, int], ...]
"""First and last port of each range."""

LAYERS: dict[Format, Layer] = {
    "iis-config": "iis",
    "iis-appcmd": "iis",
    "windows-firewall-json": "host-firewall",
    "windows-firewall-netsh": "host-firewall",
    "nginx": "proxy",
    "apache": "proxy",
    "haproxy": "proxy",
    "azure-nsg": "cloud",
    "aws-sg": "cloud",
    "plain": "list",
}
FORMATS: tuple[Format, ...] = tuple(LAYERS)
"""The names that `FORMAT:FILE` may begin with."""


class RulesError(Exception):
    """A file that cannot be understood as rules; one sentence that says why."""


class Doubt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing in a file that was not understood, or that deserves a look: where, what, why.

    Nothing in its reach is known to be let in. What is refused may be let in after all, unless
    `refusals_stand`: then the doubt is about a further gate, or its place among the rules is known.
    """

    line: int | None
    text: str
    why: str
    refusals_stand: bool = False


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the rules do to one request, and the rule that decided it.

    `not_concerned`: the rules do not cover this port, host or path, so they neither let in nor refuse.
    `deny_action` is what the refused client sees: a status such as `403`, `abort`, `drop`, `reject`.
    """

    outcome: Judgement
    rule: str
    line: int | None
    why: str
    deny_action: str = ""


class Step(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One rule: where its condition holds (and the port is one of `ports`), its outcome is the answer."""

    outcome: Literal["allow", "deny", "unknown"]
    when: Condition
    text: str
    line: int | None = None
    ports: Ports | None = None
    deny_action: str = ""
    why: str = ""


class RateLimit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A dynamic restriction (IIS `dynamicIpSecurity`); None is a limit that is not enabled."""

    line: int | None = None
    max_concurrent: int | None = None
    max_requests: int | None = None
    interval_ms: int | None = None
    logging_only: bool = False
    proxy_mode: bool = False
    deny_action: str = ""
    doubt: str = ""

    @property
    def throttles(self) -> bool:
        """Whether it would refuse a client that is too fast."""
        enabled = self.max_concurrent is not None or self.max_requests is not None
        return enabled and not self.logging_only


NO_RULE = Step("allow", ALWAYS, "(no rule)", why="no rule names this address, and what is not named is let in")


class Area(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rules for some paths: the first step that holds decides, else `otherwise`."""

    path: PathMatch
    steps: tuple[Step, ...] = ()
    otherwise: Step = NO_RULE
    doubts: tuple[Doubt, ...] = ()
    inner: tuple[Area, ...] = ()
    limit: RateLimit | None = None


class Walk(msgspec.Struct, frozen=True, omit_defaults=True):
    """One mechanism and how it picks the area for a path.

    `longest`: the longest path that covers it (IIS). `last`: the last one that matches (Apache).
    `nginx`: exact, then the longest prefix, then regular expressions in order.
    """

    areas: tuple[Area, ...]
    choice: Literal["longest", "last", "nginx"] = "longest"


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """What answers on some ports for some host names. Every one of its walks must let a request in.

    `hosts`: names, `*.example.com`, or `*` for every name; empty: only as the default of its ports.
    """

    name: str
    walks: tuple[Walk, ...]
    line: int | None = None
    ports: Ports | None = None
    hosts: tuple[str, ...] = ("*",)
    default_ports: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class RuleSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rule file, understood. A file-wide doubt means that nothing in it is known to be let in.

    `circumstances` are what the file leaves open, e.g. which network profile is active: every one is
    tried, and they must agree. `remarks` are worth a look and change no decision.
    """

    format: Format
    source: str
    places: tuple[Place, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    remarks: tuple[Doubt, ...] = ()
    circumstances: tuple[str, ...] = ()
    fallback: Literal["first", "only", "none"] = "none"
    """The place for a host that none names: the first on that port, the only one there is, or none."""
    first_name: bool = False
    """The first place with a fitting name answers (Apache), not the one whose name fits best."""
    all_must_allow: bool = False
    """Every place that serves the port must let a request in (Azure: subnet and network interface)."""

    @property
    def layer(self) -> Layer:
        """Where these rules stand: `iis`, `host-firewall`, `proxy`, `cloud` or `list`."""
        return LAYERS[self.format]

    def decide(self, address: str, port: int, path: str, host: str = "") -> Decision:
        """Judge one source address asking for this path on this port, and this host if it is known."""
        from diagnose.rulesets.judging import decide  # noqa: PLC0415 - judging needs these types

        return decide(self, address, port, path, host)

    def covers(self, port: int, path: str, host: str = "") -> bool:
        """Whether these rules have a say about this port, path and host."""
        from diagnose.rulesets.judging import covering  # noqa: PLC0415 - as above

        return bool(covering(self, port, path, host))

    def rate_limits(self, port: int, path: str, host: str = "") -> tuple[RateLimit, ...]:
        """The dynamic restrictions in force there; empty where the file says none."""
        from diagnose.rulesets.judging import rate_limits  # noqa: PLC0415 - as above

        return rate_limits(self, port, path, host)

    def narrowed(self, addresses: tuple[str, ...], ports: tuple[int, ...]) -> RuleSet:
        """The same rules without those that concern none of these addresses and ports, to be stored."""
        from diagnose.rulesets.judging import narrowed  # noqa: PLC0415 - as above

        return narrowed(self, addresses, ports)

    @property
    def every_doubt(self) -> tuple[Doubt, ...]:
        """The doubts of the file, and of every place and area in it."""
        from diagnose.rulesets.judging import every_doubt  # noqa: PLC0415 - as above

        return every_doubt(self)
