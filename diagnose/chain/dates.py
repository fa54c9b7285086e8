"""The dates of a path, and whether this machine's clock decides the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from diagnose.chain.certificate import Certificate
from diagnose.chain.paths import NEVER
from diagnose.facts.chains import CLOCK_DOUBT_SECONDS, Dates

DAY = 86400.0


def judge(path: Sequence[Certificate], now: datetime, clock_offset: float | None) -> Dates:
    """Return which certificates of the path are outside their dates, and which expires first."""
    first = min(path, key=lambda certificate: certificate.not_after or NEVER)
    expired = [certificate.subject for certificate in path if certificate.not_after and certificate.not_after < now]
    early = [certificate.subject for certificate in path if certificate.not_before and certificate.not_before > now]
    unread = [certificate.subject for certificate in path if not (certificate.not_before and certificate.not_after)]
    return Dates(
        first=first.subject,
        not_after=first.not_after,
        expired=(*expired, *unread),
        not_yet_valid=tuple(early),
        days_left=round(((first.not_after or NEVER) - now).total_seconds() / DAY, 1),
        in_doubt=_in_doubt(path, now, clock_offset),
        all_wrong=not any(certificate.is_current(now) for certificate in path),
    )


def _in_doubt(path: Sequence[Certificate], now: datetime, offset: float | None) -> bool:
    """Whether the clocks are more than a day apart and disagree about the path."""
    if offset is None or not math.isfinite(offset) or abs(offset) <= CLOCK_DOUBT_SECONDS:
        return False
    try:
        theirs = now + timedelta(seconds=offset)
    except OverflowError:
        return False
    return _all_current(path, now) != _all_current(path, theirs)


def _all_current(path: Sequence[Certificate], moment: datetime) -> bool:
    return all(certificate.is_current(moment) for certificate in path)
