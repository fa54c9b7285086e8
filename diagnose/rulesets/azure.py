"""Azure network security groups: the lowest priority number that matches decides; nothing matches: refused.

`az ... -o json` flattens the rules, ARM and REST nest them under `properties`, `list-effective-nsg` expands
the service tags: all are read. A file with several groups holds those of the subnet and of the network
interface: every one must let the address in (azure-docs, network-security-groups-overview, November 2026).
"""

from __future__ import annotations

from typing import Any

from msgspec import structs

from diagnose.rulesets.conditions import ALWAYS, AllOf, AnyOf, Condition, Not, Outside, PathMatch, Sources, Unclear
from diagnose.rulesets.documents import field, json_document, lines_of_owners, listed
from diagnose.rulesets.model import Area, Doubt, Place, Ports, RulesError, RuleSet, Step, Walk
from diagnose.rulesets.ranges import is_range
from diagnose.text import harmless

_RULE_LISTS = ("securityRules", "defaultSecurityRules", "effectiveSecurityRules")
_INSIDE = {"virtualnetwork", "virtual_network", "azureloadbalancer", "azure_loadbalancer"}
"""Service tags without a public client in them."""

_EVERYTHING = {"*", "any"}
_HIGHEST = 65535
_DENY_ALL = Step(
    "deny",
    ALWAYS,
    "DenyAllInBound (priority 65500)",
    deny_action="drop",
    why="no rule lets this address in, and Azure's last default rule refuses the rest",
)


def looks_like(document: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether there is a network security group in the document."""
    return bool(_groups(document))


def parse(source: str, text: str, document: Any = None) -> RuleSet:  # noqa: ANN401 - any JSON value
    """Read one or several groups."""
    document = json_document(text) if document is None else document
    groups = _groups(document)
    if not groups:
        raise RulesError("The JSON holds no network security group (`securityRules`).")
    lines = lines_of_owners(text, document, "priority") or lines_of_owners(text, document, "Priority")
    doubts: list[Doubt] = []
    walks = []
    for group in groups:
        steps = sorted(_steps(group, lines, doubts), key=lambda item: item[0])
        last = structs.replace(_DENY_ALL, text=harmless(f"{_name(group)}/{_DENY_ALL.text}", longest=200))
        walks.append(Walk((Area(PathMatch(), tuple(step for _, step in steps), last),)))
    return RuleSet("azure-nsg", source, (Place("network security groups", tuple(walks)),), tuple(doubts))


def _groups(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """The objects that hold rules, wherever the export put them."""
    if isinstance(document, list):
        if any(_is_rule(entry) for entry in document):
            return [{"name": "rules", "securityRules": document}]
        return [group for entry in document for group in _groups(entry)]
    if not isinstance(document, dict):
        return []
    inner = field(document, "properties") or document
    if any(isinstance(field(holder, name), list) for holder in (document, inner) for name in _RULE_LISTS):
        return [document]
    return [group for name in ("value", "resources") for group in _groups(field(document, name))]


def _is_rule(entry: Any) -> bool:  # noqa: ANN401 - any JSON value
    body = field(entry, "properties") or entry
    return all(field(body, name) is not None for name in ("priority", "access", "direction"))


def _steps(
    group: dict[str, Any], lines: dict[int, int | None], doubts: list[Doubt]
) -> list[tuple[tuple[int, int, str], Step]]:
    """The group's inbound rules with what they are sorted by; a tie, which Azure refuses, goes to the refusal."""
    found = []
    inner = field(group, "properties")
    for holder in (group, inner if isinstance(inner, dict) else {}):
        for name in _RULE_LISTS:
            for entry in listed(field(holder, name)):
                body = field(entry, "properties")
                rule = body if isinstance(body, dict) else entry
                line = lines.get(id(rule))
                if (step := _step(entry, rule, _name(group), line, doubts)) is not None:
                    priority = field(rule, "priority") if step.outcome != "unknown" else 0
                    found.append(((priority, int(step.outcome == "allow"), step.text), step))
    return found


def _name(group: dict[str, Any]) -> str:
    holder = field(group, "networkSecurityGroup")
    text = field(group, "name") or str(field(holder, "id") or "").rpartition("/")[2]
    return str(text or "network security group")


def _step(entry: Any, rule: Any, group: str, line: int | None, doubts: list[Doubt]) -> Step | None:  # noqa: ANN401
    name = harmless(f"{group}/{field(entry, 'name')}", longest=150)
    if not isinstance(rule, dict):
        return _question(line, name, "this is no rule", doubts)
    direction, access = (str(field(rule, key)).casefold() for key in ("direction", "access"))
    if direction == "outbound" or str(field(rule, "protocol")).casefold() not in ("*", "all", "any", "tcp", "6"):
        return None
    priority = field(rule, "priority")
    if direction != "inbound" or access not in ("allow", "deny") or type(priority) is not int:
        return _question(line, name, "direction, access or priority of this rule are not understood", doubts)
    ports = _ports(rule, name, line, doubts)
    parts = [_sources(rule, name, line, doubts), *_restrictions(rule)]
    when = parts[0] if len(parts) == 1 else AllOf(tuple(parts))
    text = f"{name} (priority {priority}): {access} {_said(rule)}"
    return Step("allow" if access == "allow" else "deny", when, harmless(text, longest=250), line, ports,
                "drop" if access == "deny" else "")  # fmt: skip


def _question(line: int | None, name: str, why: str, doubts: list[Doubt]) -> Step:
    """Something that may be a rule of any kind."""
    doubts.append(Doubt(line, name, why, refusals_stand=True))
    return Step("unknown", Unclear(why), name, line, why=why)


def _values(rule: dict[str, Any], *names: str) -> list[str]:
    return [str(value).strip() for name in names for value in listed(field(rule, name)) if value not in (None, "")]


def _said(rule: dict[str, Any]) -> str:
    sources = _values(rule, "sourceAddressPrefix", "sourceAddressPrefixes")
    ports = _values(rule, "destinationPortRange", "destinationPortRanges")
    return f"port {','.join(ports)} from {','.join(sources[:4])}{' and more' if len(sources) > 4 else ''}"  # noqa: PLR2004


def _ports(rule: dict[str, Any], name: str, line: int | None, doubts: list[Doubt]) -> Ports | None:
    found = []
    values = _values(rule, "destinationPortRange", "destinationPortRanges")
    for value in values:
        first, _, last = value.partition("-")
        if value.casefold() in _EVERYTHING:
            return None
        if not (first.isdecimal() and (last or first).isdecimal() and len(value) < 12):  # noqa: PLR2004
            doubts.append(Doubt(line, name, "a port of this rule is not understood"))
            return None
        found.append((int(first), int(last or first)))
    if not values:
        doubts.append(Doubt(line, name, "the rule names no port"))
        return None
    return tuple(found)


def _sources(rule: dict[str, Any], name: str, line: int | None, doubts: list[Doubt]) -> Condition:
    """The rule's sources; `list-effective-nsg` gives the ranges that a service tag stands for."""
    values = _values(rule, "sourceAddressPrefix", "sourceAddressPrefixes")
    expanded = _values(rule, "expandedSourceAddressPrefix")
    groups = listed(field(rule, "sourceApplicationSecurityGroups"))
    if any(value.casefold() in _EVERYTHING for value in values):
        return ALWAYS
    ranges = tuple(value for value in (*values, *expanded) if is_range(value))
    others = [_tag(value) for value in values if not is_range(value) and not expanded]
    if groups:
        others.append(_inside("an application security group"))
    if not values and not groups and not expanded:
        doubts.append(Doubt(line, name, "the rule names no source"))
        return Unclear("the rule names no source")
    if not others:
        return Sources(ranges)
    return AnyOf((Sources(ranges), *others)) if ranges else AnyOf(tuple(others))


def _tag(value: str) -> Condition:
    if value.casefold() == "internet":
        return Outside()
    if value.casefold() in _INSIDE:
        return _inside(value)
    return Unclear(f"which addresses the service tag {harmless(value, longest=80)} holds is not in the file")


def _inside(what: str) -> Condition:
    return AllOf((Not(Outside()), Unclear(f"{what} holds addresses that are not in the file")))


def _restrictions(rule: dict[str, Any]) -> list[Condition]:
    """What narrows a rule to some destinations or source ports cannot be judged from the group alone."""
    found: list[Condition] = []
    everywhere = (*_EVERYTHING, "virtualnetwork", "0.0.0.0/0")
    where = _values(rule, "destinationAddressPrefix", "destinationAddressPrefixes")
    if any(value.casefold() not in everywhere for value in where) and not _EVERYTHING & set(where):
        found.append(Unclear("the rule is for some destination addresses only"))
    if listed(field(rule, "destinationApplicationSecurityGroups")):
        found.append(Unclear("the rule is for an application security group only"))
    ports = _values(rule, "sourcePortRange", "sourcePortRanges")
    if ports and not any(value in ("*", "0-65535", "1-65535") for value in ports):
        found.append(Unclear("the rule is for some source ports only"))
    return found
