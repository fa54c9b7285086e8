"""What is known of a target before it is diagnosed: where its servers are, and whether an earlier run has done it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from diagnose import target
from diagnose.cli.fleet_work import Done, reading
from diagnose.errors import UsageError
from diagnose.facts.run import Target
from diagnose.fleet.entries import Entry, entry
from diagnose.fleet.listing import Row
from diagnose.report import ReportError, digest
from diagnose.support.saved import read as read_report


def places(row: Row) -> tuple[tuple[str, int], ...]:
    """Return the hosts and ports of its servers; none where its URLs cannot be read, for then it asks nobody."""
    try:
        return _target(row).endpoints
    except UsageError:
        return ()


def to_do(rows: Iterable[Row], directory: Path | None) -> int:
    """Return how many of these have no reports in the folder of `--resume`; what those say is not read for that."""
    return sum(1 for row in rows if directory is None or not _both_there(row, directory))


def _both_there(row: Row, directory: Path) -> bool:
    return all((directory / f"{row.stem}.{kind}").is_file() for kind in ("json", "html"))


async def kept(row: Row, directory: Path | None, fail_on: str) -> Done | None:
    """Return the entry of a target whose report an earlier run wrote whole; None where it is to be done."""
    if directory is None or row.problem:
        return None
    try:
        found = await reading(lambda: _kept(row, directory, fail_on))
    except (UsageError, ReportError):
        return None
    return Done(found) if found is not None else None


def _kept(row: Row, directory: Path, fail_on: str) -> Entry | None:
    if not _both_there(row, directory):
        return None
    file = f"{row.stem}.json"
    document = read_report(directory / file)
    report, given = document.report, _target(row)
    same = (report.target.resource_server, report.target.auth_server, report.target.tenant) == (
        given.resource.given,
        given.auth.given,
        given.tenant,
    )
    whole = report.digest is not None and report.digest.value == digest(document.raw)
    if not (same and whole) or report.run.cancelled:
        return None
    seconds = (report.run.finished - report.run.started).total_seconds()
    return entry(row.name, report, seconds, file, fail_on=fail_on, kept=True)


def _target(row: Row) -> Target:
    return target.read(
        resource_server=row.text("resource_server") or "",
        auth_server=row.text("auth_server") or "",
        tenant=row.text("tenant"),
    )
