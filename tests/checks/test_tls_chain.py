"""The checks of the chain: each in every status that it knows, and each fault failing its own check alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import tls_certificate, tls_chain
from diagnose.declared import Check
from diagnose.facts.chains import JudgedChain, Verdicts
from diagnose.outcome import Code, Outcome, Status
from diagnose.text import pieces
from tests.chain import pki
from tests.chain.pki import HOST, LEAF, LOWER, PRIVATE, ROOT, UPPER, at_all, fetched, judged, make, server

GOOD = [LEAF, LOWER, UPPER]
BY_AIA = fetched((LOWER, LEAF), (UPPER, LOWER), url="http://ca.lab.example/lower.der")
OUTDATED = make("Lab Lower", UPPER, key=LOWER.key, start=-400, end=-5)

ALL: dict[str, Check] = {
    value.id: value
    for module in (tls_chain, tls_certificate)
    for value in vars(module).values()
    if isinstance(value, Check)
}
INTERCEPTED = judged([server(make(pki.name("Zscaler Intermediate Root CA", "Zscaler Inc.")))])


def ask(id_: str, *chains: JudgedChain, **more: Any) -> Outcome:
    return ALL[id_](at_all(*(chains or (judged(GOOD),)), **more))


def answers(*chains: JudgedChain, **more: Any) -> dict[str, str]:
    """Every check that does not pass, with its status."""
    found = {id_: ask(id_, *chains, **more).status.value for id_ in ALL}
    return {id_: status for id_, status in found.items() if status != "pass"}


def blocked_by(outcome: Outcome) -> tuple[str, ...]:
    assert outcome.reason is not None
    assert outcome.reason.code is Code.BLOCKED
    return outcome.reason.blocked_by


def test_a_good_chain_passes_everything_with_evidence() -> None:
    assert answers(judged(GOOD)) == {}
    assert all(ask(id_).evidence["checked"] == [pki.ADDRESS] for id_ in ALL)


CASES: dict[str, tuple[JudgedChain, dict[str, str]]] = {
    "missing intermediate, found by AIA": (judged([LEAF], issuers=BY_AIA), {"tls.chain-complete": "fail"}),
    "missing intermediate, not found": (
        judged([LEAF]),
        {"tls.chain-complete": "fail", "tls.trusted": "unknown", "tls.dates": "unknown"},
    ),
    "private root, not sent": (
        judged([server(PRIVATE)]),
        {"tls.chain-complete": "fail", "tls.trusted": "unknown", "tls.dates": "unknown"},
    ),
    "private root, sent": (judged([server(PRIVATE), PRIVATE]), {"tls.trusted": "fail"}),
    "private root, by AIA": (
        judged([server(PRIVATE)], issuers=fetched((PRIVATE, PRIVATE))),
        {"tls.trusted": "fail"},
    ),
    "self-signed": (judged([server(None)]), {"tls.trusted": "fail"}),
    "self-signed authority": (judged([server(None, ca=True)]), {"tls.trusted": "fail"}),
    "expired": (judged([server(LOWER, start=-9, end=-1), LOWER, UPPER]), {"tls.dates": "fail"}),
    "not yet valid": (judged([server(LOWER, start=1), LOWER, UPPER]), {"tls.dates": "fail"}),
    "expired intermediate": (judged([LEAF, OUTDATED, UPPER]), {"tls.dates": "fail"}),
    "expired, and the intermediate missing": (
        judged([server(LOWER, start=-9, end=-1)]),
        {"tls.chain-complete": "fail", "tls.trusted": "unknown", "tls.dates": "fail"},
    ),
    "expires in nine days": (judged([server(LOWER, end=9), LOWER, UPPER]), {"tls.dates": "warn"}),
    "wrong name": (judged([server(LOWER, sans=["other.example"]), LOWER, UPPER]), {"tls.name": "fail"}),
    "common name only": (
        judged([server(LOWER, sans=None), LOWER, UPPER]),
        {"tls.name": "fail", "tls.every-client": "unknown"},
    ),
    "weak key": (judged([server(LOWER, key=pki.rsa_key(1024)), LOWER, UPPER]), {"tls.strength": "fail"}),
    "client certificate": (
        judged([server(LOWER, eku=[pki.CLIENT_AUTH]), LOWER, UPPER]),
        {"tls.purpose": "fail", "tls.every-client": "unknown"},
    ),
    "key encipherment alone": (
        judged([server(LOWER, usage=pki.usages(key_encipherment=True)), LOWER, UPPER]),
        {"tls.purpose": "warn"},
    ),
    "intermediates swapped": (judged([LEAF, UPPER, LOWER]), {"tls.chain-order": "warn"}),
    "reversed": (judged(GOOD[::-1], outcome="bad_signature"), {"tls.chain-order": "warn"}),
    "duplicates": (judged([LEAF, LOWER, LOWER, UPPER]), {"tls.chain-clean": "warn"}),
    "root sent": (judged([*GOOD, ROOT]), {"tls.chain-clean": "warn"}),
    "stranger": (judged([*GOOD, make("Stranger", PRIVATE)]), {"tls.chain-clean": "warn"}),
    "expired and renewed intermediate": (judged([LEAF, OUTDATED, LOWER, UPPER]), {"tls.chain-clean": "warn"}),
    "no authority key identifier": (
        judged([server(LOWER, identifiers=False), LOWER, UPPER]),
        {"tls.every-client": "warn"},
    ),
    "unreadable": (judged([b"junk"]), dict.fromkeys(ALL, "unknown") | {"tls.not-intercepted": "pass"}),
    "intercepted": (INTERCEPTED, dict.fromkeys(ALL, "unknown")),
}


@pytest.mark.parametrize("case", CASES)
def test_each_fault_is_one_check_s_and_no_other_s(case: str) -> None:
    chain, expected = CASES[case]
    found = answers(chain)
    assert found == {id_: status for id_, status in expected.items() if status != "pass"}


@pytest.mark.parametrize("case", CASES)
def test_whatever_does_not_hold_has_evidence_and_what_fails_a_remedy(case: str) -> None:
    chain, expected = CASES[case]
    for id_ in expected:
        outcome = ask(id_, chain)
        assert outcome.evidence
        if outcome.status in {Status.FAIL, Status.WARN}:
            assert outcome.evidence["addresses"] == [pki.ADDRESS]
            assert outcome.remedy is not None
            assert outcome.remedy.steps
            assert outcome.remedy.verify


def test_a_missing_intermediate_is_named_with_where_it_was_found() -> None:
    outcome = ask("tls.chain-complete", judged([LEAF], issuers=BY_AIA))
    assert outcome.evidence["missing"] == [LOWER.subject, UPPER.subject]
    assert (outcome.evidence["sent"], outcome.evidence["below"]) == (1, LEAF.subject)
    assert outcome.evidence["fetched_from"] == "http://ca.lab.example/lower.der"
    assert outcome.evidence["fetched"][0]["sha256"] == LOWER.sha256
    assert outcome.evidence["complete_with_it"] is True


def test_without_aia_nothing_says_where_it_came_from() -> None:
    outcome = ask("tls.chain-complete", judged([LEAF]))
    assert outcome.evidence["missing"] == [LOWER.subject]
    assert "fetched_from" not in outcome.evidence


def test_what_was_tried_in_vain_is_told() -> None:
    url = "http://ca.lab.example/lower.der"
    outcome = ask("tls.chain-complete", judged([LEAF], issuers=pki.attempts(url, "http_error")))
    assert outcome.evidence["tried"] == [f"{url}: http_error"]


def test_what_is_beyond_the_caps_is_too_much() -> None:
    outcome = ask("tls.chain-clean", judged(GOOD, dropped=4))
    assert (outcome.status, outcome.evidence["not_looked_at"]) == (Status.WARN, 4)


def test_what_is_too_much_is_named_once_and_with_its_reasons() -> None:
    stranger = make("Stranger", PRIVATE)
    outcome = ask("tls.chain-clean", judged([*GOOD, stranger, stranger, stranger, LOWER]))
    named = (
        "CN=Stranger (it has nothing to do with the server's certificate, and it is sent twice); "
        "CN=Lab Lower (it is sent twice)"
    )
    assert outcome.summary == f"more is sent than clients need: {named}"
    assert outcome.remedy is not None
    assert outcome.remedy.summary == f"Send only the certificate and its intermediates; leave out {named}"


def test_a_sentence_names_no_more_than_it_can_hold() -> None:
    crowd = [make(f"Stranger {number}", PRIVATE) for number in range(8)]
    outcome = ask("tls.chain-clean", judged([*GOOD, *crowd]))
    assert "CN=Stranger 5" in outcome.summary
    assert "CN=Stranger 6" not in outcome.summary
    assert outcome.summary.endswith("; 2 others")
    assert len(outcome.evidence["superfluous"]) == 8


def test_the_date_told_is_that_of_the_certificate_named() -> None:
    """Here the intermediate expired before the server's own."""
    outcome = ask("tls.dates", judged([server(LOWER, start=-300, end=-1), OUTDATED, UPPER]))
    assert outcome.summary.startswith("CN=Lab Lower has expired: it was valid until 2026-11-17")
    assert outcome.evidence["expired"] == [f"CN={HOST}", "CN=Lab Lower"]


def test_both_readings_are_told_where_both_stand() -> None:
    outcome = ask("tls.chain-complete", judged([server(PRIVATE)]))
    assert len(outcome.evidence["readings"]) == 2
    assert "missing intermediate certificate or a private root" in outcome.summary
    assert blocked_by(ask("tls.trusted", judged([server(PRIVATE)]))) == ("tls.chain-complete",)
    assert "readings" not in ask("tls.chain-complete", judged([LEAF])).evidence


def test_the_remedy_imports_exactly_the_missing_certificates() -> None:
    remedy = ask("tls.chain-complete", judged([LEAF], issuers=BY_AIA)).remedy
    assert remedy is not None
    commands = [command.text for command in remedy.commands]
    thumbprint = LOWER.x509.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - as Windows names it
    assert commands[0].startswith("Invoke-WebRequest -UseBasicParsing -Uri 'http://ca.lab.example/lower.der'")
    assert thumbprint in commands[1]
    assert commands[2].startswith("certutil -addstore -f CA ")
    assert "openssl s_client -connect halo.example.com:443 -servername halo.example.com" in remedy.verify


@pytest.mark.parametrize(
    "url",
    [
        "http://x.example/a'; Remove-Item C:\\ -Recurse; '",
        "http://x.example/a\u2019b",
        'http://x/"$(calc)"',
        "http://x/`n",
    ],
)
def test_a_stranger_s_address_is_never_pasted_into_a_command(url: str) -> None:
    remedy = ask("tls.chain-complete", judged([LEAF], issuers=fetched((LOWER, LEAF), (UPPER, LOWER), url=url))).remedy
    assert remedy is not None
    assert remedy.commands == ()


def test_a_host_that_is_no_host_is_never_pasted_into_a_command() -> None:
    remedy = ask("tls.chain-complete", judged([LEAF], host="x; rm -rf ~")).remedy
    assert remedy is not None
    assert "rm -rf" not in remedy.verify


def test_a_certificate_s_name_is_never_taken_for_a_command() -> None:
    """What stands between backticks is there to be pasted."""
    hostile = make("`rm -rf / --no-preserve-root`", ROOT)
    leaf = server(hostile)
    remedy = ask("tls.chain-complete", judged([leaf], issuers=fetched((hostile, leaf)))).remedy
    assert remedy is not None
    assert "rm -rf" in remedy.verify
    pasted = [words for words, command in pieces(remedy.verify) if command]
    assert pasted == [f"echo Q | openssl s_client -connect {HOST}:443 -servername {HOST}"]


@given(st.permutations([LEAF.der, LOWER.der, UPPER.der, ROOT.der]), st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_was_captured_every_check_answers(chain: list[bytes], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, 3))
    place = data.draw(st.integers(0, len(chain[number]) - 1))
    damaged = bytearray(chain[number])
    damaged[place] = data.draw(st.integers(0, 255))
    chain[number] = bytes(damaged)
    one, other = judged(chain), judged(chain[::-1], address="2001:db8::1", outcome="bad_signature")
    for id_ in ALL:
        assert ask(id_, one, other).summary


def test_names_with_control_characters_are_made_visible_everywhere() -> None:
    nasty = make("Evil\x1b[2J\u202e", ROOT)
    outcome = ask("tls.chain-complete", judged([server(nasty)]))
    shown = msgspec.json.encode(outcome).decode()
    assert "\\u001b" not in shown.replace("\\\\u001b", "")
    assert "\u202e" not in shown


def test_it_holds_only_when_it_holds_at_every_address() -> None:
    other = judged([LEAF], address="2001:db8::1", issuers=BY_AIA)
    outcome = ask("tls.chain-complete", judged(GOOD), other)
    assert (outcome.status, outcome.evidence["addresses"]) == (Status.FAIL, ["2001:db8::1"])
    assert outcome.evidence["checked"] == [pki.ADDRESS, "2001:db8::1"]
    assert "at 2001:db8::1" in outcome.summary


def test_trust_says_which_kind_of_root_it_met() -> None:
    assert "self-signed" in ask("tls.trusted", judged([server(None)])).summary
    assert "CN=Company Root" in ask("tls.trusted", judged([server(PRIVATE), PRIVATE])).summary
    outcome = ask("tls.trusted")
    assert (outcome.evidence["ends_in"], outcome.evidence["roots"]) == ([ROOT.subject], "the lab's")


def test_with_roots_of_one_s_own_the_words_say_so() -> None:
    private = ask("tls.trusted", judged([server(PRIVATE), PRIVATE]), public=False)
    assert private.summary.endswith("which is none of the roots of --trust-roots")
    assert ask("tls.trusted", judged(GOOD), public=False).summary.endswith("a root of --trust-roots")


def test_trust_fails_where_no_client_follows_the_path() -> None:
    between = server(LOWER, subject="No CA")
    outcome = ask("tls.trusted", judged([server(between), between, LOWER, UPPER]))
    assert outcome.status is Status.FAIL
    assert "not entitled" in outcome.summary


def test_where_validators_differ_the_clients_are_named() -> None:
    strict = ask("tls.every-client", judged([server(LOWER, ca=True), LOWER, UPPER]))
    assert "marked as an authority" in strict.summary
    twin = make("Lab Lower", PRIVATE, key=LOWER.key)
    chain = judged([LEAF, LOWER, twin], roots=[PRIVATE])
    lenient = ask("tls.every-client", chain)
    assert lenient.status is Status.WARN
    assert "OpenSSL" in lenient.summary
    unread = msgspec.structs.replace(chain, as_sent=Verdicts(lenient=None, strict=True))
    assert ask("tls.every-client", unread).status is Status.WARN


def test_what_another_check_tells_is_not_told_twice() -> None:
    weak = make("Weak CA", ROOT, key=pki.rsa_key(1024))
    assert blocked_by(ask("tls.every-client", judged([server(weak), weak]))) == ("tls.strength",)
    assert blocked_by(ask("tls.every-client", CASES["common name only"][0])) == ("tls.name",)
    renewed = make("Lab Lower", UPPER, key=LOWER.key)
    past = judged([server(LOWER, start=-90, end=-40), renewed, UPPER])
    assert blocked_by(ask("tls.every-client", past)) == ("tls.dates",)


def test_addresses_that_differ_are_listed_with_what_they_present() -> None:
    renewed = server(LOWER)
    outcome = ask("tls.same-everywhere", judged(GOOD), judged([renewed, LOWER, UPPER], address="192.0.2.11"))
    assert outcome.status is Status.WARN
    assert outcome.evidence["addresses"] == [pki.ADDRESS, "192.0.2.11"]
    assert [each["sha256"] for each in outcome.evidence["presented"]] == [LEAF.sha256, renewed.sha256]


def test_two_hosts_may_differ() -> None:
    auth = judged([server(LOWER, sans=["auth.example.com"]), LOWER, UPPER], host="auth.example.com")
    assert answers(judged(GOOD), auth) == {}


def test_addresses_that_were_not_seen_leave_it_open_whether_all_are_alike() -> None:
    untried = ask("tls.same-everywhere", not_tried=("2001:db8::1",))
    assert untried.reason is not None
    assert untried.reason.code is Code.NOT_PROVABLE_HERE
    assert untried.evidence["not_tried"] == ["2001:db8::1"]
    assert blocked_by(ask("tls.same-everywhere", not_captured=("192.0.2.9",))) == ("tls.handshake",)
    assert blocked_by(ask("tls.same-everywhere", not_connected=("192.0.2.9",))) == ("net.reachable",)
    assert ask("tls.name", not_tried=("2001:db8::1",)).status is Status.PASS


def test_interception_is_not_provable_and_blocks_the_rest() -> None:
    outcome = ask("tls.not-intercepted", INTERCEPTED)
    assert outcome.reason is not None
    assert outcome.reason.code is Code.NOT_PROVABLE_HERE
    assert outcome.evidence["issuer"] == "CN=Zscaler Intermediate Root CA,O=Zscaler Inc."
    assert outcome.evidence["product"] == "Zscaler"
    for id_ in ALL.keys() - {"tls.not-intercepted"}:
        assert blocked_by(ask(id_, INTERCEPTED)) == ("tls.not-intercepted",)


def test_a_root_in_force_of_that_name_is_no_interception() -> None:
    company = make(pki.name("Zscaler Root CA", "Zscaler Inc."))
    assert answers(judged([server(company)], roots=[company])) == {}


def test_a_fault_seen_past_a_middlebox_is_still_a_fault() -> None:
    direct = judged([server(LOWER, sans=["other.example"]), LOWER, UPPER], address="192.0.2.11")
    outcome = ask("tls.name", INTERCEPTED, direct)
    assert (outcome.status, outcome.evidence["addresses"]) == (Status.FAIL, ["192.0.2.11"])


def test_dates_name_the_first_to_expire() -> None:
    soon = ask("tls.dates", judged([server(LOWER, end=9), LOWER, UPPER]))
    assert (soon.evidence["subject"], soon.evidence["not_after"]) == (f"CN={HOST}", "2026-12-01T09:00:00Z")
    assert ask("tls.dates").evidence["not_after"] == "2027-01-21T09:00:00Z"
    assert ask("tls.dates", judged([server(LOWER, end=14.5), LOWER, UPPER])).status is Status.PASS
    assert ask("tls.dates", judged([server(LOWER, end=14), LOWER, UPPER])).status is Status.WARN


def test_dates_that_depend_on_the_clock_are_not_provable_here() -> None:
    outcome = ask("tls.dates", judged([server(LOWER, end=2), LOWER, UPPER], offset=3 * 86400.0))
    assert outcome.reason is not None
    assert outcome.reason.code is Code.NOT_PROVABLE_HERE
    assert ask("tls.dates", judged([server(LOWER, end=2), LOWER, UPPER], offset=3600.0)).status is Status.WARN


def test_where_everything_is_out_of_date_the_clock_is_the_first_suspect() -> None:
    assert "clock" in ask("tls.dates", judged(GOOD, now=pki.days(5000))).summary
    assert "clock" not in ask("tls.dates", CASES["expired"][0]).summary


def test_names_are_the_evidence_and_the_common_name_is_explained() -> None:
    outcome = ask("tls.name", judged([server(LOWER, sans=["a.example", "b.example"]), LOWER, UPPER], host="c.example"))
    assert outcome.evidence["names"] == ["a.example", "b.example"]
    assert outcome.summary == "the certificate is not for c.example but for a.example, b.example"
    assert "common name only" in ask("tls.name", CASES["common name only"][0]).summary
    assert (
        "no subject alternative names" in ask("tls.name", judged([server(LOWER, sans=None)], host="x.example")).summary
    )
