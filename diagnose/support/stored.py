"""Facts as a report stores them, back into their types.

The types are those that today's checks and derivations ask for; the name a type declares is the key in the
report. What is not there, or no longer has the shape it must have, is `missing_input`: unknown keys are
passed over, also where a file written by hand would be refused for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from diagnose.converting import convert
from diagnose.fact import Fact, Unavailable
from diagnose.outcome import Code
from diagnose.report import FactEntry

Stored = TypeVar("Stored", bound=Fact)


class Missing(Unavailable, frozen=True):
    """The report itself does not hold it; what the run could not observe is stored as such."""


def fact(kind: type[Stored], entries: Mapping[str, FactEntry]) -> Stored | Unavailable:
    """Return the fact of this type as these entries hold it, or why there is none."""
    entry = entries.get(kind.NAME)
    if entry is None or (entry.value is msgspec.UNSET and entry.unavailable is msgspec.UNSET):
        return Missing(Code.MISSING_INPUT, f"the report does not hold {kind.NAME or kind.__name__}")
    if not isinstance(entry.unavailable, msgspec.UnsetType):
        return entry.unavailable
    try:
        return _read(entry.value, kind)
    except (ValueError, TypeError, RecursionError, OverflowError):
        return Missing(Code.MISSING_INPUT, f"what the report holds as {kind.NAME} cannot be read")


def _read(value: Any, kind: type[Stored]) -> Stored:  # noqa: ANN401 - any JSON value
    try:
        return convert(value, kind, str_keys=True)
    except msgspec.ValidationError:
        return convert(known_keys(value, inspect.type_info(kind)), kind, str_keys=True)


def known_keys(value: Any, kind: inspect.Type) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value without the keys that a type of this kind would refuse to read."""
    if isinstance(kind, inspect.UnionType):
        return _in_union(value, kind)
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        kept = {key: item for key, item in value.items() if key in fields or not kind.forbid_unknown_fields}
        return {key: known_keys(item, fields[key]) if key in fields else item for key, item in kept.items()}
    if isinstance(kind, inspect.VarTupleType | inspect.ListType) and isinstance(value, list):
        return [known_keys(item, kind.item_type) for item in value]
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        return {key: known_keys(item, kind.value_type) for key, item in value.items()}
    return value


def _in_union(value: Any, kind: inspect.UnionType) -> Any:  # noqa: ANN401 - any JSON value
    """Read it as the one member it can be; several structs are told by their tag, and none of ours refuses keys."""
    shape: tuple[type[inspect.Type], ...] = ()
    if isinstance(value, dict):
        shape = (inspect.StructType, inspect.DictType)
    elif isinstance(value, list):
        shape = (inspect.VarTupleType, inspect.ListType)
    fitting = [member for member in kind.types if isinstance(member, shape)]
    return known_keys(value, fitting[0]) if len(fitting) == 1 else value
