"""Checks and probes are found by entry points, the bundled ones by the same door as everybody's.

An entry point names a module or package; every `Check` and `Probe` in it takes part. Bundled means of the
same distribution as this file. Where nothing is found the program is not installed, and says so.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from importlib import metadata
from types import ModuleType
from typing import TypeVar

import msgspec

from diagnose.declared import Check
from diagnose.fact import DeclarationError, Probe
from diagnose.graph import refuse_duplicates
from diagnose.report import Plugin

DISTRIBUTION = "halo-diagnose"
Kind = TypeVar("Kind")
CHECKS = "diagnose.checks"
PROBES = "diagnose.probes"


class NotInstalledError(Exception):
    """No bundled check was found: the program runs from a folder it was never installed from."""


class Registry(msgspec.Struct, frozen=True):
    """Everything that takes part in a run."""

    checks: tuple[Check, ...]
    probes: tuple[Probe, ...] = ()
    plugins: tuple[Plugin, ...] = ()


def version() -> str:
    """Return this distribution's version; NotInstalledError where it is not installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise NotInstalledError(_how_to_install()) from error


def load(*, plugins: bool = True, probes: bool = True) -> Registry:
    """Return the registered checks, sorted by category and id, and the probes.

    DeclarationError for a clash; NotInstalledError where no bundled check is found.
    """
    checks, foreign = _checks(plugins=plugins)
    if not any(check.source == DISTRIBUTION for check in checks):
        raise NotInstalledError(_how_to_install())
    refuse_duplicates(checks)
    found = tuple(_probes(plugins=plugins)) if probes else ()
    return Registry(tuple(checks), found, tuple(foreign))


def _checks(*, plugins: bool) -> tuple[list[Check], list[Plugin]]:
    checks: list[Check] = []
    foreign: dict[str, Plugin] = {}
    for entry, name, version_ in _entries(CHECKS, plugins=plugins):
        checks += [msgspec.structs.replace(check, source=name) for check in _members(entry, Check)]
        if name != DISTRIBUTION:
            foreign[name] = Plugin(name, version_)
    return sorted(checks, key=_place), list(foreign.values())


def _probes(*, plugins: bool) -> Iterator[Probe]:
    for entry, _, _ in _entries(PROBES, plugins=plugins):
        yield from _members(entry, Probe)


ORDER = ("input", "url", "dns", "net", "clock", "tls", "certificate", "halo", "version", "auth", "api", "allowlist")
"""Categories in the order in which a connection meets them; others follow by name."""


def _place(check: Check) -> tuple[int, str]:
    return (ORDER.index(check.category) if check.category in ORDER else len(ORDER), check.category)


def _entries(group: str, *, plugins: bool) -> Iterator[tuple[metadata.EntryPoint, str, str]]:
    for entry in metadata.entry_points(group=group):
        name = entry.dist.name if entry.dist is not None else "unknown"
        if name == DISTRIBUTION or plugins:
            yield entry, name, entry.dist.version if entry.dist is not None else ""


def _members(entry: metadata.EntryPoint, kind: type[Kind]) -> Iterator[Kind]:
    seen: set[int] = set()
    for module in _modules(entry):
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value


def _modules(entry: metadata.EntryPoint) -> Iterator[ModuleType]:
    try:
        module = importlib.import_module(entry.module)
        yield module
        for found in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
            yield importlib.import_module(found.name)
    except DeclarationError as error:
        raise DeclarationError(f"{entry.module}: {error}") from error


def _how_to_install() -> str:
    return "halo-diagnose is not installed here, so it has no checks; install it with: python -m pip install ."
