"""The IIS log: what each row proves, whose rows count, and what columns may do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from diagnose.logs.model import LogsError
from tests.logs.rows import OURS, SECOND, STRANGER, evidence, iis, iis_header, iis_row, seen

MAPPED = f"::ffff:{OURS}"


@pytest.mark.parametrize(
    ("status", "path", "meaning"),
    [
        ("200 0", "/auth/token", "arrived"),
        ("400 0", "/auth/token", "arrived"),
        ("401 0", "/auth/token", "arrived"),
        ("405 0", "/auth/token", "arrived"),
        ("200 0", "/api/Client", "arrived"),
        ("401 0", "/API/agent/me", "arrived"),
        ("200 0", "//auth/token", "arrived"),
        ("403 6", "/auth/token", "refused"),
        ("403 8", "/auth/token", "refused"),
        ("401 503", "/auth/token", "refused"),
        ("403 503", "/api/Client", "refused"),
        ("404 503", "/api", "refused"),
        ("403 504", "/api", "refused"),
        ("401 504", "/api", "refused"),
        ("404 504", "/api", "refused"),
        ("403 501", "/api", "throttled"),
        ("403 502", "/api", "throttled"),
        ("401 501", "/api", "throttled"),
        ("404 502", "/api", "throttled"),
        ("429 0", "/api/Client", "throttled"),
        ("400 10", "/auth/token", "other"),
        ("403 0", "/auth/token", "other"),
        ("404 0", "/auth/token", "other"),
        ("403 4", "/auth/token", "other"),
        ("403 14", "/auth", "other"),
        ("302 0", "/auth/token", "other"),
        ("500 19", "/api/Client", "other"),
        ("503 0", "/api/Client", "other"),
        ("200 0", "/", "other"),
        ("200 0", "/authentic", "other"),
        ("403 6", "/intranet", "other"),
        ("- -", "/auth/token", "other"),
    ],
)
def test_a_row_means_what_status_substatus_and_path_say(status: str, path: str, meaning: str) -> None:
    assert seen(iis(iis_row(OURS, status, path=path))).counts == {meaning: 1}


def test_a_row_is_kept_with_its_line_and_moment_in_utc() -> None:
    (row,) = seen(iis(iis_row(STRANGER), iis_row(OURS, "403 6"))).samples
    assert (row.line, row.result, row.status, row.substatus, row.path) == (6, "403.6", 403, 6, "/auth/token")
    assert row.time == datetime(2026, 11, 22, 9, 0, 3, tzinfo=UTC)


def test_the_latest_decisive_row_counts() -> None:
    mended = iis(iis_row(OURS, "403 6", time="09:00:00"), iis_row(OURS, "200 0", time="09:05:00"))
    broken = iis(iis_row(OURS, "200 0", time="09:00:00"), iis_row(OURS, "403 6", time="09:05:00"))
    assert (seen(mended).outcome, seen(broken).outcome) == ("allow", "deny")


def test_time_decides_what_is_latest_and_the_line_where_times_are_equal() -> None:
    joined = iis(iis_row(OURS, "403 6", time="09:05:00"), iis_row(OURS, "200 0", time="09:00:00"))
    same = iis(iis_row(OURS, "403 6"), iis_row(OURS, "200 0"))
    assert (seen(joined).outcome, seen(same).outcome) == ("deny", "allow")


def test_rows_that_decide_nothing_leave_the_decision_as_it_was() -> None:
    rows = [iis_row(OURS, status, time=f"09:1{at}:00") for at, status in enumerate(("404 0", "403 502", "500 0"))]
    assert seen(iis(iis_row(OURS, "403 6"), *rows)).outcome == "deny"
    assert seen(iis(*rows)).outcome == "unknown"


def test_a_refusal_at_the_other_path_is_not_forgotten() -> None:
    both = iis(iis_row(OURS, "403 6", path="/api/Client"), iis_row(OURS, "200 0", time="09:10:00"))
    found = seen(both)
    assert found.outcome == "allow"
    assert found.still_refused is not None
    assert found.still_refused.path == "/api/Client"
    assert seen(iis(iis_row(OURS, "403 6"), iis_row(OURS, "200 0", time="09:10:00"))).still_refused is None


def test_only_the_client_column_counts() -> None:
    foreign = iis_row(STRANGER, "200 0", agent=f"{OURS}", path=f"/auth/token/{OURS}")
    assert seen(iis(foreign)).counts == {}


def test_a_forwarded_for_column_is_no_evidence_and_is_mentioned() -> None:
    text = iis_header("date time cs-uri-stem c-ip sc-status sc-substatus X-Forwarded-For")
    row = f"2026-11-22 09:00:00 /auth/token 10.0.0.9 200 0 {OURS},+10.0.0.8\r\n"
    found = evidence((text + row).encode())
    assert found.seen[0].counts == {}
    assert "forwarded-for" in found.remarks[0]
    twin = f"2026-11-22 09:00:00 /auth/token {OURS} 200 0 {STRANGER}\r\n"
    assert evidence((text + twin).encode()).outcome(OURS) == "allow"


@pytest.mark.parametrize(
    "longer", ["3.19.3.15", "13.19.3.152", "3.19.3.1520", "3.19.31.52", "33.19.3.152", "3.19.3.152.1"]
)
def test_an_address_is_compared_as_an_address_and_not_as_text(longer: str) -> None:
    assert seen(iis(iis_row(longer))).counts == {}


@pytest.mark.parametrize(
    "spelling",
    [
        "2600:1F16:abc:0:0:0:0:1",
        "2600:1f16:0abc::0001",
        "2600:1f16:abc::1%4",
        "2600:1f16:abc:0:0::1",
        "[2600:1f16:abc::1]",
    ],
)
def test_every_spelling_of_an_ipv6_address_is_the_address(spelling: str) -> None:
    assert seen(iis(iis_row(spelling)), "2600:1f16:abc::1").outcome == "allow"
    assert seen(iis(iis_row(spelling)), "2600:1f16:abc::2").outcome == "unknown"


def test_an_ipv4_address_inside_an_ipv6_one_is_itself() -> None:
    assert seen(iis(iis_row(MAPPED))).outcome == "allow"


def test_each_address_is_counted_for_itself_in_the_order_asked() -> None:
    found = evidence(iis(iis_row(SECOND, "403 6"), iis_row(OURS)), (OURS, SECOND, "3.23.117.12"))
    assert [(one.address, one.outcome) for one in found.seen] == [
        (OURS, "allow"),
        (SECOND, "deny"),
        ("3.23.117.12", "unknown"),
    ]


def test_fields_that_change_inside_the_file_are_followed() -> None:
    second = f"#Fields: c-ip sc-substatus sc-status time date cs-uri-stem\r\n{OURS} 6 403 10:00:00 2026-11-22 /api\r\n"
    found = seen(iis(iis_row(OURS)) + second.encode())
    assert (found.outcome, found.counts) == ("deny", {"arrived": 1, "refused": 1})


def test_columns_beyond_the_fields_are_left_out() -> None:
    row = iis_row(OURS, "403 6").rstrip() + " more even-more\r\n"
    assert seen(iis(row)).outcome == "deny"


def test_a_quoted_agent_with_blanks_is_one_column() -> None:
    assert seen(iis(iis_row(agent='"Gradient Sync 2.1"'))).outcome == "allow"


def test_a_client_cannot_shift_columns_by_quotes() -> None:
    """The row fits without quotes, so they are text: the stranger's row stays the stranger's."""
    row = f'2026-11-22 09:00:00 10.0.0.5 GET /auth/token "x 443 - {STRANGER} {OURS}" - 200 0 0 31\r\n'
    assert seen(iis(row)).counts == {}


def test_without_a_substatus_column_a_403_decides_nothing() -> None:
    text = iis_header("date time cs-uri-stem c-ip sc-status")
    rows = {status: f"2026-11-22 09:00:00 /auth/token {OURS} {status}\r\n" for status in (200, 401, 403)}
    found = {status: seen((text + row).encode()).outcome for status, row in rows.items()}
    assert found == {200: "allow", 401: "unknown", 403: "unknown"}


def test_without_a_date_column_the_date_directive_counts() -> None:
    text = iis_header("time c-ip cs-uri-stem sc-status sc-substatus") + f"09:30:00 {OURS} /auth/token 200 0\r\n"
    latest = seen(text.encode()).latest
    assert latest is not None
    assert latest.time == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_a_row_on_port_80_does_not_show_that_443_is_open() -> None:
    assert seen(iis(iis_row(port=80))).outcome == "unknown"
    assert seen(iis(iis_row(port=80)), ports=(80,)).outcome == "allow"
    assert seen(iis(iis_row(port=8443))).outcome == "allow"
    assert seen(iis(iis_row(OURS, "403 6", port=80))).outcome == "deny"


def test_the_urls_own_paths_are_halos() -> None:
    row = iis(iis_row(path="/halo/auth/token"))
    assert seen(row, paths=("/halo/auth/", "/halo/api")).outcome == "allow"
    assert seen(row).outcome == "unknown"
    assert seen(iis(iis_row()), paths=("/halo/auth/", "/halo/api")).outcome == "unknown"


def test_a_root_path_stands_for_the_usual_two() -> None:
    assert seen(iis(iis_row()), paths=("/", "/api")).outcome == "allow"
    assert seen(iis(iis_row(path="/else")), paths=("/", "/api")).outcome == "unknown"


def test_rows_before_the_moment_asked_for_do_not_count() -> None:
    text = iis(iis_row(OURS, "403 6", time="08:59:59"), iis_row(OURS, "200 0", time="09:00:00"))
    found = evidence(text, since=datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert found.seen[0].counts == {"arrived": 1}
    assert found.remarks == ("1 rows are older than asked for and were not counted",)


def test_neither_the_query_nor_another_client_is_kept() -> None:
    text = iis_header("date time cs-uri-stem cs-uri-query c-ip cs(Cookie) sc-status sc-substatus")
    text += f"2026-11-22 09:00:00 /auth/token client_secret=hidden {OURS} sid=hidden 200 0\r\n"
    text += f"2026-11-22 09:00:00 /auth/token - {STRANGER} {OURS} 200 0\r\n"
    shown = repr(evidence(text.encode()))
    assert "hidden" not in shown
    assert STRANGER not in shown


def test_a_row_with_too_few_columns_is_said_and_not_guessed() -> None:
    found = evidence(iis(f"2026-11-22 09:00:00 10.0.0.5 POST /auth/token - 443 - {OURS} 200\r\n", "\r\n"))
    assert found.seen[0].counts == {}
    assert found.remarks == ("1 rows that may name an integrator's address have fewer columns than #Fields says",)


def test_a_log_without_the_client_column_says_which_box_to_tick() -> None:
    text = iis_header("date time cs-uri-stem sc-status") + "2026-11-22 09:00:00 /auth/token 200\r\n"
    with pytest.raises(LogsError, match="tick Client IP Address"):
        evidence(text.encode())


def test_a_log_whose_beginning_is_cut_off_is_read_with_the_usual_columns() -> None:
    found = evidence((iis_row(STRANGER) + iis_row()).encode())
    assert found.outcome(OURS) == "allow"
    assert "no #Fields" in found.remarks[0]


def test_unusual_fields_are_never_guessed_at() -> None:
    with pytest.raises(LogsError, match="no log"):
        evidence(("#Fields: date time session event\r\n" + iis_row()).encode())


def test_an_old_code_page_in_a_path_is_shown() -> None:
    text = iis(iis_row(path="/auth/PLACE")).replace(b"PLACE", b"caf\xe9")
    assert seen(text).samples[0].path == "/auth/caf\u00e9"
