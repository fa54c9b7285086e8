"""The Windows Firewall's and HTTP.sys' logs: what they refute, and what they leave open."""

from __future__ import annotations

from datetime import datetime

import pytest

from diagnose.logs.model import LogsError
from tests.logs.rows import OURS, STRANGER, evidence, firewall, firewall_row, httperr, seen


@pytest.mark.parametrize(
    ("row", "meaning", "outcome"),
    [
        (firewall_row("DROP"), "refused", "deny"),
        (firewall_row("DROP", flags="-"), "refused", "deny"),
        (firewall_row("DROP", flags="SEW"), "refused", "deny"),
        (firewall_row("ALLOW"), "let_in", "unknown"),
        (firewall_row("ALLOW", flags="-"), "let_in", "unknown"),
        (firewall_row("DROP", flags="A"), "other", "unknown"),
        (firewall_row("DROP", flags="FA"), "other", "unknown"),
        (firewall_row("DROP", flags="SA"), "other", "unknown"),
        (firewall_row("DROP", port=3389), "other", "unknown"),
        (firewall_row("DROP", protocol="UDP"), "other", "unknown"),
        (firewall_row("DROP", way="SEND"), "other", "unknown"),
        (firewall_row("CLOSE"), "other", "unknown"),
    ],
)
def test_only_a_dropped_opening_segment_to_the_web_port_is_a_refusal(row: str, meaning: str, outcome: str) -> None:
    found = seen(firewall(row))
    assert (found.counts, found.outcome) == ({meaning: 1}, outcome)


def test_a_later_allow_takes_back_a_drop_and_proves_no_more() -> None:
    mended = firewall(firewall_row("DROP", time="10:00:00"), firewall_row("ALLOW", time="10:05:00"))
    broken = firewall(firewall_row("ALLOW", time="10:00:00"), firewall_row("DROP", time="10:05:00"))
    assert (seen(mended).outcome, seen(broken).outcome) == ("unknown", "deny")


def test_its_times_are_local_so_they_carry_no_zone() -> None:
    found = evidence(firewall(firewall_row()))
    assert (found.clock, found.layer) == ("local", "host-firewall")
    assert found.seen[0].samples[0].time == datetime(2026, 11, 22, 10)  # noqa: DTZ001 - that is the point


def test_the_urls_port_counts_beside_443() -> None:
    row = firewall(firewall_row("DROP", port=8443))
    assert (seen(row).outcome, seen(row, ports=(8443,)).outcome) == ("unknown", "deny")


def test_the_address_as_destination_is_not_the_client() -> None:
    row = f"2026-11-22 10:00:00 DROP TCP {STRANGER} {OURS} 51000 443 52 S 1 0 64240 - - - RECEIVE 4"
    assert seen(firewall(row)).counts == {}


def test_a_firewall_log_without_its_head_is_recognised() -> None:
    assert evidence((firewall_row() + "\r\n").encode()).format == "pfirewall"


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("Connection_Dropped", "aborted"),
        ("Timer_ConnectionIdle", "aborted"),
        ("Timer_HeaderWait", "aborted"),
        ("Connection_Abandoned_By_ReqQueue", "aborted"),
        ("Client_Reset", "aborted"),
        ("AppOffline", "other"),
        ("BadRequest", "other"),
        ("-", "other"),
    ],
)
def test_an_httperr_row_decides_nothing(reason: str, meaning: str) -> None:
    row = f"2026-11-22 09:00:00 {OURS} 51000 10.0.0.5 443 HTTP/1.1 POST /auth/token?x=hidden - - 1 {reason} auth"
    found = evidence(httperr(row))
    assert (found.format, found.seen[0].counts, found.outcome(OURS)) == ("httperr", {meaning: 1}, "unknown")
    assert found.seen[0].samples[0].result == reason
    assert "hidden" not in repr(found)


def test_an_httperr_log_without_its_head_is_recognised() -> None:
    row = f"2026-11-22 09:00:00 {OURS} 51000 10.0.0.5 443 - - - - - Timer_ConnectionIdle -\r\n"
    assert evidence(row.encode()).seen[0].counts == {"aborted": 1}


@pytest.mark.parametrize("text", [b"", b"\0" * 100, b"PK\x03\x04" + b"x" * 300, b"hello\nworld\n", b"<html></html>"])
def test_what_is_no_log_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(LogsError, match="no log that can be read"):
        evidence(text)
