"""The facts of the allow-list go into the report and come back as they were."""

from __future__ import annotations

import io
from datetime import UTC

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from diagnose.fact import Fact
from diagnose.facts.allowlist import (
    Asked,
    Canary,
    ObservedEgress,
    Reach,
    RuleFiles,
    ServerLogs,
    Tried,
    Unreadable,
    VantageAnswer,
    VantageAnswers,
)
from diagnose.facts.http import Gate
from diagnose.logs.reader import read
from diagnose.rulesets import recognise
from tests.logs.rows import OURS, SECOND, firewall, firewall_row, httperr, iis, iis_row

words = st.text(max_size=8)
addresses = st.sampled_from((OURS, SECOND, "2600:1f16::1"))
moments = st.datetimes(timezones=st.just(UTC))
unreadable = st.lists(st.builds(Unreadable, words, words), max_size=2).map(tuple)

IPSECURITY = (
    b'<configuration><system.webServer><security><ipSecurity allowUnlisted="false"><clear/>'
    b'<add ipAddress="3.19.3.152" allowed="true"/></ipSecurity></security></system.webServer></configuration>'
)
SECURITY_GROUP = (
    b'{"SecurityGroups":[{"GroupId":"sg-1","IpPermissions":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,'
    b'"IpRanges":[{"CidrIp":"3.19.3.152/32"}]}]}]}'
)
RULES = (
    b"server { listen 443 ssl; location /auth { allow 3.19.3.152; deny all; } location ~ ^/a { deny 3.19.4.0/24; } }",
    IPSECURITY,
    b"3.19.3.152\n3.19.4.0/24\n",
    SECURITY_GROUP,
)
rule_files = st.builds(
    RuleFiles,
    sets=st.lists(st.sampled_from(RULES), max_size=3).map(lambda texts: tuple(recognise("file", t) for t in texts)),
    unreadable=unreadable,
)

statuses = st.sampled_from(("200 0", "403 6", "403 502", "404 0", "- -"))
logs = st.one_of(
    st.lists(st.builds(iis_row, addresses, statuses), max_size=5).map(lambda rows: iis(*rows)),
    st.lists(st.builds(firewall_row, st.sampled_from(("DROP", "ALLOW")), addresses), max_size=5).map(
        lambda rows: firewall(*rows)
    ),
    st.just(httperr(f"2026-11-22 09:00:00 {OURS} 5 10.0.0.5 443 - - /x - - - Timer_HeaderWait -")),
)
server_logs = st.builds(
    ServerLogs,
    logs=st.lists(logs.map(lambda text: read(io.BytesIO(text), "log", (OURS, SECOND))), max_size=3).map(tuple),
    unreadable=unreadable,
)

asked = st.builds(
    Asked,
    method=words,
    path=words,
    outcome=st.sampled_from(("answered", "reset", "not_sent")),
    status=st.none() | st.integers(100, 599),
    marker=words,
    gate=st.none() | st.builds(Gate, words, words, words, words),
    headers=st.dictionaries(words, words, max_size=2),
)
reaches = st.builds(
    Reach,
    address=addresses,
    tcp=st.sampled_from(("accepted", "no_answer")),
    tls=st.sampled_from(("completed", "alert", "not_tried")),
    asked=st.lists(asked, max_size=2).map(tuple),
    seconds=st.floats(0, 30),
)
answers = st.builds(
    VantageAnswer,
    source=words,
    request_id=words,
    role=st.sampled_from(("integrator", "foreign", "customer")),
    started=moments,
    ended=moments,
    nonce_ok=st.booleans(),
    egress=st.lists(st.builds(ObservedEgress, addresses, words, st.none() | moments), max_size=2).map(tuple),
    targets=st.lists(
        st.builds(Tried, st.sampled_from(("auth", "api")), words, st.lists(reaches, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    canaries=st.lists(st.builds(Canary, addresses, st.booleans()), max_size=2).map(tuple),
    via_proxy=st.booleans(),
)
vantages = st.builds(VantageAnswers, answers=st.lists(answers, max_size=2).map(tuple), unreadable=unreadable)


@given(st.one_of(rule_files, server_logs, vantages))
def test_a_fact_written_as_json_comes_back_the_same(fact: Fact) -> None:
    assert msgspec.json.decode(msgspec.json.encode(fact), type=type(fact)) == fact


@given(rule_files, addresses)
def test_rules_that_come_back_decide_the_same(fact: RuleFiles, address: str) -> None:
    again = msgspec.convert(msgspec.to_builtins(fact), RuleFiles)
    for one, other in zip(fact.sets, again.sets, strict=True):
        assert one.decide(address, 443, "/auth/token") == other.decide(address, 443, "/auth/token")


def test_each_has_its_name_and_knows_whether_anything_was_given() -> None:
    names = [fact.NAME for fact in (RuleFiles(), ServerLogs(), VantageAnswers())]
    assert names == ["allowlist.rule_files", "allowlist.logs", "allowlist.vantage"]
    assert not any((RuleFiles(), ServerLogs(), VantageAnswers()))
    given_but_broken = (Unreadable("a", "b"),)
    assert all(form(unreadable=given_but_broken) for form in (RuleFiles, ServerLogs, VantageAnswers))
