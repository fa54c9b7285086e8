"""nginx: `allow` and `deny` in http, server and location; the first that matches decides, none lets in.

A level with any `allow` or `deny` of its own replaces those it would inherit (ngx_http_access_module).
What runs before them (`return`, `if`, `rewrite`) is judged where it is plain and doubted where it is not.
"""

from __future__ import annotations

import re

from diagnose.rulesets.conditions import PathMatch
from diagnose.rulesets.model import Area, Doubt, Place, RuleSet, Walk
from diagnose.rulesets.nginx_rules import Level
from diagnose.rulesets.nginx_syntax import Configuration, Directive, read
from diagnose.text import harmless

_LOOKS = re.compile(
    r"^[ \t]*(?:server|http|stream|location\s[^\n<>]*|upstream\s+\S+|geo\s[^\n]*|events)\s*\{"
    r"|^[ \t]*(?:allow|deny)\s+\S+;",
    re.MULTILINE,
)
_STREAM = "a rule by address outside http: it is not read here"


def looks_like(text: str) -> bool:
    """Whether the text is nginx's."""
    return _LOOKS.search(text) is not None


def parse(source: str, text: str) -> RuleSet:
    """Read nginx.conf, a file of conf.d, or the output of `nginx -T`."""
    configuration = read(text)
    doubts: list[Doubt] = []
    main, _ = _expanded(configuration, configuration.main, doubts)
    http = [directive for directive in main if directive.name == "http"]
    others = [directive for directive in main if directive.name != "http"]
    elsewhere = [directive for directive in others if http and directive.name in ("stream", "mail")]
    doubts += [Doubt(found.line, found.name, _STREAM) for found in elsewhere if _mentions_access(found)]
    level = Level()
    content = [directive for block in http for directive in block.block or []] if http else others
    servers = _servers(configuration, content, level, doubts)
    return RuleSet("nginx", source, tuple(servers), (*doubts, *level.doubts), fallback="first")


def _servers(configuration: Configuration, content: list[Directive], level: Level, doubts: list[Doubt]) -> list[Place]:
    expanded, _ = _expanded(configuration, content, doubts)
    servers = [directive for directive in expanded if directive.name == "server" and directive.block is not None]
    level.read([directive for directive in expanded if directive.name not in ("server", "location")])
    if servers:
        return [_server(configuration, server, level) for server in servers]
    if any(directive.name in ("location", "allow", "deny") for directive in expanded):
        snippet = Directive("server", [], 1, [directive for directive in expanded if directive.name == "location"])
        return [_server(configuration, snippet, level, listens=False)]
    return []


def _server(configuration: Configuration, server: Directive, outer: Level, *, listens: bool = True) -> Place:
    doubts: list[Doubt] = []
    content, unknown = _expanded(configuration, server.block or [], doubts)
    level = outer.below("server", content)
    if unknown:
        level.open_question(unknown[0], "the included file may hold other locations and rules")
    area = Area(PathMatch(), level.steps(), doubts=tuple(level.doubts), inner=())
    areas = (area, *_locations(configuration, content, level))
    names = [name for directive in content if directive.name == "server_name" for name in directive.arguments]
    ports, defaults = _ports(content)
    hosts = tuple(host for name in names for host in _hosts(name))
    label = harmless(" ".join(names[:3]) or f"server in line {server.line}", longest=120)
    walk = Walk(areas, "nginx")
    if not listens:
        return Place(label, (walk,), server.line, None, ("*",), (), tuple(doubts))
    strange = [name for name in names if name.startswith("~") or name.endswith(".*")]
    if strange:
        doubts.append(Doubt(server.line, harmless(strange[0], longest=120), "which hosts this name means is not known"))
    return Place(label, (walk,), server.line, ports, hosts, defaults, tuple(doubts))


def _locations(configuration: Configuration, content: list[Directive], outer: Level) -> list[Area]:
    areas = []
    for location in content:
        if location.name != "location" or location.block is None or not location.arguments:
            continue
        path = _path(location.arguments)
        if path is None:
            continue
        doubts: list[Doubt] = []
        inside, unknown = _expanded(configuration, location.block, doubts)
        level = outer.below("location", inside)
        if unknown:
            level.open_question(unknown[0], "the included file may hold other rules")
        inner = tuple(_locations(configuration, inside, level))
        areas.append(Area(path, level.steps(), doubts=(*level.doubts, *doubts), inner=inner))
    return areas


def _path(arguments: list[str]) -> PathMatch | None:
    """What a location is for; None for a named one, which no request asks for."""
    first = arguments[0]
    modifier, text = (first, arguments[1]) if len(arguments) > 1 else _glued(first)
    if modifier == "=":
        return PathMatch("exact", text)
    if modifier in ("~", "~*"):
        return PathMatch("regex", text, ignore_case=modifier == "~*")
    return None if text.startswith("@") else PathMatch("prefix", text, final=modifier == "^~")


def _glued(text: str) -> tuple[str, str]:
    for modifier in ("~*", "^~", "=", "~"):
        if text.startswith(modifier):
            return modifier, text[len(modifier) :]
    return "", text


def _expanded(
    configuration: Configuration, directives: list[Directive], doubts: list[Doubt], depth: int = 0
) -> tuple[list[Directive], list[Directive]]:
    """The directives with those of included files in place, and the includes that are not in the file."""
    found: list[Directive] = []
    unknown: list[Directive] = []
    for directive in directives:
        if directive.name != "include" or not directive.arguments:
            found.append(directive)
            continue
        inner = configuration.included(directive.arguments[0]) if depth < 8 else None  # noqa: PLR2004 - no circles
        if inner is None:
            unknown.append(directive)
            found.append(directive)
            why = "this file is not part of what was given; the output of `nginx -T` holds every file"
            doubts.append(Doubt(directive.line, harmless(directive.text, longest=200), why))
        else:
            more, missing = _expanded(configuration, inner, doubts, depth + 1)
            found += more
            unknown += missing
    return found, unknown


def _ports(content: list[Directive]) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    ports: dict[int, bool] = {}
    for directive in content:
        if directive.name != "listen" or not directive.arguments or directive.arguments[0].startswith("unix:"):
            continue
        port = _port(directive.arguments[0])
        ports[port] = ports.get(port, False) or "default_server" in directive.arguments
    ports = ports or {80: False}
    return tuple((port, port) for port in ports), tuple(port for port, default in ports.items() if default)


def _port(listen: str) -> int:
    """The port of `443`, `*:443`, `[::]:443`, `10.0.0.1:443`; 80 where only an address is given."""
    last = listen.rpartition(":")[2] if not listen.endswith("]") else ""
    return int(last) if re.fullmatch(r"[0-9]{1,5}", last) else 80


def _hosts(name: str) -> tuple[str, ...]:
    name = name.casefold()
    if name.startswith("~") or name.endswith(".*"):
        return ("*",)
    return (name[1:], "*" + name) if name.startswith(".") else (name,) if name not in ("_", "") else ()


def _mentions_access(directive: Directive) -> bool:
    return any(inner.name in ("allow", "deny") or _mentions_access(inner) for inner in directive.block or [])
