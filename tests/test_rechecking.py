"""Today's checks over stored facts: what is missing and what is newer is told, and nothing gets better for free."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import registry
from diagnose.declared import check
from diagnose.fact import Fact, Unavailable
from diagnose.facts.http import Answer, Gate
from diagnose.facts.network import Addresses
from diagnose.facts.run import Settings, Target
from diagnose.halo import versions
from diagnose.outcome import Code, Importance, Outcome, Owner, Status, passed
from diagnose.report import Document, ReportError, digest
from diagnose.support import saved
from diagnose.support.gates_today import by_todays_table
from diagnose.support.rechecking import recheck
from diagnose.testing import rejudge
from diagnose.verdict import VerdictStatus
from tests.reports import strategies

GOLDEN = Path(__file__).parent / "golden"
REGISTRY = registry.load()
FACTS = sorted(saved.read(GOLDEN / "healthy.json").raw["facts"])


def report(name: str = "healthy", change: Callable[[dict[str, Any]], object] = lambda _: None) -> Document:
    """Return a golden report of today's tables, changed, so that only the change tells."""
    today = recheck(saved.read(GOLDEN / f"{name}.json"), REGISTRY).raw
    raw = copy.deepcopy({key: value for key, value in today.items() if key != "recheck"})
    change(raw)
    return Document(raw)


def changes(document: Document) -> dict[str, dict[str, Any]]:
    return {change["id"]: change for change in document.raw["recheck"]["changes"]}


@pytest.mark.parametrize("name", ["healthy", "missing-intermediate"])
def test_a_report_judged_by_the_same_tool_says_the_same(name: str) -> None:
    document = report(name)
    again = recheck(document, REGISTRY)
    assert again.raw["checks"] == document.raw["checks"]
    assert again.raw["verdict"] == document.raw["verdict"]
    assert again.raw["recheck"]["of_digest"] == digest(document.raw)
    assert changes(again) == {}
    assert again.raw["digest"]["value"] == digest(again.raw)


@pytest.mark.parametrize("name", FACTS)
def test_without_a_fact_what_needs_it_is_unknown_and_nothing_is_better(name: str) -> None:
    document = report("missing-intermediate", lambda raw: raw["facts"].pop(name))
    before = {result.id: result for result in document.report.checks}
    again = recheck(document, REGISTRY)
    for result in again.report.checks:
        if result.status is not before[result.id].status:
            assert result.reason is not None, result
            assert (result.status, result.reason.code) in {
                (Status.UNKNOWN, Code.MISSING_INPUT),
                (Status.UNKNOWN, Code.BLOCKED),
            }, result
    assert again.report.verdict.status in {VerdictStatus.NOT_READY, VerdictStatus.UNDECIDED}


def test_the_missing_fact_is_named() -> None:
    document = report("healthy", lambda raw: raw["facts"].pop("net.connections"))
    again = rejudge(document)["net.reachable"]
    assert again.reason is not None
    assert again.reason.code is Code.MISSING_INPUT
    assert "net.connections" in again.summary
    assert "net.connections" in changes(recheck(document, REGISTRY))["net.reachable"]["why"]


@given(strategies.json_values())
def test_a_fact_of_any_other_shape_is_missing_input_or_judged(value: Any) -> None:
    def replaced(raw: dict[str, Any]) -> None:
        raw["facts"]["net.connections"] = {"value": value}

    document = report("healthy", replaced)
    judged = rejudge(document)["net.reachable"]
    assert judged.status is not Status.PASS
    assert judged.reason is not None
    assert judged.reason.code is Code.MISSING_INPUT


def test_unknown_keys_are_passed_over_also_in_the_profile_and_the_waivers() -> None:
    def later(raw: dict[str, Any]) -> None:
        facts = raw["facts"]
        facts["run.profile"]["value"] |= {"later": 1}
        facts["run.profile"]["value"]["addresses"][0] |= {"later": [1]}
        facts["run.waivers"]["value"] = {
            "waiver": [{"id": "tls.name", "reason": "r", "expires": "2030-01-01", "later": 2}],
            "later": 3,
        }
        facts["dns.addresses"]["value"]["hosts"][0]["later"] = {}
        raw["later"] = {"of": "a newer version"}

    document = report("healthy", later)
    again = recheck(document, REGISTRY)
    assert {name for name, change in changes(again).items() if change["before"] != change["after"]} == set()
    assert again.raw["later"] == {"of": "a newer version"}
    assert {result.id for result in again.report.checks if result.waiver} == {"tls.name"}


def test_what_was_not_asked_stays_not_asked() -> None:
    def only_tls(raw: dict[str, Any]) -> None:
        raw["facts"]["run.settings"]["value"]["only"] = ["tls.*", "plugin.that-is-gone"]

    judged = rejudge(report("missing-intermediate", only_tls))
    asked = {name for name, result in judged.items() if result.reason is None or result.reason.code != "not_selected"}
    assert asked == {name for name in judged if name.startswith("tls.")}


def test_dates_are_judged_as_of_the_report_unless_today_is_asked_for() -> None:
    later = datetime.now(UTC) + timedelta(days=9000)
    document = report("healthy")
    assert rejudge(document)["tls.dates"].status is Status.PASS
    assert rejudge(document, now=later)["tls.dates"].status is Status.FAIL
    again = recheck(document, REGISTRY, now=later)
    assert again.report.run.started == document.report.run.started
    assert again.raw["facts"] == document.raw["facts"]
    assert "today's clock" in changes(again)["tls.dates"]["why"]
    assert again.report.verdict.causes == ("tls.dates",)


def test_a_waiver_expires_by_the_same_clock() -> None:
    def waived(raw: dict[str, Any]) -> None:
        expires = datetime.fromisoformat(raw["run"]["started"]).date().isoformat()
        waiver = {"id": "tls.chain-complete", "reason": "on Monday", "expires": expires}
        raw["facts"]["run.waivers"]["value"] = {"waiver": [waiver]}

    document = report("missing-intermediate", waived)
    assert recheck(document, REGISTRY).report.verdict.status is VerdictStatus.READY_WITH_WARNINGS
    tomorrow = document.report.run.started + timedelta(days=1)
    assert recheck(document, REGISTRY, now=tomorrow).report.verdict.status is VerdictStatus.NOT_READY


def test_a_newer_table_of_releases_is_the_reason_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def older(raw: dict[str, Any]) -> None:
        raw["facts"]["run.settings"]["value"]["latest_stable"] = None
        raw["tool"]["tables"]["releases"] = {"as_of": "2026-01-01", "sha256": "0" * 64}

    document, newest = report("healthy", older), versions.load()
    line = msgspec.structs.replace(newest.stable[-1], line="9.1")
    monkeypatch.setattr(versions, "load", lambda: msgspec.structs.replace(newest, stable=(*newest.stable, line)))
    again = recheck(document, REGISTRY)
    assert again.report.verdict.causes == ("version.current",)
    assert "newer table of releases" in changes(again)["version.current"]["why"]


class Later(Fact, frozen=True):
    """A fact that no report holds yet."""

    NAME = "later.fact"
    JUDGED_BY = "later.judged"
    value: int


@check("later.check", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def needs_more(fact: Later) -> Outcome:
    """It holds."""
    return passed("it does", value=fact.value)


@check("later.tolerant", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def asks_for_more(fact: Later | Unavailable, target: Target) -> Outcome:
    """It holds."""
    return passed("it does", value=str(fact), host=target.resource.host)


@check("later.contained", importance=Importance.REQUIRED, owner=Owner.OPERATOR)
def needs_what_is_there(addresses: Addresses, settings: Settings) -> Outcome:
    """It holds."""
    return passed("it does", hosts=len(addresses.hosts), timeout=settings.timeout)


def with_checks(*more: Any) -> registry.Registry:
    checks = tuple(msgspec.structs.replace(each, source="another-distribution") for each in more)
    return msgspec.structs.replace(REGISTRY, checks=(*REGISTRY.checks, *checks))


def test_a_new_check_is_judged_where_the_facts_suffice_and_is_unknown_where_not() -> None:
    again = recheck(report(), with_checks(needs_more, asks_for_more, needs_what_is_there))
    judged = {result.id: result for result in again.report.checks}
    assert judged["later.contained"].status is Status.PASS
    reasons = [judged[name].reason for name in ("later.check", "later.tolerant")]
    assert [reason and reason.code for reason in reasons] == [Code.MISSING_INPUT] * 2
    assert changes(again)["later.contained"]["before"] is None
    assert changes(again)["later.contained"]["why"] == "a new check"


def test_a_fact_of_a_plug_in_comes_back_as_its_type() -> None:
    def with_fact(raw: dict[str, Any]) -> None:
        raw["facts"]["later.fact"] = {"value": {"value": 7}}

    judged = {
        result.id: result for result in recheck(report("healthy", with_fact), with_checks(needs_more)).report.checks
    }
    assert judged["later.check"].evidence == {"value": 7}


def test_a_check_that_is_not_installed_any_more_is_not_forgotten() -> None:
    """Else a report would become READY by leaving out the plug-in that found the fault."""

    def failed_plugin(raw: dict[str, Any]) -> None:
        result = copy.deepcopy(next(each for each in raw["checks"] if each["status"] == "pass"))
        raw["checks"].append(
            result | {"id": "house.rule", "status": "fail", "importance": "required", "source": "house"}
        )

    document = report("healthy", failed_plugin)
    again = recheck(document, REGISTRY)
    kept = {result.id: result for result in again.report.checks}["house.rule"]
    assert (kept.status, kept.source) == (Status.UNKNOWN, "house")
    assert again.report.verdict.status is VerdictStatus.UNDECIDED
    without = recheck(document, REGISTRY, plugins=False)
    assert "house.rule" not in {result.id for result in without.report.checks}
    assert "--no-plugins" in changes(without)["house.rule"]["why"]


def test_a_page_is_known_by_todays_table() -> None:
    page = Answer(
        "GET", "https://h/api", "answered", 403, "html", title="Attention Required! | Cloudflare", text="blocked"
    )
    page = msgspec.structs.replace(page, headers={"server": "cloudflare", "cf-mitigated": "challenge"})
    found = by_todays_table(page).gate
    assert found is not None
    assert "cloudflare" in found.product.lower()


def test_a_page_that_the_run_knew_better_stays_what_it_was() -> None:
    """Its markup and cookies are not kept, so that today's table finds less means nothing."""
    known = Gate("fortigate", "Fortinet FortiGate web filter", "outbound_filter", "blocked")
    page = Answer("GET", "https://h/api", "answered", 200, "html", title="Hello", text="nothing of note", gate=known)
    assert by_todays_table(page) is page
    unlisted = msgspec.structs.replace(page, gate=Gate("no-more", "Something", "waf", "blocked"))
    assert by_todays_table(unlisted) is unlisted


def test_a_table_of_pages_that_knows_more_is_the_reason_that_is_told() -> None:
    def unknown_page(raw: dict[str, Any]) -> None:
        raw["tool"]["tables"]["signatures"] = {"as_of": "2026-01-01", "sha256": "0" * 64}
        answer = raw["facts"]["halo.instance"]["value"]["answer"]
        answer |= {"status": 200, "kind": "html", "title": "Web Filter Violation", "text": "", "gate": None}

    again = recheck(report("healthy", unknown_page), REGISTRY)
    assert "today's table of pages" in changes(again)["halo.answers"]["why"]


@given(strategies.documents())
def test_whatever_a_report_says_it_is_judged_or_refused_in_a_sentence(document: Document) -> None:
    again = recheck(document, REGISTRY)
    assert again.raw["digest"]["value"] == digest(again.raw)
    assert again.report.verdict.status is not VerdictStatus.READY


@given(st.sampled_from(FACTS), st.sampled_from([None, 1, "x", [], {}, [[]], True, -1.5, "\u202e", 10**30]), st.data())
def test_one_wrong_value_anywhere_in_a_fact_is_no_crash(name: str, value: Any, data: st.DataObject) -> None:
    def replaced(raw: dict[str, Any]) -> None:
        holder: Any = raw["facts"][name]
        while isinstance(holder, dict | list) and holder:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = data.draw(st.sampled_from(keys))
            inner = holder[key]
            if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
                holder[key] = value
                return
            holder = inner

    try:
        document = report("missing-intermediate", replaced)
    except ReportError:
        return
    recheck(document, REGISTRY)


OWN = ("releases.toml", "METADATA", "PKG-INFO", "os.listdir")
"""The table of releases, and what the installation says of its version."""


def test_nothing_in_a_report_makes_it_open_a_file_or_a_connection() -> None:
    """A name in the facts stays a name; what is opened is the program's own tables."""

    def names(raw: dict[str, Any]) -> None:
        raw["facts"]["run.settings"]["value"] |= {"trust_roots": "/etc/passwd", "proxy": "http://127.0.0.1:9"}
        raw["facts"]["tls.trust_roots"]["value"]["source"] = "/etc/shadow"

    document = report("missing-intermediate", names)
    seen: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and (event.startswith(("socket.", "subprocess.", "os.", "urllib.")) or event == "open"):
            seen.append(f"{event} {arguments[:1]}")

    watching = False
    sys.addaudithook(watch)
    recheck(document, REGISTRY)  # modules are imported, tables are read
    watching = True
    recheck(document, REGISTRY)
    watching = False
    assert [event for event in seen if not any(name in event for name in OWN)] == []


def test_seconds_are_those_of_the_run() -> None:
    document = report("healthy")
    assert json.dumps([check["seconds"] for check in recheck(document, REGISTRY).raw["checks"]]) == json.dumps(
        [check["seconds"] for check in document.raw["checks"]]
    )
    assert rejudge(document)["tls.handshake"].seconds > 0
