"""The Windows firewall from both of its exports: a block beats an allow, an allow beats the default."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.rulesets import RulesError, RuleSet, recognise

LISTED, OTHER = "3.19.3.152", "3.19.4.238"
PROFILES = [{"Name": name, "Enabled": 1, "DefaultInboundAction": 0} for name in ("Domain", "Private", "Public")]


def rule(action: Any = "Allow", remote: Any = LISTED, **more: Any) -> dict[str, Any]:
    """One rule as ConvertTo-Json writes it."""
    return {
        "Name": "r",
        "DisplayName": "HTTPS",
        "Action": action,
        "Profile": "Any",
        "Source": "PersistentStore",
        "Protocol": "TCP",
        "LocalPort": ["443"],
        "RemoteAddress": remote,
        "Program": "System",
        **more,
    }


def exported(*rules: dict[str, Any], profiles: Any = PROFILES, **more: Any) -> RuleSet:
    return recognise("firewall.json", json.dumps({"profiles": profiles, "rules": list(rules), **more}).encode())


def outcome(rules: RuleSet, address: str = LISTED, port: int = 443) -> str:
    return rules.decide(address, port, "/auth/token").outcome


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], "deny"),
        ([rule()], "allow"),
        ([rule(remote=OTHER)], "deny"),
        ([rule(remote=[OTHER, LISTED])], "allow"),
        ([rule(remote={"value": [OTHER, LISTED], "Count": 2})], "allow"),
        ([rule(remote=f"{OTHER},{LISTED}")], "allow"),
        ([rule(remote="Any")], "allow"),
        ([rule(remote="3.19.0.0/255.255.0.0")], "allow"),
        ([rule(remote="3.19.0.0-3.19.3.200")], "allow"),
        ([rule(remote="LocalSubnet")], "deny"),
        ([rule(remote=["LocalSubnet", LISTED])], "allow"),
        ([rule(remote="Internet")], "unknown"),
        ([rule(remote="SomethingNew")], "unknown"),
        ([rule(remote=None)], "unknown"),
        ([rule(remote="")], "unknown"),
        ([rule(remote=[{"Address": LISTED}])], "unknown"),
        ([rule(remote=[[]])], "unknown"),
        ([rule(remote=[{"value": [LISTED], "Count": 1}])], "allow"),
        ([rule(2)], "allow"),
        ([rule(2), rule(4)], "deny"),
        ([rule("Block"), rule()], "deny"),
        ([rule(), rule("Block", "3.19.0.0/16")], "deny"),
        ([rule(), rule("Block", OTHER)], "allow"),
        ([rule(), rule("Block", "SomethingNew")], "unknown"),
        ([rule("NotConfigured")], "unknown"),
        ([rule(LocalPort="443")], "allow"),
        ([rule(LocalPort=443)], "allow"),
        ([rule(LocalPort=["80", "400-500"])], "allow"),
        ([rule(LocalPort="Any")], "allow"),
        ([rule(LocalPort="8443")], "deny"),
        ([rule(LocalPort="IPHTTPSIn")], "deny"),
        ([rule(LocalPort="4 4 3")], "unknown"),
        ([rule(LocalPort=None)], "unknown"),
        ([rule(Protocol=6)], "allow"),
        ([rule(Protocol="Any", LocalPort="Any")], "allow"),
        ([rule(Protocol="UDP")], "deny"),
        ([rule(Program="C:\\x\\other.exe")], "deny"),
        ([rule(Program="C:\\nginx\\nginx.exe")], "unknown"),
        ([rule(Program=None)], "allow"),
        ([rule(Service="Dnscache")], "deny"),
        ([rule(Enabled="False")], "deny"),
        ([rule(Enabled=2)], "deny"),
        ([rule(Direction="Outbound")], "deny"),
        ([rule(LocalAddress="10.0.0.5")], "unknown"),
        ([rule(Profile="Domain")], "unknown"),
        ([rule(Profile="Domain, Private, Public")], "allow"),
        ([rule(Profile=3)], "unknown"),
        ([rule(), rule("Block", Profile="Public")], "unknown"),
    ],
)
def test_the_rules_decide_as_windows_does(rules: list[dict[str, Any]], expected: str) -> None:
    """Scalars and arrays, names and numbers, keywords, profiles, programs."""
    assert outcome(exported(*rules)) == expected


def profile(name: str = "Public", **settings: Any) -> dict[str, Any]:
    return {"Name": name, "Enabled": "True", **settings}


@pytest.mark.parametrize(
    ("profiles", "rules", "expected"),
    [
        ([profile(Enabled="False")], [], "allow"),
        ([profile(Enabled=0)], [rule("Block")], "allow"),
        ([profile(), profile("Domain", Enabled=0)], [], "unknown"),
        ([profile(DefaultInboundAction="Allow")], [], "allow"),
        ([profile(DefaultInboundAction=2)], [rule("Block")], "deny"),
        ([profile(AllowInboundRules="False")], [rule()], "deny"),
        ([profile(AllowInboundRules=2)], [rule()], "allow"),
        ([profile(AllowLocalFirewallRules="False")], [rule()], "deny"),
        ([profile(AllowLocalFirewallRules="False")], [rule(Source="corp.example.com\\Web")], "allow"),
        ([profile(AllowLocalFirewallRules=0)], [rule(Source=None)], "unknown"),
        ([profile()], [rule(Profile="Domain")], "deny"),
        (None, [rule()], "allow"),
        (None, [], "deny"),
    ],
)
def test_profiles_decide_what_no_rule_does(profiles: Any, rules: list[dict[str, Any]], expected: str) -> None:
    """A profile that is off, open, shut, or deaf to the machine's own rules."""
    assert outcome(exported(*rules, profiles=profiles)) == expected


def test_the_active_network_settles_which_profile_counts() -> None:
    """Where the export says which profile is active, a rule for another one does not leave a question."""
    assert outcome(exported(rule(Profile="Domain"), active=["DomainAuthenticated"])) == "allow"
    assert outcome(exported(rule(Profile="Domain"), active="Public")) == "deny"


def test_the_rule_and_its_line_are_named() -> None:
    """In a pretty-printed export the line of the rule is found."""
    document = {"profiles": PROFILES, "rules": [rule(remote=OTHER), rule("Block", DisplayName="No US")]}
    decision = recognise("firewall.json", json.dumps(document, indent=1).encode()).decide(LISTED, 443, "/")
    assert decision.rule == f'Block "No US": port 443 from {LISTED}'
    assert json.dumps(document, indent=1).split("\n")[(decision.line or 0) - 1].strip() == '"DisplayName": "No US",'


addresses = st.sampled_from([LISTED, OTHER, "Any", "LocalSubnet", "3.19.0.0/16", "8.8.8.8"])
some_rules = st.lists(
    st.builds(rule, st.sampled_from(["Allow", "Block"]), addresses, Profile=st.sampled_from(["Any", "Domain"])),
    max_size=6,
)


@given(some_rules, st.randoms())
def test_a_block_beats_every_allow_and_the_order_changes_nothing(rules: list[dict[str, Any]], chance: Any) -> None:
    """With a block for everybody nobody gets in; shuffled rules come to the same."""
    assert outcome(exported(*rules, rule("Block", "Any"))) == "deny"
    shuffled = list(rules)
    chance.shuffle(shuffled)
    assert outcome(exported(*rules)) == outcome(exported(*shuffled))


NETSH = """
Rule Name:                            World Wide Web Services (HTTPS Traffic-In)
----------------------------------------------------------------------
Description:                          An inbound rule
to allow HTTPS traffic for: everybody
Enabled:                              Yes
Direction:                            In
Profiles:                             Domain,Private, Public
Grouping:
LocalIP:                              Any
RemoteIP:                             3.19.3.152/32,LocalSubnet,8.8.0.0-8.8.255.255
Protocol:                             TCP
LocalPort:                            443
RemotePort:                           Any
Edge traversal:                       No
Program:                              System
Service:                              Any
InterfaceTypes:                       Any
Security:                             NotRequired
Rule source:                          Local Setting
Action:                               Allow

Rule Name:                            Echo
----------------------------------------------------------------------
Enabled:                              Yes
Direction:                            In
Profiles:                             Domain,Private,Public
RemoteIP:                             Any
Protocol:                             ICMPv4
                                      Type    Code
                                      8       Any
Action:                               Block
Ok.
"""
STATE = """
Public Profile Settings:
----------------------------------------------------------------------
State                                 OFF
Firewall Policy                       BlockInbound,AllowOutbound
"""


def netsh(text: str) -> RuleSet:
    return recognise("rules.txt", text.replace("\n", "\r\n").encode("cp850"))


def test_the_english_listing_is_read() -> None:
    """Rules, their lines and the state of a profile in the same file."""
    rules = netsh(NETSH)
    assert (rules.format, rules.every_doubt) == ("windows-firewall-netsh", ())
    assert [outcome(rules, address) for address in (LISTED, OTHER, "8.8.8.8")] == ["allow", "deny", "allow"]
    assert rules.decide(LISTED, 443, "/").line == 2
    assert "assumed" in rules.remarks[0].why
    assert outcome(netsh(NETSH + STATE), OTHER) == "allow"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Yes", "No", "deny"),
        ("TCP", "UDP", "deny"),
        ("443", "444", "deny"),
        ("Action:                               Allow", "Action:                               Block", "deny"),
        ("Action:                               Allow", "Action:                               Bypass", "deny"),
        ("Action:                               Allow", "Action:                               Perhaps", "unknown"),
        ("NotRequired", "Authenticate", "unknown"),
        ("LocalIP:                              Any", "LocalIP:                              10.0.0.1", "unknown"),
        ("Edge traversal:                       No", "New property:                         No", "unknown"),
    ],
)  # fmt: skip
def test_a_property_of_the_listing_changes_the_answer(old: str, new: str, expected: str) -> None:
    """For each of them the same listing with one line changed."""
    assert old in NETSH
    assert outcome(netsh(NETSH.replace(old, new, 1))) == expected


def test_a_listing_in_another_language_is_refused_kindly() -> None:
    """netsh speaks the language of Windows; the sentence names the way out."""
    german = "Regelname:                           WWW-Dienste\n" + "-" * 70 + "\nAktiviert:              Ja\n"
    with pytest.raises(RulesError, match="PowerShell"):
        recognise("rules.txt", german.encode("cp850"))
