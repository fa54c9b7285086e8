"""The report: one document, schema version 1, canonical as JSON.

`Document` holds the parsed original and a typed view of it. Renderers read the view; JSON and HTML carry
the original, so that nothing unknown to this version is lost and the digest holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from diagnose.converting import convert, decode_plain
from diagnose.fact import Fact, Unavailable
from diagnose.outcome import Status
from diagnose.text import harmless
from diagnose.verdict import CheckResult, Verdict

SCHEMA_VERSION = "1.0"
DECIMALS = 3
EXPONENT_FROM = 1e16
"""From here on `repr` writes a float with an exponent (CPython 3.11 to 3.13); small ones are rounded away."""


class Plugin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Code that is not of this distribution and took part, or could not."""

    name: str
    version: str
    error: str = ""
    """Why it took no part."""


class DataTable(msgspec.Struct, frozen=True):
    """One bundled table of data that outcomes depend on: its date, and the SHA-256 of the file."""

    as_of: str
    sha256: str


class Tool(msgspec.Struct, frozen=True):
    """What wrote the report, and the tables it judged by."""

    name: str
    version: str
    plugins: tuple[Plugin, ...] = ()
    tables: dict[str, DataTable] = {}


class Run(msgspec.Struct, frozen=True):
    """When and from where."""

    id: str
    started: datetime
    finished: datetime
    profile: str
    vantage: str = "customer"
    cancelled: bool = False


class TargetView(msgspec.Struct, frozen=True):
    """What was diagnosed, as typed; the client id by its last four characters."""

    resource_server: str
    auth_server: str
    tenant: str | None = None
    client_id: str | None = None
    certificate_file: str | msgspec.UnsetType = msgspec.UNSET
    """The name of the file that was judged instead of a server; absent in the report of a run."""


class Contact(msgspec.Struct, frozen=True):
    """One address that was contacted, why, and how often."""

    host: str
    port: int
    address: str
    purpose: str
    requests: int = 0


class Digest(msgspec.Struct, frozen=True):
    """SHA-256 over the canonical form of everything else; not a signature."""

    algorithm: str
    value: str


class BriefResult(msgspec.Struct, frozen=True):
    """A check's result in brief."""

    status: Status
    summary: str


class RecheckChange(msgspec.Struct, frozen=True):
    """One check that says something else than the report did, and why. `before` is null for a new check."""

    id: str
    before: BriefResult | None
    after: BriefResult | None
    why: str


class Recheck(msgspec.Struct, frozen=True):
    """Where the facts come from, when they were judged again, and what became different."""

    of_digest: str
    """SHA-256 of the report whose facts these are."""
    of_tool: Tool
    as_of: datetime
    """The moment by which dates were judged."""
    changes: tuple[RecheckChange, ...] = ()


class FactEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stored fact: its value, or why there is none."""

    value: Any = msgspec.UNSET
    unavailable: Unavailable | msgspec.UnsetType = msgspec.UNSET


class Report(msgspec.Struct, frozen=True):
    """The whole report. Readers accept unknown keys."""

    schema_version: str
    tool: Tool
    run: Run
    target: TargetView
    verdict: Verdict
    checks: tuple[CheckResult, ...]
    facts: dict[str, FactEntry] = {}
    contacted: tuple[Contact, ...] = ()
    digest: Digest | None = None
    recheck: Recheck | msgspec.UnsetType = msgspec.UNSET
    """Present where today's checks judged the facts of an earlier report."""


class ReportError(Exception):
    """A report that cannot be read; the message is one sentence."""


class Document:
    """One report: `raw` is the parsed original, `report` the typed view of it."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        try:
            self.report = convert(raw, Report)
        except msgspec.ValidationError as error:
            raise ReportError(f"this is not a report of halo-diagnose: {error}") from error

    @classmethod
    def of(cls, report: Report) -> Document:
        """Return the document of a report just made: plain values, numbers rounded, digest added."""
        rounding = _Rounding()
        raw = decode_plain(msgspec.json.encode(report), rounding)
        raw.pop("digest", None)
        value = digest(raw) if rounding.met_exponent else _digest_of_plain(raw)
        return cls(raw | {"digest": {"algorithm": "sha-256", "value": value}})


def canonical(raw: Mapping[str, Any]) -> bytes:
    """Return the bytes the digest is taken of: the report without `digest`, sorted keys, no blanks."""
    rest = {key: value for key, value in raw.items() if key != "digest"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(raw: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(canonical(raw)).hexdigest()


def _digest_of_plain(raw: Mapping[str, Any]) -> str:
    """Return the digest of a report in which no number is written with an exponent, in a tenth of the time.

    In that alone the two ways of writing differ: `1e16` and `1e+16`.
    """
    return hashlib.sha256(msgspec.json.encode(raw, order="sorted")).hexdigest()


def with_digest(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report with the digest of everything else in it as its last key."""
    rest = {key: value for key, value in raw.items() if key != "digest"}
    return rest | {"digest": {"algorithm": "sha-256", "value": digest(rest)}}


class _Rounding:
    """Rounds every number that is no integer, and notes where one is written with an exponent all the same."""

    met_exponent = False

    def __call__(self, number: str) -> float:
        value = round(float(number), DECIMALS)
        self.met_exponent = self.met_exponent or abs(value) >= EXPONENT_FROM
        return value


def rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Round every number to three decimals; what JSON cannot hold becomes null."""
    if isinstance(value, float):
        return round(value, DECIMALS) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - NaN
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def entries(facts: Mapping[str, Fact | Unavailable]) -> dict[str, FactEntry]:
    """Return the stored form of these facts, sorted by name."""
    return {name: _entry(facts[name]) for name in sorted(facts)}


def _entry(value: Fact | Unavailable) -> FactEntry:
    if isinstance(value, Unavailable):
        return FactEntry(unavailable=msgspec.structs.replace(value, detail=harmless(value.detail)))
    return FactEntry(value=msgspec.to_builtins(value, str_keys=True))
