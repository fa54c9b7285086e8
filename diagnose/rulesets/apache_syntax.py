"""Apache's grammar: one directive a line, sections in angle brackets, a backslash goes on in the next line."""

from __future__ import annotations

import re

import msgspec

from diagnose.rulesets.model import RulesError

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|(\S+)')
_OPEN = re.compile(r"([A-Za-z]+)(?![A-Za-z])(.*)")
_DEEPEST = 30
_TRANSPARENT = {"ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective", "ifsection"}
_THERE = re.compile(r"(?:mod_)?(?:authz_core|authz_host|access_compat|ssl|proxy|proxy_http|headers|rewrite|alias|mime|"
                    r"dir|setenvif|log_config|negotiation|deflate|status|reqtimeout|http2|socache_shmcb|unixd)"
                    r"(?:_module|\.c)?")  # fmt: skip
"""Modules that an Apache 2.4 in front of HaloPSA has, or whose absence changes nobody's access."""


class Node(msgspec.Struct):
    """A directive or section; names in lower case, `block` is None for a directive."""

    name: str
    arguments: list[str]
    line: int
    text: str
    block: list[Node] | None = None


def read(text: str) -> list[Node]:
    """Read a configuration; what stands in `<IfModule>` and its like is put in place."""
    root: list[Node] = []
    stack: list[tuple[str, list[Node]]] = [("", root)]
    for line, content in _lines(text):
        bare = content[1:-1].strip() if content.startswith("<") and content.endswith(">") else ""
        if bare.startswith("/"):
            if len(stack) == 1 or stack[-1][0] != bare[1:].strip().casefold():
                raise RulesError(f"The sections of the Apache configuration do not fit together in line {line}.")
            stack.pop()
        elif opening := _OPEN.fullmatch(bare):
            node = Node(opening[1].casefold(), _words(opening[2]), line, content, [])
            stack[-1][1].append(node)
            stack.append((node.name, node.block if node.block is not None else []))
        elif content.startswith("<"):
            raise RulesError(f"The Apache configuration cannot be read in line {line}.")
        else:
            name, _, rest = content.partition(" ")
            stack[-1][1].append(Node(name.casefold(), _words(rest), line, content))
        if len(stack) > _DEEPEST:
            raise RulesError("The sections of the Apache configuration are nested without end.")
    if len(stack) > 1:
        raise RulesError(f"The section <{stack[-1][0]}> of the Apache configuration is not closed.")
    return _in_place(root)


def _lines(text: str) -> list[tuple[int, str]]:
    """Logical lines with the number of their first; comments and empty ones are left out."""
    found: list[tuple[int, str]] = []
    parts: list[str] = []
    began = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        began = began if parts else number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        whole = " ".join([*parts, line]).strip().replace("\t", " ")
        parts = []
        if whole and not whole.startswith("#"):
            found.append((began, whole))
    return found


def _words(text: str) -> list[str]:
    return [next(group for group in match.groups() if group is not None) for match in _WORD.finditer(text)]


def _in_place(nodes: list[Node]) -> list[Node]:
    """Conditions on modules that are there are taken as met; other conditions stay as sections."""
    found: list[Node] = []
    for node in nodes:
        if node.block is None:
            found.append(node)
            continue
        node.block = _in_place(node.block)
        wanted = node.arguments[0] if node.arguments else ""
        if node.name == "ifmodule" and _THERE.fullmatch(wanted.removeprefix("!")):
            found += [] if wanted.startswith("!") else node.block
        elif node.name in _TRANSPARENT and not _holds_rules(node.block):
            found += node.block
        else:
            found.append(node)
    return found


def _holds_rules(nodes: list[Node]) -> bool:
    return any(node.name in ACCESS or _holds_rules(node.block or []) for node in nodes)


ACCESS = {"require", "requireall", "requireany", "requirenone", "order", "allow", "deny", "satisfy", "authmerging"}
"""Names that decide by address: mod_authz_core, mod_authz_host and mod_access_compat (httpd 2.4, howto/access)."""
