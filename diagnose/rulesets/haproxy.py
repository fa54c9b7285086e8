"""HAProxy: `tcp-request` and `http-request` rules in order, first of the frontend, then of the backend.

Each kind of rule is a mechanism of its own: the first final action of a kind ends that kind, and a request
must get through all of them (configuration manual of 2.6, 4.2 and 7.1).
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from diagnose.rulesets.conditions import ALWAYS, AllOf, Condition, Not, PathMatch, Unclear
from diagnose.rulesets.haproxy_acl import Acls
from diagnose.rulesets.model import Area, Doubt, Place, Ports, RuleSet, Step, Walk
from diagnose.text import harmless

_LOOKS = re.compile(r"^(?:frontend|listen|backend)\s+[^\s{;]+[^\n{;]*$", re.MULTILINE)
_SECTIONS = {"global", "defaults", "frontend", "listen", "backend", "peers", "resolvers", "userlist", "mailers",
             "cache", "program", "ring", "http-errors", "fcgi-app", "log-forward", "crt-store", "traces"}  # fmt: skip
_WORD = re.compile(r"""(?:\\.|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s\\"'#])+|(?P<comment>\#.*)|(?P<rest>\S)""")
_UNQUOTE = re.compile(r"""\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'""")
_KINDS = ("tcp-request connection", "tcp-request session", "tcp-request content", "http-request")
_GOES_ON = re.compile(
    r"(?:add|set|del|replace|capture|track|sc|unset|normalize|cache|disable|early|do|send|strict|wait|inspect|expect|"
    r"close)[-_a-z0-9]*(?:\(.*)?|lua\..*|use-service|switch-mode|attach-srv"
)
"""Actions that change or note something and go on."""

_PORT = re.compile(r":([0-9]{1,5})(?:-([0-9]{1,5}))?$")
_REFUSE = {"deny": "403", "tarpit": "500", "reject": "reject", "silent-drop": "drop", "block": "403"}
_MOST_BACKENDS = 200
_TOO_MANY = f"there are more than {_MOST_BACKENDS} use_backend lines"
_SPOOFABLE = "the address is taken from what another proxy sends"


class Section(msgspec.Struct):
    """One section: its kind, name and lines of words."""

    kind: str
    name: str
    line: int
    mode: str
    lines: list[tuple[int, list[str]]] = []


def looks_like(text: str) -> bool:
    """Whether the text is HAProxy's."""
    return _LOOKS.search(text) is not None


def parse(source: str, text: str) -> RuleSet:
    """Read haproxy.cfg."""
    doubts: list[Doubt] = []
    sections = _sections(text, doubts)
    backends = {section.name: section for section in sections if section.kind == "backend"}
    places = [_place(section, backends) for section in sections if section.kind in ("frontend", "listen")]
    for section in sections:
        if section.kind == "defaults":
            why = "rules in defaults are for several sections; they are not read here"
            doubts += [
                _doubt(line, words, why) for line, words in section.lines if words[0] in ("http-request", "tcp-request")
            ]
    return RuleSet("haproxy", source, tuple(places), tuple(doubts))


def _sections(text: str, doubts: list[Doubt]) -> list[Section]:
    sections: list[Section] = []
    mode = "tcp"
    for number, line in enumerate(text.split("\n"), 1):
        words = _words(line)
        if not words:
            continue
        if words[0] in _SECTIONS:
            mode = "tcp" if words[0] == "defaults" else mode
            sections.append(Section(words[0], words[1] if len(words) > 1 else "", number, mode))
        elif words[0].startswith(".") or not sections:
            doubts.append(_doubt(number, words, "this line is not understood"))
        else:
            sections[-1].lines.append((number, words))
            if words[0] == "mode" and len(words) > 1:
                sections[-1].mode = words[1]
                mode = words[1] if sections[-1].kind == "defaults" else mode
    return sections


def _words(line: str) -> list[str]:
    found = []
    for match in _WORD.finditer(line):
        if match["comment"] is not None:
            break
        found.append(_UNQUOTE.sub(lambda part: part[1] or part[2] or part[3] or "", match[0]))
    return found


def _place(section: Section, backends: dict[str, Section]) -> Place:
    acls = _acls(section)
    doubts = _proxied_binds(section)
    walks = _walks(section, acls, ALWAYS, doubts)
    for name, chosen in _chosen(section, acls).items():
        if name in backends:
            walks += _walks(backends[name], _acls(backends[name]), chosen, doubts)
    ports = _ports(section)
    return Place(
        harmless(section.name, longest=120),
        tuple(walks) or (Walk((Area(PathMatch()),)),),
        section.line,
        ports,
        doubts=tuple(doubts),
    )


def _acls(section: Section) -> Acls:
    acls = Acls()
    for _, words in section.lines:
        if words[0] == "acl":
            acls.define(words[1:])
    return acls


def _walks(section: Section, acls: Acls, chosen: Condition, doubts: list[Doubt]) -> list[Walk]:
    """The mechanisms of one section; those of a backend count where it is the chosen one."""
    steps: dict[str, list[Step]] = {kind: [] for kind in _KINDS}
    for line, words in section.lines:
        kind, rest = _kind(words)
        if kind == "http-request" and section.mode == "tcp":
            continue
        if kind and (step := _step(line, words, rest, acls, doubts)) is not None:
            steps[kind].append(step)
    elsewhere = [] if chosen == ALWAYS else [Step("allow", Not(chosen), "(another backend)")]
    return [Walk((Area(PathMatch(), (*elsewhere, *steps[kind])),)) for kind in _KINDS if steps[kind]]


def _kind(words: list[str]) -> tuple[str, list[str]]:
    """Which mechanism a line belongs to, and its action; nothing for any other line."""
    if words[0] == "block":
        return "http-request", words
    for kind in _KINDS:
        parts = kind.split()
        if words[: len(parts)] == parts:
            return kind, words[len(parts) :]
    return "", []


def _step(line: int, words: list[str], rest: list[str], acls: Acls, doubts: list[Doubt]) -> Step | None:
    """The rule as a step; None for an action that goes on."""
    action = rest[0] if rest else ""
    cut = next((place for place, word in enumerate(rest) if word in ("if", "unless") and place), len(rest))
    when = acls.condition(rest[cut:])
    text = harmless(" ".join(words), longest=200)
    if action in ("allow", "accept"):
        return Step("allow", when, text, line)
    if action in _REFUSE:
        return Step("deny", when, text, line, deny_action=_status(rest[:cut], _REFUSE[action]))
    if action in ("return", "redirect"):
        status = _status(rest[:cut], "200" if action == "return" else "302")
        refuses = status >= "400"
        return Step("deny" if refuses else "allow", when, text, line, deny_action=status if refuses else "")
    if action == "auth":
        why = "a name and password are asked for"
        return Step("unknown", when, text, line, why=why)
    if action in ("set-src", "expect-proxy", "expect-netscaler-cip"):
        doubts.append(_doubt(line, words, _SPOOFABLE))
    elif not _GOES_ON.fullmatch(action):
        doubts.append(_doubt(line, words, "this action is not known here"))
    return None


def _status(words: list[str], default: str) -> str:
    """`deny_status 404`, `deny status 404`, `return status 403`, `redirect ... code 301`."""
    for name, value in pairwise(words):
        if name in ("deny_status", "status", "code") and re.fullmatch(r"[1-5][0-9][0-9]", value):
            return value
    return default


def _chosen(section: Section, acls: Acls) -> dict[str, Condition]:
    """When each backend is the one that gets the request."""
    chosen: dict[str, Condition] = {}
    earlier: list[Condition] = []
    default = ""
    for _, words in section.lines:
        if words[0] == "use_backend" and len(words) > 1:
            when: Condition = acls.condition(words[2:]) if len(earlier) < _MOST_BACKENDS else Unclear(_TOO_MANY)
            earlier = earlier[:_MOST_BACKENDS]
            if "%" in words[1]:
                when = AllOf((when, Unclear("the backend's name is made at run time")))
            this = AllOf((*(Not(other) for other in earlier), when))
            chosen[words[1]] = this if words[1] not in chosen else Not(AllOf((Not(chosen[words[1]]), Not(this))))
            earlier.append(when)
        elif words[0] == "default_backend" and len(words) > 1:
            default = words[1]
    if default:
        this = AllOf(tuple(Not(other) for other in earlier))
        chosen[default] = this if default not in chosen else Not(AllOf((Not(chosen[default]), Not(this))))
    return chosen


def _proxied_binds(section: Section) -> list[Doubt]:
    return [
        _doubt(line, words, _SPOOFABLE)
        for line, words in section.lines
        if words[0] == "bind" and "accept-proxy" in words
    ]


def _ports(section: Section) -> Ports:
    """The ports of `bind *:443,:8443`."""
    found: list[tuple[int, int]] = []
    binds = [words[1] for _, words in section.lines if words[0] == "bind" and len(words) > 1]
    for address in ",".join(binds).split(","):
        if match := _PORT.search(address):
            found += [(int(match[1]), int(match[2] or match[1]))]
    return tuple(found)


def _doubt(line: int, words: list[str], why: str) -> Doubt:
    return Doubt(line, harmless(" ".join(words), longest=200), why)
