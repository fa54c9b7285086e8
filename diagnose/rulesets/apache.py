"""Apache httpd: which sections are for a path, in the order in which they are merged; the last with rules wins.

Directory sections come first (the shortest first), then those of Files, then Location in order; those of a
virtual host after those of the main server. A path that is proxied has no directory: `<Proxy>` stands in.
"""

from __future__ import annotations

import re

from msgspec import structs

from diagnose.rulesets.apache_rules import SATISFY_ANY, Section
from diagnose.rulesets.apache_syntax import ACCESS, Node, read
from diagnose.rulesets.conditions import PathMatch, Unclear
from diagnose.rulesets.model import Area, Doubt, Place, RuleSet, Step, Walk
from diagnose.text import harmless

_LOOKS = re.compile(
    r"^[ \t]*<(?:VirtualHost|Location|LocationMatch|Directory|Proxy|RequireA|RequireN|IfModule)\b"
    r"|^[ \t]*Require\s+(?:not\s+)?(?:ip|host|all|local)\b|^[ \t]*(?:Allow|Deny)\s+from\s"
    r"|^[ \t]*Order\s+(?:allow|deny)",
    re.MULTILINE | re.IGNORECASE,
)
_KNOWN = re.compile(
    r"(?:proxy|ssl|rewrite|log|custom|error|server|document|option|header|requestheader|timeout|keepalive|max|min|listen|"
    r"user|group|loadmodule|mutex|pidfile|hostname|access|alias|scriptalias|add|remove|directory|index|type|mime|expires|"
    r"deflate|filter|setenv|set|passenv|unsetenv|browsermatch|use|trace|fileetag|auth|h2|protocol|default|define|undefine|"
    r"substitute|balancer|start|thread|cache|session|limit|enable|content|ext|force|fallback|send|receive|accept|allow"
    r"(?:override|encoded|connect|methods)|redirect|transfer|name|read|request|script|include|core|status|virtual|"
    r"gracefulshutdown|stream|merge|unset|ndbm|brotli|buffer|multiviews|language|no|chroot|daemon|spare)\w*"
)
"""Beginnings of the names of directives that decide nothing by address (httpd 2.4, directive index)."""

_DOUBTFUL = re.compile(r"remoteip\w*|rewritecond|proxyprotocol\w*")
_BY_ADDRESS = re.compile(r"REMOTE_ADDR|REMOTE_HOST|FORWARDED|X-Real-IP|\bexpr\b|CONN_REMOTE_ADDR", re.IGNORECASE)
_INCLUDED = "this file is not part of what was given; `apachectl -t -D DUMP_CONFIG` prints every file"
_HARMLESS = re.compile(r"/(?:options-ssl-apache\.conf|[\w*-]+\.load)$")
"""Files of certbot, and those that only load modules."""

_WILDCARD = "(?#wildcards)"
"""No pattern that `regex_matches` would judge: what the section is for stays open."""


def looks_like(text: str) -> bool:
    """Whether the text is Apache's."""
    return _LOOKS.search(text) is not None


def parse(source: str, text: str) -> RuleSet:
    """Read httpd.conf, a site's file, or what `apachectl -t -D DUMP_CONFIG` prints."""
    nodes = read(text)
    doubts: list[Doubt] = []
    main = [node for node in nodes if node.name != "virtualhost"]
    if any(node.name in ACCESS for node in main):
        main = [Node("location", ["/"], 1, "(the file)", [node for node in main if node.name in ACCESS]), *main]
    hosts = [node for node in nodes if node.name == "virtualhost"]
    places = [_place(node, main) for node in hosts]
    listens = tuple(port for node in main if node.name == "listen" for port in _ports(node.arguments[:1]) or ())
    free = tuple(port for port in listens if not any(place.ports is None or port in place.ports for place in places))
    if free or not hosts:
        server = Node("virtualhost", [], 1, "the main server", [])
        places.append(_place(server, main, free or None))
    doubts += _open_questions(main)
    return RuleSet("apache", source, tuple(places), tuple(doubts), fallback="first", first_name=True)


def _place(host: Node, main: list[Node], ports: tuple[tuple[int, int], ...] | None = None) -> Place:
    inside = host.block or []
    names = [word for node in inside if node.name in ("servername", "serveralias") for word in node.arguments]
    hosts = tuple(_host(name) for name in names)
    doubts = _open_questions(inside)
    if "*" in hosts:
        doubts.append(Doubt(host.line, "ServerAlias", "which hosts this name means is not known"))
    areas = _areas(main, inside)
    # a path for which no section holds rules is open to everybody
    walks = tuple(Walk((Area(PathMatch()), *found), "last") for found in areas)
    label = harmless(names[0] if names else host.text, longest=120)
    return Place(label, walks, host.line, ports or _ports(host.arguments), hosts, (), tuple(doubts))


def _areas(main: list[Node], inside: list[Node]) -> tuple[list[Area], list[Area]]:
    """The areas of `Require` and those of `Order`, `Allow` and `Deny`, in the order of merging."""
    every = [*main, *inside]
    sections = [
        *_directories(every),
        *_proxied(every),
        *((_files(node), node) for node in every if node.name in ("files", "filesmatch")),
        *((_location(node), node) for node in every if node.name in ("location", "locationmatch")),
    ]
    authz: list[Area] = []
    compat: list[Area] = []
    any_suffices = False
    for path, node in sections:
        section = Section(node)
        any_suffices = any_suffices or section.any_suffices
        questions = _open_questions(node.block or [], inside=True)
        doubts = (*section.doubts, *questions)
        maybe = tuple(Step("unknown", Unclear(doubt.why), doubt.text, doubt.line, why=doubt.why) for doubt in questions)
        for areas, rules in ((authz, section.authz), (compat, section.compat)):
            if rules is not None:
                areas.append(Area(path, (*maybe, *rules[0]), rules[1], doubts))
            elif node.name == "proxied" or (questions and areas is authz):
                areas.append(Area(path, maybe, doubts=doubts))
    if any_suffices:
        authz, compat = (
            [structs.replace(area, steps=(SATISFY_ANY, *area.steps)) for area in areas] for areas in (authz, compat)
        )
    return authz, compat


def _location(node: Node) -> PathMatch:
    arguments = node.arguments or ["/"]
    if node.name == "locationmatch" or (arguments[0] == "~" and len(arguments) > 1):
        return PathMatch("regex", arguments[-1])
    if re.search(r"[*?\[]", arguments[0]):
        return PathMatch("regex", _WILDCARD + arguments[0])
    return PathMatch("segments", arguments[0])


def _files(node: Node) -> PathMatch:
    """File names: the last part of the path."""
    text = node.arguments[-1] if node.arguments else ""
    if node.name == "filesmatch" or node.arguments[:1] == ["~"]:
        return PathMatch("regex", "/" + text[1:] if text.startswith("^") else text)
    return PathMatch("regex", "/" + re.escape(text).replace(r"\*", ".*").replace(r"\?", ".") + "$")


def _directories(every: list[Node]) -> list[tuple[PathMatch, Node]]:
    """Directory sections that the document root lies in, or that lie in it."""
    roots = [node.arguments[0].rstrip("/") for node in every if node.name == "documentroot" and node.arguments]
    root = roots[-1] if roots else ""
    found = []
    for node in every:
        if node.name not in ("directory", "directorymatch") or not node.arguments:
            continue
        folder = node.arguments[0].rstrip("/")
        if node.name == "directorymatch" or re.search(r"[*?\[~]", folder):
            found.append((len(folder), PathMatch("regex", _WILDCARD + folder), node))
        elif not folder or root == folder or root.startswith(folder + "/"):
            found.append((len(folder), PathMatch(), node))
        elif root and folder.startswith(root + "/"):
            found.append((len(folder), PathMatch("segments", folder[len(root) :]), node))
        elif not root:
            found.append((len(folder), PathMatch("regex", _WILDCARD + folder), node))
    found.sort(key=lambda item: item[0])
    return [(path, node) for _, path, node in found]


def _proxied(every: list[Node]) -> list[tuple[PathMatch, Node]]:
    """Paths that are passed on leave the directories behind; `<Proxy *>` is for all of them."""
    paths = [node.arguments[0] for node in every if node.name == "proxypass" and len(node.arguments) > 1]
    for node in every:
        if node.name == "location" and any(child.name == "proxypass" for child in node.block or []):
            paths += node.arguments[:1]
    proxies = [node for node in every if node.name in ("proxy", "proxymatch")]
    found: list[tuple[PathMatch, Node]] = []
    for path in dict.fromkeys(paths):
        found.append((PathMatch("segments", path), Node("proxied", [path], 0, f"ProxyPass {path}", [])))
        for node in proxies:
            every_one = node.name == "proxy" and node.arguments[:1] == ["*"]
            found.append((PathMatch("segments", path) if every_one else PathMatch("regex", _WILDCARD), node))
    return found


def _open_questions(nodes: list[Node], *, inside: bool = False) -> list[Doubt]:
    """What may let in or refuse by address and is not judged here."""
    found = []
    for node in nodes:
        if node.name in ("include", "includeoptional") and not _HARMLESS.search(node.text):
            found.append(Doubt(node.line, harmless(node.text, longest=200), _INCLUDED))
        elif _DOUBTFUL.fullmatch(node.name) and (node.name != "rewritecond" or _BY_ADDRESS.search(node.text)):
            found.append(Doubt(node.line, harmless(node.text, longest=200), "a rule by address: check it by hand"))
        elif node.block is not None and node.name in _CONDITIONAL and _holds(node, ACCESS):
            found.append(Doubt(node.line, harmless(node.text, longest=200), "whether these rules count is not known"))
        elif node.block is None and node.name not in ACCESS and not _KNOWN.fullmatch(node.name):
            found.append(Doubt(node.line, harmless(node.text, longest=200), "this directive is not known here"))
        elif node.block is not None and inside and node.name not in _CONDITIONAL and node.name not in ACCESS:
            found.append(Doubt(node.line, harmless(node.text, longest=200), "this section is not known inside another"))
    return found


_CONDITIONAL = {"if", "elseif", "else", "limit", "limitexcept", "ifmodule", "ifdefine", "ifversion", "iffile",
                "ifdirective", "ifsection", "macro"}  # fmt: skip


def _holds(node: Node, names: set[str]) -> bool:
    return node.name in names or any(_holds(child, names) for child in node.block or [])


def _ports(addresses: list[str]) -> tuple[tuple[int, int], ...] | None:
    """The ports of `*:443`, `[::]:443`, `443`; None where one of them is for every port."""
    found = []
    for address in addresses:
        last = address.rpartition(":")[2] if not address.endswith("]") else ""
        if not re.fullmatch(r"[0-9]{1,5}", last):
            return None
        found.append((int(last), int(last)))
    return tuple(found) or None


def _host(name: str) -> str:
    """A name as the model writes it; wildcards elsewhere than in front mean any name, with a doubt."""
    bare = re.sub(r"^https?://", "", name.casefold())
    bare = bare.rpartition(":")[0] if re.search(r":[0-9]+$", bare) else bare
    return "*" if re.search(r"[*?]", bare.removeprefix("*.")) else bare
