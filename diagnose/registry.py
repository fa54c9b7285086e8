"""Checks and probes are found by entry points, the bundled ones by the same door as everybody's.

An entry point names a module or package; every `Check` and `Probe` in it takes part. Bundled means of the
same distribution as this file. Where nothing is found the program is not installed, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from types import ModuleType

import msgspec

from diagnose import plugins as guests
from diagnose.declared import BUNDLED, Check
from diagnose.fact import DeclarationError, Probe
from diagnose.graph import refuse_duplicates
from diagnose.installed import entry_points
from diagnose.plugins import CHECKS, PROBES
from diagnose.report import Plugin

DISTRIBUTION = BUNDLED


class NotInstalledError(Exception):
    """No bundled check was found: the program runs from a folder it was never installed from."""


class Registry(msgspec.Struct, frozen=True):
    """Everything that takes part in a run."""

    checks: tuple[Check, ...]
    probes: tuple[Probe, ...] = ()
    plugins: tuple[Plugin, ...] = ()


@cache
def version() -> str:
    """Return this distribution's version; NotInstalledError where it is not installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise NotInstalledError(_how_to_install()) from error


def load(
    *, plugins: bool = True, probes: bool = True, files: Iterable[str] = (), until: float | None = None
) -> Registry:
    """Return the registered checks, sorted by category and id, and the probes.

    `plugins` adds those of other distributions, `files` the plug-ins in these files; none of them is waited for longer
    than `until` (`time.monotonic` seconds). DeclarationError for a
    clash, UsageError for a file that cannot be imported; NotInstalledError where no bundled check is found.
    """
    checks = [msgspec.structs.replace(check, source=BUNDLED) for check in guests.members(_bundled(CHECKS), Check)]
    if not checks:
        raise NotInstalledError(_how_to_install())
    known = guests.installed(until) if plugins else ()
    found = (*known, *(guests.from_file(file, until) for file in dict.fromkeys(files)))
    guests.refuse_bad_guests(found, checks)
    checks += [check for each in found for check in each.checks]
    refuse_duplicates(checks)
    own = tuple(guests.members(_bundled(PROBES), Probe)) if probes else ()
    return Registry(
        tuple(sorted(checks, key=_place)),
        (*own, *(probe for each in found for probe in each.probes)),
        tuple(each.plugin for each in found),
    )


def _bundled(group: str) -> Iterator[ModuleType]:
    for entry in entry_points(group):
        if entry.dist is not None and entry.dist.name == DISTRIBUTION:
            try:
                yield from guests.modules_of(entry.module)
            except DeclarationError as error:
                raise DeclarationError(f"{entry.module}: {error}") from error


ORDER = ("input", "url", "dns", "net", "clock", "tls", "certificate", "halo", "version", "auth", "api", "allowlist")
"""Categories in the order in which a connection meets them; others follow by name."""


def _place(check: Check) -> tuple[int, str]:
    return (ORDER.index(check.category) if check.category in ORDER else len(ORDER), check.category)


def _how_to_install() -> str:
    return "halo-diagnose is not installed here, so it has no checks; install it with: python -m pip install ."
