"""Reports of schema 1.0, kept as they were written: every later version renders, rechecks and compares them.

A golden file is never written anew once its schema version is released; a new major version gets files of its
own. The stored schema is what `diagnose schema` said when schema 1.0 was fixed: `diagnose schema >
tests/golden/schema-1.0.json` writes it, and only before the release.
"""

from __future__ import annotations

import copy
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from diagnose.format import COMPARISONS, GROUP, Style, comparison_renderer, renderer
from diagnose.registry import load
from diagnose.report import Document, digest
from diagnose.schema import document_schema
from diagnose.support import saved
from diagnose.support.comparison import compare
from diagnose.support.rechecking import recheck
from diagnose.testing import rejudge
from tests.golden.additive import Schema, breaks

HERE = Path(__file__).parent
REPORTS = ("healthy", "missing-intermediate")
EXPECTED = {"healthy": ("ready", ()), "missing-intermediate": ("not_ready", ("tls.chain-complete",))}


def golden(name: str) -> Document:
    return saved.read(HERE / f"{name}.json")


def stored_schema() -> Schema:
    schema: Schema = json.loads((HERE / "schema-1.0.json").read_text("utf-8"))
    return schema


@pytest.mark.parametrize("name", REPORTS)
def test_a_golden_report_is_whole_and_valid_by_its_own_schema_and_by_todays(name: str) -> None:
    raw = golden(name).raw
    assert raw["digest"]["value"] == digest(raw)
    for schema in (stored_schema(), document_schema()):
        jsonschema.Draft202012Validator(schema).validate(raw)


@pytest.mark.parametrize("form", sorted(entry.name for entry in metadata.entry_points(group=GROUP)))
@pytest.mark.parametrize("name", REPORTS)
def test_it_is_rendered_in_every_format(name: str, form: str) -> None:
    text = renderer(form).render(golden(name), Style())
    assert text.strip()
    assert all(cause in text for cause in EXPECTED[name][1])


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_rechecked_and_what_is_different_has_a_reason(name: str) -> None:
    document = golden(name)
    again = recheck(document, load())
    assert (again.report.verdict.status, again.report.verdict.causes) == EXPECTED[name]
    assert again.raw["facts"] == document.raw["facts"]
    jsonschema.Draft202012Validator(document_schema()).validate(again.raw)
    for change in again.raw["recheck"]["changes"]:
        assert change["why"], change


@pytest.mark.parametrize("form", sorted(entry.name for entry in metadata.entry_points(group=COMPARISONS)))
def test_they_are_compared(form: str) -> None:
    comparison = compare(golden("missing-intermediate").report, golden("healthy").report)
    assert comparison.causes.gone == ("tls.chain-complete",)
    assert "tls.chain-complete" in comparison_renderer(form).render(comparison, Style())


def test_a_saved_report_is_a_fixture() -> None:
    """One call, on a file, a page, or the parsed document."""
    judged = rejudge(HERE / "missing-intermediate.json")
    assert judged["tls.chain-complete"].status == "fail"
    assert judged["tls.trusted"].status == "pass"
    assert rejudge(golden("missing-intermediate")) == rejudge(golden("missing-intermediate").raw) == judged


def test_the_schema_has_only_grown() -> None:
    assert breaks(stored_schema(), document_schema()) == []


def changed(change: Any) -> Schema:
    schema = copy.deepcopy(document_schema())
    change(schema["$defs"])
    return schema


NO_ADDITIONS = {
    "a key is gone": (lambda d: d["Run"]["properties"].pop("vantage"), "vantage: is gone"),
    "a key is renamed": (
        lambda d: d["Run"]["properties"].update(place=d["Run"]["properties"].pop("vantage")),
        "is gone",
    ),
    "a key is required of old reports": (lambda d: d["Run"]["required"].append("vantage"), "is required now"),
    "a key may be absent": (lambda d: d["Run"]["required"].remove("id"), "may be absent now"),
    "another type": (lambda d: d["Run"]["properties"].update(id={"type": "integer"}), "is not accepted any more"),
    "null besides": (
        lambda d: d["Run"]["properties"].update(id={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "readers now get null",
    ),
    "no null any more": (lambda d: d["TargetView"]["properties"].update(tenant={"type": "string"}), "null is not"),
    "one status more": (lambda d: d["Status"]["enum"].append("maybe"), "readers now get the value 'maybe'"),
    "one status less": (lambda d: d["Status"]["enum"].remove("skip"), "the value 'skip' is gone"),
    "anything instead of a text": (lambda d: d["Run"]["properties"].update(id={}), "readers now get any value"),
    "a text instead of anything": (
        lambda d: d["CheckResult"]["properties"]["evidence"].update(additionalProperties={"type": "string"}),
        "evidence/*",
    ),
    "no unknown keys": (lambda d: d["Run"].update(additionalProperties=False), "unknown keys"),
    "other items": (lambda d: d["Verdict"]["properties"]["causes"].update(items={"type": "integer"}), "causes[]"),
    "bytes become a text": (
        lambda d: d["FetchedIssuer"]["properties"]["certificate"].pop("contentEncoding"),
        "contentEncoding was base64",
    ),
    "a fact is gone": (lambda d: d["Facts"]["properties"].pop("dns.addresses"), "dns.addresses: is gone"),
    "a fact's value is gone": (lambda d: d["Resolution"]["properties"]["outcome"]["enum"].remove("failed"), "'failed'"),
}


@pytest.mark.parametrize("what", NO_ADDITIONS)
def test_what_is_no_addition_is_seen(what: str) -> None:
    change, words = NO_ADDITIONS[what]
    found = breaks(document_schema(), changed(change))
    assert len(found) >= 1
    assert words in "\n".join(found)


ADDITIONS = {
    "a key": lambda d: d["Run"]["properties"].update(place={"type": "string"}),
    "a fact": lambda d: d["Facts"]["properties"].update({"dns.more": {"type": "object"}}),
    "a fact's value": lambda d: d["Resolution"]["properties"]["outcome"]["enum"].append("refused"),
    "a fact's type": lambda d: d["Resolution"]["properties"].update(detail={"type": ["string", "null"]}),
    "a definition under another name": lambda d: d.update(Elsewhere=d["Digest"]),
}


@pytest.mark.parametrize("what", ADDITIONS)
def test_an_addition_is_none_of_that(what: str) -> None:
    assert breaks(document_schema(), changed(ADDITIONS[what])) == []
