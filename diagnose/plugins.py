"""Checks and probes of others: found by entry points or named with --plugin, and held to the rules of guests.

The rules: an id begins with a prefix of the plug-in's own (`acme.tickets`), never one of the bundled ones; the
names of its facts begin with it too; nothing bundled is replaced. Breaking one stops the program with a sentence
before anything is sent. A plug-in that cannot be imported is noted in the report, and the run goes on without it;
one that was named on the command line is an error there.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import msgspec

from diagnose.daemons import within
from diagnose.declared import BUNDLED, Check
from diagnose.errors import UsageError
from diagnose.fact import DeclarationError, Fact, Probe
from diagnose.installed import entry_points
from diagnose.report import Plugin
from diagnose.text import harmless

CHECKS = "diagnose.checks"
PROBES = "diagnose.probes"
IMPORTING = 10.0
"""Seconds until an import counts as stuck."""
LEAST = 0.1
"""Seconds for one where the run is over already."""
_ID = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")

Kind = TypeVar("Kind", Check, Probe)


class Found(msgspec.Struct, frozen=True):
    """One plug-in and what it brings."""

    plugin: Plugin
    checks: tuple[Check, ...] = ()
    probes: tuple[Probe, ...] = ()


def installed(until: float | None = None) -> tuple[Found, ...]:
    """Return the plug-ins of every other distribution; one that cannot be imported brings nothing but its error.

    `until` is when the run is over that waits for them (`time.monotonic` seconds).
    """
    groups: dict[tuple[str, str], list[metadata.EntryPoint]] = {}
    for entry in (*entry_points(CHECKS), *entry_points(PROBES)):
        name = entry.dist.name if entry.dist is not None else "unknown"
        if name != BUNDLED:
            groups.setdefault((name, entry.dist.version if entry.dist is not None else ""), []).append(entry)
    return tuple(_of_distribution(*who, entries, until) for who, entries in sorted(groups.items()))


def _of_distribution(name: str, version: str, entries: list[metadata.EntryPoint], until: float | None) -> Found:
    modules = dict.fromkeys(entry.module for entry in entries)
    try:
        loaded = _patiently(lambda: [module for each in modules for module in modules_of(each)], until)
    except _NotImportedError as error:
        return Found(Plugin(name, version, str(error)))
    return _found(Plugin(name, version), loaded)


def from_file(file: str, until: float | None = None) -> Found:
    """Return the plug-in in one file; UsageError where it cannot be imported. `until`: as for `installed`."""
    path = Path(file)
    try:
        source = path.read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"--plugin {file}: {getattr(error, 'strerror', None) or 'cannot be read'}") from error
    try:
        module = _patiently(lambda: _executed(path), until)
    except _NotImportedError as error:
        raise UsageError(f"--plugin {file} {error}") from error
    version = getattr(module, "__version__", "") or f"sha256 {hashlib.sha256(source).hexdigest()[:12]}"
    found = _found(Plugin(path.name, harmless(str(version), longest=80)), [module])
    if not found.checks and not found.probes:
        raise UsageError(f"--plugin {file} declares no check and no probe")
    return found


def _executed(path: Path) -> ModuleType:
    name = f"diagnose_plugin_{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}_{abs(hash(path.absolute())):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("this is no Python file (.py)")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _NotImportedError(Exception):
    """Why a plug-in could not be imported, beginning with a verb."""


Result = TypeVar("Result")


def _patiently(load: Callable[[], Result], until: float | None) -> Result:
    """Return what `load` returns, in time, whatever is raised on the way; _NotImportedError otherwise."""

    def attempt() -> Result | _NotImportedError:
        try:
            return load()
        except BaseException as error:  # noqa: BLE001 - a stranger's module may raise SystemExit as well
            return _NotImportedError(f"cannot be imported: {_said(error)}")

    try:
        seconds = IMPORTING if until is None else max(LEAST, min(IMPORTING, until - time.monotonic()))
        result = within(seconds, attempt)
    except TimeoutError as error:
        raise _NotImportedError(f"cannot be imported: it takes longer than {seconds:.1f} s") from error
    if isinstance(result, _NotImportedError):
        raise result
    return result


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    kind = "" if isinstance(error, DeclarationError) else f"{type(error).__name__}: "
    return harmless(f"{kind}{text}".rstrip(": "), longest=300)


def _found(plugin: Plugin, modules: Iterable[ModuleType]) -> Found:
    own = tuple(modules)
    checks = tuple(msgspec.structs.replace(each, source=plugin.name) for each in members(own, Check, own=True))
    probes = tuple(msgspec.structs.replace(each, source=plugin.name) for each in members(own, Probe, own=True))
    return Found(plugin, checks, probes)


def modules_of(name: str) -> Iterator[ModuleType]:
    """Import a module, or a package and the modules in it."""
    module = importlib.import_module(name)
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
        yield importlib.import_module(found.name)


def members(modules: Iterable[ModuleType], kind: type[Kind], *, own: bool = False) -> Iterator[Kind]:
    """Return each check or probe in these modules once; with `own` not those that were imported from elsewhere."""
    modules = tuple(modules)
    tops = {module.__name__.partition(".")[0] for module in modules}
    seen: set[int] = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                if not own or value.function.__module__.partition(".")[0] in tops:
                    yield value


def refuse_bad_guests(found: Iterable[Found], bundled: Iterable[Check]) -> None:
    """DeclarationError where an id or a fact's name is not the plug-in's own."""
    found = [each for each in found if each.checks or each.probes]
    if not found:
        return
    from diagnose.schema import bundled_facts  # noqa: PLC0415 - imports every fact; only with plug-ins

    taken = {check.category for check in bundled} | {name.partition(".")[0] for name in bundled_facts()}
    names: dict[str, str] = {}
    for each in found:
        prefixes = _prefixes(each, taken)
        for name in _fact_names(each, prefixes, taken):
            if name in names:
                raise DeclarationError(f"two facts are called {name}: of {names[name]} and {each.plugin.name}")
            names[name] = each.plugin.name


def _prefixes(found: Found, taken: Collection[str]) -> set[str]:
    for check in found.checks:
        if not _ID.fullmatch(check.id):
            raise DeclarationError(f"{found.plugin.name}: the id {check.id!r} is not of the form prefix.name")
        if check.category in taken:
            raise DeclarationError(
                f"{found.plugin.name}: the id {check.id} begins with {check.category}, which belongs to "
                f"{BUNDLED}; give it a prefix of its own"
            )
    return {check.category for check in found.checks}


def _fact_names(found: Found, prefixes: Collection[str], taken: Collection[str]) -> Iterator[str]:
    for probe in found.probes:
        if not probe.stored:
            continue
        if not (isinstance(probe.provides, type) and issubclass(probe.provides, Fact)):
            raise DeclarationError(f"{found.plugin.name}: the probe {probe.name} must return a Fact")
        name = probe.provides.NAME
        prefix = name.partition(".")[0]
        if not _ID.fullmatch(name) or prefix in taken or (prefixes and prefix not in prefixes):
            wanted = " or ".join(f"{each}." for each in sorted(prefixes)) or "a prefix of its own"
            raise DeclarationError(
                f"{found.plugin.name}: the fact {probe.provides.__name__} has the NAME {name!r}, not one with {wanted}"
            )
        yield name


def failures(plugins: Iterable[Plugin]) -> Mapping[str, str]:
    """Return, by name, why a plug-in takes no part."""
    return {plugin.name: plugin.error for plugin in plugins if plugin.error}
