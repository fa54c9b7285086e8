"""nginx's grammar: words, quotes, blocks; and `nginx -T`, which prints every file behind a line that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import dirname, join

import msgspec

from diagnose.rulesets.model import RulesError

_TOKEN = re.compile(
    r"""
    (?P<skip> [ \t]+ | \#[^\n]* )
  | (?P<line> \n )
  | (?P<mark> [{};] )
  | "(?P<double> (?:[^"\\]|\\.)* )"
  | '(?P<single> (?:[^'\\]|\\.)* )'
  | (?P<word> (?: \$\{[^}\n]*\} | \\. | [^\s{};"'\\] ) (?: \$\{[^}\n]*\} | \\. | [^\s{};\\] )* )
    """,
    re.VERBOSE | re.DOTALL,
)
_FILE = re.compile(r"^# configuration file ([^\n]+):$", re.MULTILINE)
_ESCAPE = re.compile(r"""\\(["'\\])""")
_DEEPEST = 40
HARMLESS_INCLUDES = re.compile(
    r"(?:^|/)(?:mime\.types|[a-z]+_params|fastcgi\.conf|proxy\.conf|options-ssl-nginx\.conf)$"
)
"""Files that every distribution (or certbot) ships and that hold no rule by address."""


class Directive(msgspec.Struct):
    """One directive; `block` is None for one that ends in a semicolon."""

    name: str
    arguments: list[str]
    line: int
    block: list[Directive] | None = None

    @property
    def text(self) -> str:
        """As it would be written on one line."""
        return " ".join([self.name, *self.arguments])


class Configuration(msgspec.Struct):
    """The directives of the main file, and those of the other files of an `nginx -T`."""

    main: list[Directive]
    files: dict[str, list[Directive]]
    main_name: str = ""

    def included(self, pattern: str) -> list[Directive] | None:
        """The directives that an `include` stands for; None where they are not in the file given."""
        if HARMLESS_INCLUDES.search(pattern):
            return []
        if not self.files:
            return None
        wanted = pattern if pattern.startswith("/") else join(dirname(self.main_name), pattern)
        names = [name for name in self.files if fnmatchcase(name, wanted)]
        if not names:
            return [] if re.search(r"[*?\[]", wanted) else None
        return [directive for name in sorted(names) for directive in self.files[name]]


def read(text: str) -> Configuration:
    """Read a configuration file or the output of `nginx -T`."""
    marks = list(_FILE.finditer(text))
    if not marks:
        return Configuration(_parse(text, 1), {})
    files: dict[str, list[Directive]] = {}
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        files.setdefault(mark[1], _parse(text[mark.end() : end], 1 + text.count("\n", 0, mark.end())))
    return Configuration(files[marks[0][1]], files, marks[0][1])


def _parse(text: str, line: int) -> list[Directive]:
    root: list[Directive] = []
    open_blocks = [root]
    words: list[str] = []
    began = line
    for kind, value, at in _tokens(text, line):
        if kind != "mark":
            began = began if words else at
            words.append(value)
            continue
        if value != "}" and words:
            open_blocks[-1].append(Directive(words[0], words[1:], began, [] if value == "{" else None))
        elif words or value == "{":
            raise RulesError(f"The nginx configuration is broken in line {at}.")
        words = []
        if value == "{":
            open_blocks.append(open_blocks[-1][-1].block or [])
            open_blocks[-2][-1].block = open_blocks[-1]
        elif value == "}":
            open_blocks.pop()
        if not open_blocks or len(open_blocks) > _DEEPEST:
            raise RulesError(f"The blocks of the nginx configuration do not fit together in line {at}.")
    if words or len(open_blocks) > 1:
        raise RulesError("The nginx configuration ends in the middle of a block.")
    return root


def _tokens(text: str, line: int) -> Iterator[tuple[str, str, int]]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise RulesError(f"The nginx configuration cannot be read in line {line}.")
        kind = found.lastgroup or ""
        if kind == "mark":
            yield kind, found[kind], line
        elif kind in ("double", "single"):
            yield "word", _ESCAPE.sub(r"\1", found[kind]), line
        elif kind == "word":
            yield kind, found[kind], line
        line += found[0].count("\n")
        position = found.end()
