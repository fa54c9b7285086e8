"""The rule to add where an address is refused: exactly that address, exactly there, ready to paste."""

from __future__ import annotations

import re

import msgspec

from diagnose.rulesets.iis import WEB_CONFIG
from diagnose.rulesets.judging import covering
from diagnose.rulesets.model import Decision, RuleSet
from diagnose.text import harmless

_NAME = "HaloPSA integrator"
_PRIORITY = re.compile(r"\(priority ([0-9]{1,5})\)")
_BLOCKING = re.compile(r'Block "(.*)": (?:any port|port )')
_LOWEST, _HIGHEST = 100, 4096
"""Priorities that a rule of one's own may have (azure-docs, network-security-groups-overview)."""


class Fix(msgspec.Struct, frozen=True):
    """One change: `shell` is `powershell`, `sh`, or `config` for lines of a configuration file; `note` says where."""

    shell: str
    text: str
    note: str


def fixes(rules: RuleSet, addresses: tuple[str, ...], port: int, path: str, host: str = "") -> tuple[Fix, ...]:
    """What to change for those of the addresses that are refused, one fix per rule that refuses."""
    refused: dict[tuple[str, int | None], list[str]] = {}
    for address in addresses:
        decision = rules.decide(address, port, path, host)
        if decision.outcome == "deny":
            refused.setdefault((decision.rule, decision.line), []).append(address)
    found = []
    for together in refused.values():
        decision = rules.decide(together[0], port, path, host)
        found.append(_FIXES[rules.format](rules, together, decision, _Where(port, path, host)))
    return tuple(found)


class _Where(msgspec.Struct, frozen=True):
    port: int
    path: str
    host: str


def _iis(rules: RuleSet, addresses: list[str], decision: Decision, where: _Where) -> Fix:
    place = covering(rules, where.port, where.path, where.host)[0]
    above = f"above line {decision.line} of {rules.source}" if _is_entry(decision) else "in <ipSecurity>"
    if place.name == WEB_CONFIG:
        lines = "\n".join(f'<add ipAddress="{address}" allowed="true" />' for address in addresses)
        return Fix("config", lines, f"add {above}")
    area = max(
        (area.path.text for walk in place.walks for area in walk.areas if area.path.matches(where.path)), key=len
    )
    site = place.name if place.name != "the server" else "Default Web Site"
    location = f"{site}{area}".rstrip("/").replace("'", "''")
    first = " -AtIndex 0" if _is_entry(decision) else ""
    lines = "\n".join(
        "Add-WebConfigurationProperty -PSPath 'MACHINE/WEBROOT/APPHOST' "
        f"-Location '{location}' -Filter 'system.webServer/security/ipSecurity' -Name '.'{first} "
        f"-Value @{{ipAddress='{address}';subnetMask='255.255.255.255';allowed='true'}}"
        for address in addresses
    )
    note = f"an allow entry at {location}, {above}; the rule that refuses stays in force for everybody else"
    return Fix("powershell", lines, harmless(note))


def _is_entry(decision: Decision) -> bool:
    """Whether an entry refuses, not `allowUnlisted`: then the new one must come before it."""
    return decision.rule.startswith("<")


def _windows(_: RuleSet, addresses: list[str], decision: Decision, where: _Where) -> Fix:
    if decision.rule.startswith("Block "):
        name = _BLOCKING.match(decision.rule)
        quoted = "" if name is None else name[1].replace("'", "''")
        note = (
            f"a block beats every allow: take {', '.join(addresses)} out of this rule's remote addresses, or disable it"
        )
        return Fix("powershell", f"Get-NetFirewallRule -DisplayName '{quoted}' | Get-NetFirewallAddressFilter", note)
    text = (
        f"New-NetFirewallRule -DisplayName '{_NAME}' -Direction Inbound -Action Allow -Protocol TCP "
        f"-LocalPort {where.port} -RemoteAddress {','.join(addresses)}"
    )
    return Fix("powershell", text, "in a PowerShell started as administrator, on the server that HaloPSA runs on")


def _nginx(rules: RuleSet, addresses: list[str], decision: Decision, _: _Where) -> Fix:
    lines = "\n".join(f"allow {address};" for address in addresses)
    note = f"above line {decision.line} of {rules.source} ({decision.rule}); then: nginx -t && systemctl reload nginx"
    return Fix("config", lines, note)


def _apache(rules: RuleSet, addresses: list[str], decision: Decision, _: _Where) -> Fix:
    older = decision.rule.split(" ", 1)[0].casefold() in ("order", "deny", "allow")
    text = f"{'Allow from' if older else 'Require ip'} {' '.join(addresses)}"
    note = f"in the section of line {decision.line} of {rules.source}; then: apachectl configtest && apachectl graceful"
    if decision.rule.casefold().startswith("deny"):
        note = f"with `Order Deny,Allow`, for `{decision.rule}` wins otherwise; {note}"
    return Fix("config", text, note)


def _haproxy(rules: RuleSet, addresses: list[str], decision: Decision, _: _Where) -> Fix:
    words = decision.rule.split()
    kind = " ".join(words[:2]) if words[0] == "tcp-request" else "http-request"
    text = f"{kind} {'accept' if words[0] == 'tcp-request' else 'allow'} if {{ src {' '.join(addresses)} }}"
    reload = "haproxy -c -f FILE && systemctl reload haproxy"
    note = f"above line {decision.line} of {rules.source} ({decision.rule}); then: {reload}"
    return Fix("config", text, note)


def _azure(rules: RuleSet, addresses: list[str], decision: Decision, where: _Where) -> Fix:
    taken = {int(number) for place in rules.places for walk in place.walks for step in walk.areas[0].steps
             for number in _PRIORITY.findall(step.text)}  # fmt: skip
    below = min(int((_PRIORITY.findall(decision.rule) or [_HIGHEST])[-1]), _HIGHEST + 1)
    free = next((number for number in range(below - 1, _LOWEST - 1, -1) if number not in taken), _LOWEST)
    group = decision.rule.partition("/")[0] if "/" in decision.rule else "NSG"
    text = (
        f"az network nsg rule create --resource-group GROUP --nsg-name '{group}' --name Allow-HaloPSA-integrator "
        f"--priority {free} --direction Inbound --access Allow --protocol Tcp "
        f"--source-address-prefixes {' '.join(addresses)} --destination-port-ranges {where.port}"
    )
    note = (
        "in every group that refuses, that of the subnet and that of the network interface; the priority must be free"
    )
    return Fix("sh", text, note)


def _aws(rules: RuleSet, addresses: list[str], _: Decision, where: _Where) -> Fix:
    group = next(iter(re.findall(r"sg-[0-9a-zA-Z]+", " ".join(place.name for place in rules.places))), "SG-ID")
    four = [f"{{CidrIp={address}/32,Description={_NAME}}}" for address in addresses if ":" not in address]
    six = [f"{{CidrIpv6={address}/128,Description={_NAME}}}" for address in addresses if ":" in address]
    ranges = [f"IpRanges=[{','.join(four)}]"] * bool(four) + [f"Ipv6Ranges=[{','.join(six)}]"] * bool(six)
    permission = f"IpProtocol=tcp,FromPort={where.port},ToPort={where.port},{','.join(ranges)}"
    text = f"aws ec2 authorize-security-group-ingress --group-id {group} --ip-permissions '{permission}'"
    return Fix("sh", text, "in one of the groups that are attached to the server")


def _plain(rules: RuleSet, addresses: list[str], _: Decision, where: _Where) -> Fix:
    lines = "\n".join(addresses)
    return Fix("config", lines, f"to the sources that may reach port {where.port}, where {rules.source} comes from")


_FIXES = {
    "iis-config": _iis,
    "iis-appcmd": _iis,
    "windows-firewall-json": _windows,
    "windows-firewall-netsh": _windows,
    "nginx": _nginx,
    "apache": _apache,
    "haproxy": _haproxy,
    "azure-nsg": _azure,
    "aws-sg": _aws,
    "plain": _plain,
}
