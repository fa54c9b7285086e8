"""The terminal's text: complete, last things last, and safe on every console."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from diagnose.format import Style
from diagnose.outcome import Status
from diagnose.report import Document
from diagnose.text import harmless, pieces
from reports import terminal
from tests.reports import samples, strategies

ENCODINGS = ("utf-8", "cp437", "cp850", "cp1250", "cp1252", "cp932", "ascii", "no-such-encoding")


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_verdict_and_the_headline_come_last(name: str) -> None:
    document = samples.SAMPLES[name]()
    verdict = {"not_ready": "NOT READY", "undecided": "UNDECIDED", "ready": "READY"}
    wanted = verdict.get(document.report.verdict.status.value, "READY WITH WARNINGS")
    box = terminal.render(document, Style(width=200)).rstrip().split("\n\n")[-1]
    assert f"│ {wanted} " in box
    assert document.report.verdict.headline[:60] in box


def test_who_must_do_what_fits_the_last_screen() -> None:
    last = "\n".join(terminal.render(samples.one_cause(), Style(width=120)).splitlines()[-22:])
    for wanted in (
        "certificate-admin",
        "tls.chain-complete",
        "Install the intermediate",
        "Import-Certificate",
        "verify",
    ):
        assert wanted in last


def test_what_many_wait_for_is_one_action() -> None:
    last = terminal.render(samples.no_name(), Style()).partition("Who must do what")[2]
    assert "dns-admin" in last
    assert "32 checks that wait for this one" in last
    assert "certificate-admin" not in last


def test_an_interrupted_run_says_so_and_asks_for_one_thing() -> None:
    last = terminal.render(samples.cancelled(), Style()).partition("Who must do what")[2]
    assert last.count("Run diagnose again and let it finish.") == 1
    assert "This run was interrupted" in last


def test_a_valid_waiver_and_an_expired_one_are_told_apart() -> None:
    text = terminal.render(samples.waived(), Style(width=200))
    assert "waived until 2026-12-07: the update is planned" in text
    assert "the waiver expired on 2026-10-01 and counts no more: it does no harm" in text


def test_a_healthy_run_folds_what_passes_and_v_unfolds_it() -> None:
    folded, unfolded = (terminal.render(samples.healthy(), Style(verbose=level)) for level in (0, 1))
    assert "names: halo.example.com" not in folded
    assert "names: halo.example.com" in unfolded
    assert "Who must do what" not in folded


def test_quiet_keeps_every_check_and_the_end() -> None:
    text = terminal.render(samples.several_causes(), Style(quiet=True))
    assert all(result.id in text for result in samples.several_causes().report.checks)
    assert "Who must do what" in text
    assert "Contacted" not in text


def test_who_was_contacted_where_from_and_the_digest_are_shown() -> None:
    document = samples.one_cause()
    text = terminal.render(document, Style(width=120))
    for wanted in ("r12.i.lencr.org port 80 (198.51.100.7)", "2026-11-22 09:00:00 UTC", "customer", "house-rules 2.1"):
        assert wanted in text
    assert document.raw["digest"]["value"] in text


@pytest.mark.parametrize("verbose", [0, 1])
def test_commands_are_never_broken(verbose: int) -> None:
    """With -v the text to send holds them a second time."""
    command = samples.MISSING.commands[0].text.splitlines()[1]
    shown = "echo Q | openssl s_client -connect halo.example.com:443 -servername halo.example.com"
    text = terminal.render(samples.one_cause(), Style(width=40, verbose=verbose))
    assert (text.count(command), text.count(shown)) == (1 + verbose, 1 + verbose)
    assert samples.MISSING.steps[1] not in text


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_every_console_can_hold_it(name: str, encoding: str) -> None:
    text = terminal.render(samples.SAMPLES[name](), Style(encoding=encoding, width=80))
    text.encode("ascii" if encoding.startswith("no-") else encoding)
    assert "FAIL" in text or name not in {"one_cause", "no_name"}


def test_glyphs_and_boxes_are_those_that_the_console_has() -> None:
    documents = {encoding: terminal.render(samples.one_cause(), Style(encoding=encoding)) for encoding in ENCODINGS}
    assert "✗ FAIL" in documents["utf-8"]
    assert "\u00d7 FAIL" in documents["cp1252"]
    assert "√ PASS" in documents["cp437"]
    assert "x FAIL" in documents["ascii"]
    assert "| NOT READY" in documents["cp1252"]
    assert "│ NOT READY" in documents["cp437"]


@pytest.mark.parametrize("width", [20, 40, 60, 72, 80, 120, 200, 900])
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_no_line_but_a_command_is_wider_than_the_screen(name: str, width: int) -> None:
    document = samples.SAMPLES[name]()
    commands = [line for result in document.report.checks if result.remedy for c in result.remedy.commands
                for line in c.text.splitlines()]  # fmt: skip
    commands += [piece for result in document.report.checks if result.remedy
                 for piece, command in pieces(result.remedy.verify) if command]  # fmt: skip
    for line in terminal.render(document, Style(width=width)).splitlines():
        assert cell_len(line) <= max(40, width) or line.strip() in commands


def test_colour_decorates_and_changes_no_word() -> None:
    plain, coloured = (terminal.render(samples.all_statuses(), Style(colour=on)) for on in (False, True))
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert [line.rstrip() for line in Text.from_ansi(coloured).plain.splitlines()] == plain.splitlines()


@given(strategies.documents(), st.sampled_from(ENCODINGS), st.integers(20, 220), st.booleans())
def test_hostile_text_stays_text_on_every_console(document: Document, encoding: str, width: int, colour: bool) -> None:
    style = Style(colour=colour, encoding=encoding, width=width, verbose=1)
    text = terminal.render(document, style)
    text.encode("ascii" if encoding.startswith("no-") else encoding)
    assert "\x1b]" not in text
    left = text if not colour else text.replace("\x1b[", "")
    assert harmless(left.replace("\n", ""), longest=len(left)) == left.replace("\n", "")
    assert terminal.render(document, style) == text


def test_markup_in_foreign_text_is_printed_as_it_is() -> None:
    results = samples.healthy_results()
    hostile = "[bold red]rich[/] [link=https://evil.example]x[/link] :smile:"
    samples.changed(results, "tls.name", Status.WARN, hostile)
    assert hostile in terminal.render(samples.document(results), Style(width=200))


def test_a_megabyte_in_one_field_is_cut_and_says_so() -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.name", Status.WARN, "x" * 1_000_000, evidence={"subject": "y" * 1_000_000})
    text = terminal.render(samples.document(results), Style(width=80))
    assert len(text) < 30_000
    assert "more characters]" in text.replace("\n", "").replace(" ", " ")
