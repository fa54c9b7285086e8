"""Servers with nothing wrong: the healthy one, and the twins that look unusual and are good all the same."""

from __future__ import annotations

from diagnose.lab.pki import LEAF
from diagnose.lab.scenario import AuthServer, Door, Given, Limit, Manner, ResourceServer, Scenario

_SUBJECT = "healthy"


def _good(name: str, sentence: str, /, **changes: object) -> Scenario:
    return Scenario(name, sentence, _SUBJECT, "ready").but(**changes)


def _version(*options: str) -> dict[str, object]:
    return {"resource": ResourceServer("2.250.32"), "options": ("--ip-restriction", "no", *options)}


SCENARIOS = (
    _good(
        "healthy", "Nothing is wrong.", expected={"auth.token": "pass", "api.agent": "pass", "version.current": "pass"}
    ),
    _good(
        "two-intermediates",
        "Two intermediates are sent in order.",
        specs=(LEAF.but(issuer="lower", aia="{aia}/lower.cer"),),
        doors=(Door(("leaf", "lower", "upper")),),
    ),
    _good(
        "two-addresses",
        "Two addresses present the same chain.",
        doors=(Door(), Door()),
        expected={"tls.same-everywhere": "pass"},
    ),
    _good(
        "wildcard",
        "A wildcard certificate covers the name.",
        specs=(LEAF.but(names=("*.example.test", "example.test")),),
    ),
    _good("rsa-key", "The certificate's key is RSA with 2048 bits.", specs=(LEAF.but(key="rsa-2048"),)),
    _good("tls12", "The server speaks TLS 1.2 at best, as Windows Server 2019 does.", doors=(Door(highest="TLSv1_2"),)),
    _good("tls13", "The server speaks TLS 1.3 only.", doors=(Door(lowest="TLSv1_3"),)),
    _good(
        "client-certificate-asked",
        "A client certificate is asked for and not demanded.",
        doors=(Door(client_certificate="asked"),),
    ),
    _good("auth-host", "The authorization server is another host.", auth_doors=(Door(("auth-leaf", "intermediate")),)),
    _good(
        "auth-host-root",
        "The authorization server is another host, at its root, as Halo's own shared one.",
        auth_doors=(Door(("auth-leaf", "intermediate")),),
        auth=AuthServer(path=""),
    ),
    _good(
        "secret-with-mark", "The secret's file begins with a byte-order mark.", given=Given(file_encoding="utf-8-sig")
    ),
    _good(
        "secret-in-utf-16",
        "The secret's file is UTF-16, as PowerShell's `>` writes it.",
        given=Given(file_encoding="utf-16"),
    ),
    _good(
        "instance-info-needs-token",
        "The version is told only with a token.",
        resource=ResourceServer(instance_info="needs-token"),
    ),
    _good(
        "hosted",
        "A hosted HaloPSA with its tenant.",
        resource=ResourceServer(tenant_id="acme", hosted_group="UK1-Stable2"),
        given=Given(tenant="acme"),
    ),
    _good(
        "tenant-not-set", "The tenant is typed as the integrator's guide says: Not set.", given=Given(tenant="Not set")
    ),
    _good(
        "scope-not-echoed",
        "No answer names the scopes it grants, and unknown ones are refused.",
        auth=AuthServer(echoes_scope=False),
    ),
    _good(
        "scope-in-jwt",
        "The granted scopes stand in the readable token only.",
        auth=AuthServer(echoes_scope=False, readable=True),
    ),
    _good(
        "openiddict-2", "An older authorization server, without numbers in its errors.", auth=AuthServer(openiddict=2)
    ),
    _good(
        "refuses-by-invalid-scope",
        "What is not ticked is refused as invalid_scope.",
        auth=AuthServer(refuses="invalid_scope"),
    ),
    _good("refuses-by-dropping", "What is not ticked is left out of the grant.", auth=AuthServer(refuses="drop")),
    _good(
        "refuses-by-silence",
        "What is not ticked is left out of the grant, and where nothing remains, nothing is named.",
        auth=AuthServer(refuses="drop-to-nothing"),
    ),
    _good(
        "errors-without-details",
        "The authorization server's errors do not say what exactly is wrong, as most OAuth servers' do not.",
        auth=AuthServer(refuses="invalid_scope", tells="by-error"),
    ),
    _good(
        "rate-limited-once",
        "The first request for the version is answered with 429, the next one with the version.",
        limits=(Limit("/api/instanceinfo", 1),),
    ),
    _good("rate-limited-token", "The first token request is answered with 429.", limits=(Limit("/auth/token", 1),)),
    _good(
        "through-proxy",
        "The run goes through the company's proxy.",
        options=("--ip-restriction", "no", "--proxy", "{proxy}"),
        proxy="open",
    ),
    _good(
        "through-proxy-with-password",
        "The run goes through the company's proxy, which asks for a password.",
        options=("--ip-restriction", "no", "--proxy", "{proxy_with_password}"),
        proxy="password",
    ),
    _good("slow", "Every answer takes half a second.", manner=Manner(delay=0.5)),
    _good("chunked", "Bodies come in chunks.", manner=Manner(chunked=True)),
    _good(
        "one-request-per-connection",
        "The server closes the connection after every answer.",
        manner=Manner(closing=True),
    ),
    _good("http-1.0", "An old proxy in front speaks HTTP/1.0.", manner=Manner(http10=True)),
    _good("demanded-line", "The line is the one demanded.", **_version("--latest-stable", "2.250")),
    _good("demanded-patch", "The patch is the one demanded.", **_version("--latest-stable", "2.250.32")),
)
