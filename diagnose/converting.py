"""Plain values read as typed ones, one at a time.

What msgspec knows of a type it works out when it first meets it, and two threads that meet one at the same moment
crash the interpreter (a segmentation fault; msgspec 0.22.0 with CPython 3.11.7, shown 2026-11-28 by a Barrier before
`msgspec.convert` in two threads). Facts are read in threads and in the event loop, so all of it is done here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

Kind = TypeVar("Kind")
_one_at_a_time = threading.RLock()


def convert(value: object, kind: type[Kind], *, str_keys: bool = False) -> Kind:
    """Return the value as this type; msgspec.ValidationError where it is none. `str_keys`: as of a JSON object."""
    with _one_at_a_time:
        return msgspec.convert(value, kind, str_keys=str_keys)


def decode(content: bytes, kind: type[Kind]) -> Kind:
    """Return JSON as this type; msgspec.MsgspecError where it is none."""
    with _one_at_a_time:
        return msgspec.json.decode(content, type=kind)


def decode_plain(content: bytes, real: Callable[[str], float]) -> Any:  # noqa: ANN401 - any JSON value
    """Return JSON as plain values, of no type but their own; `real` reads every number that is no integer."""
    return msgspec.json.Decoder(float_hook=real).decode(content)
