"""The digest of a report just made is the one that anybody computes from its canonical form."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from diagnose.report import Document, FactEntry, Report, digest
from tests.reports import samples, strategies


def by_the_book(raw: dict[str, Any]) -> str:
    """As a reader would do it who has nothing but the documentation and the standard library."""
    rest = {key: value for key, value in raw.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@given(strategies.documents())
def test_any_report(document: Document) -> None:
    assert document.raw["digest"]["value"] == digest(document.raw) == by_the_book(document.raw)
    again = Document.of(msgspec.convert(document.raw, Report))
    assert list(again.raw)[-1] == "digest"
    assert again.raw == document.raw


@pytest.mark.parametrize(
    ("number", "kept"),
    [(1e16, 1e16), (-1.5e300, -1.5e300), (123456789012345.678, 123456789012345.67), (0.00049, 0.0), (1e-9, 0.0),
     (2.0005, 2.001), (9999999999999998.0, 9999999999999998.0), (-0.0, -0.0), (7, 7), (2**63, 2**63)],
)  # fmt: skip
def test_numbers_of_every_size(number: float, kept: float) -> None:
    report = samples.document({}).report
    document = Document.of(msgspec.structs.replace(report, facts={"one.fact": FactEntry(value=[number, "1e16"])}))
    assert document.raw["facts"]["one.fact"]["value"] == [kept, "1e16"]
    assert document.raw["digest"]["value"] == by_the_book(document.raw)
