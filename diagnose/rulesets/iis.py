"""IIS `ipSecurity` and `dynamicIpSecurity`: inheritance resolved once per path, then the first match decides.

Levels from the outside in: the server, `<location path="Site">`, `"Site/auth"`, ... A level's entries are
appended to its parent's; `<clear/>` empties, `<remove>` drops one. `allowed` is false unless it says
otherwise: a bare `<add ipAddress="..."/>` refuses. `allowUnlisted` comes last (iis-docs, November 2026).
"""

from __future__ import annotations

import re

from msgspec import structs

from diagnose.rulesets.conditions import PathMatch
from diagnose.rulesets.iis_rules import Effective, limit_of
from diagnose.rulesets.iis_xml import IisFile, Section, Site, read
from diagnose.rulesets.model import Area, Doubt, Format, Place, RulesError, RuleSet, Walk
from diagnose.text import harmless

_FULL_FILE = re.compile(r"<(?:\w+:)?configuration[\s>/]", re.IGNORECASE)
_SECTION = re.compile(
    r"<(?:system\.webServer|system\.applicationHost|ipSecurity|dynamicIpSecurity|rewrite)[\s>/]", re.IGNORECASE
)
_MOST_SECTIONS = 2000
"""Every path is compared with every section."""

WEB_CONFIG = "web.config"
"""Name of the place where the file does not say which site it belongs to."""

_PORT = tuple[int, int]


def looks_like(text: str) -> Format | None:
    """Which of the two forms the text is, if any."""
    if _FULL_FILE.search(text):
        return "iis-config"
    return "iis-appcmd" if _SECTION.search(text) else None


def parse_config(source: str, text: str) -> RuleSet:
    """Read applicationHost.config or web.config."""
    file = _read(text, fragments=False)
    if not file.is_application_host:
        return _web_config(source, file)
    doubts, remarks = _overrides(file)
    return RuleSet("iis-config", source, tuple(_places(file)), doubts, (*remarks, *_remarks(file)))


def parse_appcmd(source: str, text: str) -> RuleSet:
    """Read what `appcmd list config` printed; IIS has resolved the inheritance.

    Several outputs in one file are told apart by the command line above each, or by `<!-- path: Site/auth -->`.
    """
    file = _read(text, fragments=True)
    if not file.sections and not file.rewrites and "<" not in text:
        raise RulesError("The file holds no output of `appcmd list config`.")
    names = dict.fromkeys(_first(path) for path in [*file.paths, *(section.path for section in file.sections)])
    places = [_place(file, name, None, ("*",), 0, inherits=False) for name in names]
    return RuleSet("iis-appcmd", source, tuple(places), (), tuple(_remarks(file)))


def _web_config(source: str, file: IisFile) -> RuleSet:
    """A web.config alone: its parents are not known, and the section is locked unless somebody unlocked it."""
    if not file.sections and not file.rewrites:
        return RuleSet("iis-config", source)
    rules = [section for section in file.sections if section.name == "ipsecurity"]
    why = (
        "IIS locks this section in web.config unless it was unlocked at the server: then the rules of the parents "
        "come first, else every request ends in error 500.19; export with appcmd instead"
    )
    doubts = () if not rules else (Doubt(rules[0].line, "<ipSecurity> in web.config", why, refusals_stand=True),)
    for section in file.sections:
        section.path = f"site/{section.path}"
    file.rewrites = [(f"site/{path}", doubt) for path, doubt in file.rewrites]
    place = structs.replace(_place(file, "site", None, ("*",), 0), name=WEB_CONFIG)
    return RuleSet("iis-config", source, (place,), doubts, tuple(_remarks(file)))


def _overrides(file: IisFile) -> tuple[tuple[Doubt, ...], tuple[Doubt, ...]]:
    """A section that web.config files may add to is worth a remark: they are not part of this file."""
    if not file.unlocked and not any(section.unlocked for section in file.sections):
        return (), ()
    why = "web.config files may hold further rules; what appcmd prints includes them"
    return (), (Doubt(None, "ipSecurity is unlocked", why),)


def _remarks(file: IisFile) -> list[Doubt]:
    """The classic mistake: a network address without its mask is one address only."""
    found = []
    for section in file.sections:
        for node in section.nodes:
            address = node.attributes.get("ipaddress", "")
            if node.operation == "add" and address.endswith(".0") and not node.attributes.get("subnetmask"):
                why = "without subnetMask this rule is for this single address, not for the network"
                found.append(Doubt(node.line, harmless(f'<add ipAddress="{address}">', longest=99), why))
    return found


def _read(text: str, *, fragments: bool) -> IisFile:
    file = read(text, fragments=fragments)
    if len(file.sections) + len(file.rewrites) + len(file.sites) + len(file.paths) > _MOST_SECTIONS:
        message = f"The file holds more than {_MOST_SECTIONS} sites and sections with rules by address."
        raise RulesError(message)
    return file


def _places(file: IisFile) -> list[Place]:
    """One place per site and set of bindings; a lone site answers on whatever port the outside knows."""
    sites = file.sites
    if not sites:
        names = dict.fromkeys(_first(section.path) for section in file.sections if section.path) or {"": None}
        sites = [Site(name, 0) for name in names]
    if len(sites) == 1 or not file.sites:
        return [_place(file, site.name, None, ("*",), site.line) for site in sites]
    return [
        _place(file, site.name, ports, hosts, site.line)
        for site in sites
        for hosts, ports in _grouped(site.bindings).items()
    ]


def _grouped(bindings: list[tuple[int, str]]) -> dict[tuple[str, ...], tuple[_PORT, ...]]:
    """Ports with the same host names together, so that a site is kept as few times as possible."""
    by_port: dict[int, tuple[str, ...]] = {}
    for port, host in bindings:
        by_port[port] = (*by_port.get(port, ()), host)
    grouped: dict[tuple[str, ...], tuple[_PORT, ...]] = {}
    for port, hosts in by_port.items():
        grouped[hosts] = (*grouped.get(hosts, ()), (port, port))
    return grouped


def _place(
    file: IisFile,
    site: str,
    ports: tuple[_PORT, ...] | None,
    hosts: tuple[str, ...],
    line: int,
    *,
    inherits: bool = True,
) -> Place:
    known = [*(section.path for section in file.sections), *(path for path, _ in file.rewrites), *file.paths]
    below = {path.partition("/")[2].casefold() for path in known if _same(_first(path), site)}
    below |= {""} if inherits or not below else set()
    areas = tuple(_area(file, site, path, inherits=inherits) for path in sorted(below))
    return Place(harmless(site, longest=200) or "the server", (Walk(areas),), line or None, ports, hosts)


def _area(file: IisFile, site: str, path: str, *, inherits: bool) -> Area:
    """The rules in force at one path of a site."""
    full = f"{site}/{path}".rstrip("/")
    chain = [section for section in file.sections if _applies(section, full, inherits=inherits)]
    chain.sort(key=lambda section: len(section.path))
    effective = Effective()
    for section in chain:
        effective.add(section)
    doubts = [doubt for where, doubt in file.rewrites if _covers(where, full)]
    if not inherits and not any(section.name == "ipsecurity" for section in chain):
        why = "the output of appcmd for the section ipSecurity is missing for this path"
        doubts.append(Doubt(None, harmless(full, longest=200), why))
    steps, otherwise = effective.steps(), effective.otherwise()
    where = PathMatch("segments", "/" + path, ignore_case=True)
    return Area(where, steps, otherwise, (*effective.doubts, *doubts), limit=limit_of(chain))


def _applies(section: Section, full: str, *, inherits: bool) -> bool:
    return _covers(section.path, full) if inherits else _same(section.path.rstrip("/"), full)


def _covers(outer: str, inner: str) -> bool:
    outer, inner = outer.rstrip("/").casefold(), inner.casefold()
    return not outer or inner == outer or inner.startswith(outer + "/")


def _first(path: str) -> str:
    return path.partition("/")[0]


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
