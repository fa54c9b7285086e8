"""JSON from a stranger: UTF-8 and nothing else, no key twice, no endless nesting, no endless number."""

from __future__ import annotations

import json

DEEPEST = 32
LONGEST_NUMBER = 40
"""Digits; a 64-bit number has 20, a float's shortest form 24."""


class NotJsonError(ValueError):
    """The bytes are not JSON as it is accepted here; the message says why."""


NotJson = NotJsonError


def strict_json(body: bytes, deepest: int = DEEPEST) -> object:
    """Return the value; NotJson where the bytes are no JSON, or such as nobody means."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJsonError("it is not UTF-8") from error
    try:
        value = _DECODER.decode(text)
    except NotJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"it is not JSON: {error}") from error
    _refuse_depth(value, deepest)
    return value


def _refuse_depth(value: object, deepest: int) -> None:
    """Walk level by level; the parser itself gives up at the recursion limit."""
    level: list[object] = [value]
    for _ in range(deepest + 1):
        level = [item for holder in level for item in _inside(holder)]
        if not level:
            return
    if level:
        raise NotJsonError(f"it is nested deeper than {deepest} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("a key occurs twice")
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise NotJsonError("a number is too long")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if len(text) > LONGEST_NUMBER or value in {float("inf"), float("-inf")}:
        raise NotJsonError("a number is too large")
    return value


def _constant(text: str) -> float:
    raise NotJsonError(f"{text} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
