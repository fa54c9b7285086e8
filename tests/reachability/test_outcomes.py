"""What the allow-list checks answer, on real files in every format that is read."""

from __future__ import annotations

import io

import pytest

from diagnose.facts.allowlist import RuleFiles, ServerLogs, Unreadable
from diagnose.facts.run import ServerUrl, Target
from diagnose.logs.reader import read
from diagnose.logs.sources import Limits
from diagnose.outcome import Code, Outcome, Owner, Status
from diagnose.reachability import outcomes
from diagnose.reachability.combine import combine
from diagnose.reachability.model import Collected, Entrance
from diagnose.reachability.rules import entrances, from_rules
from diagnose.reachability.server_logs import from_logs
from diagnose.rulesets import RuleSet, recognise
from tests.logs.rows import firewall, firewall_row, httperr, iis, iis_header, iis_row

A, B, C = "3.19.3.152", "3.19.4.238", "3.23.117.12"
DOORS = (Entrance(443, "/auth/token", "halo.example.com"), Entrance(443, "/api/Client", "halo.example.com"))
UNLIMITED = Limits()
BROKEN = Unreadable("broken.xml", "it is no XML")

NGINX = "server {{ listen 443 ssl; server_name halo.example.com; {} }}"
LETS_BOTH = NGINX.format(f"allow {A}; allow {B}; deny all;")
LETS_ONE = NGINX.format(f"allow {A}; deny all;")
LEFT_OPEN = NGINX.format(f"allow {A}; include more.conf; deny all;")
OTHER_PORT = LETS_ONE.replace("443", "8443")
DYNAMIC = """<configuration><system.webServer><security><dynamicIpSecurity{}>
<denyByConcurrentRequests enabled="{}" /><denyByRequestRate enabled="{}" />
</dynamicIpSecurity></security></system.webServer></configuration>"""


def rules(text: str, name: str = "rules.conf") -> RuleSet:
    return recognise(name, text.encode())


def ruled(*texts: str, unreadable: tuple[Unreadable, ...] = ()) -> tuple[RuleFiles, Collected]:
    files = RuleFiles(tuple(rules(text) for text in texts), unreadable)
    return files, from_rules(files, (A, B), DOORS)


def logged(
    *texts: bytes, unreadable: tuple[Unreadable, ...] = (), limits: Limits = UNLIMITED
) -> tuple[ServerLogs, Collected]:
    found = tuple(read(io.BytesIO(text), f"log{at}", (A, B), limits=limits) for at, text in enumerate(texts))
    files = ServerLogs(found, unreadable)
    return files, from_logs(files, (A, B))


def configured(*texts: str, unreadable: tuple[Unreadable, ...] = ()) -> Outcome:
    files, found = ruled(*texts, unreadable=unreadable)
    return outcomes.configuration(files, (A, B), DOORS, found)


def judged(*texts: bytes, unreadable: tuple[Unreadable, ...] = (), limits: Limits = UNLIMITED) -> Outcome:
    files, found = logged(*texts, unreadable=unreadable, limits=limits)
    return outcomes.logs(bool(files), files.unreadable, (A, B), found)


def code(outcome: Outcome) -> Code | None:
    return outcome.reason.code if outcome.reason else None


def test_rules_are_asked_at_the_token_endpoint_and_at_the_data() -> None:
    target = Target(
        ServerUrl("", "https://halo.example.com/api", "halo.example.com", 443, "/api"),
        ServerUrl("", "https://auth.example.com:8443/auth/", "auth.example.com", 8443, "/auth/"),
    )
    assert entrances(target) == (
        Entrance(8443, "/auth/token", "auth.example.com"),
        Entrance(443, "/api/Client", "halo.example.com"),
    )


@pytest.mark.parametrize(
    ("texts", "unreadable", "status", "reason"),
    [
        ((), (), Status.SKIP, Code.NOT_SELECTED),
        ((LETS_BOTH,), (), Status.PASS, None),
        ((LETS_ONE,), (), Status.FAIL, None),
        ((LETS_BOTH, LETS_ONE), (), Status.FAIL, None),
        ((LETS_ONE,), (BROKEN,), Status.FAIL, None),
        ((LETS_BOTH,), (BROKEN,), Status.UNKNOWN, Code.MISSING_INPUT),
        ((LEFT_OPEN,), (), Status.UNKNOWN, Code.NOT_PROVABLE_HERE),
        ((OTHER_PORT,), (), Status.UNKNOWN, Code.NOT_PROVABLE_HERE),
    ],
)
def test_rule_files(
    texts: tuple[str, ...], unreadable: tuple[Unreadable, ...], status: Status, reason: Code | None
) -> None:
    outcome = configured(*texts, unreadable=unreadable)
    assert (outcome.status, code(outcome)) == (status, reason)


def test_a_refusal_names_file_line_and_rule_and_the_line_to_add() -> None:
    outcome = configured(LETS_ONE.replace("deny", "\ndeny"))
    assert outcome.owner is Owner.NETWORK_ADMIN
    assert "rules.conf, line 2" in outcome.summary
    assert outcome.remedy is not None
    assert any(f"allow {B};" in step for step in outcome.remedy.steps)
    assert not any(f"allow {A};" in step for step in outcome.remedy.steps)


def test_rules_for_another_port_are_said_not_to_count() -> None:
    assert "has no say" in configured(OTHER_PORT).evidence["notes"][0]


BOTH = iis(iis_row(A), iis_row(B))


@pytest.mark.parametrize(
    ("texts", "unreadable", "status", "reason"),
    [
        ((), (), Status.SKIP, Code.NOT_SELECTED),
        ((BOTH,), (), Status.PASS, None),
        ((iis(iis_row(A)), iis(iis_row(B))), (), Status.PASS, None),
        ((BOTH,), (BROKEN,), Status.PASS, None),
        ((iis(iis_row(A)),), (), Status.UNKNOWN, Code.NOT_PROVABLE_HERE),
        ((iis(iis_row(A)),), (BROKEN,), Status.UNKNOWN, Code.MISSING_INPUT),
        ((iis(),), (), Status.UNKNOWN, Code.NOT_PROVABLE_HERE),
        ((iis(iis_row(A), iis_row(B, "403 6")),), (), Status.FAIL, None),
        ((BOTH, firewall(firewall_row(address=B))), (), Status.FAIL, None),
        ((firewall(firewall_row("ALLOW", A), firewall_row("ALLOW", B)),), (), Status.UNKNOWN, Code.NOT_PROVABLE_HERE),
    ],
)
def test_logs(
    texts: tuple[bytes, ...], unreadable: tuple[Unreadable, ...], status: Status, reason: Code | None
) -> None:
    outcome = judged(*texts, unreadable=unreadable)
    assert (outcome.status, code(outcome)) == (status, reason)


def test_a_log_read_in_part_proves_no_arrival() -> None:
    assert judged(BOTH + b"x" * 10_000, limits=Limits(bytes=2_000)).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (iis(iis_row(A)), f"{A} reached Halo: /auth/token answered 401.0 on 2026-11-22 09:00:03 UTC (log0, line 5)"),
        (iis(iis_row(A, "403 6")), f"IIS refused {A} for its address (403.6) at /auth/token on 2026-11-22"),
        (firewall(firewall_row()), "dropped the connection of 3.19.3.152 on 2026-11-22 10:00:00 server time"),
        (firewall(firewall_row("ALLOW")), f"let {A} in"),
        (iis(iis_row(A, "403 502")), "a rate limit, and not the allow-list"),
        (iis(iis_row(A, "404 0")), "no row shows Halo's answer"),
        (httperr(f"2026-11-22 09:00:00 {A} 5 10.0.0.5 443 - - - - - - Timer_HeaderWait -"), "without an answer"),
    ],
)
def test_each_log_says_in_one_sentence_what_it_proves(text: bytes, words: str) -> None:
    _, found = logged(text)
    assert words in found.evidence[0].sentence


def test_an_address_that_does_not_occur_is_no_evidence_and_a_question_to_ask() -> None:
    _, found = logged(iis())
    assert found.evidence == ()
    assert f"{A} does not occur" in found.notes[0]


def test_a_refusal_that_is_still_there_at_the_other_path_is_noted() -> None:
    _, found = logged(iis(iis_row(A, "403 6", path="/api/Client"), iis_row(A, "200 0", time="09:10:00")))
    assert found.evidence[0].outcome == "allow"
    assert "/api/Client is still a refusal (403.6)" in " ".join(found.notes)


def test_remarks_of_the_reader_are_passed_on() -> None:
    text = iis_header("date time cs-uri-stem c-ip sc-status X-Forwarded-For").encode()
    _, found = logged(text + f"2026-11-22 09:00:00 /auth/token 10.0.0.9 200 {A}\r\n".encode())
    assert "forwarded-for" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("attributes", "concurrent", "rate", "status"),
    [
        ("", "false", "false", Status.PASS),
        ("", "true", "false", Status.WARN),
        ("", "false", "true", Status.WARN),
        (' enableLoggingOnlyMode="true"', "true", "true", Status.PASS),
    ],
)
def test_a_dynamic_restriction_that_refuses_warns(attributes: str, concurrent: str, rate: str, status: Status) -> None:
    files = RuleFiles((rules(DYNAMIC.format(attributes, concurrent, rate), "web.config"),))
    assert outcomes.rate_limit(files, DOORS).status is status


def test_without_an_iis_configuration_there_is_no_rate_limit_to_judge() -> None:
    assert code(outcomes.rate_limit(RuleFiles((rules(LETS_BOTH),)), DOORS)) is Code.NOT_SELECTED
    assert code(outcomes.rate_limit(RuleFiles(), DOORS)) is Code.NOT_SELECTED


def test_reachability_passes_on_its_evidence_and_who_mends_it() -> None:
    files, by_rules = ruled(LETS_ONE)
    _, by_logs = logged(BOTH)
    failing = outcomes.reachability(combine(((A, B),), (by_rules, by_logs)), files, DOORS)
    assert failing.status is Status.FAIL
    assert failing.evidence["basis"] == ["configuration", "logs"]
    assert failing.evidence["addresses"] == {
        A: {"outcome": "allow", "basis": ["configuration", "logs"]},
        B: {"outcome": "deny", "basis": ["configuration", "logs"]},
    }
    assert "the refusal counts" in failing.evidence["contradictions"][0]
    _, both = ruled(LETS_BOTH)
    assert outcomes.reachability(combine(((A, B),), (both, by_logs)), files, DOORS).status is Status.PASS
    open_case = outcomes.reachability(combine(((A, B),), (both,)), files, DOORS)
    assert (open_case.status, code(open_case)) == (Status.UNKNOWN, Code.NOT_PROVABLE_HERE)
    assert open_case.remedy is not None
    assert len(open_case.remedy.steps) >= 3


def test_a_refusal_by_iis_is_the_windows_administrators() -> None:
    _, found = logged(iis(iis_row(A, "403 6")))
    outcome = outcomes.reachability(combine(((A,),), (found,)), RuleFiles(), DOORS)
    assert outcome.owner is Owner.WINDOWS_ADMIN
    assert outcome.remedy is not None
    assert any("IP Address and Domain Restrictions" in step for step in outcome.remedy.steps)


def test_where_lists_disagree_the_remedy_is_to_ask_and_the_command_has_the_rest() -> None:
    files, found = ruled(LETS_BOTH)
    refused = from_rules(files, (C,), DOORS)
    outcome = outcomes.reachability(combine(((A, B), (C,)), (found, refused)), files, DOORS)
    assert outcome.status is Status.UNKNOWN
    assert outcome.remedy is not None
    assert outcome.remedy.commands[0].text == f"diagnose run --integrator-ip {A} --integrator-ip {B}"


@pytest.mark.parametrize(
    ("proof", "status"), [("allow", Status.PASS), ("deny", Status.FAIL), ("unknown", Status.UNKNOWN)]
)
def test_outside_runs(proof: str, status: Status) -> None:
    from diagnose.reachability.model import Evidence  # noqa: PLC0415 - only here

    found = Collected((Evidence("vantage", A, proof, "why", "outside", "answer.json"),))  # type: ignore[arg-type]  # given above
    assert outcomes.vantage(True, (), found).status is status


def test_outside_runs_that_were_not_given_or_not_understood() -> None:
    assert code(outcomes.vantage(False, (), Collected())) is Code.NOT_SELECTED
    assert code(outcomes.vantage(True, (BROKEN,), Collected())) is Code.MISSING_INPUT
    assert code(outcomes.vantage(True, (), Collected(notes=("it is too old",)))) is Code.NOT_PROVABLE_HERE
