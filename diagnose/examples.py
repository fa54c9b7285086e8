"""Values of any fact's type, made from its annotations: ordinary, empty, extreme, and with hostile text.

Deterministic: the same type, flavour and number give the same value. Constraints that a field declares
(`msgspec.Meta`) are kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

Flavour = Literal["ordinary", "empty", "extreme", "hostile"]
FLAVOURS: tuple[Flavour, ...] = ("ordinary", "empty", "extreme", "hostile")
DEEPEST = 6
ATTEMPTS = 40

_WORDS = (
    "halo.example.com",
    "https://halo.example.com/api",
    "2.250.32",
    "192.0.2.7",
    "2001:db8::1",
    "443",
    "read:items",
)
_HOSTILE = (
    "\x1b[31mred\x1b[0m\x07\x00", "\u202egnp.exe", "<script>alert(1)</script>", "[bold]x[/bold] | `x` ](http://x)",
    "=cmd|' /C calc'!A0", "\ud800", "a\r\nb\r\n\r\nc", "{{ 7*7 }} %s {0}", "\u2028\u200b\ufeff", "'; DROP TABLE a;--",
    "x" * 5000,
)  # fmt: skip
_NUMBERS: dict[Flavour, tuple[int, ...]] = {
    "ordinary": (1, 2, 80, 200, 401, 443),
    "empty": (0,),
    "extreme": (-1, 2**31, -(2**63), 2**63 - 1),
    "hostile": (-1, 0, 999, 2**40),
}
_FLOATS: dict[Flavour, tuple[float, ...]] = {
    "ordinary": (0.5, 3.0, 90.0),
    "empty": (0.0,),
    "extreme": (-1e300, 1e300, 5e-324, -0.5),
    "hostile": (-1.0, 1e9),
}
_NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_MOMENTS: dict[Flavour, tuple[datetime, ...]] = {
    "ordinary": (_NOW, _NOW - timedelta(days=30), _NOW + timedelta(days=90)),
    "empty": (_NOW,),
    "extreme": (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)),
    "hostile": (_NOW + timedelta(days=36500), _NOW - timedelta(days=36500)),
}
_SIZES: dict[Flavour, tuple[int, ...]] = {"ordinary": (1, 2), "empty": (0,), "extreme": (0, 1, 20), "hostile": (1, 3)}


def example(kind: type, flavour: Flavour, number: int) -> Any:  # noqa: ANN401 - a value of that type
    """Return the `number`-th example of this flavour; TypeError for a type that no report could hold."""
    maker = _Maker(flavour, random.Random(f"{kind.__module__}.{kind.__qualname__} {flavour} {number}"))  # noqa: S311
    return maker.of(_known(kind), 0)


@cache
def _known(kind: type) -> inspect.Type:
    return inspect.type_info(kind)


class _Maker:
    def __init__(self, flavour: Flavour, chance: random.Random) -> None:
        self.flavour = flavour
        self.chance = chance

    def of(self, kind: inspect.Type, depth: int) -> Any:  # noqa: ANN401 - a value of that type
        """Return one value."""
        if isinstance(kind, inspect.Metadata):
            return self.of(kind.type, depth)
        if isinstance(kind, inspect.StructType):
            return self._struct(kind, depth)
        if isinstance(kind, inspect.UnionType):
            return self.of(self._member(kind, depth), depth)
        for known, make in _MAKERS.items():
            if isinstance(kind, known):
                return make(self, kind, depth)
        raise TypeError(f"a fact cannot hold {type(kind).__name__.removesuffix('Type')}")

    def pick(self, values: Any) -> Any:  # noqa: ANN401 - one of these
        """Return one of these."""
        return self.chance.choice(tuple(values))

    def text(self) -> str:
        """Return a text of this flavour."""
        if self.flavour == "empty":
            return ""
        return str(self.pick(_HOSTILE if self.flavour == "hostile" and self.chance.random() < 0.7 else _WORDS))  # noqa: PLR2004 - most of them

    def size(self, depth: int) -> int:
        """Return how many members a collection has; few where it is inside of others."""
        number: int = self.pick(_SIZES[self.flavour]) if depth < DEEPEST else 0
        return number if depth <= 1 else min(number, 2)

    def items(self, kind: Any, depth: int) -> Iterator[Any]:  # noqa: ANN401 - a collection's type
        """Return as many members as its constraints allow."""
        least, most = kind.min_length or 0, kind.max_length
        size = max(least, self.size(depth))
        return (self.of(kind.item_type, depth + 1) for _ in range(size if most is None else min(size, most)))

    def _struct(self, kind: inspect.StructType, depth: int) -> Any:  # noqa: ANN401 - a value of that type
        """Return one; where the type itself refuses such values, one of ordinary ones."""
        for maker in (self, *(_Maker("ordinary", self.chance) for _ in range(ATTEMPTS))):
            try:
                return kind.cls(**{field.name: maker.of(field.type, depth + 1) for field in kind.fields})
            except ValueError:
                continue
        raise TypeError(f"no example of {kind.cls.__name__} was found that it accepts")

    def _member(self, kind: inspect.UnionType, depth: int) -> inspect.Type:
        none = [each for each in kind.types if isinstance(each, inspect.NoneType)]
        if none and (self.flavour == "empty" or depth >= DEEPEST):
            return none[0]
        member: inspect.Type = self.pick(kind.types)
        return member


def _map(maker: _Maker, kind: Any, depth: int) -> Mapping[Any, Any]:  # noqa: ANN401 - a mapping's type
    size = max(kind.min_length or 0, maker.size(depth))
    return {maker.of(kind.key_type, depth + 1): maker.of(kind.value_type, depth + 1) for _ in range(size)}


def _date(maker: _Maker) -> date:
    moment: datetime = maker.pick(_MOMENTS[maker.flavour])
    return moment.date()


def _any(maker: _Maker) -> Any:  # noqa: ANN401 - any JSON value
    return maker.pick((None, True, 1, maker.text(), [maker.text()], {"key": maker.text()}))


_MAKERS: dict[type, Callable[[_Maker, Any, int], Any]] = {
    inspect.StrType: lambda maker, _, __: maker.text(),
    inspect.BoolType: lambda maker, _, __: maker.pick((True, False)),
    inspect.IntType: lambda maker, _, __: maker.pick(_NUMBERS[maker.flavour]),
    inspect.FloatType: lambda maker, _, __: maker.pick(_FLOATS[maker.flavour]),
    inspect.BytesType: lambda maker, _, __: maker.text().encode("utf-8", "surrogatepass"),
    inspect.NoneType: lambda _, __, ___: None,
    inspect.AnyType: lambda maker, _, __: _any(maker),
    inspect.DateTimeType: lambda maker, _, __: maker.pick(_MOMENTS[maker.flavour]),
    inspect.DateType: lambda maker, _, __: _date(maker),
    inspect.LiteralType: lambda maker, kind, _: maker.pick(kind.values),
    inspect.EnumType: lambda maker, kind, _: maker.pick(_members(kind.cls)),
    inspect.VarTupleType: lambda maker, kind, depth: tuple(maker.items(kind, depth)),
    inspect.ListType: lambda maker, kind, depth: list(maker.items(kind, depth)),
    inspect.SetType: lambda maker, kind, depth: set(maker.items(kind, depth)),
    inspect.FrozenSetType: lambda maker, kind, depth: frozenset(maker.items(kind, depth)),
    inspect.TupleType: lambda maker, kind, depth: tuple(maker.of(each, depth + 1) for each in kind.item_types),
    inspect.DictType: _map,
}


def _members(kind: type[Enum]) -> list[Enum]:
    return list(kind)


def is_fact(kind: type) -> bool:
    """Whether examples of this type can be made."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
