"""HaloPSA versions: how they are read and compared, and the dated table of stable lines and security floors.

Versions are tuples of integers. Major and minor are the release line; the patch keeps growing inside it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache, lru_cache

import msgspec
import packaging.version

from diagnose.converting import convert
from diagnose.fact import Derived

Version = tuple[int, ...]

LONGEST = 40
"""Characters of a version that is read; a real one has nine."""
PARTS = range(2, 5)

LINE = 2
"""Parts of a release line: major and minor."""


class StableLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line that Halo calls Stable, and the date its source shows."""

    line: str
    date: date


class Vulnerable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A range of versions without a published fix: from `first` up to, but not including, `fixed_in`."""

    first: str
    fixed_in: str
    what: str
    source: str


class Releases(Derived, frozen=True, forbid_unknown_fields=True):
    """The bundled table; today's, also for an old report."""

    as_of: date
    source: str
    stable: tuple[StableLine, ...]
    vulnerable: tuple[Vulnerable, ...]

    @property
    def by_number(self) -> tuple[StableLine, ...]:
        """The stable lines, the highest number first."""
        return tuple(sorted(self.stable, key=lambda entry: known(entry.line), reverse=True))


@lru_cache(maxsize=256)
def parse(text: str | None) -> Version | None:
    """Return the version in `text` (`2.250`, `v2.250.32`), or None where it cannot be read."""
    if text is None or len(text) > LONGEST or not text.isascii():
        return None
    try:
        version = packaging.version.Version(text)
    except packaging.version.InvalidVersion:
        return None
    plain = str(version) == version.base_version and not version.epoch
    return version.release if plain and len(version.release) in PARTS else None


def known(text: str) -> Version:
    """Return the version of a text that must be one; ValueError otherwise."""
    version = parse(text)
    if version is None:
        raise ValueError(f"{text!r} is no version")
    return version


def spelt(version: Version) -> str:
    """Return `2.250.32` for (2, 250, 32)."""
    return ".".join(str(part) for part in version)


def line(version: Version) -> Version:
    """Return the release line, major and minor."""
    return version[:LINE]


@cache
def load() -> Releases:
    """Return the bundled table."""
    from importlib import resources  # noqa: PLC0415 - checks import this module and never open a file

    text = (resources.files("diagnose") / "data" / "releases.toml").read_text("utf-8")
    return convert(tomllib.loads(text), Releases)
