"""How often the interpreter looks for garbage that refers to itself: seldom, for what a run makes it mostly keeps."""

from __future__ import annotations

import gc

ALLOCATIONS = 20_000
"""Objects more than there were, before it looks; with the 700 of CPython 3.11 a fleet spends a twentieth of its time so
(measured 2026-11-28)."""


def seldom() -> None:
    """Look seldom from now on."""
    gc.set_threshold(ALLOCATIONS, 20, 20)


def keep_what_is_there() -> None:
    """Never look through what there is by now: it stays until the end, and much more comes and goes."""
    gc.freeze()
