"""Options, selection, waivers and exit codes: wrong input is one sentence that names the option."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import Importance, Outcome, Owner, check, exit_codes, passed
from diagnose.errors import UsageError
from diagnose.facts.run import Override, Settings
from diagnose.inputs import options
from diagnose.inputs.selection import nearest, select
from diagnose.inputs.waivers import read
from diagnose.verdict import VerdictStatus, WaiverUse


@check("tls.name", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def named() -> Outcome:
    """The name is right."""
    return passed("right", names=["x"])


@check("tls.dates", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def dated() -> Outcome:
    """The dates are right."""
    return passed("right", not_after="2027")


def test_resolve_reads_as_curl_writes_it() -> None:
    assert options.overrides(["Halo.example.com:443:192.0.2.1,[2001:DB8::1]", "[2001:db8::2]:8443:127.0.0.1"]) == (
        Override("halo.example.com", 443, ("192.0.2.1", "2001:db8::1")),
        Override("2001:db8::2", 8443, ("127.0.0.1",)),
    )


@pytest.mark.parametrize(
    "value",
    ["", "halo", "halo:443", "halo:443:", "halo:0:127.0.0.1", "halo:70000:127.0.0.1", "halo:443:nowhere", ":::"],
)
def test_a_wrong_resolve_is_named(value: str) -> None:
    with pytest.raises(UsageError, match="--resolve"):
        options.overrides([value])


def test_resolve_given_twice_for_one_place_is_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        options.overrides(["a.test:443:127.0.0.1", "A.test:443:127.0.0.2"])


def test_an_override_holds_for_its_port_only() -> None:
    settings = Settings(overrides=options.overrides(["a.test:443:127.0.0.1"]))
    assert settings.addresses_for("a.test", 443) == ("127.0.0.1",)
    assert settings.addresses_for("a.test", 8443) is None
    assert settings.overridden("a.test")
    assert not settings.overridden("b.test")


@pytest.mark.parametrize("value", ["3.138.54", "010.0.0.1", "host", "1.2.3.4/24", ""])
def test_an_integrator_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="--integrator-ip"):
        options.addresses([value], "--integrator-ip")


def test_integrator_addresses_are_normalised() -> None:
    assert options.addresses(["192.0.2.1", "2001:DB8::1"], "--integrator-ip") == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize(
    ("value", "read_as"), [("2.250", "2.250"), ("v2.250.32", "2.250.32"), (None, None), (" ", None)]
)
def test_latest_stable_is_a_line_or_a_patch(value: str | None, read_as: str | None) -> None:
    assert options.latest_stable(value) == read_as


@pytest.mark.parametrize("value", ["2", "latest", "2.x", "2.250.32.1.9"])
def test_a_wrong_latest_stable_is_named(value: str) -> None:
    with pytest.raises(UsageError, match="--latest-stable"):
        options.latest_stable(value)


@pytest.mark.parametrize("value", [0.0, -1.0, 4000.0, float("nan"), float("inf")])
def test_a_timeout_outside_its_range_is_refused(value: float) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        options.timeout(value)


@pytest.mark.fuzz
@given(st.text())
def test_no_text_breaks_an_option(text: str) -> None:
    for attempt in (
        lambda: options.overrides([text]),
        lambda: options.addresses([text], "--integrator-ip"),
        lambda: options.latest_stable(text),
    ):
        with contextlib.suppress(UsageError):
            attempt()


def test_only_and_skip_take_ids_and_globs() -> None:
    both = [named, dated]
    assert select(both, ["tls.*"], ["*.dates"]) == {"tls.name"}
    assert select(both, [], []) == {"tls.name", "tls.dates"}
    with pytest.raises(UsageError, match=r"--only tls\.nam: no check has that id; did you mean tls\.name"):
        select(both, ["tls.nam"], [])
    with pytest.raises(UsageError, match=r"--skip dns\.\*"):
        select(both, [], ["dns.*"])


def test_the_nearest_known_word_is_suggested_or_nothing() -> None:
    assert nearest("rum", ["run", "demo"]) == "; did you mean run?"
    assert nearest("xyzzy", ["run", "demo"]) == ""


def waiver_file(folder: Path, text: str) -> Path:
    file = folder / "waivers.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_waiver_counts_until_its_last_day_and_says_when_it_is_over(tmp_path: Path) -> None:
    file = waiver_file(tmp_path, '[[waiver]]\nid = "tls.name"\nreason = "agreed"\nexpires = 2026-12-31\n')
    waivers = read(file, ["tls.name"])
    assert waivers.use("tls.name", date(2026, 12, 31)) == WaiverUse("agreed", "2026-12-31", expired=False)
    assert waivers.use("tls.name", date(2027, 1, 1)) == WaiverUse("agreed", "2026-12-31", expired=True)
    assert waivers.use("tls.dates", date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    "text",
    [
        "[[waiver]",
        '[[waiver]]\nid = "tls.name"\nreason = "x"\n',
        '[[waiver]]\nid = "tls.name"\nreason = " "\nexpires = 2026-12-31\n',
        '[[waiver]]\nid = "no.such"\nreason = "x"\nexpires = 2026-12-31\n',
        '[[waiver]]\nid = "tls.name"\nreason = "x"\nexpires = "soon"\n',
        '[[waivers]]\nid = "tls.name"\n',
    ],
)
def test_a_waiver_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="--waive"):
        read(waiver_file(tmp_path, text), ["tls.name"])


def test_a_waiver_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--waive"):
        read(tmp_path / "none.toml", [])


@pytest.mark.parametrize(
    ("status", "fail_on", "nagios", "code"),
    [
        (VerdictStatus.READY, "fail", False, 0),
        (VerdictStatus.READY_WITH_WARNINGS, "fail", False, 0),
        (VerdictStatus.READY_WITH_WARNINGS, "warn", False, 4),
        (VerdictStatus.UNDECIDED, "fail", False, 5),
        (VerdictStatus.UNDECIDED, "warn", False, 5),
        (VerdictStatus.NOT_READY, "fail", False, 3),
        (VerdictStatus.NOT_READY, "warn", False, 3),
        (VerdictStatus.NOT_READY, "never", False, 0),
        (VerdictStatus.UNDECIDED, "never", False, 0),
        (VerdictStatus.READY_WITH_WARNINGS, "never", False, 0),
        (VerdictStatus.READY, "fail", True, 0),
        (VerdictStatus.READY_WITH_WARNINGS, "fail", True, 1),
        (VerdictStatus.NOT_READY, "fail", True, 2),
        (VerdictStatus.UNDECIDED, "fail", True, 3),
    ],
)
def test_the_exit_code_follows_the_verdict_alone(status: VerdictStatus, fail_on: str, nagios: bool, code: int) -> None:
    assert exit_codes.of(status, fail_on=fail_on, nagios=nagios) == code


def test_an_interrupted_run_has_its_own_exit_code() -> None:
    assert exit_codes.of(VerdictStatus.READY, cancelled=True) == 130
    assert exit_codes.of(VerdictStatus.READY, cancelled=True, fail_on="never") == 130
    assert exit_codes.of(VerdictStatus.READY, cancelled=True, nagios=True) == 3
