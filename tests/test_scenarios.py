"""Every scenario of the simulated HaloPSA: exactly its cause, and every promise about what is sent to a server.

The program's own path is taken, from the options to the report; only the process is shared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache

import pytest

from diagnose import lab
from diagnose.cli import run as run_command
from diagnose.cli.request import Request
from diagnose.format import Style
from diagnose.lab.running import Running
from diagnose.outcome import Status
from diagnose.registry import Registry, load
from diagnose.report import Document
from diagnose.runner import ignore
from diagnose.secret_forms import written_forms
from diagnose.support.rechecking import recheck
from reports import html

NAMES = sorted(name for name, scenario in lab.SCENARIOS.items() if scenario.subject != "hostile")
"""The hostile ones have their own tests, each in a process of its own."""


class Silent:
    """A watcher that shows nothing."""

    def __call__(self, event: object) -> None:
        ignore(event)  # type: ignore[arg-type]

    def done(self) -> None:
        """Nothing is left behind."""


def diagnosed(running: Running, *further: str) -> Document:
    identity = [] if "--no-credentials" in running.options else ["--client-id", running.client_id]
    arguments = [*running.run_arguments(), *identity, "--timeout", "30", "--format", "json", *further]
    given = run_command.command.make_context("run", arguments).params
    return Request.read(given).run(Silent(), time.monotonic())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_has_exactly_its_cause_and_nothing_is_promised_in_vain(
    name: str, faults_of_page: Callable[[str], list[str]]
) -> None:
    scenario = lab.SCENARIOS[name]
    with lab.start(scenario) as running:
        document = diagnosed(running)
        log, secret, client_id = running.log, running.client_secret.strip(), running.client_id.strip()
    report = document.report
    by_id = {check.id: check for check in report.checks}
    told = {check.id: (check.status.value, check.summary) for check in report.checks if check.status is not Status.PASS}
    assert (report.verdict.status, sorted(report.verdict.causes)) == (
        scenario.expected_verdict,
        sorted(scenario.expected_causes),
    ), told
    assert {check: by_id[check].status for check in scenario.expected} == scenario.expected, told
    assert not [check.id for check in report.checks if check.reason and check.reason.code == "internal_error"], told
    for check in report.checks:
        assert check.evidence or check.status not in {Status.PASS, Status.FAIL}, check
        assert check.remedy or check.status is not Status.FAIL, f"{check.id} fails without a remedy"
    promises_about_requests(log)
    the_report_alone_says_the_same(document)
    text = json.dumps(document.raw, ensure_ascii=False)
    assert not [form for form in written_forms(secret) if form in text]
    assert client_id not in text or len(client_id) < 8
    assert faults_of_page(html.render(document, Style())) == []


@cache
def registry() -> Registry:
    return load()


def the_report_alone_says_the_same(document: Document) -> None:
    """Judged again from its facts, a report is the same in every check, and in the verdict."""
    again = recheck(Document(json.loads(json.dumps(document.raw))), registry())
    for before, after in zip(document.raw["checks"], again.raw["checks"], strict=True):
        assert after == before
    assert again.raw["verdict"] == document.raw["verdict"]
    assert again.raw["recheck"]["changes"] == []
    assert {key: again.raw[key] for key in ("run", "target", "facts", "contacted")} == {
        key: document.raw[key] for key in ("run", "target", "facts", "contacted")
    }


def promises_about_requests(log: lab.Log) -> None:
    """Few requests, few connections, no burst; GET and HEAD but for the token endpoint; named; no secret astray."""
    requests = log.to_halo
    assert len(requests) <= 30
    assert log.most_connections <= 4
    assert log.busiest(0.2) <= 15
    for request in requests:
        assert request.user_agent.startswith("halo-diagnose/"), request
        if request.method == "POST":
            assert request.path.rstrip("/").lower().endswith("token"), request
        else:
            assert request.method in {"GET", "HEAD"}, request
    for request in log.with_credential():
        assert request.server in lab.HALO, request


def test_healthy_is_ready_and_every_check_passes_or_is_skipped() -> None:
    with lab.start("healthy") as running:
        report = diagnosed(running).report
    assert {check.status for check in report.checks} <= {Status.PASS, Status.SKIP}, [
        (check.id, check.summary) for check in report.checks if check.status not in {Status.PASS, Status.SKIP}
    ]
    assert report.verdict.status == "ready"


@pytest.mark.parametrize("name", ["expired", "private-root", "wrong-name", "weak-key", "intercepted"])
def test_no_credential_leaves_over_a_channel_that_is_not_verified(name: str) -> None:
    with lab.start(name) as running:
        document = diagnosed(running)
        assert running.log.with_credential() == ()
    blocked = {check.id: check.reason for check in document.report.checks if check.id == "auth.token"}["auth.token"]
    assert blocked is not None
    assert blocked.blocked_by


@pytest.mark.parametrize("name", ["healthy", "missing-intermediate"])
def test_a_credential_is_sent_where_the_channel_verifies(name: str) -> None:
    with lab.start(name) as running:
        diagnosed(running)
        assert {request.credential for request in running.log.with_credential()} == {"secret", "token"}


def test_without_credentials_nothing_but_what_needs_them_is_left_out() -> None:
    with lab.start("healthy") as running:
        given = [argument for argument in running.run_arguments() if argument != "--client-secret-file"]
        given.remove(str(running.secret_file))
        context = run_command.command.make_context("run", [*given, "--no-credentials", "--format", "json"])
        report = Request.read(context.params).run(Silent(), time.monotonic()).report  # type: ignore[arg-type]
        assert running.log.with_credential() == ()
    for check in report.checks:
        if check.category in {"auth", "api"}:
            assert check.reason is not None, check.id
            assert (check.status, check.reason.code) == (Status.SKIP, "not_selected"), check.id
    assert report.verdict.status == "ready_with_warnings"


def test_only_and_skip_leave_every_check_in_the_report() -> None:
    with lab.start("healthy") as running:
        report = diagnosed(running, "--only", "tls.*", "--skip", "tls.dates").report
        assert running.log.with_credential() == ()
    asked = {check.id for check in report.checks if check.status is not Status.SKIP}
    assert asked == {check.id for check in report.checks if check.category == "tls"} - {"tls.dates"}
    assert len(report.checks) > 40
