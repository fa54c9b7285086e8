"""From the server's certificate to a root: the best path, found without walking every one.

Several paths may exist (cross-signs, renewals, hostile chains), so the search is Dijkstra's: a path costs
what is wrong with it, the cheapest one that reaches a root in force is the path, and every certificate is
expanded once, whatever loops a stranger builds.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal

from diagnose.chain.certificate import Certificate, read_all, within_caps
from diagnose.chain.entitlement import may_issue
from diagnose.chain.signatures import Signatures
from diagnose.chain.strength import is_weak
from diagnose.facts.chains import WARNING_DAYS

End = Literal["root", "self_signed", "missing"]
Cost = tuple[int, int, int, int, int]
"""Fetched rather than sent; outside its dates; weak or not entitled; soon outside its dates; length."""
ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""Dates decide which path is best, not where one ends."""
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Path:
    """Certificates from the server's own upwards, and how the last one ends it."""

    certificates: tuple[Certificate, ...]
    end: End
    cost: Cost

    @property
    def last(self) -> Certificate:
        """The certificate nearest to a root, or the root."""
        return self.certificates[-1]


@dataclass(frozen=True)
class Supply:
    """Where issuers may come from."""

    sent: Sequence[Certificate]
    fetched: Sequence[Certificate]
    roots: Sequence[Certificate]

    def candidates(self, child: Certificate) -> list[Certificate]:
        """Return every certificate of the issuer's name, likely ones first: the budget may not last for all."""
        named = {
            candidate.sha256: candidate
            for candidate in (*self.roots, *self.sent, *self.fetched)
            if candidate.subject_name is not None and candidate.subject_name == child.issuer_name
        }
        return sorted(named.values(), key=lambda candidate: not _identified(child, candidate))


def _identified(child: Certificate, candidate: Certificate) -> bool:
    wanted, given = child.issuer_key_identifier, candidate.key_identifier
    return wanted is not None and wanted == given


def best_path(leaf: Certificate, supply: Supply, now: datetime, signatures: Signatures) -> Path:
    """Return the best path to a root in force, or else the one that says most about why there is none."""
    ends = _search(leaf, supply, now, signatures)
    return min(ends, key=lambda path: (path.end != "root", path.end != "self_signed", path.cost[1], -path.cost[4]))


def _search(leaf: Certificate, supply: Supply, now: datetime, signatures: Signatures) -> list[Path]:
    """Return the cheapest path to a root alone, or every dead end."""
    roots = {root.sha256 for root in supply.roots}
    sent = {certificate.sha256 for certificate in supply.sent}
    ticket = count()
    queue: list[tuple[Cost, int, tuple[Certificate, ...]]] = [((0, 0, 0, 0, 1), next(ticket), (leaf,))]
    done: set[str] = set()
    ends: list[Path] = []
    walked: list[Path] = []
    while queue:
        cost, _, path = heapq.heappop(queue)
        last = path[-1]
        if last.sha256 in roots:
            return [Path(path, "root", cost)]
        if last.sha256 in done:
            continue
        done.add(last.sha256)
        walked.append(Path(path, "missing", cost))
        issuers = [found for found in supply.candidates(last) if signatures.confirm(last, found)]
        own = [issuer for issuer in issuers if issuer.sha256 == last.sha256]
        others = [issuer for issuer in issuers if issuer.sha256 != last.sha256]
        if own or not others:
            ends.append(Path(path, "self_signed" if own else "missing", cost))
        for issuer in others:
            fetched = issuer.sha256 not in sent and issuer.sha256 not in roots
            step = _step(issuer, fetched=fetched, depth=len(path) - 1, now=now)
            heapq.heappush(queue, (_sum(cost, step), next(ticket), (*path, issuer)))
    return ends or [max(walked, key=lambda path: path.cost[4])]


def _step(issuer: Certificate, *, fetched: bool, depth: int, now: datetime) -> Cost:
    soon = now + min(timedelta(days=WARNING_DAYS), NEVER - now)
    wrong = (not may_issue(issuer, depth)) + is_weak(issuer)
    return (int(fetched), int(not issuer.is_current(now)), wrong, int(not issuer.is_current(soon)), 1)


def _sum(one: Cost, other: Cost) -> Cost:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3], one[4] + other[4])


def open_ends(chain: Sequence[bytes], roots: Sequence[Certificate]) -> list[Certificate]:
    """Return the certificates at which paths end because their issuer is nowhere, none where a root is reached.

    The server's own is the first, but a reversed chain has it elsewhere: what is no CA counts as well.
    """
    known = read_all(within_caps(chain))
    supply = Supply(known, (), roots)
    signatures = Signatures()
    starts = [certificate for number, certificate in enumerate(known) if number == 0 or not certificate.is_ca]
    ends: dict[str, Certificate] = {}
    for start in starts:
        for path in _search(start, supply, ANY_MOMENT, signatures):
            if path.end == "missing":
                ends[path.last.sha256] = path.last
    return list(ends.values())
