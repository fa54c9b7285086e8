"""The system's resolver, in a daemon thread under a deadline.

That a name does not exist and that nobody could say are told apart.
"""

from __future__ import annotations

import socket
import time
from typing import Literal

from diagnose.facts.network import Resolution
from diagnose.probes.wire import is_address
from diagnose.threads import call

_NOT_FOUND = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}


async def resolve(host: str, *, seconds: float) -> Resolution:
    """Ask the system's resolver for both address families."""
    if is_address(host):
        return Resolution(host, "literal", (host,))
    began = time.monotonic()
    try:
        found = await call(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM), seconds=seconds)
    except TimeoutError:
        return _without(host, "timeout", f"no answer within {seconds:.0f} s", began)
    except UnicodeError as error:
        return _without(host, "not_found", f"not a name that DNS can hold: {error}", began)
    except OSError as error:
        outcome: Literal["not_found", "failed"] = "not_found" if error.errno in _NOT_FOUND else "failed"
        return _without(host, outcome, error.strerror or str(error), began)
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    return Resolution(host, "resolved", addresses, seconds=time.monotonic() - began)


def _without(host: str, outcome: Literal["not_found", "failed", "timeout"], detail: str, began: float) -> Resolution:
    return Resolution(host, outcome, (), detail, time.monotonic() - began)
