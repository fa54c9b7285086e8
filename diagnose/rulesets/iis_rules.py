"""One path's effective `ipSecurity`: levels added from the outside in, then written as steps."""

from __future__ import annotations

import re

from diagnose.rulesets.conditions import ALWAYS, AllOf, Condition, Sources, Unclear
from diagnose.rulesets.iis_xml import Node, Section
from diagnose.rulesets.model import Doubt, RateLimit, Step
from diagnose.rulesets.ranges import is_range, prefix_of_mask
from diagnose.text import harmless

DENY_ACTIONS = {"forbidden": "403", "unauthorized": "401", "notfound": "404", "abortrequest": "abort"}
"""IIS_schema.xml: what a refused client sees, by the name of `denyAction` (or its number, see below)."""

_NUMBERS = {"403": "forbidden", "401": "unauthorized", "404": "notfound", "0": "abortrequest"}
_ONE_ADDRESS = "255.255.255.255"
_ANY_IPV6 = Sources(("::/0",))
_IPV6 = "how IIS treats an IPv6 address that its rules do not name is not documented"
_IPV6_PREFIX = "what a mask means for an IPv6 address in ipSecurity is not documented"
_BY_NAME = "a rule by host name depends on the reverse name of the address"
_PROXY_MODE = "proxy mode is on: IIS also judges the addresses in X-Forwarded-For"


class Effective:
    """What is in force at one path after the levels that cover it."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str, str], Node] = {}
        self.settings: dict[str, tuple[str, int]] = {}
        self.doubts: list[Doubt] = []
        self.unreadable: list[Step] = []
        self._seen: set[str] = set()

    def add(self, section: Section) -> None:
        """Put one level on top of those before it."""
        if section.name != "ipsecurity":
            return
        if section.path.casefold() in self._seen:
            self._doubt(section.line, f'<location path="{section.path}">', "the same path holds this section twice")
        self._seen.add(section.path.casefold())
        self.doubts += section.doubts
        for name, value in section.attributes.items():
            self.settings[name] = (value, section.line)
        for node in section.nodes:
            self._apply(node)
        for name in ("configsource", "configprotectionprovider"):
            if name in section.attributes:
                text, why = f"{name}={section.attributes[name]}", "the rules are in another file or encrypted"
                self._doubt(section.line, text, why)
                self.unreadable.append(Step("unknown", ALWAYS, harmless(text, longest=200), section.line, why=why))

    def steps(self) -> tuple[Step, ...]:
        """The entries in the order in which IIS goes through them."""
        self._check_settings()
        steps = [*self.unreadable, *(self._step(node) for node in self.entries.values())]
        if steps or not self._true("allowunlisted", default=True):
            steps.append(Step("unknown", _ANY_IPV6, "(an IPv6 address that is not listed)", why=_IPV6))
        return tuple(steps)

    def otherwise(self) -> Step:
        """`allowUnlisted`, which IIS looks at last."""
        value, line = self.settings.get("allowunlisted", ("true", None))
        text = f"allowUnlisted={value}"
        if self._true("allowunlisted", default=True):
            why = "no rule names this address, and addresses that are not listed are let in"
            return Step("allow", ALWAYS, text if line else "allowUnlisted (not set)", line, why=why)
        why = "no rule names this address, and addresses that are not listed are refused"
        return Step("deny", ALWAYS, text, line, deny_action=self._deny_action(), why=why)

    def _apply(self, node: Node) -> None:
        key = _key(node)
        if node.operation == "clear":
            self.entries.clear()
        elif node.operation == "remove":
            self.entries.pop(key, None)
        elif node.operation == "add":
            if key in self.entries:
                self._doubt(node.line, _text(node), "the same entry occurs twice, which IIS refuses with error 500.19")
            self.entries.setdefault(key, node)

    def _step(self, node: Node) -> Step:
        allowed = node.attributes.get("allowed", "false").casefold()
        when = self._condition(node)
        if allowed == "true":
            return Step("allow", when, _text(node), node.line)
        if allowed != "false":
            self._doubt(node.line, _text(node), "allowed is neither true nor false")
            return Step("unknown", when, _text(node), node.line)
        why = "" if "allowed" in node.attributes else 'this entry does not say allowed="true", so it refuses'
        return Step("deny", when, _text(node), node.line, deny_action=self._deny_action(), why=why)

    def _condition(self, node: Node) -> Condition:
        address, mask = node.attributes.get("ipaddress", ""), node.attributes.get("subnetmask", "")
        if not address:
            return Unclear(_BY_NAME if node.attributes.get("domainname") else "the entry names no address")
        if ":" in address and is_range(address):
            plain = "/" not in address and mask in ("", _ONE_ADDRESS)
            return Sources((address,)) if plain else AllOf((_ANY_IPV6, Unclear(_IPV6_PREFIX)))
        return self._ipv4(node, address, mask or _ONE_ADDRESS)

    def _ipv4(self, node: Node, address: str, mask: str) -> Condition:
        try:
            network = f"{address}/{prefix_of_mask(mask)}"
        except ValueError:
            network = ""
        if not network or "/" in address or "-" in address or not is_range(network):
            why = "this is no IPv4 address with a subnet mask"
            self._doubt(node.line, _text(node), why)
            return Unclear(why)
        return Sources((network,))

    def _true(self, name: str, *, default: bool) -> bool:
        return self.settings.get(name, (str(default), 0))[0].casefold() == "true"

    def _deny_action(self) -> str:
        value = self.settings.get("denyaction", ("Forbidden", 0))[0].casefold()
        return DENY_ACTIONS.get(_NUMBERS.get(value, value), "")

    def _check_settings(self) -> None:
        """Doubt what the attributes say where it is not understood, and proxy mode always."""
        for name in ("allowunlisted", "enableproxymode", "enablereversedns"):
            value, line = self.settings.get(name, ("true", 0))
            if value.casefold() not in ("true", "false"):
                self._doubt(line, f"{name}={value}", "this is neither true nor false")
        value, line = self.settings.get("denyaction", ("Forbidden", 0))
        if not self._deny_action():
            self._doubt(line, f"denyAction={value}", "this action is not known")
        if self._true("enableproxymode", default=False):
            self._doubt(self.settings["enableproxymode"][1], "enableProxyMode=true", _PROXY_MODE)

    def _doubt(self, line: int, text: str, why: str) -> None:
        doubt = Doubt(line or None, harmless(text, longest=200), why)
        if doubt not in self.doubts:
            self.doubts.append(doubt)


def limit_of(chain: list[Section]) -> RateLimit | None:
    """The dynamic restriction in force after the levels of one path; None where there is none."""
    sections = [section for section in chain if section.name == "dynamicipsecurity"]
    if not sections:
        return None
    seen: dict[str, str] = {}
    for section in sections:
        seen |= section.attributes
        for node in section.nodes:
            seen |= {f"{node.operation}.{name}": value for name, value in node.attributes.items()}
    doubts = [doubt.why for section in sections for doubt in section.doubts]
    # defaults of IIS_schema.xml: 5 at a time, 20 in 200 ms
    rate = seen.get("denybyrequestrate.enabled", "").casefold() == "true"
    concurrent = seen.get("denybyconcurrentrequests.enabled", "").casefold() == "true"
    action = seen.get("denyaction", "forbidden").casefold()
    return RateLimit(
        sections[-1].line,
        _number(seen.get("denybyconcurrentrequests.maxconcurrentrequests"), 5) if concurrent else None,
        _number(seen.get("denybyrequestrate.maxrequests"), 20) if rate else None,
        _number(seen.get("denybyrequestrate.requestintervalinmilliseconds"), 200) if rate else None,
        seen.get("enableloggingonlymode", "").casefold() == "true",
        seen.get("enableproxymode", "").casefold() == "true",
        DENY_ACTIONS.get(_NUMBERS.get(action, action), ""),
        "the rules are in another file" if "configsource" in seen else next(iter(doubts), ""),
    )


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else default


def _key(node: Node) -> tuple[str, str, str]:
    mask = node.attributes.get("subnetmask") or _ONE_ADDRESS
    return node.attributes.get("ipaddress", ""), mask, node.attributes.get("domainname", "").casefold()


def _text(node: Node) -> str:
    names = (
        ("ipAddress", "ipaddress"),
        ("subnetMask", "subnetmask"),
        ("domainName", "domainname"),
        ("allowed", "allowed"),
    )
    said = "".join(f' {name}="{node.attributes[low]}"' for name, low in names if low in node.attributes)
    return harmless(f"<{node.operation}{said}/>", longest=200)
