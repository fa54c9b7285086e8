"""The published JSON Schema (2020-12) of the report, generated from the types that read and write it.

Readers accept unknown keys, so nothing here forbids one. Facts of this distribution have their own schema;
a plug-in's facts are valid as whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec

from diagnose.fact import Fact, Unavailable
from diagnose.report import SCHEMA_VERSION, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The dialect's own identifier (json-schema.org, 2020-12); nothing is fetched from there."""

_REFERENCE = "#/$defs/{name}"


def document_schema() -> dict[str, Any]:
    """Return the schema of the whole document, the bundled facts included."""
    facts = bundled_facts()
    references, definitions = msgspec.json.schema_components(
        [Report, Unavailable, *facts.values()], ref_template=_REFERENCE
    )
    report, unavailable, *values = references
    del definitions["FactEntry"]  # the reader's view of an entry; the schema says which value belongs to which name
    definitions["Facts"] = _facts(dict(zip(facts, values, strict=True)), unavailable)
    definitions["Report"]["properties"]["facts"] = {"$ref": _REFERENCE.format(name="Facts")}
    return {
        "$schema": DIALECT,
        "$id": f"urn:halo-diagnose:report:{SCHEMA_VERSION}",
        "title": f"halo-diagnose report, schema version {SCHEMA_VERSION}",
        **report,
        "$defs": {name: _open(definition) for name, definition in sorted(definitions.items())},
    }


def bundled_facts() -> dict[str, type[Fact]]:
    """Return the fact types of this distribution by name, sorted."""
    import diagnose.facts  # noqa: PLC0415 - the modules below it register the types

    for module in iter_modules(diagnose.facts.__path__, "diagnose.facts."):
        import_module(module.name)
    for name in ("diagnose.profile", "diagnose.inputs.waivers"):
        import_module(name)
    found = {kind.NAME: kind for kind in _below(Fact) if kind.__module__.startswith("diagnose.") and kind.NAME}
    return dict(sorted(found.items()))


def _below(kind: type[Fact]) -> Iterator[type[Fact]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _facts(values: dict[str, Any], unavailable: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema
    return {
        "type": "object",
        "description": "Everything observed, by name: a value, or why there is none.",
        "properties": {name: _entry(value, unavailable) for name, value in values.items()},
        "additionalProperties": _entry({}, unavailable),
    }


def _entry(value: Any, unavailable: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema
    return {
        "type": "object",
        "properties": {"value": value, "unavailable": unavailable},
        "oneOf": [{"required": ["value"]}, {"required": ["unavailable"]}],
    }


def _open(definition: dict[str, Any]) -> dict[str, Any]:
    """A later minor version may add keys anywhere; only maps say what their values are."""
    if definition.get("additionalProperties") is False:
        return {key: value for key, value in definition.items() if key != "additionalProperties"}
    return definition
