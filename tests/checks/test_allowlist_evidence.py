"""The allow-list checks on literal evidence: what each kind proves, refutes and leaves open, alone and together."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest

from checks import allowlist
from diagnose import Outcome, Owner, Status
from diagnose.fact import Unavailable
from diagnose.facts.allowlist import (
    Asked,
    ObservedEgress,
    Reach,
    RuleFiles,
    ServerLogs,
    Tried,
    Unreadable,
    VantageAnswer,
    VantageAnswers,
)
from diagnose.facts.network import Addresses, Connection, Connections, Resolution
from diagnose.facts.run import Settings
from diagnose.facts.tls import Handshake, Handshakes
from diagnose.logs.reader import read
from diagnose.outcome import Code
from diagnose.reachability.derivations import FromInside, FromOutside, seen_from_inside, told_from_outside
from diagnose.rulesets import recognise
from tests.checks import at_hand as at
from tests.logs.rows import iis, iis_row

A, B, NEWER = "3.19.3.152", "3.19.4.238", "3.23.117.12"
BOTH = Settings(integrator_ips=(A, B))
LATE = Unavailable(Code.TIMEOUT, "the time given to the whole run (--timeout) was used up")
NETWORK_DOWN = Unavailable(Code.BLOCKED, "no address accepted a connection", ("net.reachable",))
SERVER = "93.184.216.34"
CERTIFICATE = b"the server's own certificate"
LEAF = hashlib.sha256(CERTIFICATE).hexdigest()
BROKEN = Unreadable("notes.txt", "The file is none of the known formats")

NGINX = "server {{ listen 443 ssl; server_name halo.example.com;\n{}\ndeny all; }}"
APPCMD = "<!-- path: Default Web Site/{} -->\n<system.webServer><security>{}</security></system.webServer>\n"
THROTTLING = '<dynamicIpSecurity><denyByRequestRate enabled="true" /></dynamicIpSecurity>'


def lets(*addresses: str, name: str = "nginx.conf") -> RuleFiles:
    text = NGINX.format("\n".join(f"allow {address};" for address in addresses))
    return RuleFiles((recognise(name, text.encode()),))


def logged(*rows: str) -> ServerLogs:
    return ServerLogs((read(io.BytesIO(iis(*rows)), "u_ex.log", (A, B, NEWER)),))


HANDSHAKES = Handshakes((Handshake("halo.example.com", 443, SERVER, "completed", (CERTIFICATE,)),))
INSIDE: FromInside = seen_from_inside.function(
    at.TARGET, NETWORK_DOWN, NETWORK_DOWN, HANDSHAKES, at.ENDPOINT, at.INSTANCE, at.AUTH_INFO
)
UNSEEN: FromInside = seen_from_inside.function(
    at.TARGET, NETWORK_DOWN, NETWORK_DOWN, NETWORK_DOWN, NETWORK_DOWN, NETWORK_DOWN, NETWORK_DOWN
)
MARKED = Asked("POST", "/auth/token", "answered", 400, "json", "oauth_error")
THROUGH = Reach(SERVER, "accepted", "completed", leaf_sha256=LEAF, asked=(MARKED,))
DROPPED = Reach(SERVER, "no_answer")


def ran(*reaches: Reach, left_from: str = A, **changes: Any) -> VantageAnswer:
    usual = VantageAnswer(
        source="answer.json",
        request_id="r1",
        role="integrator",
        started=at.MOMENT.now - timedelta(minutes=2),
        ended=at.MOMENT.now - timedelta(minutes=1),
        nonce_ok=True,
        egress=(ObservedEgress(left_from, "stated"),),
        targets=(Tried("auth", at.TARGET.auth.used, reaches), Tried("api", at.TARGET.resource.used, reaches)),
    )
    return at.change(usual, **changes)


def outside(*answers: VantageAnswer, settings: Settings = BOTH, inside: FromInside = INSIDE) -> FromOutside:
    told: FromOutside = told_from_outside.function(at.GRADIENT, settings, at.MOMENT, VantageAnswers(answers), inside)
    return told


def reachability(
    files: RuleFiles | Unavailable = RuleFiles(),  # noqa: B008 - frozen
    logs: ServerLogs | Unavailable = ServerLogs(),  # noqa: B008 - frozen
    *answers: VantageAnswer,
    settings: Settings = BOTH,
    inside: FromInside = INSIDE,
) -> Outcome:
    told = outside(*answers, settings=settings, inside=inside)
    return allowlist.the_addresses_reach_this_halopsa(at.TARGET, at.GRADIENT, settings, files, logs, told)


def configuration(files: RuleFiles, settings: Settings = BOTH) -> Outcome:
    return allowlist.the_rules_let_every_address_in(at.TARGET, at.GRADIENT, settings, files)


def reason(outcome: Outcome) -> tuple[Status, Code | None]:
    return outcome.status, outcome.reason.code if outcome.reason else None


ARRIVED = logged(iis_row(A), iis_row(B))
OPEN = (Status.UNKNOWN, Code.NOT_PROVABLE_HERE)
PASS, FAIL = (Status.PASS, None), (Status.FAIL, None)


@pytest.mark.parametrize(
    ("files", "logs", "answers", "expected"),
    [
        (RuleFiles(), ServerLogs(), (), OPEN),
        (lets(A, B), ServerLogs(), (), OPEN),
        (lets(A), ServerLogs(), (), FAIL),
        (lets("81.2.69.142"), ServerLogs(), (), FAIL),
        (RuleFiles(), ARRIVED, (), PASS),
        (RuleFiles(), logged(iis_row(A)), (), OPEN),
        (RuleFiles(), logged(iis_row(A), iis_row(B, "403 6")), (), FAIL),
        (lets(A), ARRIVED, (), FAIL),
        (lets(A, B), ARRIVED, (), PASS),
        (RuleFiles(unreadable=(BROKEN,)), ARRIVED, (), PASS),
        (RuleFiles(), ServerLogs(), (ran(THROUGH), ran(THROUGH, left_from=B)), PASS),
        (RuleFiles(), ServerLogs(), (ran(THROUGH),), OPEN),
        (RuleFiles(), ServerLogs(), (ran(THROUGH), ran(DROPPED, left_from=B)), FAIL),
        (RuleFiles(), logged(iis_row(A)), (ran(THROUGH, left_from=B),), PASS),
        (RuleFiles(), ServerLogs(), (ran(THROUGH, nonce_ok=False), ran(THROUGH, left_from=B)), OPEN),
        (LATE, ARRIVED, (), PASS),
        (lets(A), LATE, (), FAIL),
        (LATE, LATE, (), OPEN),
    ],
)
def test_what_all_evidence_comes_to(
    files: RuleFiles, logs: ServerLogs, answers: tuple[VantageAnswer, ...], expected: tuple[Status, Code | None]
) -> None:
    outcome = reachability(files, logs, *answers)
    assert reason(outcome) == expected
    assert set(outcome.evidence["addresses"]) == {A, B}


def test_the_evidence_says_per_address_what_is_known_and_by_what() -> None:
    outcome = reachability(lets(A, B), logged(iis_row(A)), ran(THROUGH, left_from=B))
    assert outcome.evidence["basis"] == ["configuration", "logs", "vantage"]
    assert outcome.evidence["addresses"] == {
        A: {"outcome": "allow", "basis": ["configuration", "logs"]},
        B: {"outcome": "allow", "basis": ["configuration", "vantage"]},
    }


def test_a_refusal_wins_over_an_arrival_and_the_contradiction_is_named() -> None:
    outcome = reachability(lets(A), ARRIVED)
    assert outcome.evidence["addresses"][B] == {"outcome": "deny", "basis": ["configuration", "logs"]}
    assert len(outcome.evidence["contradictions"]) == 1
    assert B in outcome.evidence["contradictions"][0]


def test_rules_are_judged_where_nothing_of_the_network_was_seen() -> None:
    assert reason(reachability(lets(A), inside=UNSEEN)) == FAIL
    assert reason(reachability(logs=ARRIVED, inside=UNSEEN)) == PASS
    assert reason(configuration(lets(A))) == FAIL


def test_a_refusal_outside_counts_only_where_the_server_is_known_to_be_up() -> None:
    assert reason(reachability(RuleFiles(), ServerLogs(), ran(DROPPED), inside=INSIDE)) == FAIL
    assert reason(reachability(RuleFiles(), ServerLogs(), ran(DROPPED), inside=UNSEEN)) == OPEN


def test_another_certificate_outside_means_another_server() -> None:
    other = at.change(THROUGH, leaf_sha256="bb" * 32)
    assert reason(reachability(RuleFiles(), ServerLogs(), ran(other), ran(other, left_from=B))) == OPEN


@pytest.mark.parametrize(
    ("allowed", "expected", "configured"),
    [((A, B), OPEN, FAIL), ((NEWER,), OPEN, FAIL), ((A,), FAIL, FAIL), ((A, B, NEWER), OPEN, PASS)],
)
def test_published_lists_that_disagree_fail_only_where_none_is_let_in_whole(
    allowed: tuple[str, ...], expected: tuple[Status, Code | None], configured: tuple[Status, Code | None]
) -> None:
    assert reason(reachability(lets(*allowed), settings=Settings())) == expected
    assert reason(configuration(lets(*allowed), Settings())) == configured


def test_a_refusal_by_rules_comes_with_the_rule_to_add_for_exactly_the_missing_address() -> None:
    remedy = configuration(lets(A)).remedy
    assert remedy is not None
    said = " ".join((*remedy.steps, *(command.text for command in remedy.commands)))
    assert f"allow {B};" in said
    assert f"allow {A};" not in said
    assert "nginx.conf" in said


def test_each_layer_has_its_owner() -> None:
    closed = '<ipSecurity allowUnlisted="false"></ipSecurity>'
    iis_rules = RuleFiles((recognise("iis.txt", "".join(APPCMD.format(x, closed) for x in ("auth", "api")).encode()),))
    assert configuration(iis_rules).owner is Owner.WINDOWS_ADMIN
    assert configuration(lets(A)).owner is Owner.NETWORK_ADMIN
    assert reachability(iis_rules).owner is Owner.WINDOWS_ADMIN


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((iis_row(A), iis_row(B)), PASS),
        ((iis_row(A),), OPEN),
        ((iis_row("81.2.69.142"),), OPEN),
        ((iis_row(A, "403 6"), iis_row(B)), FAIL),
        ((iis_row(A, "403 6", time="09:00:01"), iis_row(A, time="09:00:09"), iis_row(B)), PASS),
        ((iis_row(A, time="09:00:01"), iis_row(A, "403 6", time="09:00:09"), iis_row(B)), FAIL),
    ],
)
def test_logs(rows: tuple[str, ...], expected: tuple[Status, Code | None]) -> None:
    assert reason(allowlist.the_logs_show_them_arriving(at.GRADIENT, BOTH, logged(*rows))) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((ran(THROUGH),), PASS),
        ((ran(DROPPED),), FAIL),
        ((ran(THROUGH), ran(DROPPED, left_from=B)), FAIL),
        ((ran(THROUGH, left_from="81.2.69.142"),), OPEN),
        ((ran(THROUGH, nonce_ok=False),), OPEN),
        ((ran(THROUGH, ended=at.MOMENT.now - timedelta(days=2)),), OPEN),
    ],
)
def test_runs_from_outside(answers: tuple[VantageAnswer, ...], expected: tuple[Status, Code | None]) -> None:
    given = VantageAnswers(answers)
    outcome = allowlist.a_run_from_outside_got_through(at.GRADIENT, BOTH, given, outside(*answers))
    assert reason(outcome) == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [("", PASS), (THROTTLING, (Status.WARN, None)), (THROTTLING.replace("true", "false"), PASS)],
)
def test_a_dynamic_restriction_that_is_switched_on_warns(inside: str, expected: tuple[Status, Code | None]) -> None:
    open_ = '<ipSecurity allowUnlisted="true"></ipSecurity>'
    text = "".join(APPCMD.format(name, open_ + inside) for name in ("auth", "api"))
    files = RuleFiles((recognise("iis.txt", text.encode()),))
    assert reason(allowlist.no_dynamic_restriction_throttles(at.TARGET, BOTH, files)) == expected


def test_without_an_iis_configuration_the_rate_limit_was_not_asked() -> None:
    outcome = allowlist.no_dynamic_restriction_throttles(at.TARGET, BOTH, lets(A, B))
    assert reason(outcome) == (Status.SKIP, Code.NOT_SELECTED)


def test_a_file_that_cannot_be_understood_is_unknown_and_named() -> None:
    outcome = configuration(RuleFiles(unreadable=(BROKEN,)))
    assert outcome.status is Status.UNKNOWN
    assert "notes.txt" in outcome.summary
    logs = allowlist.the_logs_show_them_arriving(at.GRADIENT, BOTH, ServerLogs(unreadable=(BROKEN,)))
    assert logs.status is Status.UNKNOWN


def test_with_files_and_no_known_address_the_addresses_are_to_blame() -> None:
    silent = at.change(at.GRADIENT, addresses=())
    outcome = allowlist.the_rules_let_every_address_in(at.TARGET, silent, Settings(), lets(A))
    assert outcome.reason is not None
    assert outcome.reason.blocked_by == ("allowlist.addresses",)


def test_an_ipv6_address_of_the_server_is_noted_where_the_list_has_none() -> None:
    six = Addresses((Resolution("halo.example.com", "resolved", (SERVER, "2606:2800:220:1::1")),))
    inside = seen_from_inside.function(at.TARGET, six, NETWORK_DOWN, HANDSHAKES, at.ENDPOINT, at.INSTANCE, at.AUTH_INFO)
    assert any("IPv6" in note for note in reachability(inside=inside).evidence["notes"])
    assert "notes" not in reachability().evidence


def test_what_was_seen_from_here_is_the_certificate_the_markers_and_the_dead_addresses() -> None:
    attempts = Connections(
        (
            Connection("halo.example.com", 443, SERVER, "accepted"),
            Connection("halo.example.com", 443, "93.184.216.35", "no_answer"),
            Connection("halo.example.com", 443, "2606:2800:220:1::1", "not_tried"),
        )
    )
    inside = seen_from_inside.function(
        at.TARGET, NETWORK_DOWN, attempts, HANDSHAKES, at.ENDPOINT, at.instance(503, kind="html"), at.NO_AUTH_INFO
    )
    auth, api = inside.servers
    assert (auth.marker, api.marker) == (True, False)
    assert auth.leafs_sha256 == api.leafs_sha256 == (LEAF,)
    assert auth.dead == ("93.184.216.35",)
    assert (auth.url, api.url) == (at.TARGET.auth.used, at.TARGET.resource.used)
