"""The server's clock is read off its Date, unless somebody else answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from diagnose.facts.clock import ServerClock, http_date
from diagnose.facts.http import Answer, Gate
from diagnose.facts.tls import Handshake, Handshakes
from diagnose.probes.clock import server_clock

SENT = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)


def head(date: str, **more: Any) -> Answer:
    headers = {"date": date, **more.pop("headers", {})}
    return Answer(
        "HEAD", "https://halo.example.com/", "answered", status=200, headers=headers, sent=SENT, seconds=1.0, **more
    )


def read(*answers: Answer | None, hosts: tuple[str, ...] = ("halo.example.com",) * 9) -> ServerClock:
    attempts = (
        Handshake(host, 443, "192.0.2.1", "completed", head=answer)
        for host, answer in zip(hosts, answers, strict=False)
    )
    found = server_clock.function(Handshakes(tuple(attempts)))
    assert isinstance(found, ServerClock)
    return found


def test_the_middle_of_the_exchange_is_compared() -> None:
    assert read(head("Sun, 22 Nov 2026 09:00:00 GMT")).offset_seconds == 0.0
    assert read(head("Sun, 22 Nov 2026 09:05:00 GMT")).offset_seconds == 300.0
    assert read(head("Sat, 21 Nov 2026 09:00:00 GMT")).offset_seconds == -86400.0


def test_a_cache_says_how_old_its_answer_is() -> None:
    cached = head("Sun, 22 Nov 2026 08:00:00 GMT", headers={"age": "3600"})
    assert read(cached).offset_seconds == 0.0


def test_a_filter_answers_with_its_own_clock() -> None:
    gate = Gate("x", "Filter", "outbound_filter", "blocked")
    assert read(head("Sun, 22 Nov 2020 09:00:00 GMT", gate=gate)) == ServerClock(None, ())


def test_without_a_date_nothing_is_known() -> None:
    assert read(None, head(""), head("yesterday")) == ServerClock(None, ())


def test_the_reading_nearest_to_zero_counts_and_each_host_by_its_worst() -> None:
    right, wrong = head("Sun, 22 Nov 2026 09:00:00 GMT"), head("Sun, 22 Nov 2026 10:00:00 GMT")
    found = read(right, wrong, right, hosts=("a.example", "b.example", "b.example"))
    assert found.offset_seconds == 0.0
    assert dict(found.by_host) == {"a.example": 0.0, "b.example": 3600.0}


@pytest.mark.parametrize(
    "text", ["", "Sun, 22 Nov 2026", "Sun, 99 Nov 2026 09:00:00 GMT", "Sun, 22 Xyz 2026 09:00:00 GMT"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert http_date(text) is None


def test_a_date_is_read_in_utc() -> None:
    assert http_date("Sun, 22 Nov 2026 09:00:00 GMT") == SENT
