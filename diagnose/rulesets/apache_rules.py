"""What one Apache section says about addresses: `Require` (2.4) and `Order`, `Allow`, `Deny` (2.2).

A `Require` grants, refuses, or is neutral (a negated one that does not match). `<RequireAll>` needs one that
grants and none that refuses, `<RequireAny>` one that grants, `<RequireNone>` only ever refuses; what stands
beside each other is an implicit `<RequireAny>` (mod_authz_core, apply_authz_sections, httpd 2.4.71).
"""

from __future__ import annotations

import re
from typing import Literal

from diagnose.rulesets.apache_syntax import ACCESS, Node
from diagnose.rulesets.conditions import ALWAYS, NEVER, AllOf, AnyOf, Condition, Not, Sources, Unclear
from diagnose.rulesets.model import Doubt, Step
from diagnose.rulesets.ranges import is_range
from diagnose.text import harmless

_PARTIAL = re.compile(r"((?:[0-9]{1,3}\.){0,2}[0-9]{1,3})\.?")
_BY_NAME = "a rule by host name depends on the reverse name of the address"
_OTHERWISE = "not every condition of this rule can be judged by the address alone"
_OTHER_MEANS = "Satisfy Any: who is not let in by address may still get in by another means"
SATISFY_ANY = Step("allow", Unclear(_OTHER_MEANS), "Satisfy Any", why=_OTHER_MEANS)
"""Stands before every rule where one mechanism is enough."""

_DEEPEST = 5
"""Containers in containers; the conditions double with every level."""

COMPAT = {"order", "allow", "deny", "satisfy"}
AUTHZ = ACCESS - COMPAT


class Section:
    """The rules of one section, for each of the two mechanisms: None where it has none."""

    def __init__(self, node: Node) -> None:
        self.doubts: list[Doubt] = []
        self.any_suffices = False
        inside = node.block or []
        self.authz = self._authz(node, [found for found in inside if found.name in AUTHZ])
        self.compat = self._compat(node, [found for found in inside if found.name in COMPAT])

    def _authz(self, section: Node, nodes: list[Node]) -> tuple[tuple[Step, ...], Step] | None:
        if not nodes:
            return None
        steps = []
        refusing = section
        for node in nodes:
            if node.name == "authmerging":
                if [word.casefold() for word in node.arguments] != ["off"]:
                    self.doubt(node, "AuthMerging joins these rules with those of other sections")
                continue
            condition = self._granted(node, 0)
            if condition == NEVER:
                refusing = node
            else:
                steps.append(Step("allow", condition, _text(node), node.line))
        why = "none of the Require rules here is met"
        return tuple(steps), Step("deny", ALWAYS, _text(refusing), refusing.line, deny_action="403", why=why)

    def _granted(self, node: Node, depth: int) -> Condition:
        """When this node grants."""
        if node.name == "require":
            negated, condition = self._leaf(node)
            return NEVER if negated else condition
        inside = self._inside(node, depth)
        granted = [self._granted(child, depth + 1) for child in inside]
        if node.name == "requirenone":
            return NEVER
        if node.name == "requireany":
            return _any(granted)
        failed = [Not(self._failed(child, depth + 1)) for child in inside]
        return AllOf((_any(granted), *failed))

    def _failed(self, node: Node, depth: int) -> Condition:
        """When this node refuses; what neither grants nor refuses is neutral."""
        if node.name == "require":
            negated, condition = self._leaf(node)
            return condition if negated else Not(condition)
        inside = self._inside(node, depth)
        if node.name == "requirenone":
            return _any([self._granted(child, depth + 1) for child in inside])
        refusing = _any([self._failed(child, depth + 1) for child in inside])
        return refusing if node.name == "requireall" else AllOf((refusing, Not(self._granted(node, depth))))

    def _inside(self, node: Node, depth: int) -> list[Node]:
        known = [child for child in node.block or [] if child.name in AUTHZ and child.name != "authmerging"]
        for child in node.block or []:
            if child not in known:
                self.doubt(child, "this is not understood inside a Require section")
        if depth < _DEEPEST:
            return known
        self.doubt(node, "the Require sections are nested too deeply")
        return []

    def _leaf(self, node: Node) -> tuple[bool, Condition]:
        words = [word.casefold() for word in node.arguments]
        negated = words[:1] == ["not"]
        words = words[1:] if negated else words
        if words in (["all", "granted"], ["all", "denied"]):
            return negated, ALWAYS if words[1] == "granted" else NEVER
        if words == ["local"]:
            return negated, Sources(("127.0.0.0/8", "::1"))
        if words[:1] == ["ip"] and len(words) > 1:
            return negated, self._ranges(node, words[1:])
        return negated, Unclear(_BY_NAME if words[:1] in (["host"], ["forward-dns"]) else _OTHERWISE)

    def _compat(self, section: Node, nodes: list[Node]) -> tuple[tuple[Step, ...], Step] | None:
        if not nodes:
            return None
        order = section
        steps: dict[str, list[Step]] = {"allow": [], "deny": []}
        for node in nodes:
            if node.name == "order":
                order = node
            elif node.name == "satisfy":
                self.any_suffices = [word.casefold() for word in node.arguments] == ["any"]
            else:
                steps[node.name].append(self._from(node))
        last = self._order(order)
        first = "deny" if last == "allow" else "allow"
        why = f"no rule here names this address, and the last word of Order is {last.capitalize()}"
        otherwise = Step(last, ALWAYS, _text(order), order.line, deny_action="403" if last == "deny" else "", why=why)
        # the last word of Order wins where both match, so it is asked first
        return (*steps[last], *steps[first]), otherwise

    def _order(self, node: Node) -> Literal["allow", "deny"]:
        said = ",".join(node.arguments).replace(" ", "").casefold() if node.name == "order" else "deny,allow"
        if said not in ("deny,allow", "allow,deny", "mutual-failure"):
            self.doubt(node, "this order is not known")
        return "allow" if said == "deny,allow" else "deny"

    def _from(self, node: Node) -> Step:
        words = [word.casefold() for word in node.arguments]
        if words[:1] != ["from"] or len(words) < 2:  # noqa: PLR2004 - from and at least one source
            self.doubt(node, "this is not understood")
            condition: Condition = Unclear("this rule is not understood")
        elif "all" in words[1:]:
            condition = ALWAYS
        else:
            condition = self._ranges(node, words[1:])
        allowed = node.name == "allow"
        return Step("allow" if allowed else "deny", condition, _text(node), node.line,
                    deny_action="" if allowed else "403")  # fmt: skip

    def _ranges(self, node: Node, words: list[str]) -> Condition:
        ranges = tuple(found for word in words if (found := _range(word)))
        others = [word for word in words if not _range(word)]
        if not others:
            return Sources(ranges)
        if any(re.fullmatch(r"[0-9./:]+", word) for word in others):
            self.doubt(node, "this is no address or range")
        return AnyOf((Sources(ranges), Unclear(_BY_NAME)))

    def doubt(self, node: Node, why: str) -> None:
        """Note what was not understood, once."""
        doubt = Doubt(node.line, _text(node), why)
        if doubt not in self.doubts:
            self.doubts.append(doubt)


def _range(word: str) -> str:
    """`10.1` is 10.1.0.0/16; nothing where the word is no range."""
    if partial := _PARTIAL.fullmatch(word):
        parts = partial[1].split(".")
        word = ".".join([*parts, *["0"] * (4 - len(parts))]) + f"/{8 * len(parts)}"
    return word if "-" not in word and is_range(word) else ""


def _any(conditions: list[Condition]) -> Condition:
    useful = [condition for condition in conditions if condition != NEVER]
    return useful[0] if len(useful) == 1 else AnyOf(tuple(useful))


def _text(node: Node) -> str:
    return harmless(node.text, longest=200)
