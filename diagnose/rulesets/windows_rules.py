"""Windows Defender Firewall: what both of its exports have in common, and what its rules mean.

No order: a block beats every allow, an allow beats the default of the profile (windows-itpro-docs, rules.md;
MS-FASP 2.2.34). IIS is served by the process System, so a rule for another program does not let anybody in.
"""

from __future__ import annotations

import re

import msgspec

from diagnose.rulesets.conditions import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    Not,
    Outside,
    PathMatch,
    Sources,
    Unclear,
    Within,
)
from diagnose.rulesets.model import Area, Doubt, Format, Place, Ports, RuleSet, Step, Walk
from diagnose.rulesets.ranges import is_range
from diagnose.text import harmless

PROFILES = ("Domain", "Private", "Public")
_NEAR = {"localsubnet", "localsubnet4", "localsubnet6", "defaultgateway", "dhcp", "dns", "wins", "intranet",
         "rmtintranet", "ply2renders", "playtodevice", "captiveportal"}  # fmt: skip
"""Remote address keywords that never hold a public address (INetFwRule::RemoteAddresses, November 2026)."""

_EVERY = {"any", "*"}
_ANY = {"any", "*", ""}
_WEB_SERVERS = ("nginx.exe", "httpd.exe", "haproxy.exe", "caddy.exe", "traefik.exe")
_PORT_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LARGEST_PORT = 65535


class Profile(msgspec.Struct):
    """A network profile's settings; the defaults are those of a fresh Windows."""

    name: str
    enabled: bool = True
    default_allows: bool = False
    inbound_rules_count: bool = True
    local_rules_count: bool = True


class Rule(msgspec.Struct, gc=False):
    """One enabled inbound rule, as either export writes it."""

    name: str
    blocks: bool
    protocol: str
    local_ports: list[str] | None
    remote: list[str] | None
    line: int | None = None
    profiles: tuple[str, ...] = PROFILES
    program: str = ""
    service: str = ""
    is_local: bool | None = True
    """Written on this machine, not by group policy; None: the export does not say."""
    unclear: str = ""


class FirewallBuilder:
    """Collects profiles and rules, then writes them as one place."""

    def __init__(self, format_: Format, source: str) -> None:
        self.format: Format = format_
        self.source = source
        self.profiles: list[Profile] = []
        self.blocks: list[Step] = []
        self.allows: list[Step] = []
        self.questions: list[Step] = []
        self._conditions: dict[tuple[tuple[str, ...], bool | None], tuple[Condition, ...]] = {}
        self.doubts: list[Doubt] = []
        self.remarks: list[Doubt] = []

    def set_profiles(self, profiles: list[Profile]) -> None:
        """Say which profiles may be active; before the first rule."""
        self.profiles = list({profile.name: profile for profile in profiles}.values()) or [
            Profile(name) for name in PROFILES
        ]
        if not profiles:
            why = "the file does not say whether the firewall is on: on, and closed to what no rule allows, is assumed"
            self.remarks.append(Doubt(None, "profiles", why))

    def add(self, rule: Rule) -> None:
        """Add one rule; one for another protocol, port or program leaves no trace."""
        if rule.protocol.casefold() not in ("tcp", "6", "any", "256", "*", ""):
            return
        for_iis, unclear = _program(rule)
        ports, port_doubt = self._ports(rule)
        if not for_iis or ports == ():
            return
        unclear = rule.unclear or unclear or port_doubt or ("" if rule.protocol else "the export names no protocol")
        conditions = self._profile_conditions(rule.profiles, rule.is_local)
        parts = [part for part in (self._remote(rule), *conditions) if part is not ALWAYS]
        if unclear:
            parts.append(Unclear(unclear))
        when = parts[0] if len(parts) == 1 else AllOf(tuple(parts))
        (self.blocks if rule.blocks else self.allows).append(
            Step("deny" if rule.blocks else "allow", when, _text(rule), rule.line, ports, "drop" if rule.blocks else "")
        )

    def question(self, line: int | None, text: str, why: str) -> None:
        """Note something that may be a rule of any kind."""
        doubt = Doubt(line, harmless(text, longest=200), why, refusals_stand=True)
        self.doubts.append(doubt)
        self.questions.append(Step("unknown", Unclear(why), doubt.text, line, why=why))

    def finish(self) -> RuleSet:
        """The rule set: profiles that are off, blocks, allows, then the profile's default."""
        off = tuple(profile.name for profile in self.profiles if not profile.enabled)
        first = [Step("allow", Within(off), "firewall profile is off", why=_OFF)] if off else []
        shut = tuple(p.name for p in self.profiles if p.enabled and not p.inbound_rules_count)
        shielded = (
            [Step("deny", Within(shut), "AllowInboundRules=False", deny_action="drop", why=_SHUT)] if shut else []
        )
        loose = tuple(p.name for p in self.profiles if p.enabled and p.default_allows)
        last = [Step("allow", Within(loose), "DefaultInboundAction=Allow", why=_LOOSE)] if loose else []
        area = Area(PathMatch(), (*first, *shielded, *self.blocks, *self.questions, *self.allows, *last), _CLOSED)
        place = Place("this server", (Walk((area,)),))
        names = tuple(profile.name for profile in self.profiles) if self._profiles_matter() else ()
        return RuleSet(self.format, self.source, (place,), tuple(self.doubts), tuple(self.remarks), names)

    def _profiles_matter(self) -> bool:
        """Whether it makes a difference which of the profiles is active."""
        plain = all(profile == Profile(profile.name) for profile in self.profiles)
        return not plain or any(_mentions_profile(step.when) for step in (*self.blocks, *self.allows))

    def _ports(self, rule: Rule) -> tuple[Ports | None, str]:
        """The rule's port ranges (None: every port), and what is unclear about them.

        Keywords such as RPC or IPHTTPSIn never mean the web server's port.
        """
        if rule.local_ports is None:
            self._doubt(rule, "(no local port)", _NO_PORT)
            return None, _NO_PORT
        found: list[tuple[int, int]] = []
        for word in rule.local_ports:
            if word.isdecimal() and len(word) < 6:  # noqa: PLR2004 - the plain case
                found.append((int(word), int(word)))
                continue
            if word.casefold() in _EVERY:
                return None, ""
            first, _, last = word.partition("-")
            if first.strip().isdecimal() and (last or first).strip().isdecimal() and len(word) < 13:  # noqa: PLR2004
                found.append((int(first), int(last or first)))
            elif not _PORT_WORD.fullmatch(word):
                self._doubt(rule, word, "this is no port")
                return None, "a port of the rule is not understood"
        return tuple(found), ""

    def _remote(self, rule: Rule) -> Condition:
        if rule.remote is None:
            self._doubt(rule, "(no remote address)", "the export names no remote address")
            return Unclear("the export names no remote address")
        ranges: list[str] = []
        others: list[Condition] = []
        for word in rule.remote:
            if is_range(word):
                ranges.append(word)
            elif word.casefold() in _EVERY:
                return ALWAYS
            else:
                others.append(self._keyword(rule, word))
        if not others:
            return Sources(tuple(ranges))
        return AnyOf((Sources(tuple(ranges)), *others)) if ranges else AnyOf(tuple(others))

    def _keyword(self, rule: Rule, word: str) -> Condition:
        if word.casefold() in _NEAR:
            return AllOf((Not(Outside()), Unclear(f"{word} depends on the server's own network")))
        if word.casefold() == "internet":
            return AllOf((Outside(), Unclear("what Windows counts as Internet depends on the server's own network")))
        self._doubt(rule, word, "this remote address is not understood")
        return Unclear("a remote address is not understood")

    def _profile_conditions(self, profiles: tuple[str, ...], is_local: bool | None) -> tuple[Condition, ...]:
        """In which profiles a rule counts; there are few combinations and many rules."""
        key = (profiles, is_local)
        if key not in self._conditions:
            self._conditions[key] = self._counting(profiles, is_local=is_local)
        return self._conditions[key]

    def _counting(self, profiles: tuple[str, ...], *, is_local: bool | None) -> tuple[Condition, ...]:
        here = [profile for profile in self.profiles if profile.name in profiles]
        if is_local is not False and any(not profile.local_rules_count for profile in here):
            if is_local is None:
                why = "rules of this machine do not count in a profile, and whose rule this is, is not in the file"
                return Within(tuple(p.name for p in here)), Unclear(why)
            here = [profile for profile in here if profile.local_rules_count]
        return () if len(here) == len(self.profiles) else (Within(tuple(profile.name for profile in here)),)

    def _doubt(self, rule: Rule, text: str, why: str) -> None:
        self.doubts.append(Doubt(rule.line, harmless(f"{rule.name}: {text}", longest=200), why, refusals_stand=True))


def _program(rule: Rule) -> tuple[bool, str]:
    """Whether the rule is for IIS, which is served by System, and what is unclear about that."""
    program = rule.program.casefold()
    if rule.service.casefold() not in _ANY:
        return False, ""
    if program in _ANY or program == "system":
        return True, ""
    return program.endswith(_WEB_SERVERS), _ANOTHER_SERVER


_NO_PORT = "the export names no local port"
_ANOTHER_SERVER = "the rule is for a web server other than IIS; whether it serves this URL is not in the file"
_OFF = "the Windows firewall is off in this profile (another product may filter instead)"
_SHUT = "the profile ignores every rule that allows something in"
_LOOSE = "no rule blocks this address, and the profile lets in what no rule blocks"
_CLOSED = Step(
    "deny",
    ALWAYS,
    "(no rule allows it)",
    deny_action="drop",
    why="no enabled rule lets this address in, and the default is to block",
)


def _mentions_profile(condition: Condition) -> bool:
    return isinstance(condition, Within) or (
        isinstance(condition, AllOf) and any(isinstance(part, Within) for part in condition.of)
    )


def _text(rule: Rule) -> str:
    ports = "any port" if rule.local_ports is None else "port " + ",".join(rule.local_ports)
    remote = rule.remote or ["?"]
    sources = ",".join(remote[:4]) + (f" and {len(remote) - 4} more" if len(remote) > 4 else "")  # noqa: PLR2004
    return harmless(f'{"Block" if rule.blocks else "Allow"} "{rule.name}": {ports} from {sources}', longest=200)
