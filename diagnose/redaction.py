"""The last look for secrets before a report is made, when every one that the run ever met is known.

A token may be known only after an answer that echoes it was kept, and a certificate may hold a secret, so what
probes replace on the spot is not enough. What a stranger echoed is replaced here; what is found afterwards is this
tool's own mistake, and the guard refuses to write it.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import msgspec

from diagnose.credentials import PLACEHOLDER, Secrets
from diagnose.secret_forms import SHORTEST, spells, spells_bytes

Value = TypeVar("Value")
SEPARATOR = b"\x01"


def without_secrets(value: Value, secrets: Secrets) -> Value:
    """Return the value with every secret in its texts and bytes replaced; the very same object where there is none."""
    return _Cleaning(secrets).of(value) if holds_secrets(value, secrets) else value


def holds_secrets(value: object, secrets: Secrets) -> bool:
    """Tell whether a text or bytes in the value spell a secret: one search for all of it."""
    known = secrets.values
    short = {secret for secret in known if len(secret) < SHORTEST}
    if short and not short.isdisjoint(_leaves(value)):
        return True  # a secret that short counts only where it is the whole of a text
    return bool(known) and _spells(value, known)


def _spells(value: object, secrets: tuple[str, ...]) -> bool:
    """Search all of it as JSON, which a report is: bytes in base64, in which a secret is found as well."""
    try:
        return spells(msgspec.json.encode(value).decode(), secrets)
    except (TypeError, ValueError, OverflowError):  # of what JSON has no form for
        leaves = (leaf if isinstance(leaf, bytes) else leaf.encode("utf-8", "replace") for leaf in _leaves(value))
        return spells_bytes(SEPARATOR.join(leaves), secrets)


def _leaves(value: Any) -> Iterator[str | bytes]:  # noqa: ANN401 - any part of a fact
    """Yield every text in it, in no order; without recursion, for a run's facts have thousands of parts."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str | bytes):
            yield each
        elif isinstance(each, msgspec.Struct):
            waiting += [getattr(each, name) for name in each.__struct_fields__]
        elif isinstance(each, dict):
            waiting += each.keys()
            waiting += each.values()
        elif isinstance(each, tuple | list | set | frozenset):
            waiting += each


class _Cleaning:
    """Replaces secrets in one value, whatever it is made of; words of a fixed list stay as they are."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def of(self, value: Any) -> Any:  # noqa: ANN401, PLR0911 - any part of a fact; one line per kind of value
        """Return the value without secrets."""
        if isinstance(value, Enum):
            return value
        if isinstance(value, str):
            return self._secrets.redact(value)
        if isinstance(value, bytes):
            return PLACEHOLDER.encode() if spells_bytes(value, self._secrets.values) else value
        if isinstance(value, msgspec.Struct):
            fixed = _fixed(type(value))
            names = [name for name in value.__struct_fields__ if name not in fixed]
            return msgspec.structs.replace(value, **{name: self.of(getattr(value, name)) for name in names})
        if isinstance(value, dict):
            return {self.of(key): self.of(item) for key, item in value.items()}
        if isinstance(value, tuple | list | set | frozenset):
            return type(value)(self.of(item) for item in value)
        return value


@cache
def _fixed(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields that hold one of a few words of ours."""
    hints = typing.get_type_hints(kind)
    return frozenset(name for name, hint in hints.items() if typing.get_origin(hint) is typing.Literal)
