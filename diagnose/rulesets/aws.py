"""AWS security groups: they only allow, their union counts, and what nothing allows is dropped.

Read from `aws ec2 describe-security-groups` or `describe-security-group-rules`. Network ACLs are another layer.
"""

from __future__ import annotations

from typing import Any

from diagnose.rulesets.conditions import ALWAYS, Condition, PathMatch, Sources, Unclear
from diagnose.rulesets.documents import field, json_document, lines_of_owners, listed
from diagnose.rulesets.model import Area, Doubt, Place, Ports, RulesError, RuleSet, Step, Walk
from diagnose.rulesets.ranges import is_range
from diagnose.text import harmless

_NOTHING = Step(
    "deny",
    ALWAYS,
    "(no rule allows it)",
    deny_action="drop",
    why="no inbound rule lets this address in, and security groups drop what nothing allows",
)
_NO_RANGE = "this is no address range"
_PREFIX_LIST = "which addresses the prefix list holds is not in the file"
_OTHER_GROUP = "which addresses the other security group stands for is not in the file"


def looks_like(document: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether there is a security group in the document."""
    return bool(_groups(document)) or field(document, "SecurityGroupRules") is not None


def parse(source: str, text: str, document: Any = None) -> RuleSet:  # noqa: ANN401 - any JSON value
    """Read one or several groups: those attached to the server."""
    document = json_document(text) if document is None else document
    if not looks_like(document):
        raise RulesError("The JSON holds no security group (`IpPermissions`).")
    doubts: list[Doubt] = []
    lines: dict[int, int | None] = {}
    for key in ("CidrIp", "CidrIpv6", "PrefixListId", "SecurityGroupRuleId"):
        lines |= lines_of_owners(text, document, key)
    steps = [step for group in _groups(document) for step in _of_group(group, lines, doubts)]
    steps += [step for rule in listed(field(document, "SecurityGroupRules")) for step in _flat(rule, lines, doubts)]
    area = Area(PathMatch(), tuple(steps), _NOTHING)
    names = [str(group["GroupId"]) for group in _groups(document) if group.get("GroupId")]
    place = Place(harmless(" ".join(names) or "security groups", longest=200), (Walk((area,)),))
    return RuleSet("aws-sg", source, (place,), tuple(doubts))


def _groups(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    if isinstance(document, list):
        return [entry for entry in document if isinstance(entry, dict) and isinstance(entry.get("IpPermissions"), list)]
    if not isinstance(document, dict):
        return []
    if isinstance(document.get("IpPermissions"), list):
        return [document]
    inner = document.get("SecurityGroups")
    return _groups(inner) if isinstance(inner, list) else []


def _of_group(group: dict[str, Any], lines: dict[int, int | None], doubts: list[Doubt]) -> list[Step]:
    name = f"{group.get('GroupId') or 'security group'} ({group.get('GroupName') or 'unnamed'})"
    steps = []
    for permission in group["IpPermissions"]:
        if not isinstance(permission, dict):
            doubts.append(Doubt(None, harmless(name, longest=150), "this is no permission"))
            continue
        concerns, ports = _ports(permission, name, doubts)
        if concerns:
            steps += [
                Step("allow", when, harmless(f"{name}: allow {text}", longest=200), lines.get(owner), ports)
                for owner, text, when in _sources(permission, name, doubts)
            ]
    return steps


def _flat(rule: Any, lines: dict[int, int | None], doubts: list[Doubt]) -> list[Step]:  # noqa: ANN401
    """One entry of describe-security-group-rules, brought into the other shape."""
    if not isinstance(rule, dict) or rule.get("IsEgress") is True:
        return []
    permission = {key: rule.get(key) for key in ("IpProtocol", "FromPort", "ToPort")}
    permission["IpRanges"] = [{"CidrIp": rule["CidrIpv4"]}] if "CidrIpv4" in rule else []
    permission["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"]}] if "CidrIpv6" in rule else []
    permission["PrefixListIds"] = [{"PrefixListId": rule["PrefixListId"]}] if "PrefixListId" in rule else []
    permission["UserIdGroupPairs"] = listed(rule.get("ReferencedGroupInfo"))
    line = lines.get(id(rule))
    steps = _of_group({"GroupId": rule.get("GroupId"), "IpPermissions": [permission]}, {}, doubts)
    return [Step(step.outcome, step.when, step.text, line, step.ports) for step in steps]


def _ports(permission: dict[str, Any], name: str, doubts: list[Doubt]) -> tuple[bool, Ports | None]:
    """Whether the permission is for TCP, and its ports (None: every one)."""
    protocol = str(permission.get("IpProtocol")).casefold()
    if protocol == "-1":
        return True, None
    if protocol not in ("tcp", "6"):
        return False, None
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if type(first) is int and type(last) is int:
        return True, None if first == -1 else ((first, last),)
    # its ports are not understood: what it allows counts for every port, and the doubt lets nobody in
    doubts.append(Doubt(None, harmless(name, longest=150), "the ports of a permission are not understood"))
    return True, None


def _sources(permission: dict[str, Any], name: str, doubts: list[Doubt]) -> list[tuple[int, str, Condition]]:
    found: list[tuple[int, str, Condition]] = []
    for key, inner in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for entry in listed(permission.get(key)):
            value = str(field(entry, inner))
            if is_range(value):
                found.append((id(entry), f"from {value}", Sources((value,))))
            else:
                doubts.append(Doubt(None, harmless(f"{name}: {value}", longest=150), _NO_RANGE, refusals_stand=True))
                found.append((id(entry), f"from {value}", Unclear(_NO_RANGE)))
    lists = listed(permission.get("PrefixListIds"))
    groups = listed(permission.get("UserIdGroupPairs"))
    found += [(id(entry), f"from prefix list {field(entry, 'PrefixListId')}", Unclear(_PREFIX_LIST)) for entry in lists]
    found += [(id(entry), f"from group {field(entry, 'GroupId')}", Unclear(_OTHER_GROUP)) for entry in groups]
    return found
