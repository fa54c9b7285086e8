"""The English text of `netsh advfirewall firewall show rule name=all verbose`.

netsh speaks the language of Windows, so only English is read; the PowerShell export is the same everywhere.
The output of `netsh advfirewall show allprofiles` (or `currentprofile`) in the same file is read too.
"""

from __future__ import annotations

import re

from diagnose.rulesets.model import Doubt, RulesError, RuleSet
from diagnose.rulesets.windows_rules import PROFILES, FirewallBuilder, Profile, Rule
from diagnose.text import harmless

_COLUMN = 38
"""Where values begin: keys are padded to it (netsh of Windows Server 2016 to 2025)."""

_KEY = re.compile(r"([A-Za-z][A-Za-z ]{2,36}):(\s*)(.*)")
_KNOWN = {"rule name", "description", "enabled", "direction", "profiles", "grouping", "localip", "remoteip",
          "protocol", "localport", "remoteport", "edge traversal", "program", "service", "interfacetypes", "security",
          "rule source", "action"}  # fmt: skip
_PROFILE = re.compile(r"(Domain|Private|Public) Profile Settings:\s*")
_STATE = re.compile(r"State\s+(ON|OFF)\s*", re.IGNORECASE)
_POLICY = re.compile(r"Firewall Policy\s+(\w+),\w+\s*", re.IGNORECASE)
_LOCAL_RULES = re.compile(r"LocalFirewallRules\s+(\S.*)", re.IGNORECASE)
_FOREIGN = re.compile(r"^[^\n:]{3,36}:[ \t]+\S[^\n]*\n-{50,}$", re.MULTILINE)

_ENGLISH = re.compile(r"^Rule Name:\s", re.MULTILINE)


def looks_like(text: str) -> bool:
    """Whether this is netsh's listing; RulesError where it is one in another language."""
    if _ENGLISH.search(text):
        return True
    if _FOREIGN.search(text):
        raise RulesError(
            "This looks like netsh's listing in a language other than English, which is not read; "
            "export the firewall with the PowerShell command instead: it is the same in every language."
        )
    return False


def parse(source: str, text: str) -> RuleSet:
    """Read the listing."""
    if not looks_like(text):
        raise RulesError("The file holds no `Rule Name:`, so it is not netsh's list of firewall rules.")
    builder = FirewallBuilder("windows-firewall-netsh", source)
    lines = text.split("\n")
    builder.set_profiles(_profiles(lines))
    entry: dict[str, str] = {}
    began = 0
    for number, line in enumerate(lines, 1):
        key, value = _pair(line)
        if key == "rule name":
            _add(builder, entry, began)
            entry, began = {}, number
        if key and key not in _KNOWN:
            builder.doubts.append(Doubt(number, harmless(line, longest=200), "this property is not known here"))
        elif key:
            entry.setdefault(key, value)
    _add(builder, entry, began)
    return builder.finish()


def _pair(line: str) -> tuple[str, str]:
    """Key and value; nothing for a line of a table or the next line of a description."""
    found = _KEY.fullmatch(line.rstrip())
    if found is None:
        return "", ""
    key = found[1].casefold()
    padded = found.start(3) == _COLUMN and len(found[2]) > 1
    return (key, found[3].strip()) if key in _KNOWN or padded else ("", "")


def _add(builder: FirewallBuilder, entry: dict[str, str], line: int) -> None:
    if entry.get("enabled", "").casefold() == "no" or entry.get("direction", "").casefold() == "out" or not entry:
        return
    action = entry.get("action", "").casefold()
    if action == "bypass":  # only for a connection that IPsec authenticated, which no integrator's is
        return
    if action not in ("allow", "block") or entry.get("enabled", "").casefold() != "yes":
        name = entry.get("rule name", "")
        builder.question(line or None, name, "the rule's action or state is missing or not understood")
        return
    builder.add(_rule(entry, line, blocks=action == "block"))


def _rule(entry: dict[str, str], line: int, *, blocks: bool) -> Rule:
    profiles = {word.strip().casefold() for word in entry.get("profiles", "").split(",")}
    return Rule(
        entry.get("rule name", ""),
        blocks,
        entry.get("protocol", ""),
        _list(entry.get("localport", "Any")),
        _list(entry.get("remoteip")),
        line,
        tuple(name for name in PROFILES if name.casefold() in profiles) or PROFILES,
        entry.get("program", ""),
        entry.get("service", ""),
        {"": None, "local setting": True}.get(entry.get("rule source", "").casefold(), False),
        _restriction(entry),
    )


def _restriction(entry: dict[str, str]) -> str:
    for key in ("localip", "remoteport", "interfacetypes"):
        if entry.get(key, "Any").casefold() not in ("any", ""):
            return f"the rule is restricted by {key}"
    if entry.get("security", "NotRequired").casefold() not in ("notrequired", ""):
        return "the rule asks for an authenticated connection"
    return ""


def _list(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",")]


def _profiles(lines: list[str]) -> list[Profile]:
    found: list[Profile] = []
    for line in lines:
        if match := _PROFILE.fullmatch(line):
            found.append(Profile(match[1]))
        elif not found:
            continue
        elif match := _STATE.fullmatch(line):
            found[-1].enabled = match[1].casefold() == "on"
        elif match := _POLICY.fullmatch(line):
            found[-1].default_allows = match[1].casefold() == "allowinbound"
            found[-1].inbound_rules_count = match[1].casefold() != "blockinboundalways"
        elif match := _LOCAL_RULES.fullmatch(line):
            found[-1].local_rules_count = not match[1].casefold().startswith("disable")
    return found
