"""The published schema is a schema, and what the tool writes is valid by it."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given

from diagnose.facts.network import Addresses, Resolution
from diagnose.facts.run import Moment
from diagnose.outcome import Code
from diagnose.report import Document, entries
from diagnose.schema import bundled_facts, document_schema
from tests.reports import samples, strategies

SCHEMA = document_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def with_facts(facts: dict[str, Any]) -> dict[str, Any]:
    return samples.healthy().raw | {"facts": facts}


def test_it_is_a_schema_of_2020_12() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_every_sample_is_valid(name: str) -> None:
    VALIDATOR.validate(samples.SAMPLES[name]().raw)


@given(strategies.documents())
def test_every_generated_report_is_valid(document: Document) -> None:
    VALIDATOR.validate(document.raw)


def test_a_status_outside_the_five_is_not_valid() -> None:
    raw = copy.deepcopy(samples.healthy().raw)
    raw["checks"][0]["status"] = "ok"
    assert not VALIDATOR.is_valid(raw)


def test_a_report_without_a_verdict_is_not_valid() -> None:
    raw = {key: value for key, value in samples.healthy().raw.items() if key != "verdict"}
    assert not VALIDATOR.is_valid(raw)


def test_unknown_keys_are_accepted_everywhere() -> None:
    raw = copy.deepcopy(samples.one_cause().raw) | {"later": 1}
    raw["checks"][0]["later"] = {"a": 1}
    VALIDATOR.validate(raw)
    assert "additionalProperties': False" not in str(SCHEMA)


def test_a_bundled_fact_as_it_is_stored_is_valid() -> None:
    fact = Addresses((Resolution("halo.example.com", "resolved", ("203.0.113.9",)),))
    stored = msgspec.json.decode(msgspec.json.encode(entries({fact.NAME: fact, Moment.NAME: Moment(samples.STARTED)})))
    VALIDATOR.validate(with_facts(stored))


def test_a_bundled_fact_of_the_wrong_shape_is_not_valid() -> None:
    assert not VALIDATOR.is_valid(with_facts({"dns.addresses": {"value": {"hosts": "none"}}}))


def test_a_plugins_fact_may_be_anything() -> None:
    VALIDATOR.validate(with_facts({"house.rules": {"value": [1, {"a": None}]}}))


def test_a_fact_is_there_or_says_why_not_and_never_both() -> None:
    missing = {"unavailable": {"code": Code.TIMEOUT.value, "detail": "no answer"}}
    VALIDATOR.validate(with_facts({"dns.addresses": missing}))
    assert not VALIDATOR.is_valid(with_facts({"dns.addresses": {}}))
    assert not VALIDATOR.is_valid(with_facts({"house.rules": {"value": 1} | missing}))


def test_every_bundled_fact_is_described() -> None:
    described = SCHEMA["$defs"]["Facts"]["properties"]
    assert set(described) == set(bundled_facts())
    assert {"run.target", "run.profile", "tls.handshakes", "auth.grant"} <= set(described)
