"""Azure network security groups, AWS security groups, and plain lists."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.rulesets import RulesError, RuleSet, recognise

LISTED, OTHER = "3.19.3.152", "3.19.4.238"


def nsg_rule(priority: int, access: str = "Allow", source: Any = LISTED, **more: Any) -> dict[str, Any]:
    """A rule as `az` flattens it."""
    return {
        "name": f"rule-{priority}",
        "access": access,
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
        "direction": "Inbound",
        "priority": priority,
        "protocol": "Tcp",
        "sourceAddressPrefix": source,
        "sourceAddressPrefixes": [],
        "sourcePortRange": "*",
        **more,
    }


DEFAULTS = [
    nsg_rule(
        65000,
        source="VirtualNetwork",
        destinationAddressPrefix="VirtualNetwork",
        destinationPortRange="*",
        protocol="*",
    ),
    nsg_rule(65001, source="AzureLoadBalancer", destinationPortRange="*", protocol="*"),
    nsg_rule(65500, "Deny", "*", destinationPortRange="*", protocol="*"),
]


def nsg(*rules: dict[str, Any], name: str = "nsg") -> dict[str, Any]:
    return {"name": name, "defaultSecurityRules": DEFAULTS, "securityRules": list(rules)}


def nested(group: dict[str, Any]) -> dict[str, Any]:
    """The same as ARM and REST write it."""
    lists = {
        key: [
            {"name": rule["name"], "properties": {k: v for k, v in rule.items() if k != "name"}} for rule in group[key]
        ]
        for key in ("defaultSecurityRules", "securityRules")
    }
    return {"name": group["name"], "type": "Microsoft.Network/networkSecurityGroups", "properties": lists}


def read(document: Any) -> RuleSet:
    return recognise("rules.json", json.dumps(document, indent=1).encode())


def outcome(rules: RuleSet, address: str = LISTED, port: int = 443) -> str:
    return rules.decide(address, port, "/auth/token").outcome


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], "deny"),
        ([nsg_rule(100)], "allow"),
        ([nsg_rule(100, source=OTHER)], "deny"),
        ([nsg_rule(200), nsg_rule(100, "Deny", "*")], "deny"),
        ([nsg_rule(100), nsg_rule(200, "Deny", "*")], "allow"),
        ([nsg_rule(100, source="Internet")], "allow"),
        ([nsg_rule(100, "Deny", "Internet"), nsg_rule(200)], "deny"),
        ([nsg_rule(100, source="AzureCloud")], "unknown"),
        ([nsg_rule(100, "Deny", "AzureCloud"), nsg_rule(200)], "unknown"),
        ([nsg_rule(100, source="VirtualNetwork")], "deny"),
        ([nsg_rule(100, source="", sourceAddressPrefixes=[OTHER, "3.19.3.0/24"])], "allow"),
        ([nsg_rule(100, destinationPortRange="", destinationPortRanges=["80", "400-500"])], "allow"),
        ([nsg_rule(100, destinationPortRange="80")], "deny"),
        ([nsg_rule(100, protocol="Udp")], "deny"),
        ([nsg_rule(100, direction="Outbound")], "deny"),
        ([nsg_rule(100, direction="Sideways")], "unknown"),
        ([nsg_rule(100, destinationAddressPrefix="10.0.0.4")], "unknown"),
        ([nsg_rule(100, sourcePortRange="1024")], "unknown"),
        ([nsg_rule(100, source="AzureCloud", expandedSourceAddressPrefix=["3.0.0.0/8"])], "allow"),
        ([nsg_rule(100, source=None, sourceAddressPrefixes=None)], "unknown"),
    ],
)
def test_the_lowest_priority_that_matches_decides(rules: list[dict[str, Any]], expected: str) -> None:
    """Flattened and nested alike."""
    assert outcome(read(nsg(*rules))) == expected
    assert outcome(read(nested(nsg(*rules)))) == expected
    assert outcome(read({"resources": [nested(nsg(*rules))]})) == expected


def test_subnet_and_network_interface_must_both_allow() -> None:
    """Two groups in one file: one that refuses is enough to refuse."""
    assert outcome(read([nsg(nsg_rule(100)), nsg(nsg_rule(100, source=OTHER), name="subnet")])) == "deny"
    assert outcome(read([nsg(nsg_rule(100)), nsg(nsg_rule(100, source="Internet"), name="subnet")])) == "allow"
    decision = read([nsg(nsg_rule(100)), nsg(name="subnet")]).decide(LISTED, 443, "/")
    assert decision.rule.startswith("subnet/rule-65500")


def test_the_line_of_a_priority_is_found() -> None:
    """In the text as it was exported, whatever order its keys have."""
    text = json.dumps(nsg(nsg_rule(300, source=OTHER), nsg_rule(200, "Deny")), indent=1)
    line = recognise("nsg.json", text.encode()).decide(LISTED, 443, "/").line
    assert line is not None
    assert '"priority": 200' in text.split("\n")[line - 1]


@given(
    st.lists(
        st.tuples(st.sampled_from(["Allow", "Deny"]), st.sampled_from([LISTED, OTHER, "*", "Internet", "AzureCloud"])),
        max_size=6,
    ),
    st.randoms(),
)
def test_the_order_in_the_file_changes_nothing(rules: list[tuple[str, str]], chance: Any) -> None:
    """Only the priorities count."""
    numbered = [nsg_rule(100 + number, access, source) for number, (access, source) in enumerate(rules)]
    shuffled = list(numbered)
    chance.shuffle(shuffled)
    assert outcome(read(nsg(*numbered))) == outcome(read(nsg(*shuffled)))


def group(*permissions: dict[str, Any]) -> dict[str, Any]:
    return {
        "SecurityGroups": [
            {"GroupId": "sg-1", "GroupName": "web", "IpPermissions": list(permissions), "IpPermissionsEgress": []}
        ]
    }


def permission(cidr: str = f"{LISTED}/32", **more: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": cidr}], **more}


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ([], "deny"),
        ([permission()], "allow"),
        ([permission(f"{OTHER}/32"), permission("3.19.0.0/16")], "allow"),
        ([permission(f"{OTHER}/32")], "deny"),
        ([permission(FromPort=80, ToPort=80)], "deny"),
        ([permission(FromPort=0, ToPort=65535)], "allow"),
        ([permission(IpProtocol="udp")], "deny"),
        ([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}], "allow"),
        ([permission(f"{OTHER}/32", PrefixListIds=[{"PrefixListId": "pl-1"}])], "unknown"),
        ([permission(PrefixListIds=[{"PrefixListId": "pl-1"}])], "allow"),
        ([permission(f"{OTHER}/32", UserIdGroupPairs=[{"GroupId": "sg-2"}])], "unknown"),
        ([permission("everywhere")], "unknown"),
        ([permission(FromPort=None)], "unknown"),
    ],
)
def test_security_groups_are_a_union_of_allows(permissions: list[dict[str, Any]], expected: str) -> None:
    """What nothing allows is dropped; what cannot be expanded is unknown unless something else allows."""
    assert outcome(read(group(*permissions))) == expected


def test_the_other_shape_of_security_group_rules_is_read() -> None:
    """describe-security-group-rules, with its outbound rules left out."""
    common = {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    rules = [{**common, "IsEgress": egress, "CidrIpv4": cidr}
             for egress, cidr in ((True, "0.0.0.0/0"), (False, f"{LISTED}/32"))]  # fmt: skip
    assert outcome(read({"SecurityGroupRules": rules})) == "allow"
    assert outcome(read({"SecurityGroupRules": rules}), OTHER) == "deny"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LISTED}\n", "allow"),
        (f"# allowed\n{OTHER}, {LISTED} ; 8.8.8.8 # two\n", "allow"),
        ("3.19.3.0/24", "allow"),
        ("3.19.3.0/255.255.255.0", "allow"),
        ("3.19.3.100 - 3.19.3.200", "allow"),
        ("2001:db8::/32\n3.19.3.0/24", "allow"),
        (OTHER, "deny"),
        (f"# {LISTED}\n{OTHER}", "deny"),
        (f"{LISTED}\n3.19.3", "unknown"),
        (f"{OTHER}\noffice", "unknown"),
        ("0.0.0.0/0", "allow"),
    ],
)
def test_who_is_on_the_list_is_let_in(text: str, expected: str) -> None:
    """One address, range or CIDR per line; one that is not understood makes the whole list unknown."""
    rules = recognise("allowed.txt", text.encode())
    assert (rules.format, outcome(rules)) == ("plain", expected)


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"hello world", b"{}", b"[]", b"{", b"\x00\x01", b'{"rules": 1', b"null"]
)
def test_what_is_no_rule_file_is_refused_with_a_sentence(data: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(RulesError, match=r"\.$"):
        recognise("x", data)


def test_a_forced_format_is_taken_at_its_word() -> None:
    """The list is read as the format that was named, and an unknown name is refused."""
    assert recognise("x", LISTED.encode(), "plain").format == "plain"
    with pytest.raises(RulesError):
        recognise("x", LISTED.encode(), "azure-nsg")
    with pytest.raises(RulesError, match="plain"):
        recognise("x", LISTED.encode(), "cisco")
