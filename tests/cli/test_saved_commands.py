"""`recheck` and `compare` as programs: streams, exit codes, no network, one sentence for what is no report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from diagnose.report import digest
from tests.cli.program import diagnose

GOLDEN = Path(__file__).parents[1] / "golden"
HEALTHY, BROKEN = (str(GOLDEN / f"{name}.json") for name in ("healthy", "missing-intermediate"))
CHANGED = "the report's digest does not fit: it was changed after it was written"
COMMANDS = ("recheck", "compare", "render")


def test_recheck_writes_the_report_to_standard_output_alone_and_exits_as_the_run() -> None:
    done = diagnose("recheck", BROKEN, "--format", "json")
    assert done.returncode == 3
    again = json.loads(done.stdout)
    assert again["verdict"]["causes"] == ["tls.chain-complete"]
    assert again["digest"]["value"] == digest(again)
    assert "rechecked by halo-diagnose" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((HEALTHY,), 0), ((BROKEN,), 3), ((BROKEN, "--fail-on", "never"), 0), ((BROKEN, "--format", "nagios"), 2)],
)
def test_the_exit_codes_are_those_of_run(arguments: tuple[str, ...], expected: int) -> None:
    assert diagnose("recheck", *arguments, "-q").returncode == expected


def test_an_html_report_is_rechecked_and_written_where_it_is_wanted(tmp_path: Path) -> None:
    assert diagnose("render", BROKEN, "-o", str(tmp_path / "report.html")).returncode == 0
    done = diagnose("recheck", str(tmp_path / "report.html"), "--output", str(tmp_path / "out"), "-q")
    assert done.returncode == 3
    assert done.stderr == ""
    again = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert again["facts"] == json.loads(Path(BROKEN).read_text("utf-8"))["facts"]
    twice = diagnose("recheck", str(tmp_path / "out" / "report.html"), "--format", "json")
    assert json.loads(twice.stdout)["checks"] == again["checks"]


def test_what_became_different_is_told_with_its_reason(tmp_path: Path) -> None:
    raw = json.loads(Path(HEALTHY).read_text("utf-8"))
    raw["facts"].pop("net.connections")
    (tmp_path / "less.json").write_text(json.dumps(raw), "utf-8")
    done = diagnose("recheck", str(tmp_path / "less.json"), "--format", "text")
    assert done.returncode == 5
    assert "net.reachable: PASS -> UNKNOWN" in done.stderr
    assert "(why: the report does not hold net.connections)" in done.stderr
    assert CHANGED in done.stderr


@pytest.mark.parametrize("command", ["recheck", "render"])
def test_a_report_that_was_changed_is_told_of_by_every_command_that_reads_one(tmp_path: Path, command: str) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text(Path(HEALTHY).read_text("utf-8").replace('"gradient"', '"Gradient"'), "utf-8")
    assert diagnose(command, str(changed), "--format", "nagios").stderr.count(CHANGED) == 1
    assert CHANGED not in diagnose(command, HEALTHY, "--format", "nagios").stderr
    compared = diagnose("compare", HEALTHY, str(changed)).stderr
    assert f"{changed}: {CHANGED}" in compared
    assert compared.count(CHANGED) == 1


def test_dates_are_judged_by_the_reports_own_day_and_by_todays_when_asked(tmp_path: Path) -> None:
    """The certificates of the golden report are expired in a report that says it is of 2096."""
    raw = json.loads(Path(HEALTHY).read_text("utf-8"))
    raw["facts"]["run.moment"]["value"]["now"] = "2096-01-01T00:00:00Z"
    (tmp_path / "later.json").write_text(json.dumps(raw), "utf-8")
    old, new = (
        json.loads(diagnose("recheck", str(tmp_path / "later.json"), "--format", "json", *more).stdout)
        for more in ((), ("--now",))
    )
    assert old["verdict"]["causes"] == ["tls.dates"]
    assert old["recheck"]["as_of"] == "2096-01-01T00:00:00Z"
    assert new["recheck"]["as_of"] < "2096"
    assert new["facts"] == old["facts"] == raw["facts"]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a network namespace needs Linux and root")
def test_recheck_and_compare_need_no_network_at_all() -> None:
    unshare = shutil.which("unshare")
    assert unshare is not None
    for arguments, expected in ((("recheck", BROKEN), 3), (("compare", BROKEN, HEALTHY), 0)):
        program = [unshare, "-n", sys.executable, "-m", "diagnose", *arguments, "--format", "json"]
        done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == expected, done.stderr
        alone = diagnose(*arguments, "--format", "json")
        assert json.loads(done.stdout) == json.loads(alone.stdout)


def test_the_report_of_a_certificate_file_is_rechecked_too(tmp_path: Path) -> None:
    facts = json.loads(Path(HEALTHY).read_text("utf-8"))["facts"]
    chain = facts["tls.handshakes"]["value"]["attempts"][0]["chain"]
    for name, certificates in (("chain.pem", chain), ("roots.pem", facts["tls.trust_roots"]["value"]["relevant"])):
        pem = [f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n" for text in certificates]
        (tmp_path / name).write_text("".join(pem), "ascii")
    options = ("--name", "halo.example.test", "--trust-roots", str(tmp_path / "roots.pem"), "--no-aia")
    report = tmp_path / "report.json"
    diagnose("certificate", str(tmp_path / "chain.pem"), *options, "--output", str(tmp_path))
    again = json.loads(diagnose("recheck", str(report), "--format", "json").stdout)
    before = json.loads(report.read_text("utf-8"))
    assert again["verdict"] == before["verdict"]
    assert again["checks"] == before["checks"]


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def wrong(**changes: object) -> str:
    return json.dumps(json.loads(Path(HEALTHY).read_text("utf-8")) | changes)


HOSTILE = {
    "nothing": "",
    "no report": '{"a": 1}',
    "a list": "[]",
    "a page without a report": "<html><body>hello</body></html>",
    "a page with half a report": '<script type="application/json" id="report">{"a":</script>',
    "deep": deep(100_000),
    "deep inside a report": wrong(facts={"a": {"value": json.loads(deep(150))}}),
    "not a number": '{"schema_version": NaN}',
    "endless": '{"schema_version": 1e999}',
    "a long number": '{"schema_version": ' + "9" * 10_000 + "}",
    "a key twice": '{"schema_version": "1.0", "schema_version": "1.0"}',
    "half a character": wrong(headline="\ud800"),
    "another major version": wrong(schema_version="2.0"),
    "no version": wrong(schema_version=7),
    "facts that are none": wrong(facts=[1, 2]),
    "checks that are none": wrong(checks={"a": 1}),
    "a status that is none": wrong(verdict={"status": "fine", "headline": ""}),
    "a moment that is none": wrong(run={"id": "a", "started": "yesterday", "finished": "today", "profile": "x"}),
    "no text": "\x00\x01\x02",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_report_is_told_in_one_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(HOSTILE[name], "utf-8")
    for command in ("recheck", "compare"):
        done = diagnose(command, *[str(file)] * (2 if command == "compare" else 1))
        if name == "half a character" and command == "compare":
            assert done.returncode == 0
            continue
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert "report.json" in done.stderr


def test_a_file_that_is_not_there_is_told_too() -> None:
    for arguments in (("recheck", "none.json"), ("compare", HEALTHY, "none.json")):
        done = diagnose(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "none.json" in done.stderr


def test_compare_puts_before_and_after_in_order_and_exits_0() -> None:
    one, other = (diagnose("compare", *pair, "--format", "json") for pair in ((BROKEN, HEALTHY), (HEALTHY, BROKEN)))
    assert one.returncode == other.returncode == 0
    assert one.stdout == other.stdout
    assert "B comes before A" in one.stderr + other.stderr
    told = json.loads(one.stdout)
    assert told["first"]["verdict"]["status"] == "ready"
    assert told["causes"]["new"] == ["tls.chain-complete"]


def test_compare_writes_a_page_or_says_which_suffixes_there_are(tmp_path: Path) -> None:
    done = diagnose("compare", BROKEN, HEALTHY, "-o", str(tmp_path / "changes.html"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "tls.chain-complete" in (tmp_path / "changes.html").read_text("utf-8")
    done = diagnose("compare", BROKEN, HEALTHY, "-o", str(tmp_path / "changes.doc"))
    assert done.returncode == 2
    assert ".html" in done.stderr
