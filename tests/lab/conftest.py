"""Every test of the lab may have plain clients; what they opened is closed in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from diagnose.lab import Running
from tests.lab.plain import Maker, Plain


@pytest.fixture
def plain() -> Iterator[Maker]:
    """Return a maker of plain clients."""
    made: list[Plain] = []

    def make(running: Running) -> Plain:
        made.append(Plain(running))
        return made[-1]

    yield make
    for client in made:
        client.close()
