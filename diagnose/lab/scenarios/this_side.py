"""Faults of this side that look like faults of the server."""

from __future__ import annotations

from diagnose.lab.pki import LEAF
from diagnose.lab.scenario import Manner, Scenario

_SUBJECT = "this side"
_YEARS = 730.0
"""Days in two years."""


def _clock(name: str, sentence: str, ahead: float) -> Scenario:
    """Return a good server, seen by a machine whose clock is so many days ahead of the world's.

    Server and certificates live in the world's time; for the run that is the same as a wrong clock of its own.
    """
    expected = {"clock.agrees": "warn", "tls.dates": "unknown", "tls.trusted": "pass", "auth.token": "unknown"}
    scenario = Scenario(name, sentence, _SUBJECT, "undecided", expected=expected)
    leaf = LEAF.but(days=(-30 - ahead, 170 - ahead))
    return scenario.but(specs=(leaf,), manner=Manner(clock=-86400 * ahead))


SCENARIOS = (
    _clock(
        "own-clock-ahead", "This machine's clock is two years ahead, so that a good certificate looks expired.", _YEARS
    ),
    _clock(
        "own-clock-behind",
        "This machine's clock is two years behind, so that a good certificate looks not yet valid.",
        -_YEARS,
    ),
)
GROUPS = {"this machine's clock": SCENARIOS}
"""As the README tells them."""
