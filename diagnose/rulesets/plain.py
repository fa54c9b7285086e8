"""A plain list of the sources a firewall lets in: one address, CIDR or range per line.

For every device without a parser of its own. `#`, `//` and `!` begin a comment; commas, semicolons and
blanks separate. Who is on the list is let in, everybody else is not.
"""

from __future__ import annotations

import re

from diagnose.rulesets.conditions import ALWAYS, PathMatch, Sources, Unclear
from diagnose.rulesets.model import Area, Doubt, Place, RuleSet, Step, Walk
from diagnose.rulesets.ranges import is_range
from diagnose.text import harmless

_COMMENT = re.compile(r"(?:^|\s)(?:#|//|!).*|#.*")
_RANGE = re.compile(r"[ \t]{0,4}(?:-|\u2013)[ \t]{0,4}(?=[0-9a-fA-F:])")
_SEPARATOR = re.compile(r"[,;\s]+")
_QUOTES = "\"'[]"

_NOT_LISTED = Step("deny", ALWAYS, "(not on the list)", why="the address is not on the list of allowed sources")


def parse(source: str, text: str) -> RuleSet:
    """Read a list of allowed sources."""
    steps: list[Step] = []
    doubts: list[Doubt] = []
    for number, line in enumerate(text.split("\n"), 1):
        for word in words(line):
            if word.casefold() in ("any", "all", "*"):
                steps.append(Step("allow", ALWAYS, word, number))
            elif is_range(word):
                steps.append(Step("allow", Sources((word,)), word, number))
            else:
                doubt = Doubt(
                    number, harmless(word, longest=80), "this is no address, CIDR or range", refusals_stand=True
                )
                doubts.append(doubt)
                steps.append(Step("allow", Unclear(doubt.why), doubt.text, number))
    area = Area(PathMatch(), tuple(steps), _NOT_LISTED)
    return RuleSet("plain", source, (Place("the list", (Walk((area,)),)),), tuple(doubts))


def words(line: str) -> list[str]:
    """The entries of one line, without comments and quotes."""
    bare = _RANGE.sub("-", _COMMENT.sub("", line)) if "-" in line or "\u2013" in line else _COMMENT.sub("", line)
    return [word for part in _SEPARATOR.split(bare) if (word := part.strip(_QUOTES))]


def looks_like_it(text: str) -> bool:
    """Whether at least half of the first lines with anything on them are addresses."""
    found = [word for line in text.split("\n")[:200] for word in words(line)]
    return bool(found) and 2 * sum(is_range(word) for word in found) >= len(found)
