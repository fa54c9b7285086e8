"""The two URLs as typed, and what the joined token URL reaches."""

from __future__ import annotations

from diagnose.lab.pki import AUTH_LEAF
from diagnose.lab.scenario import AuthServer, Door, Given, ResourceServer, Scenario

_SUBJECT = "URLs"
_UNANSWERED = {"url.auth-endpoint": "fail", "auth.token": "unknown", "halo.answers": "pass"}


def _typed(name: str, sentence: str, cause: str, given: Given) -> Scenario:
    expected = {cause: "fail", "auth.token": "pass"}
    return Scenario(name, sentence, _SUBJECT, "not_ready", (cause,), expected, given=given)


def _endpoint(name: str, sentence: str, pages: dict[str, str]) -> Scenario:
    return Scenario(name, sentence, _SUBJECT, "not_ready", ("url.auth-endpoint",), _UNANSWERED, pages=pages)


TYPED = (
    _typed(
        "missing-slash",
        "The authorization server is typed as Halo shows it, without the slash at its end.",
        "url.auth-slash",
        Given(auth="{auth}"),
    ),
    _typed(
        "resource-http",
        "The resource server is typed with http.",
        "url.resource-server",
        Given(resource="http://{host}:{port}/api"),
    ),
    _typed(
        "auth-http",
        "The authorization server is typed with http.",
        "url.auth-server",
        Given(auth="http://{host}:{port}/auth/"),
    ),
    _typed(
        "resource-without-scheme",
        "The resource server is typed without https://.",
        "url.resource-server",
        Given(resource="{host}:{port}/api"),
    ),
    _typed(
        "auth-without-scheme",
        "The authorization server is typed without https://.",
        "url.auth-server",
        Given(auth="{host}:{port}/auth/"),
    ),
    _typed(
        "resource-with-query",
        "The resource server is typed with a query.",
        "url.resource-server",
        Given(resource="{origin}/api?tenant=acme"),
    ),
    _typed(
        "resource-with-password",
        "The resource server is typed with a user name and a password.",
        "url.resource-server",
        Given(resource="https://admin:hunter2-hunter2@{host}:{port}/api"),
    ),
    Scenario(
        "auth-wrong-path",
        "The path of the authorization server is wrong: the token URL is not found.",
        _SUBJECT,
        "not_ready",
        ("url.auth-endpoint",),
        _UNANSWERED,
        given=Given(auth="{auth_origin}/identity/"),
    ),
    Scenario(
        "auth-html-200",
        "The path of the authorization server is left out: the web application answers with its start page.",
        _SUBJECT,
        "not_ready",
        ("url.auth-endpoint",),
        _UNANSWERED,
        given=Given(auth="{auth_origin}/"),
    ),
    Scenario(
        "resource-wrong-path",
        "The path of the resource server is left out: the web application answers.",
        _SUBJECT,
        "not_ready",
        ("halo.answers",),
        {"halo.answers": "fail"},
        given=Given(resource="{origin}"),
    ),
)

REDIRECTS = (
    _endpoint(
        "auth-redirect-301",
        "A rewrite rule appends a slash to the token URL with 301.",
        {"/auth/token": "redirect-301-slash"},
    ),
    _endpoint("auth-redirect-302", "The token URL is redirected with 302.", {"/auth/token": "redirect-302"}),
    _endpoint("auth-redirect-303", "The token URL is redirected with 303.", {"/auth/token": "redirect-303"}),
    _endpoint(
        "auth-redirect-307",
        "The token URL is redirected with 307, which keeps the POST.",
        {"/auth/token": "redirect-307"},
    ),
    _endpoint(
        "auth-redirect-308",
        "The token URL is redirected with 308, which keeps the POST.",
        {"/auth/token": "redirect-308"},
    ),
    _endpoint(
        "auth-redirect-other-host",
        "The token URL is redirected to another host, which would get the secret.",
        {"/auth/token": "redirect-307-elsewhere"},
    ).but(elsewhere=True),
    _endpoint(
        "auth-redirect-to-http",
        "The token URL is redirected to http, where the secret would travel in the clear.",
        {"/auth/token": "redirect-307-to-http"},
    ).but(plain=True),
)

ELSEWHERE = (
    Scenario(
        "advertised-differs",
        "Halo reports another authorization server than the one typed.",
        _SUBJECT,
        "ready_with_warnings",
        (),
        {"url.advertised": "warn", "url.auth-endpoint": "pass"},
        resource=ResourceServer(auth_url="https://old-name.example.test/auth"),
    ),
    Scenario(
        "missing-slash-bare-host",
        "The authorization server is a host alone, typed without the slash; gluing `token` to it makes another name.",
        _SUBJECT,
        "not_ready",
        ("url.auth-slash",),
        {"url.auth-slash": "fail", "url.auth-endpoint": "pass", "auth.token": "pass"},
        "auth-host-root",
        given=Given(auth="{auth_origin}"),
        auth_doors=(Door(("auth-leaf", "intermediate")),),
        auth=AuthServer(path=""),
    ),
    Scenario(
        "auth-host-expired",
        "The authorization server is another host, and its certificate expired.",
        _SUBJECT,
        "not_ready",
        ("tls.dates",),
        {"tls.dates": "fail", "auth.token": "unknown"},
        "auth-host",
        specs=(AUTH_LEAF.but(days=(-193, -3)),),
        auth_doors=(Door(("auth-leaf", "intermediate")),),
    ),
    Scenario(
        "auth-host-down",
        "The authorization server is another host, and nothing listens there.",
        _SUBJECT,
        "not_ready",
        ("net.reachable",),
        {"net.reachable": "fail", "halo.answers": "pass", "auth.token": "unknown"},
        "auth-host",
        auth_doors=(Door(wire="port-closed"),),
    ),
)

SCENARIOS = (*TYPED, *REDIRECTS, *ELSEWHERE)
