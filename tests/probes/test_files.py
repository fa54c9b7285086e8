"""The probes of the evidence files: what is kept, what is named as unreadable, and the time that is left."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diagnose import vantage
from diagnose.credentials import Secrets
from diagnose.fact import Unavailable
from diagnose.facts.allowlist import RuleFiles, ServerLogs, VantageAnswers
from diagnose.facts.run import Settings
from diagnose.inputs import evidence
from diagnose.outcome import Code
from diagnose.probes import files as probes
from diagnose.probes.network import Network
from tests.checks import at_hand as at
from tests.logs.rows import iis, iis_row

A, B = "3.19.3.152", "3.19.4.238"
BOTH = Settings(integrator_ips=(A, B))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
REQUEST = vantage.new_request(at.TARGET, request_id="r1", nonce="ab" * 16, now=NOW)
OTHER = vantage.new_request(at.TARGET, request_id="r2", nonce="cd" * 16, now=NOW)
ANSWER = vantage.VantageDocument(vantage.ANSWER, REQUEST, REQUEST.nonce, vantage.Vantage("integrator"), NOW, NOW)


def observed(probe: Any, given: evidence.EvidenceFiles, settings: Settings = BOTH, seconds: float = 30.0) -> Any:
    known = {
        "target": at.TARGET,
        "profile": at.GRADIENT,
        "settings": settings,
        "files": given,
        "network": Network(settings, Secrets(), time.monotonic() + seconds),
    }
    arguments = {need.name: known[need.name] for need in probe.needs}
    return asyncio.run(probe.function(**arguments))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], str]:
    def written(name: str, content: str | bytes) -> str:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return written


Write = Callable[[str, str | bytes], str]


def rules(*names: str, **more: Any) -> RuleFiles:
    fact = observed(probes.read_rules, evidence.found(rules=names), **more)
    assert isinstance(fact, RuleFiles)
    return fact


def test_without_files_the_facts_are_empty() -> None:
    nothing = evidence.EvidenceFiles()
    assert observed(probes.read_rules, nothing) == RuleFiles()
    assert observed(probes.read_logs, nothing) == ServerLogs()
    assert observed(probes.read_vantages, nothing) == VantageAnswers()


@pytest.mark.parametrize("probe", [probes.read_rules, probes.read_logs, probes.read_vantages])
def test_nothing_is_read_where_access_is_not_restricted(probe: Any, write: Write) -> None:
    name = write("x", "not anything")
    given = evidence.found(rules=[name], logs=[name], vantages=[name])
    fact = observed(probe, given, Settings(ip_restriction="no"))
    assert isinstance(fact, Unavailable)
    assert fact.code is Code.NOT_APPLICABLE


def test_one_file_that_cannot_be_understood_leaves_the_others(write: Write) -> None:
    fact = rules(write("good.txt", f"{A}\n"), write("bad.txt", "Dear support,\nsee the other mail."), write("e", ""))
    assert [one.source for one in fact.sets] == ["good.txt"]
    assert [one.source for one in fact.unreadable] == ["bad.txt", "e"]
    assert all(one.why and not one.why.endswith(".") for one in fact.unreadable)


def test_only_rules_about_the_integrator_are_kept_and_they_decide_alike(write: Write) -> None:
    strangers = "\n".join(f"allow 81.2.{number // 250}.{number % 250};" for number in range(5000))
    fact = rules(write("n.conf", f"server {{ listen 443 ssl;\n{strangers}\nallow {A};\ndeny all; }}"))
    stored = msgspec.json.encode(fact)
    assert len(stored) < 2000
    assert b"81.2." not in stored
    again = msgspec.json.decode(stored, type=RuleFiles).sets[0]
    assert [again.decide(address, 443, "/auth/token").outcome for address in (A, B)] == ["allow", "deny"]
    assert again.decide(A, 443, "/auth/token").line == 5002


def test_a_forced_format_is_that_format(write: Write) -> None:
    name = write("list", f"{A}\n{B}\n")
    assert rules(f"plain:{name}").sets[0].format == "plain"
    assert rules(f"aws-sg:{name}").unreadable[0].source == "list"


def test_a_file_that_went_away_in_the_meantime_is_named(tmp_path: Path, write: Write) -> None:
    given = evidence.found(rules=[write("gone.txt", A)])
    (tmp_path / "gone.txt").unlink()
    fact = observed(probes.read_rules, given)
    assert fact.unreadable[0].source == "gone.txt"
    assert "cannot be read" in fact.unreadable[0].why


def test_a_file_larger_than_allowed_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.rulesets.documents.LARGEST", 100)
    assert "larger" in rules(write("large.txt", "# note\n" * 100)).unreadable[0].why


def test_with_no_time_left_no_file_is_begun(write: Write) -> None:
    given = evidence.found(rules=[write("a.txt", A)], logs=[write("b.log", iis(iis_row(A)))])
    for probe in (probes.read_rules, probes.read_logs):
        assert "--timeout" in observed(probe, given, seconds=0.2).unreadable[0].why


def test_no_path_is_in_a_fact(tmp_path: Path, write: Write) -> None:
    given = evidence.found(
        rules=[write("a.txt", A), write("b", "")],
        logs=[write("c.log", iis(iis_row(A)))],
        vantages=[write("d.json", vantage.written(ANSWER))],
    )
    for probe in (probes.read_rules, probes.read_logs, probes.read_vantages):
        assert str(tmp_path).encode() not in msgspec.json.encode(observed(probe, given))


def test_logs_plain_and_zipped_are_read_and_strangers_left_out(write: Write) -> None:
    text = iis(iis_row(A), iis_row("81.2.69.142"))
    given = evidence.found(logs=[write("a.log", text), write("b.log.gz", gzip.compress(text)), write("c", "no log")])
    fact = observed(probes.read_logs, given)
    assert [(log.source, log.outcome(A), log.outcome(B)) for log in fact.logs] == [
        ("a.log", "allow", "unknown"),
        ("b.log.gz", "allow", "unknown"),
    ]
    assert fact.unreadable[0].source == "c"
    assert b"81.2.69" not in msgspec.json.encode(fact)


def vantages(*names: str) -> VantageAnswers:
    fact = observed(probes.read_vantages, evidence.found(vantages=names))
    assert isinstance(fact, VantageAnswers)
    return fact


def test_an_answer_is_held_against_the_request_given_with_it(write: Write) -> None:
    answer = write("answer.json", vantage.written(ANSWER))
    request, other = (write(f"{each.request_id}.json", vantage.written(each)) for each in (REQUEST, OTHER))
    assert [one.nonce_ok for one in vantages(answer).answers] == [True]
    assert [one.nonce_ok for one in vantages(request, answer).answers] == [True]
    assert [one.nonce_ok for one in vantages(answer, other, request).answers] == [True]
    assert [one.nonce_ok for one in vantages(other, answer).answers] == [False]


def test_a_request_with_the_same_number_and_another_nonce_is_another(write: Write) -> None:
    forged = msgspec.structs.replace(REQUEST, nonce="ef" * 16)
    names = write("request.json", vantage.written(forged)), write("answer.json", vantage.written(ANSWER))
    assert [one.nonce_ok for one in vantages(*names).answers] == [False]


def test_a_request_alone_is_no_answer(write: Write) -> None:
    fact = vantages(write("request.json", vantage.written(REQUEST)))
    assert (fact.answers, fact.unreadable[0].source) == ((), "request.json")


def test_a_changed_answer_is_unreadable(write: Write) -> None:
    changed = json.loads(vantage.written(ANSWER)) | {"tool_version": "9"}
    assert "changed" in vantages(write("answer.json", json.dumps(changed))).unreadable[0].why
