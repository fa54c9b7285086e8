"""What a rule asks of a request, as data: conditions that hold, do not hold, or cannot be known.

Three values, not two (True, False, None): a rule that names an `include`d file or a host name cannot be
decided from here, and must neither let in nor refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from diagnose.rulesets.ranges import Span, is_outside, within

_PLAIN_REGEX = re.compile(r"(?:[A-Za-z0-9_/%~,;:@&=' .^$|()-]|\\[.dw/_-]|\[[A-Za-z0-9_./-]+\]|(?<!\))[*+?])*", re.ASCII)
"""The part of PCRE that means the same in Python and cannot run away: no quantified group, no look-around."""

_QUANTIFIER = re.compile(r"[*+?]")
_LONGEST_REGEX = 300
_MOST_QUANTIFIERS = 4
"""More of them, one behind the other, can take a long time even over a short path."""


class Request(msgspec.Struct, frozen=True):
    """What is judged: one source address, the port and path it asks for, the host name if it is known."""

    address: Span
    port: int
    path: str
    host: str = ""
    circumstance: str = ""


class PathMatch(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which URL paths are meant.

    `prefix`: starts with the text (nginx); `segments`: is the text or lies below it (IIS, Apache);
    `exact`; `regex`. `final` is nginx's `^~`: where this is the longest prefix, no regex is tried.
    """

    kind: Literal["any", "prefix", "exact", "segments", "regex"] = "any"
    text: str = ""
    ignore_case: bool = False
    final: bool = False

    def matches(self, path: str) -> bool | None:
        """Whether the path is meant; None where only the server's regular expressions could tell."""
        if self.kind == "regex":
            return regex_matches(self.text, path, ignore_case=self.ignore_case)
        text, path = (self.text.casefold(), path.casefold()) if self.ignore_case else (self.text, path)
        if self.kind == "exact":
            return path == text
        if self.kind == "segments":
            return path == text or path.startswith(text if text.endswith("/") else text + "/")
        return self.kind == "any" or path.startswith(text)


class Sources(msgspec.Struct, frozen=True, tag="sources", tag_field="is", gc=False):
    """The source address lies in one of these ranges."""

    ranges: tuple[str, ...]


class Outside(msgspec.Struct, frozen=True, tag="outside", tag_field="is", gc=False):
    """The source address cannot be in the server's own network."""


class Paths(msgspec.Struct, frozen=True, tag="paths", tag_field="is", gc=False):
    """The URL path matches one of these."""

    matches: tuple[PathMatch, ...]


class Hosts(msgspec.Struct, frozen=True, tag="hosts", tag_field="is", gc=False):
    """The host name asked for is one of these (compared without case)."""

    names: tuple[str, ...]


class Within(msgspec.Struct, frozen=True, tag="within", tag_field="is", gc=False):
    """One of these circumstances is the case, e.g. the Domain profile is active."""

    circumstances: tuple[str, ...]


class Unclear(msgspec.Struct, frozen=True, tag="unclear", tag_field="is", gc=False):
    """Cannot be decided from the file."""

    why: str


class Not(msgspec.Struct, frozen=True, tag="not", tag_field="is", gc=False):
    """The other one does not hold."""

    of: Condition


class AllOf(msgspec.Struct, frozen=True, tag="all", tag_field="is", gc=False):
    """Every one holds; without any, always."""

    of: tuple[Condition, ...] = ()


class AnyOf(msgspec.Struct, frozen=True, tag="any", tag_field="is", gc=False):
    """At least one holds; without any, never."""

    of: tuple[Condition, ...] = ()


Condition = Sources | Outside | Paths | Hosts | Within | Unclear | Not | AllOf | AnyOf

ALWAYS = AllOf()
NEVER = AnyOf()


def holds(condition: Condition, request: Request) -> bool | None:
    """Whether the condition holds for the request; None where it cannot be known."""
    match condition:
        case Sources(ranges):
            address = request.address
            return any(within(address, text) for text in ranges)
        case AllOf(of):
            return every(holds(part, request) for part in of)
        case AnyOf(of):
            found = every(opposite(holds(part, request)) for part in of)
            return opposite(found)
        case Not(of):
            return opposite(holds(of, request))
        case _:
            return _leaf_holds(condition, request)


def _leaf_holds(condition: Condition, request: Request) -> bool | None:
    match condition:
        case Outside():
            return is_outside(request.address)
        case Within(circumstances):
            return request.circumstance in circumstances
        case Hosts(names):
            return request.host.casefold() in names if request.host else None
        case Paths(matches):
            found = every(opposite(match.matches(request.path)) for match in matches)
            return opposite(found)
        case _:
            return None


def every(values: Iterable[bool | None]) -> bool | None:
    """Kleene's conjunction: False if one is, else None if one is unknown, else True."""
    result: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def opposite(value: bool | None) -> bool | None:
    """Kleene's negation."""
    return None if value is None else not value


def reason(condition: Condition) -> str:
    """The first reason why the condition cannot be known, or nothing."""
    match condition:
        case Unclear(why):
            return why
        case Not(of):
            return reason(of)
        case AllOf(of) | AnyOf(of):
            return next((why for part in of if (why := reason(part))), "")
        case Paths():
            return "a regular expression decides which paths it is for"
        case _:
            return ""


def regex_matches(pattern: str, path: str, *, ignore_case: bool) -> bool | None:
    """Whether a server's regular expression finds something in the path; None where Python may differ."""
    if max(len(pattern), len(path)) > _LONGEST_REGEX or not _PLAIN_REGEX.fullmatch(pattern):
        return None
    if len(_QUANTIFIER.findall(pattern)) > _MOST_QUANTIFIERS:
        return None
    try:
        return re.search(pattern, path, re.IGNORECASE if ignore_case else 0) is not None
    except re.error:
        return None
