"""What holds for any bytes, and for rows in any order."""

from __future__ import annotations

import gzip
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.logs.model import LogEvidence, LogsError
from tests.logs.rows import (
    FIREWALL_FIELDS,
    HTTPERR_FIELDS,
    IIS_FIELDS,
    OURS,
    SECOND,
    STRANGER,
    evidence,
    firewall,
    iis,
    iis_row,
)

STATUSES = ("200 0", "401 0", "403 6", "403 502", "404 0", "404 503", "500 0")
ALPHABET = [
    b"#Fields: ",
    *(f"#Fields: {fields}\r\n".encode() for fields in (IIS_FIELDS, HTTPERR_FIELDS, FIREWALL_FIELDS)),
    b"#Date: 2026-11-22\n",
    iis_row().encode(),
    iis_row(STRANGER).encode(),
    firewall(),
    OURS.encode(),
    b"::ffff:",
    b" ",
    b"-",
    b'"',
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"2026-99-99 99:99:99 ",
    b"\xe2\x80\xae",
]

rows = st.tuples(st.sampled_from((OURS, SECOND, STRANGER)), st.sampled_from(STATUSES), st.integers(0, 59))
pieces = st.lists(st.one_of(st.sampled_from(ALPHABET), st.binary(max_size=20)), max_size=30).map(b"".join)


@pytest.mark.fuzz
@given(
    st.one_of(pieces, st.binary(max_size=300), pieces.map(gzip.compress), st.binary().map(lambda b: b"\x1f\x8b" + b))
)
def test_any_bytes_are_evidence_or_one_sentence(text: bytes) -> None:
    with suppress(LogsError):
        found = evidence(text, (OURS, SECOND, "2600:1f16::1"))
        assert [one.address for one in found.seen] == [OURS, SECOND, "2600:1f16::1"]
        assert msgspec.json.decode(msgspec.json.encode(found), type=LogEvidence) == found


@given(st.lists(rows, max_size=30))
def test_what_is_found_fast_is_what_reading_every_line_finds(given_rows: list[tuple[str, str, int]]) -> None:
    text = iis(*(iis_row(address, status, time=f"09:00:{second:02}") for address, status, second in given_rows))
    decisive = {"200 0": "allow", "401 0": "allow", "403 6": "deny", "404 503": "deny"}
    for one in evidence(text, (OURS, SECOND)).seen:
        own = [
            (second, at, status) for at, (address, status, second) in enumerate(given_rows) if address == one.address
        ]
        assert sum(one.counts.values()) == len(own)
        latest = max((row for row in own if row[2] in decisive), default=None)
        assert one.outcome == (decisive[latest[2]] if latest else "unknown")


@given(st.lists(rows, max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_rows_with_different_times_changes_nothing(
    given_rows: list[tuple[str, str, int]], random: object
) -> None:
    distinct = list({row[2]: row for row in given_rows}.values())
    mixed = list(distinct)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis' own random
    one, other = (
        evidence(iis(*(iis_row(address, status, time=f"09:00:{second:02}") for address, status, second in order)))
        for order in (distinct, mixed)
    )
    assert one.seen[0].counts == other.seen[0].counts
    assert one.outcome(OURS) == other.outcome(OURS)


@given(st.lists(rows, max_size=15))
def test_no_other_client_is_ever_kept(given_rows: list[tuple[str, str, int]]) -> None:
    text = iis(*(iis_row(address, status, agent=STRANGER) for address, status, _ in given_rows))
    assert STRANGER not in repr(evidence(text, (OURS, SECOND)))
