"""The plan: which probes the selected checks need, in an order their annotations allow.

Everything that can be wrong with a declaration is found here, before anything is sent.
"""

from __future__ import annotations

import functools
import graphlib
from collections.abc import Collection, Iterable, Mapping

import msgspec

from diagnose.declared import Check
from diagnose.fact import DeclarationError, Need, Probe


class Plan(msgspec.Struct, frozen=True):
    """Checks in the order of their ids' registration, and the probes they need, dependencies first."""

    checks: tuple[Check, ...]
    probes: tuple[Probe, ...]


def plan(checks: Iterable[Check], probes: Iterable[Probe], given: Collection[type]) -> Plan:
    """Return the plan for these checks; DeclarationError for a duplicate id, an unknown type or a cycle."""
    return _planned(tuple(checks), tuple(probes), frozenset(given))


@functools.lru_cache(maxsize=8)
def _planned(chosen: tuple[Check, ...], probes: tuple[Probe, ...], given: frozenset[type]) -> Plan:
    refuse_duplicates(chosen)
    providers = _providers(probes)
    needed: dict[type, Probe] = {}
    for check in chosen:
        _collect(f"the check {check.id}", check.needs, providers, given, needed)
    return Plan(chosen, _ordered(needed))


def refuse_duplicates(checks: Iterable[Check]) -> None:
    """DeclarationError where two checks have one id."""
    seen: dict[str, Check] = {}
    for check in checks:
        if check.id in seen:
            raise DeclarationError(
                f"two checks have the id {check.id}: from {seen[check.id].source} and {check.source}"
            )
        seen[check.id] = check


def _providers(probes: Iterable[Probe]) -> Mapping[type, Probe]:
    providers: dict[type, Probe] = {}
    for probe in probes:
        if probe.provides in providers:
            other = providers[probe.provides].name
            raise DeclarationError(f"{probe.name} and {other} both provide {probe.provides.__name__}")
        providers[probe.provides] = probe
    return providers


def _collect(
    who: str,
    needs: Iterable[Need],
    providers: Mapping[type, Probe],
    given: Collection[type],
    needed: dict[type, Probe],
) -> None:
    for need in needs:
        if need.type in given or need.type in needed:
            continue
        if need.type not in providers:
            raise DeclarationError(f"{who} asks for {need.type.__name__}, which nothing provides")
        probe = needed[need.type] = providers[need.type]
        _collect(probe.name, probe.needs, providers, given, needed)


def _ordered(needed: Mapping[type, Probe]) -> tuple[Probe, ...]:
    edges = {kind: [need.type for need in probe.needs if need.type in needed] for kind, probe in needed.items()}
    try:
        order = tuple(graphlib.TopologicalSorter(edges).static_order())
    except graphlib.CycleError as error:
        names = " -> ".join(kind.__name__ for kind in error.args[1])
        raise DeclarationError(f"facts that need each other: {names}") from error
    return tuple(needed[kind] for kind in order)
