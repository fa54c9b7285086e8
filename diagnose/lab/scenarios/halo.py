"""The applications: down, half up, something else, of an old version; and gates in front of them."""

from __future__ import annotations

from diagnose.lab.pki import LEAF
from diagnose.lab.scenario import Limit, Manner, ResourceServer, Scenario

_SUBJECT = "Halo"
_API = "/api/*"
_AUTH = "/auth/*"


def _broken(name: str, sentence: str, pages: dict[str, str], *causes: str) -> Scenario:
    return Scenario(name, sentence, _SUBJECT, "not_ready", causes, dict.fromkeys(causes, "fail"), pages=pages)


def _gate(name: str, sentence: str, page: str) -> Scenario:
    expected = {"halo.answers": "unknown", "url.auth-endpoint": "unknown", "auth.token": "unknown"}
    return Scenario(name, sentence, _SUBJECT, "undecided", (), expected, pages={"/*": page})


def _version(name: str, sentence: str, verdict: str, resource: ResourceServer, **expected: str) -> Scenario:
    statuses = {name.replace("_", ".", 1): status for name, status in expected.items()}
    causes = tuple(check for check, status in statuses.items() if status == "fail")
    return Scenario(name, sentence, _SUBJECT, "ready").but(
        expected_verdict=verdict, expected_causes=causes, expected=statuses, resource=resource
    )


DOWN = (
    _broken(
        "auth-down-503",
        "The application pool of the authorization server is stopped.",
        {_AUTH: "http-sys-503"},
        "url.auth-endpoint",
    ),
    _broken(
        "api-down-503",
        "The application pool of the resource server is stopped.",
        {_API: "http-sys-503"},
        "halo.answers",
    ),
    _broken(
        "both-down", "Both application pools are stopped.", {"/*": "http-sys-503"}, "halo.answers", "url.auth-endpoint"
    ),
    _broken("api-500-30", "The resource server fails to start (500.30).", {_API: "iis-500-30"}, "halo.answers"),
    _broken(
        "api-500-31", "The hosting bundle is missing after an upgrade (500.31).", {_API: "iis-500-31"}, "halo.answers"
    ),
    _broken(
        "api-offline",
        "The resource server is switched off for an upgrade (app_offline.htm).",
        {_API: "app-offline"},
        "halo.answers",
    ),
    _broken(
        "auth-502-5", "The authorization server fails to start (502.5).", {_AUTH: "iis-502-5"}, "url.auth-endpoint"
    ),
    _broken(
        "site-not-bound", "No site is bound to this name.", {"/*": "http-sys-404"}, "halo.answers", "url.auth-endpoint"
    ),
    _broken(
        "host-not-bound",
        "The host name is bound to no site.",
        {"/*": "http-sys-400"},
        "halo.answers",
        "url.auth-endpoint",
    ),
    _broken("not-halo", "Another JSON API answers.", {_API: "other-json"}, "halo.answers"),
    _broken(
        "not-halo-404", "Another JSON API answers that it knows no such path.", {_API: "other-json-404"}, "halo.answers"
    ),
    _broken("not-halo-app-name", "An API with the same keys says that it is something else.", {}, "halo.answers").but(
        resource=ResourceServer(app_name="Contoso Desk")
    ),
)

_INFO = ("/api/instanceinfo", "/api/authinfo")

CUT_OFF = (
    _broken("api-silent", "The resource server takes every question and never answers.", {}, "halo.answers").but(
        cuts=dict.fromkeys(_INFO, "silent")
    ),
    _broken("api-endless", "The resource server's answer has no end.", {}, "halo.answers").but(
        cuts=dict.fromkeys(_INFO, "endless")
    ),
    _broken("api-reset", "The connection is reset in place of the resource server's answer.", {}, "halo.answers").but(
        cuts={_API: "reset"}
    ),
    _broken("api-closed", "The connection is closed in place of the resource server's answer.", {}, "halo.answers").but(
        cuts={_API: "closed"}
    ),
    _broken("auth-drip", "The token endpoint answers a byte at a time.", {}, "url.auth-endpoint").but(
        cuts={"/auth/token": "drip"}
    ),
    _broken("auth-endless", "The token endpoint's answer has no end.", {}, "url.auth-endpoint").but(
        cuts={"/auth/token": "endless"}
    ),
    _broken(
        "auth-reset", "The connection is reset in place of the token endpoint's answer.", {}, "url.auth-endpoint"
    ).but(cuts={_AUTH: "reset"}),
    _broken(
        "auth-closed", "The connection is closed in place of the token endpoint's answer.", {}, "url.auth-endpoint"
    ).but(cuts={_AUTH: "closed"}),
)

GATES = (
    _gate("waf-block-page", "A web application firewall answers everything with its block page.", "cloudflare-1020"),
    _gate("waf-block-page-200", "A firewall's block page comes with status 200.", "f5-asm"),
    _gate("address-banned", "The firewall says that this address is banned.", "cloudflare-1006"),
    _gate("address-refused-by-iis", "IIS says that this address is refused (403.6).", "iis-403-6"),
    _gate("iis-forbidden", "IIS refuses everything with its 403 page, which does not say why.", "iis-403"),
    _gate("proxy-block-page", "A reverse proxy answers everything with its block page.", "haproxy-403"),
    _gate("outbound-filter-page", "The company's own web filter answers with its block page.", "fortigate"),
    _gate("login-portal", "A log-in portal stands in front and redirects everything to itself.", "cloudflare-access"),
    _gate("login-portal-entra", "Everything is redirected to the company's log-in page.", "entra-proxy"),
    Scenario(
        "waf-blocks-token",
        "A web application firewall blocks the token URL alone.",
        _SUBJECT,
        "undecided",
        (),
        {"url.auth-endpoint": "unknown", "halo.answers": "pass", "auth.token": "unknown"},
        pages={"/auth/token": "cloudflare-1020"},
    ),
    Scenario(
        "waf-blocks-api",
        "A web application firewall blocks the resource server alone.",
        _SUBJECT,
        "undecided",
        (),
        {"halo.answers": "unknown", "url.auth-endpoint": "pass", "auth.token": "pass"},
        pages={_API: "cloudflare-1020"},
    ),
    Scenario(
        "waf-blocks-invoices",
        "A web application firewall blocks the invoices alone.",
        _SUBJECT,
        "undecided",
        (),
        {"api.invoices": "unknown", "api.items": "pass"},
        pages={"/api/invoice": "cloudflare-1020"},
    ),
)

VERSIONS = (
    _version(
        "old-version",
        "The release line is two lines behind.",
        "not_ready",
        ResourceServer("2.220.61"),
        version_current="fail",
        version_secure="pass",
    ),
    _version(
        "previous-line",
        "The release line is the one before the newest, which is out for weeks.",
        "not_ready",
        ResourceServer("2.236.133"),
        version_current="fail",
    ),
    _version(
        "odd-line",
        "A line that never was stable is running.",
        "not_ready",
        ResourceServer("2.238.5"),
        version_current="fail",
    ),
    _version(
        "insecure-version",
        "The version lacks a published security fix.",
        "not_ready",
        ResourceServer("2.174.50"),
        version_secure="fail",
    ),
    _version(
        "insecure-candidate",
        "A release candidate without the security fix is running.",
        "not_ready",
        ResourceServer("2.184.10"),
        version_secure="fail",
    ),
    _version(
        "insecure-beta",
        "A beta without the security fix is running.",
        "not_ready",
        ResourceServer("2.186.0"),
        version_secure="fail",
    ),
    _version(
        "beta-version",
        "A version newer than the newest stable line is running.",
        "ready_with_warnings",
        ResourceServer("99.2.1"),
        version_current="warn",
        version_secure="pass",
    ),
    _version(
        "older-patch",
        "The patch is older than the one demanded.",
        "not_ready",
        ResourceServer("2.250.32"),
        version_current="fail",
    ).but(options=("--ip-restriction", "no", "--latest-stable", "2.250.40"), twin="demanded-patch"),
    _version(
        "older-than-demanded",
        "The line is older than the one demanded.",
        "not_ready",
        ResourceServer("2.250.32"),
        version_current="fail",
    ).but(options=("--ip-restriction", "no", "--latest-stable", "2.262"), twin="demanded-line"),
    _version(
        "newer-than-demanded",
        "The patch is newer than the one demanded.",
        "ready_with_warnings",
        ResourceServer("2.250.32"),
        version_current="warn",
    ).but(options=("--ip-restriction", "no", "--latest-stable", "2.250.31"), twin="demanded-patch"),
    _version(
        "database-mismatch",
        "The database was not upgraded with the application.",
        "ready_with_warnings",
        ResourceServer(database="2236"),
        version_database="warn",
    ),
)

SPEED = (
    Scenario(
        "rate-limited-long",
        "The resource server answers 429 and asks for two minutes of patience.",
        _SUBJECT,
        "undecided",
        (),
        {"halo.answers": "unknown"},
        "rate-limited-once",
        limits=(Limit(_API, -1, 120),),
    ),
    Scenario(
        "rate-limited-token-always",
        "The token endpoint answers 429 to everything.",
        _SUBJECT,
        "undecided",
        (),
        {"url.auth-endpoint": "unknown", "halo.answers": "pass", "auth.token": "unknown"},
        "rate-limited-token",
        limits=(Limit("/auth/token", -1),),
    ),
    Scenario(
        "rate-limited-invoices",
        "The invoices are answered with 429 for ever.",
        _SUBJECT,
        "undecided",
        (),
        {"api.invoices": "unknown", "api.items": "pass"},
        "rate-limited-once",
        limits=(Limit("/api/invoice", -1),),
    ),
    Scenario(
        "rate-limited-always",
        "The resource server answers 429 to everything.",
        _SUBJECT,
        "undecided",
        (),
        {"halo.answers": "unknown"},
        "rate-limited-once",
        limits=(Limit(_API, -1),),
    ),
    Scenario(
        "clock-five-minutes",
        "The server's clock is five minutes ahead.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"clock.agrees": "warn", "tls.dates": "pass"},
        manner=Manner(clock=300),
    ),
    Scenario(
        "clock-two-days",
        "The server's clock is two days ahead, and the certificate is valid by both clocks.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"clock.agrees": "warn", "tls.dates": "pass"},
        manner=Manner(clock=2 * 86400),
    ),
    Scenario(
        "clock-two-years",
        "The clocks are two years apart, and whether the certificate is valid depends on which is right.",
        _SUBJECT,
        "undecided",
        (),
        {"clock.agrees": "warn", "tls.dates": "unknown", "auth.token": "unknown"},
        manner=Manner(clock=730 * 86400),
    ),
    Scenario(
        "clock-behind",
        "The certificate is not valid yet by this machine's clock, which is ten days behind the server's.",
        _SUBJECT,
        "undecided",
        (),
        {"clock.agrees": "warn", "tls.dates": "unknown", "auth.token": "unknown"},
        specs=(LEAF.but(days=(2, 192)),),
        manner=Manner(clock=10 * 86400),
    ),
)

SCENARIOS = (*DOWN, *CUT_OFF, *GATES, *VERSIONS, *SPEED)
