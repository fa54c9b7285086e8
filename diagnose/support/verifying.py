"""Was anything changed since it was written? Sums of an attachment's files, and the report's own digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from diagnose.converting import convert
from diagnose.probes.strictjson import NotJsonError, strict_json
from diagnose.report import Document, ReportError, digest
from diagnose.support.archive import is_archive, unpacked
from diagnose.support.attachment import MANIFEST, PAGE, REPORT
from diagnose.support.saved import content_of, document, parse
from diagnose.text import harmless

MEANING = (
    "A digest shows whether something was changed by accident. It is no signature: whoever changes the report can",
    "change the digest too. To be sure of the sender, compare the digest with the one he tells you by another way.",
)


class Finding(msgspec.Struct, frozen=True):
    """One digest that was recalculated."""

    name: str
    fits: bool
    said: str


class _Listed(msgspec.Struct, frozen=True):
    """One file in the manifest."""

    name: str
    sha256: str


class _Manifest(msgspec.Struct, frozen=True):
    """The manifest, as far as it is verified."""

    files: tuple[_Listed, ...]
    report_digest: str | None = None
    report_changed_before: bool = False
    """The digest of the report did not fit when the attachment was made; under pseudonyms it has a new one."""


def verified(path: Path) -> tuple[Finding, ...]:
    """Return what was recalculated; UsageError or ReportError where the file is neither attachment nor report."""
    content = content_of(path)
    try:
        if not is_archive(content):
            return (_own_digest(path.name, document(parse(content))),)
        return tuple(_attachment(unpacked(content)))
    except ReportError as error:
        raise ReportError(f"{path}: {error}") from error


def _attachment(members: Mapping[str, bytes]) -> Iterator[Finding]:
    if MANIFEST not in members or REPORT not in members:
        raise ReportError(f"this archive holds no {MANIFEST} or no {REPORT}, so it is no attachment of halo-diagnose")
    manifest = _manifest(members[MANIFEST])
    listed = {each.name: each.sha256 for each in manifest.files}
    for name in (*listed, *(name for name in members if name not in listed and name != MANIFEST)):
        yield _sum(name, members.get(name), listed.get(name))
    inside = document(parse(members[REPORT]))
    own = _own_digest(f"digest of {REPORT}", inside)
    yield own
    yield Finding(f"digest in {MANIFEST}", manifest.report_digest == _stated(inside), manifest.report_digest or "none")
    if manifest.report_changed_before:
        yield Finding("the report it was made of", False, "was changed before: its digest did not fit")
    if PAGE in members:
        same = _canonical(parse(members[PAGE])) == _canonical(inside.raw)
        yield Finding(f"report in {PAGE}", same, f"{'the same as' if same else 'another than'} {REPORT}")


def _manifest(content: bytes) -> _Manifest:
    try:
        return convert(strict_json(content), _Manifest)
    except (NotJsonError, msgspec.ValidationError) as error:
        raise ReportError(f"{MANIFEST} is damaged") from error


def _sum(name: str, content: bytes | None, listed: str | None) -> Finding:
    shown = harmless(name, longest=200)
    if content is None:
        return Finding(shown, False, "is missing")
    found = hashlib.sha256(content).hexdigest()
    if listed is None:
        return Finding(shown, False, f"is not in {MANIFEST}")
    return Finding(shown, found == listed, f"SHA-256 {found}")


def _own_digest(name: str, report: Document) -> Finding:
    try:
        found = digest(report.raw)
    except (ValueError, RecursionError) as error:
        raise ReportError("this report is damaged: it holds text or numbers that no report holds") from error
    return Finding(harmless(name, longest=200), found == _stated(report), f"SHA-256 {found}")


def _stated(report: Document) -> str | None:
    return report.report.digest.value if report.report.digest is not None else None


def _canonical(raw: dict[str, Any]) -> str:
    return json.dumps(raw, sort_keys=True)
