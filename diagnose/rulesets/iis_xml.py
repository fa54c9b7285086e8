"""Reads the few IIS sections that decide by address, and nothing else, out of XML.

applicationHost.config holds passwords (`userName`, `password`, `[enc:...]`). Only the elements and
attributes named here are ever looked at; the rest never leaves the parser. A DTD or an entity is refused.
"""

from __future__ import annotations

import re
from typing import NoReturn
from xml.parsers import expat

import msgspec

from diagnose.rulesets.model import Doubt, RulesError
from diagnose.text import harmless

RULE_ATTRIBUTES = ("ipAddress", "subnetMask", "domainName", "allowed")
SECTION_ATTRIBUTES = ("enableReverseDns", "allowUnlisted", "enableProxyMode", "denyAction", "configSource",
                      "configProtectionProvider")  # fmt: skip
"""IIS_schema.xml, system.webServer/security/ipSecurity (lextm/iis_schema, November 2026)."""

DYNAMIC_ATTRIBUTES = ("denyAction", "enableProxyMode", "enableLoggingOnlyMode", "configSource")
_DYNAMIC_CHILDREN = {
    "denybyconcurrentrequests": ("enabled", "maxConcurrentRequests"),
    "denybyrequestrate": ("enabled", "maxRequests", "requestIntervalInMilliseconds"),
}
_LOCKS = ("lockitem", "lockattributes", "lockallattributesexcept", "lockelements", "lockallelementsexcept")
_BY_ADDRESS = re.compile(r"\{(?:REMOTE_(?:ADDR|HOST)|HTTP_(?:X_FORWARDED_FOR|FORWARDED|X_REAL_IP))\}", re.IGNORECASE)
_APPCMD = re.compile(r"list\s+config(?:\s+\"([^\"\n]*)\"|\s+([^\s\"/-]\S*))?", re.IGNORECASE)
_LOOSE_AMPERSAND = re.compile(r"&(?![A-Za-z#][A-Za-z0-9]*;)")
_PATH_COMMENT = re.compile(r"\s*path:\s*(.*?)\s*")
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_CHUNK = 1 << 20


class Node(msgspec.Struct):
    """`add`, `remove` or `clear` with its attributes (lower case), in document order."""

    operation: str
    attributes: dict[str, str]
    line: int


class Section(msgspec.Struct):
    """One `ipSecurity` or `dynamicIpSecurity` at one path; the first path segment is the site."""

    name: str
    path: str
    line: int
    attributes: dict[str, str]
    nodes: list[Node] = []
    doubts: list[Doubt] = []
    unlocked: bool = False


class Site(msgspec.Struct):
    """A site of `<sites>` and its bindings (port, host name or `*`)."""

    name: str
    line: int
    bindings: list[tuple[int, str]] = []


class IisFile(msgspec.Struct):
    """What was read."""

    sections: list[Section] = []
    sites: list[Site] = []
    rewrites: list[tuple[str, Doubt]] = []
    paths: list[str] = []
    """Paths that an `appcmd` output is marked with."""
    is_application_host: bool = False
    unlocked: bool = False


def read(text: str, *, fragments: bool) -> IisFile:
    """Read a configuration file, or the concatenated fragments that `appcmd list config` prints."""
    reader = _Reader(fragments=fragments)
    parser = reader.parser
    body = text.lstrip("\n\t \ufeff")
    reader.first_line = 1 + text[: len(text) - len(body)].count("\n")
    if fragments:
        body = "<appcmd>" + _LOOSE_AMPERSAND.sub("&amp;", _DECLARATION.sub("", body)) + "\n</appcmd>"
    data = body.encode("utf-8", errors="replace")
    try:
        for start in range(0, len(data), _CHUNK):
            parser.Parse(data[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"The file is not well-formed XML: {expat.ErrorString(error.code)} in line {error.lineno}."
        raise RulesError(message) from error
    return reader.file


class _Reader:
    """Expat's handlers: keeps the names of the open elements and what the current one is about."""

    def __init__(self, *, fragments: bool) -> None:
        self.file = IisFile()
        self.first_line = 1
        self.fragments = fragments
        self.open: list[str] = []
        self.location = ""
        self.unlocked = False
        self.section: Section | None = None
        self.site: Site | None = None
        self.rule = ""
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse
        if fragments:
            self.parser.buffer_text = True
            self.parser.CommentHandler = self.comment
            self.parser.CharacterDataHandler = self.words

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber + self.first_line - 1

    def refuse(self, *_: object) -> NoReturn:
        raise RulesError("The file declares a DTD or entities, which no IIS configuration has; it is not read.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2].casefold()
        self.open.append(name)
        if self.section is not None:
            self.inside_section(name, attributes)
        elif handler := getattr(self, f"start_{name.replace('.', '_')}", None):
            handler(attributes)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2].casefold()
        self.open.pop()
        if self.section is not None and name == self.section.name:
            self.section = None
        elif name == "location":
            self.location, self.unlocked = "", False
        elif name == "site":
            self.site = None
        elif name == "rule":
            self.rule = ""

    def start_system_applicationhost(self, _: dict[str, str]) -> None:
        self.file.is_application_host = True

    def start_sectiongroup(self, attributes: dict[str, str]) -> None:
        if attributes.get("name") == "system.applicationHost":
            self.file.is_application_host = True

    def start_section(self, attributes: dict[str, str]) -> None:
        if attributes.get("name") == "ipSecurity" and attributes.get("overrideModeDefault", "").casefold() == "allow":
            self.file.unlocked = True

    def start_location(self, attributes: dict[str, str]) -> None:
        path = attributes.get("path", "").strip().strip("/")
        self.location = "" if path == "." else path
        mode = (attributes.get("overrideMode", ""), attributes.get("allowOverride", ""))
        self.unlocked = mode[0].casefold() == "allow" or mode[1].casefold() == "true"

    def start_ipsecurity(self, attributes: dict[str, str]) -> None:
        self.begin("ipsecurity", attributes, SECTION_ATTRIBUTES)

    def start_dynamicipsecurity(self, attributes: dict[str, str]) -> None:
        self.begin("dynamicipsecurity", attributes, DYNAMIC_ATTRIBUTES)

    def begin(self, name: str, attributes: dict[str, str], known: tuple[str, ...]) -> None:
        kept, doubts = picked(attributes, known, self.line)
        self.section = Section(name, self.location, self.line, kept, doubts=doubts, unlocked=self.unlocked)
        self.file.sections.append(self.section)

    def inside_section(self, name: str, attributes: dict[str, str]) -> None:
        section = self.section
        if section is None:
            return
        if section.name == "ipsecurity" and name in ("add", "remove", "clear") and self.open[-2] == section.name:
            kept, doubts = picked(attributes, RULE_ATTRIBUTES, self.line)
        elif section.name == "dynamicipsecurity" and name in _DYNAMIC_CHILDREN:
            kept, doubts = picked(attributes, _DYNAMIC_CHILDREN[name], self.line)
        else:
            kept, doubts = {}, [Doubt(self.line, f"<{harmless(name, longest=80)}>", "this element is not known here")]
        section.nodes.append(Node(name, kept, self.line))
        section.doubts += doubts

    def start_site(self, attributes: dict[str, str]) -> None:
        if "sites" in self.open:
            self.site = Site(attributes.get("name", ""), self.line)
            self.file.sites.append(self.site)

    def start_binding(self, attributes: dict[str, str]) -> None:
        if self.site is None or attributes.get("protocol", "").casefold() not in ("http", "https"):
            return
        # "address:port:host" (system.applicationHost/sites, bindingInformation); the address may be [IPv6]
        parts = attributes.get("bindingInformation", "").rsplit(":", 2)
        if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 6:  # noqa: PLR2004
            self.site.bindings.append((int(parts[1]), parts[2].strip().casefold() or "*"))

    def start_rule(self, attributes: dict[str, str]) -> None:
        enabled = attributes.get("enabled", "true").casefold() != "false"
        self.rule = attributes.get("name", "(unnamed)") if enabled else ""

    def start_add(self, attributes: dict[str, str]) -> None:
        if self.rule and self.open[-2:-1] == ["conditions"] and _BY_ADDRESS.search(attributes.get("input", "")):
            self.by_address(f"URL Rewrite rule {self.rule!r}: {attributes['input']}")

    def start_match(self, attributes: dict[str, str]) -> None:
        if self.rule and re.search(r"REMOTE_ADDR|REMOTE_HOST|X_FORWARDED_FOR", attributes.get("serverVariable", "")):
            self.by_address(f"URL Rewrite rule {self.rule!r}: {attributes['serverVariable']}")

    def by_address(self, text: str) -> None:
        why = "a custom rule by address in URL Rewrite: check it by hand"
        self.file.rewrites.append(
            (self.location, Doubt(self.line, harmless(text, longest=200), why, refusals_stand=True))
        )

    def comment(self, text: str) -> None:
        if found := _PATH_COMMENT.fullmatch(text):
            self.mark(found[1])

    def words(self, text: str) -> None:
        for found in _APPCMD.finditer(text):
            self.mark(found[1] or found[2] or "")

    def mark(self, path: str) -> None:
        self.location = path.strip().strip("/")
        self.file.paths.append(self.location)


def picked(attributes: dict[str, str], known: tuple[str, ...], line: int) -> tuple[dict[str, str], list[Doubt]]:
    """Keep the known attributes, by lower-case name; a name that is neither known nor a lock is a doubt."""
    names = {name.casefold() for name in known}
    lowered = {name.rpartition(":")[2].casefold(): value.strip() for name, value in attributes.items()}
    strange = [name for name in lowered if name not in names and name not in _LOCKS]
    doubts = [Doubt(line, harmless(name, longest=80), "this attribute is not known here") for name in strange]
    return {name: value for name, value in lowered.items() if name in names}, doubts
