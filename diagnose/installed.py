"""What is installed together with this program and beside it, by entry points."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import metadata
from importlib.metadata import EntryPoints


def entry_points(group: str) -> EntryPoints:
    """Return the entry points of this group, of every distribution that Python finds from here; looked for once."""
    return _found(group, tuple(sys.path))


@lru_cache(maxsize=16)
def _found(group: str, _: tuple[str, ...]) -> EntryPoints:
    return metadata.entry_points(group=group)
