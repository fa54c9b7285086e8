"""What answers and chains are judged with is imported and read while the first packets travel."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING
from weakref import WeakSet

from diagnose import daemons, signatures

if TYPE_CHECKING:
    from diagnose.probes.roots import RootStore

NEEDED = ("diagnose.probes.exchange", "diagnose.chain.judgement")
"""They import httpx, cryptography and pyOpenSSL."""
_begun: WeakSet[RootStore] = WeakSet()
"""Many runs share one store."""


def begin(roots: RootStore) -> None:
    """Do it in a daemon thread that nobody waits for: whoever needs a part sooner gets it by himself."""
    if roots not in _begun:
        _begun.add(roots)
        daemons.begin(lambda: _warm(roots))


def _warm(roots: RootStore) -> None:
    with contextlib.suppress(Exception):  # it shows where it is needed, and is told there
        for name in NEEDED:
            importlib.import_module(name)
        signatures.table()
        for root in roots.certificates:
            root.subject_name  # noqa: B018 - read once, kept
