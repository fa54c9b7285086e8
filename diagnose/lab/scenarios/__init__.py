"""The scenarios, by name: each one HaloPSA with one fault, and the verdict it must get."""

from __future__ import annotations

from diagnose.lab.scenario import Scenario
from diagnose.lab.scenarios import (
    allowlist,
    areas,
    certificates,
    chains,
    connections,
    halo,
    healthy,
    hostile,
    hostile_tls,
    this_side,
    tokens,
    urls,
)

_SUBJECTS = (
    *(healthy, urls, connections, certificates, chains, halo, tokens, areas, allowlist),
    *(hostile, hostile_tls, this_side),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for subject in _SUBJECTS for scenario in subject.SCENARIOS}
"""Every scenario by name, the healthy one first."""


def named(name: str) -> Scenario:
    """Return the scenario of this name; KeyError with what there is instead."""
    if name not in SCENARIOS:
        message = f"there is no scenario {name!r}; there are {', '.join(SCENARIOS)}"
        raise KeyError(message)
    return SCENARIOS[name]
