"""Which value of a report is public, internal or personal: one table, and what is not in it is internal.

Paths are those of the JSON report without list positions; the first row that fits decides. Anything that holds a
personal value is personal.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

import msgspec


class Privacy(StrEnum):
    """Who may know it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"


MEANINGS = {
    Privacy.PUBLIC: "known to everyone, or the tool's own words",
    Privacy.INTERNAL: "tells something about your network or your HaloPSA",
    Privacy.PERSONAL: "tells something about a person",
}

TABLE = (
    ("facts.api.agent.name", Privacy.PERSONAL),
    ("facts.api.agent.email", Privacy.PERSONAL),
    ("facts.api.agent.id", Privacy.PERSONAL),
    ("facts.run.waivers.*", Privacy.PERSONAL),
    ("checks.waiver.*", Privacy.PERSONAL),
    ("note", Privacy.PERSONAL),
    ("ticket", Privacy.INTERNAL),
    ("schema_version", Privacy.PUBLIC),
    ("tool.*", Privacy.PUBLIC),
    ("recheck.of_tool.*", Privacy.PUBLIC),
    ("digest.*", Privacy.PUBLIC),
    ("verdict.status", Privacy.PUBLIC),
    ("verdict.causes", Privacy.PUBLIC),
    ("verdict.counts.*", Privacy.PUBLIC),
    *((f"checks.{key}", Privacy.PUBLIC) for key in ("id", "title", "category", "importance", "owner", "status")),
    *((f"checks.{key}", Privacy.PUBLIC) for key in ("source", "seconds", "explained_by")),
    ("checks.reason.code", Privacy.PUBLIC),
    ("checks.reason.blocked_by", Privacy.PUBLIC),
    ("checks.remedy.doc", Privacy.PUBLIC),
    ("checks.remedy.commands.shell", Privacy.PUBLIC),
    ("facts.run.profile.*", Privacy.PUBLIC),
    ("facts.*.unavailable.code", Privacy.PUBLIC),
    ("facts.*.unavailable.blocked_by", Privacy.PUBLIC),
    ("facts.*.outcome", Privacy.PUBLIC),
    ("facts.*.method", Privacy.PUBLIC),
    ("facts.*.kind", Privacy.PUBLIC),
    ("facts.*.channel", Privacy.PUBLIC),
    ("facts.*.requested", Privacy.PUBLIC),
    ("facts.*.seconds", Privacy.PUBLIC),
    ("facts.tls.handshakes.attempts.chain", Privacy.PUBLIC),
    ("facts.tls.handshakes.later.chain", Privacy.PUBLIC),
    ("facts.tls.issuers.fetched.*", Privacy.PUBLIC),
    ("facts.tls.trust_roots.*", Privacy.PUBLIC),
)
"""Certificates are public: the server sends them to everyone who asks."""

PERSONS = ("facts.api.agent.name", "facts.api.agent.email")
"""Whatever holds one of these names is personal too."""
TELLING = 4
"""Characters from which on a value says something by itself; of shorter ones the path is told each time."""

LONGEST = 200
"""Characters of one value that the preview shows; certificates are longer, and shown by their size."""


class Shown(msgspec.Struct, frozen=True):
    """One value that would leave, where it stands first, and how often it occurs there and elsewhere."""

    privacy: Privacy
    path: str
    value: str
    times: int = 1


def classified(raw: dict[str, Any]) -> tuple[Shown, ...]:
    """Return every distinct value of this report by class, in the report's order."""
    found: dict[tuple[str, str], tuple[Privacy, str, int]] = {}
    order = list(Privacy)
    names: list[str] = []
    for path, value in leaves(raw):
        key = (value, "" if len(value) >= TELLING else path)
        privacy, first, times = found.get(key, (Privacy.PUBLIC, path, 0))
        found[key] = (max(privacy, of(path), key=order.index), first, times + 1)
        names += [value] if path in PERSONS and len(value) >= TELLING else []
    return tuple(
        Shown(Privacy.PERSONAL if any(name in value for name in names) else privacy, path, value, times)
        for (value, _), (privacy, path, times) in found.items()
    )


def of(path: str) -> Privacy:
    """Return the class of what stands at this path."""
    return next((privacy for pattern, privacy in TABLE if fnmatchcase(path, pattern)), Privacy.INTERNAL)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """Yield path and text of every value; what is empty, true or false says nothing that its key does not say."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, path if key == "value" else f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    elif value is None or value == "":
        return
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
