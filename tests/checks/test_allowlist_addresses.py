"""Whether the integrator's addresses are known, and what is said without any evidence file."""

from __future__ import annotations

from typing import Any

import pytest

from checks import allowlist
from diagnose import Outcome, Status, profile
from diagnose.facts.allowlist import RuleFiles, ServerLogs, VantageAnswers
from diagnose.facts.run import Settings
from diagnose.outcome import Code
from diagnose.profile import Profile
from diagnose.reachability.derivations import FromOutside
from diagnose.reachability.model import Collected
from tests.checks import at_hand as at

VALID = ["3.19.3.152", "3.19.4.238", "3.23.117.12"]
NO_RESTRICTION = Settings(ip_restriction="no")
GIVEN = Settings(integrator_ips=("192.0.2.1", "192.0.2.2"))
NOTHING = FromOutside(Collected())


def reachability(settings: Settings, who: Profile = at.GRADIENT) -> Outcome:
    return allowlist.the_addresses_reach_this_halopsa(at.TARGET, who, settings, RuleFiles(), ServerLogs(), NOTHING)


EVERY = [
    lambda settings: allowlist.the_addresses_are_known(at.GRADIENT, settings),
    reachability,
    lambda settings: allowlist.the_rules_let_every_address_in(at.TARGET, at.GRADIENT, settings, RuleFiles()),
    lambda settings: allowlist.the_logs_show_them_arriving(at.GRADIENT, settings, ServerLogs()),
    lambda settings: allowlist.a_run_from_outside_got_through(at.GRADIENT, settings, VantageAnswers(), NOTHING),
    lambda settings: allowlist.no_dynamic_restriction_throttles(at.TARGET, settings, RuleFiles()),
]


def reason(outcome: Outcome) -> tuple[Status, Code | None]:
    return outcome.status, outcome.reason.code if outcome.reason else None


@pytest.mark.parametrize("judge", EVERY)
def test_without_a_restriction_nothing_applies(judge: Any) -> None:
    assert reason(judge(NO_RESTRICTION)) == (Status.SKIP, Code.NOT_APPLICABLE)


@pytest.mark.parametrize("judge", EVERY[2:])
def test_without_its_files_a_check_was_not_asked(judge: Any) -> None:
    assert reason(judge(at.SETTINGS)) == (Status.SKIP, Code.NOT_SELECTED)


def test_two_published_lists_that_disagree_warn_and_every_valid_address_is_kept() -> None:
    outcome = allowlist.the_addresses_are_known(at.GRADIENT, at.SETTINGS)
    assert outcome.status is Status.WARN
    assert outcome.evidence["addresses"] == VALID
    assert [entry["malformed"] for entry in outcome.evidence["lists"]] == [[], ["3.138.54"]]
    assert all(entry["as_of"] for entry in outcome.evidence["lists"])


def test_one_dated_list_passes() -> None:
    assert allowlist.the_addresses_are_known(profile.load("dnsfilter"), at.SETTINGS).status is Status.PASS


def test_given_addresses_pass_and_replace_the_published_ones() -> None:
    outcome = allowlist.the_addresses_are_known(at.GRADIENT, GIVEN)
    assert outcome.status is Status.PASS
    assert outcome.evidence["addresses"] == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.parametrize("address", ["3.138.54", "10.0.0.1", "127.0.0.1", "host", "::1", "3.19.3.152/32"])
def test_an_address_that_cannot_be_one_fails(address: str) -> None:
    first = at.GRADIENT.addresses[0]
    wrong = at.change(at.GRADIENT, addresses=(at.change(first, addresses=(*first.addresses, address)),))
    outcome = allowlist.the_addresses_are_known(wrong, at.SETTINGS)
    assert outcome.status is Status.FAIL
    assert outcome.evidence["invalid"] == [address]
    assert address not in outcome.evidence["addresses"]


def test_no_published_address_is_missing_input_and_blocks_reachability() -> None:
    silent = at.change(at.GRADIENT, addresses=())
    assert reason(allowlist.the_addresses_are_known(silent, at.SETTINGS)) == (Status.UNKNOWN, Code.MISSING_INPUT)
    assert reason(reachability(at.SETTINGS, silent)) == (Status.UNKNOWN, Code.BLOCKED)


def test_reachability_cannot_be_seen_from_here_and_says_what_to_do() -> None:
    outcome = reachability(at.SETTINGS)
    assert reason(outcome) == (Status.UNKNOWN, Code.NOT_PROVABLE_HERE)
    assert outcome.evidence["basis"] == []
    assert outcome.evidence["addresses"] == {address: {"outcome": "unknown", "basis": []} for address in VALID}
    assert outcome.remedy is not None
    pasted = " ".join(command.text for command in outcome.remedy.commands)
    assert all(word in pasted for word in ("--server-log", "vantage request", "appcmd", "Get-NetFirewallRule"))
