"""The Windows firewall as PowerShell exports it to JSON (`exports.WINDOWS_FIREWALL`): the same in every language.

ConvertTo-Json writes enumerations as names or numbers, one value as a scalar, several as an array, and
PowerShell 5.1 some arrays as {"value": [...], "Count": n}: all of them are understood.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from diagnose.rulesets.documents import field, json_document, lines_of_key, listed
from diagnose.rulesets.model import RulesError, RuleSet
from diagnose.rulesets.windows_rules import PROFILES, FirewallBuilder, Profile, Rule

_ACTIONS = {"2": "allow", "4": "block", "allow": "allow", "block": "block"}
"""NetSecurity Action enumeration: NotConfigured 0, Allow 2, Block 4 (November 2026)."""

_NARROWING = {"localaddress", "remoteport", "interfacealias", "interfacetype", "remoteuser", "remotemachine"}
_PROFILE_BITS = {1: "Domain", 2: "Private", 4: "Public"}
_EVERY_PROFILE = {"any", "all", "", "0", "2147483647", "65535"}
_CATEGORIES = {"domainauthenticated": "Domain", "2": "Domain", "domain": "Domain", "private": "Private", "1": "Private",
               "public": "Public", "0": "Public"}  # fmt: skip
"""NetworkCategory of Get-NetConnectionProfile."""


def looks_like(document: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether the document is this export, or the bare array of its rules."""
    if isinstance(document, dict):
        return field(document, "rules") is not None and field(document, "securityRules") is None
    first = document[0] if isinstance(document, list) and document else None
    return field(first, "Action") is not None and field(first, "RemoteAddress", "LocalPort", "Profile") is not None


def parse(source: str, text: str, document: Any = None) -> RuleSet:  # noqa: ANN401 - any JSON value
    """Read the export."""
    document = json_document(text) if document is None else document
    if not looks_like(document):
        raise RulesError("The JSON is not the firewall export: it has no `rules`.")
    entries = listed(field(document, "rules") if isinstance(document, dict) else document)
    builder = FirewallBuilder("windows-firewall-json", source)
    builder.set_profiles(_active(document, [_profile(entry) for entry in listed(field(document, "profiles"))]))
    lines = lines_of_key(text, "DisplayName", len(entries))
    for entry, line in zip(entries, lines, strict=True):
        _add(builder, entry, line)
    return builder.finish()


def _add(builder: FirewallBuilder, entry: Any, line: int | None) -> None:  # noqa: ANN401 - any JSON value
    if not isinstance(entry, dict):
        builder.question(line, repr(entry)[:80], "this is no rule")
        return
    entry = {key.casefold(): value for key, value in entry.items()}
    if _word(entry.get("enabled")) in ("false", "2") or _word(entry.get("direction")) in ("outbound", "2", "out"):
        return
    name = _text(entry.get("displayname")) or _text(entry.get("name")) or "(unnamed)"
    action = _ACTIONS.get(_word(entry.get("action")))
    if action is None:
        builder.question(line, name, "the rule's action is neither Allow nor Block")
        return
    builder.add(_rule(entry, name, line, blocks=action == "block"))


def _rule(entry: dict[str, Any], name: str, line: int | None, *, blocks: bool) -> Rule:
    source = _word(entry.get("source", entry.get("policystoresource")))
    return Rule(
        name,
        blocks,
        _text(entry.get("protocol")),
        _words(entry.get("localport")),
        _words(entry.get("remoteaddress")),
        line,
        _profiles(entry.get("profile")),
        _text(entry.get("program")),
        _text(entry.get("service")),
        None if not source else source in ("persistentstore", "local"),
        _restriction(entry),
    )


def _restriction(entry: dict[str, Any]) -> str:
    """What narrows the rule further, in exports that hold more than ours does."""
    for name in _NARROWING & entry.keys():
        values = _words(entry[name]) or []
        if not all(value.casefold() in ("any", "*", "") for value in values):
            return f"the rule is restricted by {name}"
    if _word(entry.get("authentication")) not in ("", "notrequired", "0"):
        return "the rule asks for an authenticated connection"
    return ""


def _profile(entry: Any) -> Profile:  # noqa: ANN401 - any JSON value
    name = _text(field(entry, "Name", "Profile"))
    return Profile(
        _CATEGORIES.get(name.casefold(), name),
        _word(field(entry, "Enabled")) not in ("false", "0"),
        _word(field(entry, "DefaultInboundAction")) in ("allow", "2"),
        _word(field(entry, "AllowInboundRules")) not in ("false", "0"),
        _word(field(entry, "AllowLocalFirewallRules")) not in ("false", "0"),
    )


def _active(document: Any, profiles: list[Profile]) -> list[Profile]:  # noqa: ANN401 - any JSON value
    """Only the profiles of the networks the server is connected to, where the export says which."""
    active = {_CATEGORIES.get(_word(name), "") for name in listed(field(document, "active"))} - {""}
    if not active:
        return profiles
    return [p for p in profiles if p.name in active] or [Profile(name) for name in PROFILES if name in active]


def _profiles(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON value
    return _named(",".join(_text(item) for item in listed(value)) if type(value) is not str else value)


@lru_cache(maxsize=256)
def _named(text: str) -> tuple[str, ...]:
    """The profiles of `Any`, `Domain, Private` or a number whose bits name them."""
    words = [word.strip() for word in text.split(",")]
    if all(word.casefold() in _EVERY_PROFILE for word in words):
        return PROFILES
    bits = sum(int(word) for word in words if word.isdecimal() and len(word) < 4)  # noqa: PLR2004 - 1 to 7
    named = {word.casefold() for word in words}
    return tuple(name for bit, name in _PROFILE_BITS.items() if bits & bit or name.casefold() in named)


def _words(value: Any) -> list[str] | None:  # noqa: ANN401 - any JSON value
    """The entries as text; None where the export holds none."""
    if type(value) is str:
        return [value] if "," not in value else [word.strip() for word in value.split(",")]
    if type(value) is list and len(value) == 1 and type(value[0]) is str and "," not in value[0]:
        return [value[0].strip()]
    items = [inner for item in listed(value) for inner in listed(item) if inner is not None]
    # what is no text (an object, say) stays visible, so that nobody takes it for "Any"
    return [word.strip() for item in items for word in (_text(item) or repr(item)).split(",")] or None


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if type(value) is str:
        return value
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _word(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return _text(value).casefold()
