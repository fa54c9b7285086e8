"""For a refused address: the exact rule to add, and once it is added the address gets in."""

from __future__ import annotations

import json

import pytest

from diagnose.rulesets import FORMATS, RuleSet, recognise
from diagnose.rulesets.exports import WINDOWS_FIREWALL, exports
from diagnose.rulesets.fixes import Fix, fixes
from tests.rulesets.test_cloud import group, nsg, nsg_rule, permission
from tests.rulesets.test_iis import ALLOW, CLOSED, add, at, config, host
from tests.rulesets.test_proxies import ACL, ONLY, apache, haproxy, nginx
from tests.rulesets.test_windows_firewall import exported, rule

LISTED, OTHER = "3.19.3.152", "3.19.4.238"


def only(rules: RuleSet, *addresses: str) -> Fix:
    (fix,) = fixes(rules, addresses or (LISTED, OTHER), 443, "/auth/token", "halo.example.com")
    return fix


def test_who_is_let_in_needs_no_fix() -> None:
    """Only refused addresses are mended."""
    assert fixes(exported(rule()), (LISTED,), 443, "/", "") == ()


def test_iis_gets_an_entry_at_the_path_that_refuses() -> None:
    """In the location that is in force, for the missing address alone."""
    fix = only(host(at("Halo", ALLOW, CLOSED) + at("Halo/auth", "")))
    assert fix.shell == "powershell"
    assert fix.text == (
        "Add-WebConfigurationProperty -PSPath 'MACHINE/WEBROOT/APPHOST' -Location 'Halo/auth' "
        "-Filter 'system.webServer/security/ipSecurity' -Name '.' "
        "-Value @{ipAddress='3.19.4.238';subnetMask='255.255.255.255';allowed='true'}"
    )


def test_iis_gets_it_before_an_entry_that_refuses() -> None:
    """First match decides, so the new entry must come first; in a web.config it is a line of XML."""
    assert "-AtIndex 0" in only(host(at("Halo", add("3.19.0.0", "255.255.0.0", "false"))), OTHER).text
    inside = f"<system.webServer><security><ipSecurity {CLOSED}>{ALLOW}</ipSecurity></security></system.webServer>"
    assert only(config(inside, "web.config")).text == f'<add ipAddress="{OTHER}" allowed="true" />'


def test_the_windows_firewall_gets_a_rule_or_loses_a_block() -> None:
    """A new rule cannot beat a block, so the block is named."""
    fix = only(exported())
    assert fix.text.endswith("-LocalPort 443 -RemoteAddress 3.19.3.152,3.19.4.238")
    fix = only(exported(rule(), rule("Block", OTHER, DisplayName='No "US": port 9')))
    assert fix.text == "Get-NetFirewallRule -DisplayName 'No \"US\": port 9' | Get-NetFirewallAddressFilter"
    assert OTHER in fix.note


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (nginx(ONLY), f"allow {OTHER};"),
        (apache(f"<Location />\nRequire ip {LISTED}\n</Location>"), f"Require ip {OTHER}"),
        (
            apache(f"<Location />\nOrder Deny,Allow\nAllow from {LISTED}\nDeny from all\n</Location>"),
            f"Allow from {OTHER}",
        ),
        (haproxy(ACL, "http-request deny if !ok"), f"http-request allow if {{ src {OTHER} }}"),
        (haproxy(ACL, "tcp-request connection reject if !ok"), f"tcp-request connection accept if {{ src {OTHER} }}"),
        (f"{LISTED}\n", OTHER),
    ],
)
def test_a_configuration_gets_a_line_and_then_lets_the_address_in(text: str, line: str) -> None:
    """Put where the note says, above the line that refuses, it works."""
    rules = recognise("proxy.conf", text.encode())
    fix = only(rules)
    assert (fix.shell, fix.text) == ("config", line)
    refusing = rules.decide(OTHER, 443, "/auth/token", "halo.example.com").line or 1
    lines = text.split("\n")
    before, _, after = lines[refusing - 1].rpartition("deny all;")
    mended = [before + line, "deny all;" + after] if before else [line, lines[refusing - 1]]
    if lines[refusing - 1].startswith("<Location") or "Require" in line:
        mended.reverse()
    lines[refusing - 1 : refusing] = mended
    again = recognise("proxy.conf", "\n".join(lines).encode())
    assert again.decide(OTHER, 443, "/auth/token", "halo.example.com").outcome == "allow"
    assert again.decide("9.9.9.9", 443, "/auth/token", "halo.example.com").outcome == "deny"


def test_azure_gets_a_free_priority_before_the_one_that_refuses() -> None:
    """Lower is earlier, and no priority is used twice."""
    document = nsg(nsg_rule(299, source="8.8.8.8"), nsg_rule(300, "Deny", "Internet"), name="halo-nsg")
    fix = only(recognise("nsg.json", json.dumps(document).encode()))
    assert "--nsg-name 'halo-nsg'" in fix.text
    assert "--priority 298 " in fix.text
    assert f"--source-address-prefixes {LISTED} {OTHER} --destination-port-ranges 443" in fix.text


def test_aws_gets_an_ingress_rule_in_the_group_of_the_file() -> None:
    """With the group's own id."""
    fix = only(recognise("sg.json", json.dumps(group(permission())).encode()))
    assert fix.text == (
        "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions "
        "'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=3.19.4.238/32,Description=HaloPSA integrator}]'"
    )


def test_every_layer_can_be_exported() -> None:
    """What the commands write is what is read; names of sites are quoted."""
    found = exports("Bob's Halo")
    assert {export.format for export in found} == set(FORMATS) - {"iis-config", "windows-firewall-netsh", "plain"}
    assert "'Bob''s Halo/auth','Bob''s Halo/api'" in found[0].text
    assert found[0].text.count("{") == found[0].text.count("}")
    assert WINDOWS_FIREWALL.count("{") == WINDOWS_FIREWALL.count("}")
    assert WINDOWS_FIREWALL.count("(") == WINDOWS_FIREWALL.count(")")
