"""IIS ipSecurity: literal files and what they do to an address, and the laws of clear and remove."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.rulesets import Decision, RulesError, RuleSet, recognise

LISTED, OTHER = "3.19.3.152", "3.19.4.238"


def host(locations: str = "", server: str = "", sites: str | None = None, more: str = "") -> RuleSet:
    """An applicationHost.config with one site `Halo`, as IIS writes it."""
    sites = (
        sites
        if sites is not None
        else """<site name="Halo" id="1"><application path="/">
        <virtualDirectory path="/" userName="svc" password="hunter2" /></application><bindings>
        <binding protocol="https" bindingInformation="*:443:halo.example.com" /></bindings></site>"""
    )
    return config(
        f"""<configSections><sectionGroup name="system.applicationHost" /></configSections>
<system.applicationHost><applicationPools><add name="auth" />
<processModel password="[enc:IISWASOnlyAesProvider:c2VjcmV0:enc]" />
</applicationPools><sites>{sites}</sites></system.applicationHost>{more}
<system.webServer><security>{server}</security></system.webServer>
{locations}"""
    )


def config(inside: str, name: str = "applicationHost.config") -> RuleSet:
    """A configuration with this inside."""
    return recognise(name, f'<?xml version="1.0" encoding="UTF-8"?>\n<configuration>{inside}</configuration>'.encode())


def at(path: str, rules: str, attributes: str = "") -> str:
    """A location with an ipSecurity section."""
    return (
        f'<location path="{path}"><system.webServer><security><ipSecurity {attributes}>{rules}</ipSecurity>'
        "</security></system.webServer></location>\n"
    )


def judged(rules: RuleSet, address: str = LISTED, path: str = "/auth/token") -> Decision:
    return rules.decide(address, 443, path, "halo.example.com")


def add(address: str, mask: str = "", allowed: str = "true") -> str:
    """One entry; without `allowed` it refuses."""
    said = f' subnetMask="{mask}"' * bool(mask) + f' allowed="{allowed}"' * bool(allowed)
    return f'<add ipAddress="{address}"{said} />'


ALLOW = add(LISTED)
CLOSED = 'allowUnlisted="false"'


@pytest.mark.parametrize(
    ("locations", "address", "path", "outcome"),
    [
        ("", LISTED, "/auth/token", "allow"),
        (at("Halo", ALLOW, CLOSED), LISTED, "/auth/token", "allow"),
        (at("Halo", ALLOW, CLOSED), OTHER, "/auth/token", "deny"),
        (at("Halo", ALLOW), OTHER, "/auth/token", "allow"),
        (at("Halo", add(LISTED, allowed="")), LISTED, "/", "deny"),
        (at("Halo", add("3.19.0.0", "255.255.0.0", "True"), CLOSED), OTHER, "/", "allow"),
        (at("Halo", add("3.19.3.9", "255.255.0.0"), CLOSED), OTHER, "/", "allow"),
        (at("Halo", add("3.0.0.0"), CLOSED), LISTED, "/", "deny"),
        (at("halo/AUTH", ALLOW, CLOSED), OTHER, "/auth/token", "deny"),
        (at("Halo/auth", ALLOW, CLOSED), OTHER, "/api", "allow"),
        (at("Halo/auth", ALLOW, CLOSED), OTHER, "/authx", "allow"),
        (at("Other", ALLOW, CLOSED), OTHER, "/auth/token", "allow"),
        (at("Halo", "", CLOSED) + at("Halo/auth", ALLOW), LISTED, "/auth/token", "allow"),
        (at("Halo", "", CLOSED) + at("Halo/auth", ALLOW), LISTED, "/api", "deny"),
        (at("Halo/auth", "<clear />" + ALLOW) + at("Halo", add(LISTED, allowed="no")), LISTED, "/auth", "allow"),
        (at("Halo", ALLOW, CLOSED) + at("Halo/auth", "<clear />"), LISTED, "/auth", "deny"),
        (at("Halo", ALLOW, CLOSED) + at("Halo/auth", "<clear />", 'allowUnlisted="true"'), OTHER, "/auth", "allow"),
        (at("Halo", ALLOW, CLOSED) + at("Halo/auth", f'<remove ipAddress="{LISTED}" />'), LISTED, "/auth", "deny"),
        (at("Halo", add(LISTED, allowed="") + add(LISTED, "255.255.255.254")), LISTED, "/", "deny"),
        (at("Halo", '<add domainName="*.example.com" allowed="true" />', CLOSED), LISTED, "/", "unknown"),
        (at("Halo", f'{ALLOW}<add domainName="*.example.com" allowed="true" />', CLOSED), LISTED, "/", "allow"),
        (at("Halo", f"{ALLOW}{ALLOW}", CLOSED), LISTED, "/", "unknown"),
        (at("Halo", ALLOW, CLOSED) * 2, LISTED, "/", "unknown"),
        (at("Halo", ALLOW, f'{CLOSED} enableProxyMode="true"'), LISTED, "/", "unknown"),
        (at("Halo", "", 'configSource="ip.config"'), LISTED, "/", "unknown"),
        (at("Halo", add("3.19.3"), CLOSED), LISTED, "/", "unknown"),
        (at("Halo", add("3.19.3.0", "0.0.0.255"), CLOSED), LISTED, "/", "unknown"),
        (at("Halo", ALLOW, f'{CLOSED} somethingNew="1"'), LISTED, "/", "unknown"),
        (at("Halo", ALLOW + "<other />", CLOSED), LISTED, "/", "unknown"),
        (at("Halo", add("::1"), CLOSED), "::1", "/", "allow"),
        (at("Halo", ALLOW, CLOSED), "2001:db8::1", "/", "unknown"),
        (at("Halo", add("2001:db8::", "32"), CLOSED), "2001:db8::1", "/", "unknown"),
        (at("Halo", ALLOW, CLOSED), "::ffff:3.19.3.152", "/", "allow"),
    ],
)  # fmt: skip
def test_inherited_and_own_rules_decide_as_iis_does(locations: str, address: str, path: str, outcome: str) -> None:
    """Each file, address and path comes to what the documentation says."""
    decision = judged(host(locations), address, path)
    assert decision.outcome == outcome, decision


def test_the_deciding_rule_and_its_line_are_named() -> None:
    """A refusal says which entry on which line refuses, and what the client sees."""
    rules = host("\n\n" + at("Halo", f'\n<add ipAddress="{LISTED}" allowed="false" />', 'denyAction="AbortRequest"'))
    decision = judged(rules)
    assert (decision.outcome, decision.deny_action) == ("deny", "abort")
    assert decision.rule == f'<add ipAddress="{LISTED}" allowed="false"/>'
    assert decision.line == 12


@pytest.mark.parametrize(
    ("action", "seen"),
    [("Forbidden", "403"), ("NotFound", "404"), ("Unauthorized", "401"), ("AbortRequest", "abort"), ("404", "404")],
)
def test_the_deny_action_is_what_the_client_sees(action: str, seen: str) -> None:
    """denyAction by name or number, also inherited."""
    rules = host(at("Halo", "", f'denyAction="{action}"') + at("Halo/auth", "", CLOSED))
    assert judged(rules).deny_action == seen


def test_no_password_is_read_into_anything() -> None:
    """applicationHost.config holds passwords; nothing of them reaches the rule set."""
    stored = msgspec.json.encode(host(at("Halo", ALLOW, CLOSED)))
    for secret in (b"hunter2", b"enc:", b"c2VjcmV0", b"svc"):
        assert secret not in stored


SITES = """<site name="Halo"><bindings><binding protocol="https" bindingInformation="*:443:halo.example.com" />
<binding protocol="http" bindingInformation="*:80:" /></bindings></site>
<site name="Other"><bindings><binding protocol="https" bindingInformation="*:443:" />
<binding protocol="net.tcp" bindingInformation="808:*" /></bindings></site>"""


@pytest.mark.parametrize(
    ("name", "port", "outcome"),
    [("halo.example.com", 443, "deny"), ("x.example.com", 443, "allow"), ("halo.example.com", 8443, "not_concerned"),
     ("halo.example.com", 80, "deny"), ("", 443, "unknown")],
)  # fmt: skip
def test_the_binding_says_which_site_answers(name: str, port: int, outcome: str) -> None:
    """With several sites the host name and port pick one; an unknown host leaves it open."""
    rules = host(at("Halo", ALLOW, CLOSED), sites=SITES)
    assert rules.decide(OTHER, port, "/auth/token", name).outcome == outcome
    assert rules.covers(port, "/auth/token", name) == (outcome != "not_concerned")


def test_a_network_without_its_mask_is_pointed_out() -> None:
    """10.0.0.0 without a mask is one address, which is seldom meant."""
    rules = host(at("Halo", add("10.0.0.0")))
    assert "single address" in rules.remarks[0].why
    assert host(at("Halo", add("10.0.0.0", "255.0.0.0"))).remarks == ()


def test_a_rewrite_rule_by_address_makes_an_allow_unknown_and_leaves_a_deny() -> None:
    """URL Rewrite is a second way to refuse by address; it is reported and not judged."""
    rewrite = """<location path="Halo/auth"><system.webServer><rewrite><rules><rule name="Only us"><conditions>
    <add input="{REMOTE_ADDR}" pattern="^10\\." negate="true" /></conditions></rule></rules></rewrite>
    </system.webServer></location>"""
    rules = host(at("Halo", ALLOW, CLOSED) + rewrite)
    assert judged(rules).outcome == "unknown"
    assert "by hand" in judged(rules).why
    assert judged(rules, OTHER).outcome == "deny"
    assert judged(rules, LISTED, "/api").outcome == "allow"


def test_a_web_config_is_never_known_to_let_in() -> None:
    """The section is locked there unless somebody unlocked it; what it refuses is refused all the same."""
    inside = f"<system.webServer><security><ipSecurity {CLOSED}>{ALLOW}</ipSecurity></security></system.webServer>"
    rules = config(inside, "web.config")
    assert judged(rules).outcome == "unknown"
    assert "500.19" in judged(rules).why
    assert judged(rules, OTHER).outcome == "deny"
    assert judged(config("<system.webServer />", "web.config")).outcome == "not_concerned"


def test_dynamic_restrictions_are_read_with_their_defaults() -> None:
    """5 at a time and 20 in 200 ms unless the file says otherwise; logging only throttles nobody."""
    dynamic = """<location path="Halo/api"><system.webServer><security><dynamicIpSecurity {0}>
    <denyByConcurrentRequests enabled="true" /><denyByRequestRate enabled="{1}" maxRequests="30" />
    </dynamicIpSecurity></security></system.webServer></location>"""
    (limit,) = host(dynamic.format("", "true")).rate_limits(443, "/api", "halo.example.com")
    assert (limit.max_concurrent, limit.max_requests, limit.interval_ms, limit.throttles) == (5, 30, 200, True)
    (limit,) = host(dynamic.format('enableLoggingOnlyMode="true"', "false")).rate_limits(443, "/api")
    assert (limit.max_concurrent, limit.max_requests, limit.throttles) == (5, None, False)
    assert host(dynamic.format("", "true")).rate_limits(443, "/auth") == ()


APPCMD = """C:\\> appcmd list config "Halo/auth" -section:system.webServer/security/ipSecurity & rem
<system.webServer>
  <security>
    <ipSecurity allowUnlisted="false">
      <add ipAddress="3.19.3.152" allowed="true" />
    </ipSecurity>
  </security>
</system.webServer>
<!-- path: Halo/api -->
<system.webServer><security><ipSecurity /></security></system.webServer>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_appcmd_output_is_judged_for_each_path_it_is_marked_with(encoding: str) -> None:
    """The command line above an output, or our own mark, says which path it is for; in every encoding."""
    rules = recognise("iis.txt", APPCMD.encode(encoding))
    assert rules.format == "iis-appcmd"
    assert judged(rules).line == 5
    assert [judged(rules, OTHER, path).outcome for path in ("/auth/token", "/api", "/x")] == [
        "deny",
        "allow",
        "not_concerned",
    ]


def test_two_outputs_without_a_mark_are_not_mixed_up() -> None:
    """Which output is for which path is then not known."""
    fragment = "<system.webServer><security><ipSecurity>{}</ipSecurity></security></system.webServer>\n"
    rules = recognise("iis.txt", (fragment.format(ALLOW) + fragment.format("")).encode())
    assert judged(rules).outcome == "unknown"
    assert judged(recognise("iis.txt", fragment.format(ALLOW).encode())).outcome == "allow"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><configuration />',
        '<?xml version="1.0"?><!DOCTYPE configuration SYSTEM "file:///etc/passwd"><configuration />',
        "<configuration><location></configuration>",
        "<configuration>",
    ],
)
def test_a_dtd_an_entity_and_broken_xml_are_refused(text: str) -> None:
    """With the tool's own error and a sentence."""
    with pytest.raises(RulesError, match=r"\.$"):
        recognise("web.config", text.encode())


entries = st.sampled_from(
    [ALLOW, add(OTHER, allowed=""), add("3.19.0.0", "255.255.0.0"),
     add("3.0.0.0", "255.0.0.0", "false"), f'<remove ipAddress="{LISTED}" />', "<clear />"]
)  # fmt: skip
bodies = st.lists(entries, max_size=5, unique=True).map("".join)


@given(bodies, bodies, st.sampled_from([LISTED, OTHER, "3.1.1.1", "9.9.9.9"]))
def test_clear_forgets_every_entry_before_it(parent: str, child: str, address: str) -> None:
    """What a parent or earlier lines listed does not matter after <clear/>."""
    with_parent = judged(host(at("Halo", parent) + at("Halo/auth", "<clear />" + child)), address)
    alone = judged(host(at("Halo/auth", "<clear />" + child)), address)
    assert with_parent.outcome == alone.outcome


@given(bodies, st.sampled_from([LISTED, OTHER, "3.1.1.1", "9.9.9.9"]))
def test_an_entry_that_is_removed_again_was_never_there(body: str, address: str) -> None:
    """add then remove of the same key is nothing."""
    extra = '<add ipAddress="3.1.1.1" allowed="false" /><remove ipAddress="3.1.1.1" subnetMask="255.255.255.255" />'
    assert judged(host(at("Halo", body + extra)), address).outcome == judged(host(at("Halo", body)), address).outcome


@given(bodies, st.sampled_from([LISTED, OTHER, "3.1.1.1"]))
def test_a_deny_before_everything_is_never_undone_by_an_allow_after_it(body: str, address: str) -> None:
    """The first match decides, whatever is appended (unless it is cleared or removed)."""
    rest = body.replace("<clear />", "").replace(f'<remove ipAddress="{LISTED}" />', "")
    rules = host(at("Halo", add("1.0.0.0", "128.0.0.0", "false") + rest))  # 0.0.0.0 to 127.255.255.255
    assert judged(rules, address).outcome == "deny"
