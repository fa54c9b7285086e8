"""Is one JSON Schema another with additions alone? What a reader of the older one would trip over, in sentences.

Of the report itself readers get exactly what was promised: no key goes, none becomes optional, no type and no
list of values changes, and an older report lacks nothing that is demanded. The facts are read by this program
alone, which passes over what it does not know: there a type may take more than before, never less.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
FACTS = "/facts"


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return everything that is not an addition; empty where there is nothing."""
    return list(_Reader(old, new).differences(old, new, ""))


class _Reader:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new
        self._seen: set[tuple[int, int, bool]] = set()

    def differences(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = _choices(old, self._old), _choices(new, self._new)
        for kind in before:
            if kind not in after:
                yield f"{path}: {kind} is not accepted any more"
        for kind in after:
            if kind not in before and not path.startswith(FACTS):
                yield f"{path}: readers now get {kind} too"
        for kind in before.keys() & after.keys():
            yield from self._same_kind(before[kind], after[kind], path)

    def _same_kind(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        place = (id(old), id(new), path.startswith(FACTS))
        if place in self._seen:
            return
        self._seen.add(place)
        for word in ("format", "contentEncoding"):
            if old.get(word) != new.get(word):
                yield f"{path}: {word} was {old.get(word)} and is {new.get(word)}"
        yield from _values(old, new, path)
        yield from _lengths(old, new, path)
        yield from self._object(old, new, path)
        yield from self._array(old, new, path)

    def _object(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        mine, theirs = old.get("properties", {}), new.get("properties", {})
        for name in mine:
            if name not in theirs:
                yield f"{path}/{name}: is gone"
            else:
                yield from self.differences(mine[name], theirs[name], f"{path}/{name}")
        required = set(old.get("required", ())), set(new.get("required", ()))
        yield from (f"{path}/{name}: is required now" for name in sorted(required[1] - required[0]))
        if not path.startswith(FACTS):
            yield from (f"{path}/{name}: may be absent now" for name in sorted(required[0] - required[1]))
        yield from self._others(old.get("additionalProperties", True), new.get("additionalProperties", True), path)

    def _others(self, old: Schema | bool, new: Schema | bool, path: str) -> Iterator[str]:
        if new is False and old is not False:
            yield f"{path}: unknown keys are not accepted any more"
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from self.differences(old, new, f"{path}/*")
        elif isinstance(new, dict) and new:
            yield f"{path}/*: any value was accepted"

    def _array(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        mine, theirs = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(mine) != len(theirs):
            yield f"{path}: had {len(mine)} items of a kind each and has {len(theirs)}"
        for number, (one, other) in enumerate(zip(mine, theirs, strict=False)):
            yield from self.differences(one, other, f"{path}/{number}")
        one, other = old.get("items"), new.get("items")
        if isinstance(one, dict) and isinstance(other, dict):
            yield from self.differences(one, other, f"{path}[]")
        elif isinstance(other, dict) and other:
            yield f"{path}[]: any item was accepted"


def _choices(schema: Schema, root: Schema) -> dict[str, Schema]:
    """Return what a value may be, by kind; references followed, alternatives laid side by side."""
    if "$ref" in schema:
        return _choices(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    alternatives = schema.get("anyOf") or (schema.get("oneOf") if "properties" not in schema else None)
    if alternatives:
        return {kind: each for one in alternatives for kind, each in _choices(one, root).items()}
    kinds = schema.get("type", "any value")
    return {_named(kind, schema): schema for kind in ([kinds] if isinstance(kinds, str) else kinds)}


def _named(kind: str, schema: Schema) -> str:
    """Return the kind; of an object with a tag, which of several it is."""
    tags = [
        str(values[0])
        for name, each in schema.get("properties", {}).items()
        if name in schema.get("required", ()) and len(values := each.get("enum", ())) == 1
    ]
    return f"{kind} {', '.join(tags)}".rstrip()


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    mine, theirs = old.get("enum"), new.get("enum")
    if mine is None and theirs is not None:
        yield f"{path}: any {old.get('type')} was accepted"
    elif mine is not None and theirs is None and not path.startswith(FACTS):
        yield f"{path}: readers now get any {new.get('type')}"
    elif mine is not None and theirs is not None:
        yield from (f"{path}: the value {value!r} is gone" for value in mine if value not in theirs)
        if not path.startswith(FACTS):
            yield from (f"{path}: readers now get the value {value!r}" for value in theirs if value not in mine)


def _lengths(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for word, tighter in (("minItems", 1), ("maxItems", -1), ("minLength", 1), ("maxLength", -1), ("minimum", 1)):
        before, after = old.get(word), new.get(word)
        if after is not None and (before is None or (after - before) * tighter > 0):
            yield f"{path}: {word} was {before} and is {after}"
