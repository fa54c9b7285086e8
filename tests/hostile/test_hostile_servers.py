"""Whatever a server does, a run ends in time, within its memory, with a valid report of what was seen before.

The real program in a process of its own, against every hostile scenario of the demo.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from diagnose import lab
from diagnose.format import Style
from diagnose.report import Document
from reports import html
from tests.hostile.program import AFTERWARDS, MEMORY, Ended, run_against

TIMEOUT = 30.0
SHORT = 3.0
SLOW = ("drip-headers", "drip-body", "gigabyte-announced", "drip-handshake", "aia-drip")
"""Those that would go on for ever; one run each waits as long as it has patience for."""
HOSTILE = [scenario for scenario in lab.SCENARIOS.values() if scenario.subject == "hostile"]
EXIT_CODES = {"ready": 0, "ready_with_warnings": 0, "not_ready": 3, "undecided": 5}


@pytest.mark.parametrize("scenario", HOSTILE, ids=lambda scenario: scenario.name)
def test_a_hostile_server_gets_a_valid_report_in_time_with_exactly_its_cause(
    scenario: lab.Scenario, faults_of_page: Callable[[str], list[str]]
) -> None:
    with lab.start(scenario) as running:
        ended = run_against(running, timeout=TIMEOUT)
        log = running.log
    report = kept_its_promises(ended, TIMEOUT)
    verdict, checks = report["verdict"], {check["id"]: check for check in report["checks"]}
    told = {name: (check["status"], check["summary"]) for name, check in checks.items() if check["status"] != "pass"}
    causes = sorted(scenario.expected_causes)
    assert (verdict["status"], sorted(verdict["causes"])) == (scenario.expected_verdict, causes), told
    assert {name: checks[name]["status"] for name in scenario.expected} == scenario.expected, told
    assert ended.code == EXIT_CODES[verdict["status"]]
    assert len(log.to_halo) <= 30
    assert log.most_connections <= 4
    assert log.busiest(0.2) <= 15
    assert {contact["address"] for contact in report["contacted"]} <= {"127.0.0.1"}
    assert faults_of_page(html.render(Document(report), Style())) == []


def kept_its_promises(ended: Ended, timeout: float) -> Any:
    """Return the report of a run that ended in time, held little, and shows no traceback and no control character."""
    assert ended.seconds <= timeout + AFTERWARDS
    assert ended.memory <= MEMORY
    assert ended.errors == ""
    report = ended.report
    assert not [check for check in report["checks"] if (check["reason"] or {}).get("code") == "internal_error"]
    assert seen_before(report["facts"])
    assert all(text.isprintable() for text in texts(report))
    return report


def seen_before(facts: Any) -> bool:
    """Whether what came before any hostility is in the report: the connection, and what became of the handshake."""
    connections = facts["net.connections"]["value"]["attempts"]
    handshakes = facts["tls.handshakes"]["value"]["attempts"]
    return [one["outcome"] for one in connections] == ["accepted"] and len(handshakes) == 1


def texts(value: Any) -> list[str]:
    """Return every string inside, keys included."""
    if isinstance(value, str):
        return [value]
    inside = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in inside for text in texts(item)]


def test_a_run_of_three_seconds_ends_after_three_seconds_and_blames_nobody_for_that() -> None:
    """Where the time was too short to tell, the verdict is the right one or none: never another one."""
    with ThreadPoolExecutor(2) as pool:  # more at once would wait for a core, which is not what is measured
        ended = dict(zip(SLOW, pool.map(short_run, SLOW), strict=True))
    for name, one in ended.items():
        report = kept_its_promises(one, SHORT)
        assert set(report["verdict"]["causes"]) <= set(lab.SCENARIOS[name].expected_causes), name


def short_run(name: str) -> Ended:
    with lab.start(name) as running:
        return run_against(running, timeout=SHORT)


@pytest.mark.parametrize("shape", ["terminal", "html", "markdown", "text", "junit", "csv", "nagios"])
@pytest.mark.parametrize("name", ["marked-answers", "marked-certificates"])
def test_no_format_lets_a_servers_text_do_anything(name: str, shape: str) -> None:
    with lab.start(name) as running:
        ended = run_against(running, "--format", shape, timeout=TIMEOUT)
    assert ended.errors == ""
    unseen = [letter for letter in ended.output if not letter.isprintable() and letter not in "\n\r\t"]
    assert unseen == []
    if shape == "html":
        assert "<script>alert" not in ended.output
    if shape == "markdown":
        shown = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", ended.output, flags=re.DOTALL | re.MULTILINE)
        assert "<script>" not in shown.replace("\\<", "")
