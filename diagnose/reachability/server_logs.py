"""What server logs say about each address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from diagnose.facts.allowlist import ServerLogs
from diagnose.logs.model import TITLES, Arrival, LogEvidence, Seen
from diagnose.reachability.model import Collected, Evidence


def from_logs(files: ServerLogs, addresses: Collection[str]) -> Collected:
    """Return one piece of evidence per log and address that occurs in it."""
    evidence, notes = [], []
    for log in files.logs:
        for seen in log.seen:
            if seen.address in addresses:
                evidence += [_evidence(log, seen)] if seen.counts else []
                notes += _notes(log, seen)
        notes += [f"{log.source}: {remark}" for remark in log.remarks]
    notes += [f"{file.source} could not be understood: {file.why}" for file in files.unreadable]
    return Collected(tuple(evidence), tuple(notes))


def proves(log: LogEvidence, seen: Seen) -> str:
    """Return one sentence: what this log proves about this address."""
    latest = seen.latest
    if latest is None:
        return _undecided(seen, TITLES[log.format])
    moment = _moment(latest.time)
    if latest.meaning == "let_in":
        return f"Windows Firewall let {seen.address} in{moment}, and what IIS answered is in another log"
    if latest.meaning == "refused" and log.format == "pfirewall":
        return f"Windows Firewall on this server dropped the connection of {seen.address}{moment}"
    if latest.meaning == "refused":
        return f"IIS refused {seen.address} for its address ({latest.result}) at {latest.path}{moment}"
    late = ", but the log was not read to its end" if log.stopped else ""
    return f"{seen.address} reached Halo: {latest.path} answered {latest.result}{moment}{late}"


def _evidence(log: LogEvidence, seen: Seen) -> Evidence:
    decisive = _decisive(seen)
    return Evidence(
        basis="logs",
        address=seen.address,
        outcome=log.outcome(seen.address),
        why=proves(log, seen),
        layer=log.layer,
        source=log.source,
        line=decisive.line if decisive else None,
        when=decisive.time if decisive else None,
    )


def _decisive(seen: Seen) -> Arrival | None:
    return seen.latest or next(reversed(seen.samples), None)


def _undecided(seen: Seen, title: str) -> str:
    address = seen.address
    if not seen.counts:
        return f"{address} does not occur in {title}"
    if "throttled" in seen.counts:
        return f"{address} got as far as IIS, which found it too fast: a rate limit, and not the allow-list"
    if "aborted" in seen.counts:
        return f"{address} got as far as this server, and its connection ended without an answer"
    return f"{address} occurs in {title}, but no row shows Halo's answer"


def _moment(time: datetime | None) -> str:
    if time is None:
        return ""
    return f" on {time:%Y-%m-%d %H:%M:%S} {'UTC' if time.tzinfo else 'server time'}"


def _notes(log: LogEvidence, seen: Seen) -> list[str]:
    if not seen.counts:
        return [f"{log.source}: {seen.address} does not occur, so it was stopped before this server, or did not try"]
    still = seen.still_refused
    if still is None:
        return []
    return [f"{log.source}: the latest row of {seen.address} at {still.path} is still a refusal ({still.result})"]
