"""What holds for every format: nothing is left out, nothing foreign is read as syntax, same document, same text."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given

from diagnose.format import NAMES, Style, renderer
from diagnose.outcome import SKIPS, Code, Importance, Owner, Reason, Status
from diagnose.report import Document
from diagnose.text import pieces
from diagnose.verdict import SPOKEN, CheckResult, VerdictStatus, WaiverUse
from tests.reports import reading, samples, strategies

MODULES = {
    "terminal": "reports.terminal",
    "json": "reports.json_document",
    "html": "reports.html",
    "markdown": "reports.markdown",
    "text": "reports.text",
    "junit": "reports.junit",
    "csv": "reports.csv_plan",
    "nagios": "reports.nagios",
}
WHOLE = ("terminal", "html", "markdown", "text", "junit")
"""The formats that tell the whole report; csv and nagios are summaries, and json is the report."""
REASONS = [(Status.UNKNOWN, code) for code in sorted(set(Code) - SKIPS)] + [
    (Status.SKIP, code) for code in sorted(SKIPS)
]


def module(name: str) -> ModuleType:
    return import_module(MODULES[name])


def rendered(name: str, document: Document, style: Style | None = None) -> str:
    text: str = module(name).render(document, style or Style(width=200))
    return text


def visible(name: str, document: Document) -> str:
    """Return what a reader of this format sees, unescaped and on one line."""
    return reading.visible(name, rendered(name, document))


def test_every_format_of_the_contract_has_a_module_and_an_entry_point() -> None:
    assert set(MODULES) == set(NAMES)
    for name in NAMES:
        assert renderer(name) is module(name)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize(("status", "code"), REASONS)
def test_no_format_leaves_out_a_check_a_status_or_a_reason(name: str, status: Status, code: Code) -> None:
    results = samples.healthy_results()
    by = ("tls.name",) if code is Code.BLOCKED else ()
    reason = Reason(code, "because of what was seen", by)
    samples.changed(results, "tls.dates", status, "what came of it", reason=reason, explained_by=by)
    text = visible(name, samples.document(results))
    for wanted in ("tls.dates", status.value.upper(), code.value, "because of what was seen", "what came of it", *by):
        assert wanted in text


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("importance", Importance)
@pytest.mark.parametrize("status", Status)
def test_every_status_of_every_importance_appears(name: str, status: Status, importance: Importance) -> None:
    reason = {Status.UNKNOWN: Reason(Code.TIMEOUT, "it took too long"), Status.SKIP: Reason(Code.OVERRIDDEN, "given")}
    result = CheckResult(
        "own.check", "It holds.", "own", importance, Owner.OPERATOR, status, "seen so", reason.get(status), {"key": "v"}
    )
    text = visible(name, samples.document({"own.check": result}))
    for wanted in ("own.check", "own", status.value.upper(), "seen so"):
        assert wanted in text


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_check_of_every_sample_appears_with_its_words(name: str, sample: str) -> None:
    document = samples.SAMPLES[sample]()
    text = visible(name, document)
    for result in document.report.checks:
        assert result.id in text
        assert result.summary in text
    assert document.raw["digest"]["value"] in text
    assert document.report.verdict.headline in text
    assert SPOKEN[document.report.verdict.status] in text


@pytest.mark.parametrize("name", WHOLE)
def test_findings_bring_evidence_remedy_commands_and_how_to_verify(name: str) -> None:
    text = visible(name, samples.one_cause())
    remedy = samples.MISSING
    shown = [command for each in remedy.commands for command in each.text.splitlines()]
    verify = [piece for piece, _ in pieces(remedy.verify)]
    for wanted in ("CN=R12,O=Let's Encrypt,C=US", remedy.summary, *remedy.steps, *shown, *verify, remedy.doc):
        assert " ".join(wanted.split()) in text


@pytest.mark.parametrize("name", WHOLE)
def test_waivers_are_told(name: str) -> None:
    text = visible(name, samples.waived())
    assert "waived until 2026-12-07: the update is planned" in text
    assert "expired on 2026-10-01" in text


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "text", "nagios"])
def test_an_interrupted_run_is_told(name: str) -> None:
    assert "nterrupted" in rendered(name, samples.cancelled()).replace("interrupted;", "").replace("interrupted.", "")


@pytest.mark.parametrize("name", ["terminal", "html", "markdown", "text"])
def test_who_was_contacted_is_told(name: str) -> None:
    text = visible(name, samples.one_cause())
    assert "r12.i.lencr.org port 80 (198.51.100.7)" in text
    assert "issuer certificate (AIA), 1 request" in text


@pytest.mark.parametrize("status", VerdictStatus)
@pytest.mark.parametrize("name", [*WHOLE, "nagios"])
def test_every_verdict_is_spelt_as_for_people(name: str, status: VerdictStatus) -> None:
    raw = samples.healthy().raw
    document = Document(raw | {"verdict": raw["verdict"] | {"status": status.value}})
    assert SPOKEN[status] in rendered(name, document)


@pytest.mark.parametrize("name", NAMES)
@given(document=strategies.documents())
def test_any_report_is_rendered_alike_twice_and_fits_utf_8(name: str, document: Document) -> None:
    text = rendered(name, document)
    assert rendered(name, Document(document.raw)) == text
    assert text.encode().decode() == text
    assert text.endswith("\n")
    assert not {"\x1b", "\x9b", "\x00", "\u202e", "\u2066", "\u2028"} & set(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_without_any_check_is_rendered(name: str) -> None:
    assert rendered(name, samples.document({}))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "json"])
def test_a_megabyte_in_one_field_does_not_fill_the_report(name: str) -> None:
    results = samples.healthy_results()
    samples.changed(results, "tls.name", Status.WARN, "x" * 1_000_000, evidence={"subject": "y" * 1_000_000})
    text = rendered(name, samples.document(results))
    data = text.find('<script type="application/json"')
    assert len(text[:data] if data > 0 else text) < 100_000


@pytest.mark.parametrize("name", NAMES)
def test_a_renderer_can_be_imported_without_network_rich_or_jinja(name: str) -> None:
    heavy = "{'socket', 'ssl', 'asyncio', 'httpx', 'rich', 'jinja2'}"
    code = f"import sys, {MODULES[name]}; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    program = [sys.executable, "-S", "-c", _with_path(code)]
    found = subprocess.run(program, check=False, capture_output=True, text=True, cwd=root)
    assert (found.stdout.strip(), found.stderr) == ("[]", "")


def _with_path(code: str) -> str:
    """Leave out what a site or a test guard imports at start."""
    return f"import sys; sys.path[:0] = {[path for path in sys.path if 'guard' not in path]!r}; {code}"


def test_the_plan_holds_what_neither_passes_nor_is_skipped_the_cause_first() -> None:
    document = samples.all_statuses()
    rows = list(csv.DictReader(io.StringIO(rendered("csv", document))))
    wanted = {result.id for result in document.report.checks if result.status not in {Status.PASS, Status.SKIP}}
    assert {row["check"] for row in rows} == wanted
    assert rows[0]["check"] == "tls.chain-complete"
    assert rows[0]["owner"] == "certificate-admin"
    assert rows[0]["action"].startswith("Install the intermediate certificate R12")
    assert {row["due"] for row in rows if row["check"] == "tls.dates"} == {"2026-12-01"}
    for code in sorted(set(Code) - SKIPS):
        assert any(code.value in row["reason"] for row in rows)


def test_a_waiver_sets_the_day_in_the_plan() -> None:
    rows = csv.DictReader(io.StringIO(rendered("csv", samples.waived())))
    assert {row["check"]: row["due"] for row in rows} == {"version.current": "2026-12-07", "tls.chain-clean": ""}


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(hostile: str) -> None:
    results = samples.healthy_results()
    waiver = WaiverUse(hostile, hostile)
    samples.changed(results, "tls.name", Status.FAIL, hostile, waiver=waiver, evidence={"names": [hostile]})
    rows = list(csv.reader(io.StringIO(rendered("csv", samples.document(results)))))
    assert len(rows) == 2
    for cell in rows[1]:
        assert cell.lstrip()[:1] not in {"=", "+", "-", "@", "\uff1d"} or not cell


@given(strategies.documents())
def test_every_row_of_the_plan_has_every_column(document: Document) -> None:
    rows = list(csv.reader(io.StringIO(rendered("csv", document))))
    assert {len(row) for row in rows} == {8}


@pytest.mark.parametrize(
    ("sample", "start"),
    [
        ("healthy", "OK - READY: "),
        ("warnings", "WARNING - READY WITH WARNINGS: "),
        ("one_cause", "CRITICAL - NOT READY: "),
        ("undecided", "UNKNOWN - UNDECIDED: "),
    ],
)
def test_monitoring_gets_one_line_with_state_verdict_and_numbers(sample: str, start: str) -> None:
    line = rendered("nagios", samples.SAMPLES[sample]())
    assert line.startswith(start)
    assert line.count("\n") == 1
    assert " | pass=" in line


PERFORMANCE = re.compile(r"(?P<label>[a-z_]+)=(?P<value>-?[0-9.]+)(?P<unit>|s)(?P<rest>(?:;(?:-?[0-9.]+:?)?){0,4})")
"""One number of the Monitoring Plugins Guidelines (2026-11): label, value, unit; warn, crit, min and max."""


@given(strategies.documents())
def test_every_number_for_monitoring_can_be_read(document: Document) -> None:
    _, _, numbers = rendered("nagios", document).rpartition(" | ")
    found = [PERFORMANCE.fullmatch(number) for number in numbers.split()]
    assert all(found)
    values = {one["label"]: float(one["value"]) for one in found if one}
    assert sum(values[status.value] for status in Status) == len(document.report.checks)
    assert values["time"] >= 0


def test_monitoring_gets_how_long_it_took_and_how_many_checks_there_are() -> None:
    line = rendered("nagios", samples.one_cause())
    most = len(samples.CHECKS)
    assert f"pass={most - 1};;;0;{most} warn=0;;;0;{most} fail=1;;;0;{most} " in line
    assert " time=4.200s;;;0 " in line


def test_monitoring_gets_the_days_until_the_certificate_expires() -> None:
    assert "certificate_days=69;14:;0:" in rendered("nagios", samples.healthy())
    assert "certificate_days" not in rendered("nagios", samples.no_name())


@given(strategies.documents())
def test_nothing_foreign_begins_performance_data_or_a_second_line(document: Document) -> None:
    line = rendered("nagios", document)
    assert line.count("|") == 1
    assert line.splitlines() == [line[:-1]]
    assert len(line.encode()) < 1000
