"""HAProxy's conditions: named and anonymous ACLs, juxtaposition is AND, `||` is OR, `!` negates."""

from __future__ import annotations

import re

from diagnose.rulesets.conditions import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Condition,
    Hosts,
    Not,
    PathMatch,
    Paths,
    Sources,
    Unclear,
)
from diagnose.rulesets.ranges import is_range, span

_FROM_FILE = "the addresses are in a file that is not part of what was given"
_OTHER = "a condition that is not about the client's address: {}"
_PREDEFINED: dict[str, Condition] = {
    "TRUE": ALWAYS,
    "FALSE": NEVER,
    "LOCALHOST": Sources(("127.0.0.0/8", "::1")),
    "HTTP": ALWAYS,
    "REQ_CONTENT": ALWAYS,
    "WAIT_END": ALWAYS,
}
"""Pre-defined ACLs (HAProxy 2.6 configuration manual, 7.4) whose answer for a web request is plain."""

_CONSTANT: dict[str, Condition] = {"always_true": ALWAYS, "always_false": NEVER}
_PATH_KINDS = {"path": "exact", "path_beg": "prefix", "path_reg": "regex", "path_end": "end", "path_dir": ""}
_MATCHES = {"beg": "path_beg", "reg": "path_reg", "end": "path_end", "str": "path"}
_HOST = re.compile(r"(?:req\.)?hdr\(host(?:,-?1)?\)(?:,lower|,host_only|,field\(1,:\))?", re.IGNORECASE)


class Acls:
    """The named ACLs of one section; the same name twice is an OR."""

    def __init__(self) -> None:
        self._named: dict[str, list[Condition]] = {}

    def define(self, words: list[str]) -> None:
        """Take in what stands behind `acl`."""
        if words:
            self._named.setdefault(words[0], []).append(criterion(words[1:]))

    def condition(self, words: list[str]) -> Condition:
        """The condition written as `if ...` or `unless ...`; nothing means always."""
        if not words:
            return ALWAYS
        ways = [AllOf(tuple(self._terms(part))) for part in _split(words[1:])]
        either = ways[0] if len(ways) == 1 else AnyOf(tuple(ways))
        return Not(either) if words[0] == "unless" else either

    def _terms(self, words: list[str]) -> list[Condition]:
        terms: list[Condition] = []
        negated = False
        position = 0
        while position < len(words):
            word = words[position]
            position += 1
            while word.startswith("!"):
                negated, word = not negated, word[1:]
            if not word:
                continue
            if word == "{":
                end = words.index("}", position) if "}" in words[position:] else len(words)
                condition = criterion(words[position:end])
                position = end + 1
            else:
                condition = self._name(word)
            terms.append(Not(condition) if negated else condition)
            negated = False
        return terms

    def _name(self, name: str) -> Condition:
        if name in self._named:
            ways = self._named[name]
            return ways[0] if len(ways) == 1 else AnyOf(tuple(ways))
        return _PREDEFINED.get(name, Unclear(_OTHER.format(name[:80])))


def _split(words: list[str]) -> list[list[str]]:
    """The alternatives between `||` or `or`, which cannot stand inside braces."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in ("||", "or"):
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def criterion(words: list[str]) -> Condition:
    """What an ACL tests: `src 10.0.0.0/8`, `path_beg /auth`, `hdr(host) -i halo.example.com`."""
    name, (values, flags) = words[0] if words else "", _values(words[1:])
    if "-f" in flags or "-M" in flags:
        inline = _sources(values) if name == "src" else NEVER
        return AnyOf((inline, Unclear(_FROM_FILE)))
    if name == "src" and not set(flags) - {"-n", "--"}:
        return _sources(values)
    if name in _CONSTANT:
        return _CONSTANT[name]
    name = _MATCHES.get(flags.get("-m", ""), "") if name == "path" and "-m" in flags else name
    if _PATH_KINDS.get(name):
        return _paths(_PATH_KINDS[name], values, ignore_case="-i" in flags)
    if _HOST.fullmatch(name) and flags.get("-m", "str") == "str":
        return Hosts(tuple(value.casefold().partition(":")[0] for value in values))
    return Unclear(_OTHER.format(" ".join(words)[:80]))


def _values(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Values and flags; `-f`, `-m` and their like take the next word."""
    values: list[str] = []
    flags: dict[str, str] = {}
    waiting = ""
    for word in words:
        if waiting:
            flags[waiting], waiting = word, ""
        elif "--" in flags or (values and not word.startswith("-f")):
            values.append(word)
        elif word in ("-f", "-m", "-u", "-M"):
            flags[word] = ""
            waiting = word if word != "-M" else ""
        elif re.fullmatch(r"-[a-z-]", word):
            flags[word] = ""
        else:
            values.append(word)
    return values, flags


def _sources(values: list[str]) -> Condition:
    """Ranges; one for IPv6 that holds ::ffff:0:0/96 holds every IPv4 address too (pattern.c, pat_match_ip)."""
    ranges = [value for value in values if "-" not in value and is_range(value)]
    if any(span(value)[0] == 6 and _holds_mapped(value) for value in ranges):  # noqa: PLR2004 - IPv6
        ranges.append("0.0.0.0/0")
    if len([value for value in values if "-" not in value and is_range(value)]) == len(values):
        return Sources(tuple(ranges))
    return AnyOf((Sources(tuple(ranges)), Unclear("an address of this rule is a name, a variable or not understood")))


def _holds_mapped(value: str) -> bool:
    _, low, high = span(value)
    return low <= 0xFFFF << 32 and high >= (0xFFFF << 32 | 0xFFFFFFFF)


def _paths(kind: str, values: list[str], *, ignore_case: bool) -> Condition:
    if kind == "end":
        patterns = [PathMatch("regex", re.escape(value) + "$", ignore_case) for value in values]
    elif kind == "regex":
        patterns = [PathMatch("regex", value, ignore_case) for value in values]
    else:
        patterns = [PathMatch("exact" if kind == "exact" else "prefix", value, ignore_case) for value in values]
    return Paths(tuple(patterns))
