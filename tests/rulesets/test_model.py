"""The model: what is stored judges the same, nothing but RulesError leaves the parsers, no doubt lets anybody in."""

from __future__ import annotations

import contextlib
import random
import time

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diagnose.rulesets import FORMATS, RulesError, RuleSet, recognise
from diagnose.rulesets.conditions import ALWAYS, PathMatch, Sources, Unclear, regex_matches
from diagnose.rulesets.model import Area, Doubt, Place, Step, Walk
from diagnose.rulesets.ranges import is_range, span
from tests.rulesets import test_iis, test_proxies, test_windows_firewall

SAMPLES = [
    test_iis.APPCMD,
    """<?xml version="1.0"?><configuration><location path="a"><system.webServer><security>
    <ipSecurity allowUnlisted="0"><add ipAddress="1.2.3.4" allowed="true"/></ipSecurity></security></system.webServer>
    </location></configuration>""",
    test_windows_firewall.NETSH,
    """{"profiles":[{"Name":"Domain","Enabled":1}],"rules":[{"DisplayName":"a","Action":2,"Protocol":"TCP",
    "LocalPort":"443","RemoteAddress":["1.2.3.4"],"Profile":"Any"}]}""",
    test_proxies.nginx(test_proxies.ONLY),
    test_proxies.apache(
        "<Location />\n<RequireAll>\nRequire not ip 1.2\nRequire all granted\n</RequireAll>\n</Location>"
    ),
    test_proxies.haproxy(test_proxies.ACL, "http-request deny if !ok or { path_beg /x }"),
    """{"securityRules":[{"priority":100,"access":"Allow","direction":"Inbound","protocol":"*",
    "sourceAddressPrefix":"*","destinationPortRange":"443"}]}""",
    '{"SecurityGroups":[{"GroupId":"sg-1","IpPermissions":[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"1.2.3.0/24"}]}]}]}',
    "1.2.3.4\n5.6.7.0/24\n",
]


def test_there_is_a_sample_of_every_format() -> None:
    """And each is recognised by its content."""
    assert {recognise("x", sample.encode()).format for sample in SAMPLES} == set(FORMATS)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_stored_rule_set_is_the_same_rule_set(sample: str) -> None:
    """To JSON and back, and narrowed to what matters, it decides the same."""
    rules = recognise("x", sample.encode())
    stored = msgspec.json.decode(msgspec.json.encode(rules), type=RuleSet)
    assert stored == rules
    for address in ("1.2.3.4", "9.9.9.9"):
        narrow = rules.narrowed((address,), (443,))
        for path in ("/auth/token", "/api"):
            assert narrow.decide(address, 443, path) == rules.decide(address, 443, path)


formats = st.sampled_from([None, *FORMATS])


def judge_everything(data: bytes, forced: str | None) -> None:
    with contextlib.suppress(RulesError):
        rules = recognise("x", data, forced)
        for address in ("1.2.3.4", "2001:db8::1", "nonsense"):
            decision = rules.decide(address, 443, "/auth/token", "halo.example.com")
            assert decision.outcome in ("allow", "deny", "unknown", "not_concerned")
        assert rules.every_doubt is not None
        assert rules.rate_limits(443, "/api") is not None
        msgspec.json.encode(rules)


@pytest.mark.fuzz
@given(st.binary(max_size=300), formats)
@example(b"<a" + b"<b>" * 50, None)
@example(b"[" * 100_000, None)
@example(b'{"rules":' * 2000, None)
@example(b'{"value":' * 900 + b"1" + b"}" * 900, "azure-nsg")
@example(b"<configuration>" + b"<a>" * 5000, "iis-config")
@example(b"\xff\xfe<\x00", None)
@example(b"<RequireAll>\n" * 400, "apache")
def test_any_bytes_give_a_rule_set_or_the_tools_own_error(data: bytes, forced: str | None) -> None:
    """Nothing else is ever raised, whatever the format they are forced to be."""
    judge_everything(data, forced)


@settings(max_examples=150)
@pytest.mark.fuzz
@given(st.sampled_from(SAMPLES), st.integers(0, 10**6), st.integers(0, 30), st.text(max_size=12), formats)
def test_a_damaged_file_gives_a_rule_set_or_the_tools_own_error(
    sample: str, place: int, gone: int, inserted: str, forced: str | None
) -> None:
    """A piece cut out of a good file, something else put in."""
    place %= len(sample)
    damaged = sample[:place] + inserted + sample[place + gone :]
    judge_everything(damaged.encode("utf-8", "replace"), forced)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["443", "*", "Allow", "1.2.3.4"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["rules", "profiles", "value", "properties", "securityRules", "priority", "access", "direction", "protocol",
             "sourceAddressPrefix", "destinationPortRange", "SecurityGroups", "IpPermissions", "IpRanges", "CidrIp",
             "IpProtocol", "Action", "RemoteAddress", "LocalPort", "Profile", "Name", "SecurityGroupRules", "active"]
        ), inner, max_size=4),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=200)
@pytest.mark.fuzz
@given(json_values, st.sampled_from([None, "azure-nsg", "aws-sg", "windows-firewall-json"]))
def test_any_json_gives_a_rule_set_or_the_tools_own_error(value: object, forced: str | None) -> None:
    """The right keys with the wrong values are the likeliest surprise."""
    judge_everything(msgspec.json.encode(value) if not _too_large(value) else b"{}", forced)


def _too_large(value: object) -> bool:
    try:
        msgspec.json.encode(value)
    except OverflowError:
        return True
    return False


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(["allow", "deny", "unknown"]),
        st.sampled_from([ALWAYS, Sources(("1.2.3.0/24",)), Sources(("9.9.9.9",)), Unclear("x")]),
        st.just("rule"),
    ),
    max_size=6,
).map(tuple)


def of(*walks: tuple[Step, ...], doubts: tuple[Doubt, ...] = ()) -> RuleSet:
    areas = [Walk((Area(PathMatch(), steps),)) for steps in walks]
    return RuleSet("nginx", "x", (Place("p", tuple(areas)),), doubts)


@given(steps)
def test_a_deny_before_everything_never_allows(rest: tuple[Step, ...]) -> None:
    """Whatever follows it."""
    assert of((Step("deny", ALWAYS, "deny all"), *rest)).decide("1.2.3.4", 443, "/").outcome == "deny"


@given(steps)
def test_nothing_in_a_file_with_a_doubt_is_known_to_be_let_in(rules: tuple[Step, ...]) -> None:
    """A doubt about a further gate leaves refusals, any other leaves nothing."""
    plain = of(rules).decide("1.2.3.4", 443, "/").outcome
    gate = of(rules, doubts=(Doubt(1, "x", "y", refusals_stand=True),)).decide("1.2.3.4", 443, "/").outcome
    other = of(rules, doubts=(Doubt(1, "x", "y"),)).decide("1.2.3.4", 443, "/").outcome
    assert (gate, other) == ("deny" if plain == "deny" else "unknown", "unknown")


@given(steps, steps)
def test_every_mechanism_must_let_a_request_in(first: tuple[Step, ...], second: tuple[Step, ...]) -> None:
    """One refusal refuses, and only two allows allow."""
    outcomes = {of(rules).decide("1.2.3.4", 443, "/").outcome for rules in (first, second)}
    expected = "deny" if "deny" in outcomes else "unknown" if "unknown" in outcomes else "allow"
    assert of(first, second).decide("1.2.3.4", 443, "/").outcome == expected


@given(steps)
def test_an_unclear_rule_never_turns_a_certain_answer_into_the_opposite(rules: tuple[Step, ...]) -> None:
    """Put in front of any rules it leaves their answer or makes it unknown."""
    for outcome in ("allow", "deny"):
        unclear = Step(outcome, Unclear("x"), "perhaps")
        found = of((unclear, *rules)).decide("1.2.3.4", 443, "/").outcome
        assert found in ("unknown", of(rules).decide("1.2.3.4", 443, "/").outcome)


@pytest.mark.parametrize(
    ("text", "version", "low", "high"),
    [
        ("1.2.3.4", 4, 0x01020304, 0x01020304),
        ("1.2.3.4/16", 4, 0x01020000, 0x0102FFFF),
        ("1.2.3.4/255.255.0.0", 4, 0x01020000, 0x0102FFFF),
        ("0.0.0.0/0", 4, 0, 0xFFFFFFFF),
        ("1.2.3.4-1.2.3.9", 4, 0x01020304, 0x01020309),
        ("::ffff:1.2.3.4", 4, 0x01020304, 0x01020304),
        ("::1/128", 6, 1, 1),
    ],
)
def test_ranges_are_read_as_rule_files_write_them(text: str, version: int, low: int, high: int) -> None:
    """Host bits are dropped, mapped addresses are IPv4."""
    assert span(text) == (version, low, high)


@pytest.mark.parametrize(
    "text",
    ["", "1.2.3", "010.0.0.1", "1.2.3.4/33", "1.2.3.4/0.0.255.255", "1.2.3.4/255.0.255.0", "1.2.3.9-1.2.3.4",
     "1.2.3.4/", "::/129", "1.2.3.4-::1", "\u0661.2.3.4", "1.2.3.4/\u0661", " 1.2.3.4", "fe80::1%eth0/64", "3.138.54"],
)  # fmt: skip
def test_what_is_no_range_is_none(text: str) -> None:
    """Wildcard masks, masks with holes, leading zeros, other digits."""
    assert not is_range(text)


def test_a_regular_expression_that_may_run_away_is_left_to_the_server() -> None:
    """Only the plain part of PCRE is judged here."""
    assert regex_matches(r"^/(auth|api)/", "/auth/token", ignore_case=False) is True
    assert regex_matches(r"\.php$", "/auth/token", ignore_case=False) is False
    for pattern in (r"(a+)+$", r"^(?!/auth)", r"(?<x>a)", r"\K", "x" * 400, "a{1000}", "[z-a]"):
        assert regex_matches(pattern, "/auth/token", ignore_case=False) is None


def test_large_files_are_refused() -> None:
    """100 MB is the limit."""
    with pytest.raises(RulesError, match="100 MB"):
        recognise("x", bytes(100 * 1024 * 1024 + 1))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("data", "forced"),
    [
        ("\n" * 1_000_000, None),
        (" " * 1_000_000 + "-", None),
        ("1.2.3.4" + " " * 500_000 + "x", "plain"),
        ("<" + " " * 300_000 + "x", "apache"),
        ("a \\\n" * 300_000, "apache"),
        ('"' * 100_001, "nginx"),
        ("frontend a\n" + "  use_backend b if { src 1.2.3.4 }\n" * 3000, "haproxy"),
        ("frontend a\n  acl " + "'" * 100_001, "haproxy"),
        ("<configuration>" + '<location path="a/b"><ipSecurity /></location>' * 20_000 + "</configuration>", None),
        ("Rule Name:   " + ":" * 500_000, None),
        ("&" * 500_000 + "<ipSecurity/>", "iis-appcmd"),
        ("list config " * 100_000, "iis-appcmd"),
        ("server { location ~ " + "a?" * 40 + " { deny all; } }", "nginx"),
    ],
    ids=range(13),
)
def test_no_file_takes_for_ever(data: str, forced: str | None) -> None:
    """Whatever is repeated in it."""
    began = time.monotonic()
    judge_everything(data.encode(), forced)
    assert time.monotonic() - began < 10


def test_a_large_list_is_read() -> None:
    """A hundred thousand addresses, the last of which decides."""
    chance = random.Random(1)  # noqa: S311 - the same list every time
    lines = [
        f"{chance.randrange(11, 200)}.{chance.randrange(256)}.{chance.randrange(256)}.0/24" for _ in range(100_000)
    ]
    assert recognise("x", "\n".join([*lines, "3.19.3.152"]).encode()).decide("3.19.3.152", 443, "/").line == 100_001
