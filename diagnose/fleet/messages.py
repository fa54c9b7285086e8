"""What a fleet and its workers say to each other, in lines of JSON; of a secret a row only names where it is.

To a worker goes first what holds for all targets, then each target with a number; back comes the entry with it.
"""

from __future__ import annotations

import msgspec

from diagnose.fleet.entries import Entry
from diagnose.fleet.listing import Row


class Terms(msgspec.Struct, frozen=True):
    """What holds for all targets."""

    plugins: bool = True
    plugin: tuple[str, ...] = ()
    """Files of plug-ins."""
    directory: str | None = None
    """Where the reports go."""
    fail_on: str = "fail"


class Asked(msgspec.Struct, frozen=True):
    """One target to be diagnosed."""

    number: int
    row: Row


class Answered(msgspec.Struct, frozen=True):
    """What became of it; its report is written by then."""

    number: int
    entry: Entry
