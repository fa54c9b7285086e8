"""Literal documents, one for each way a run can end. Nothing in them is real."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from diagnose.outcome import SKIPS, Code, Command, Importance, Owner, Reason, Remedy, Status
from diagnose.report import Contact, Document, FactEntry, Plugin, Report, Run, TargetView, Tool
from diagnose.verdict import CheckResult, WaiverUse, verdict

STARTED = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
FINISHED = datetime(2026, 11, 22, 9, 0, 4, 200000, tzinfo=UTC)

R, N, I = Importance.REQUIRED, Importance.RECOMMENDED, Importance.INFORMATIONAL  # noqa: E741 - R, N, I as in the table
C, NET, D, W, H, G, O = (  # noqa: E741 - one letter for each owner keeps the table a table
    Owner.CERTIFICATE_ADMIN,
    Owner.NETWORK_ADMIN,
    Owner.DNS_ADMIN,
    Owner.WINDOWS_ADMIN,
    Owner.HALO_ADMIN,
    Owner.INTEGRATOR,
    Owner.OPERATOR,
)

CHECKS: tuple[tuple[str, Importance, Owner, str, str, dict[str, Any]], ...] = (
    ("url.resource-server", R, O, "The resource server URL is an absolute https URL.", "https://halo.example.com/api is absolute and https", {"url.full": "https://halo.example.com/api"}),  # noqa: E501
    ("url.auth-server", R, O, "The authorization server URL is an absolute https URL.", "https://halo.example.com/auth/ is absolute and https", {"url.full": "https://halo.example.com/auth/"}),  # noqa: E501
    ("url.auth-slash", R, O, "The authorization server URL ends with a slash.", "https://halo.example.com/auth/ ends with a slash", {"url.full": "https://halo.example.com/auth/"}),  # noqa: E501
    ("url.auth-endpoint", R, H, "Joining the authorization server URL with token reaches an OAuth token endpoint.", "an OAuth endpoint answers at https://halo.example.com/auth/token", {"http.response.status_code": 401, "error": "invalid_client", "channel": "verified"}),  # noqa: E501
    ("url.advertised", N, O, "What Halo reports as its authorization server is the place that was given.", "Halo names https://halo.example.com/auth itself", {"advertised": "https://halo.example.com/auth"}),  # noqa: E501
    ("input.credentials", N, O, "Client id and secret have the shape Halo gives them.", "a GUID and two GUIDs", {"client_id": "guid", "client_secret": "two_guids"}),  # noqa: E501
    ("dns.resolves", R, D, "The name resolves.", "halo.example.com resolves to 2 addresses", {"server.address": "halo.example.com", "addresses": ["203.0.113.9", "203.0.113.10"]}),  # noqa: E501
    ("dns.public", R, D, "The name resolves to public addresses only.", "both addresses are public", {"addresses": ["203.0.113.9", "203.0.113.10"]}),  # noqa: E501
    ("net.reachable", R, NET, "Every address accepts a TCP connection.", "both addresses accept connections", {"accepted": ["203.0.113.9:443", "203.0.113.10:443"]}),  # noqa: E501
    ("net.direct", N, NET, "Nothing between here and the server answers in its place.", "no page of a filter was seen", {"answers": 9}),  # noqa: E501
    ("clock.agrees", N, O, "This machine's and the server's clock agree within 60 seconds.", "the clocks agree", {"offset_seconds": 0.4}),  # noqa: E501
    ("tls.handshake", R, W, "TLS 1.2 or newer is spoken, and no client certificate is demanded.", "TLS 1.3 at both addresses", {"tls.protocol.version": "1.3", "tls.cipher": "TLS_AES_256_GCM_SHA384"}),  # noqa: E501
    ("tls.chain-complete", R, C, "The server sends every certificate between its own and a root.", "complete at every address", {"missing": [], "sent": 2}),  # noqa: E501
    ("tls.trusted", R, C, "The chain ends in a public root.", "the chain ends in ISRG Root X1", {"ends_in": ["CN=ISRG Root X1,O=Internet Security Research Group,C=US"]}),  # noqa: E501
    ("tls.name", R, C, "The certificate is for this host name.", "the certificate names halo.example.com", {"names": ["halo.example.com"]}),  # noqa: E501
    ("tls.dates", R, C, "Every certificate on the path is within its dates.", "the first to expire does so in 69 days", {"not_after": "2027-01-30T12:00:00Z", "subject": "CN=halo.example.com"}),  # noqa: E501
    ("tls.purpose", R, C, "The certificate is meant for servers.", "serverAuth is among its uses", {"extended_key_usage": ["serverAuth"]}),  # noqa: E501
    ("tls.strength", R, C, "Keys and signatures are strong enough for today's clients.", "RSA 2048 with SHA-256", {"keys": ["RSA 2048", "RSA 2048"], "signatures": ["sha256WithRSAEncryption"]}),  # noqa: E501
    ("tls.chain-order", N, C, "The certificates come in order, the server's own first.", "in order", {"order": ["CN=halo.example.com", "CN=R12,O=Let's Encrypt,C=US"]}),  # noqa: E501
    ("tls.chain-clean", N, C, "Nothing superfluous is sent.", "nothing superfluous", {"superfluous": []}),
    ("tls.every-client", N, C, "Strict and lenient validators agree.", "both validators accept", {"openssl": "accepts", "strict": "accepts"}),  # noqa: E501
    ("tls.same-everywhere", N, NET, "Every address presents the same chain.", "the same at both addresses", {"addresses": ["203.0.113.9", "203.0.113.10"]}),  # noqa: E501
    ("tls.not-intercepted", R, NET, "The certificate is the server's own, not a middlebox's.", "no sign of interception", {"issuer": "CN=R12,O=Let's Encrypt,C=US"}),  # noqa: E501
    ("halo.answers", R, W, "The resource server answers as a Halo API.", "HaloPSA 2.250.32 answers", {"http.response.status_code": 200, "url.full": "https://halo.example.com/api/InstanceInfo"}),  # noqa: E501
    ("version.current", R, H, "The version is the latest stable.", "2.250 is the latest stable line", {"running": "2.250.32", "latest_stable": "2.250", "as_of": "2026-11-01"}),  # noqa: E501
    ("version.secure", R, H, "The version contains the published security fixes.", "2.250.32 contains them", {"running": "2.250.32"}),  # noqa: E501
    ("version.database", N, H, "Application and database version agree.", "both are 2.250.32", {"application": "2.250.32", "database": "2.250.32"}),  # noqa: E501
    ("auth.token", R, H, "The token endpoint grants a token to these credentials.", "a token for one hour was granted", {"http.response.status_code": 200, "expires_in": 3600}),  # noqa: E501
    ("auth.scopes", R, H, "Every one of the profile's scopes is granted.", "all five scopes are granted", {"requested": ["read:customers", "read:contracts", "read:items", "read:invoices", "edit:invoices"], "missing": []}),  # noqa: E501
    ("auth.all-permission", R, H, "The application does not hold the all permission.", "asking for all is refused", {"error": "invalid_scope"}),  # noqa: E501
    ("auth.tenant", N, O, "The tenant value suits the deployment.", "no tenant was sent", {"tenant": None}),
    ("api.agent", R, H, "The token is accepted, and the agent it acts for is known.", "it acts for the agent Integration", {"agent": "Integration", "id": 12}),  # noqa: E501
    ("api.customers", R, H, "The agent's role may read customers.", "121 customers", {"record_count": 121}),
    ("api.contracts", R, H, "The agent's role may read contracts.", "42 contracts", {"record_count": 42}),
    ("api.items", R, H, "The agent's role may read items.", "310 items", {"record_count": 310}),
    ("api.invoices", R, H, "The agent's role may read invoices.", "901 invoices", {"record_count": 901}),
    ("api.recurring", N, H, "There is at least one contract.", "42 contracts", {"record_count": 42}),
    ("allowlist.addresses", R, G, "The integrator's addresses are known, valid and dated.", "3 addresses, as of 2026-09-01", {"addresses": ["192.0.2.4", "192.0.2.5", "192.0.2.6"], "as_of": "2026-09-01"}),  # noqa: E501
    ("allowlist.configuration", N, NET, "Every rule set given lets every one of them in.", "web.config lets all 3 in", {"files": ["web.config"]}),  # noqa: E501
    ("allowlist.logs", N, NET, "The server's logs show them arriving.", "all 3 arrived", {"files": ["u_ex261121.log"]}),
    ("allowlist.vantage", N, NET, "A run from one of those addresses got through.", "a run from 192.0.2.4 got through", {"from": "192.0.2.4"}),  # noqa: E501
    ("allowlist.reachability", R, NET, "The integrator's addresses reach this HaloPSA.", "all 3 addresses arrive", {"basis": ["logs", "vantage"], "addresses": {"192.0.2.4": {"outcome": "allow", "basis": ["logs", "vantage"]}, "192.0.2.5": {"outcome": "allow", "basis": ["logs"]}, "192.0.2.6": {"outcome": "allow", "basis": ["logs"]}}}),  # noqa: E501
    ("allowlist.rate-limit", N, W, "No dynamic restriction would throttle a synchronisation.", "web.config sets none", {"files": ["web.config"]}),  # noqa: E501
)  # fmt: skip


def healthy_results() -> dict[str, CheckResult]:
    """Return every bundled check, passing."""
    return {
        name: CheckResult(name, title, name.partition(".")[0], importance, owner, Status.PASS, summary, None, evidence)
        for name, importance, owner, title, summary, evidence in CHECKS
    }


def changed(results: dict[str, CheckResult], name: str, status: Status, summary: str, **fields: Any) -> None:
    """Replace one result."""
    fields.setdefault("evidence", {})
    results[name] = msgspec.structs.replace(results[name], status=status, summary=summary, **fields)


def blocked(results: dict[str, CheckResult], by: str, names: Iterable[str]) -> None:
    """Make these wait for another."""
    for name in names:
        summary = f"could not be judged because of {by}"
        reason = Reason(Code.BLOCKED, summary, (by,))
        changed(results, name, Status.UNKNOWN, summary, reason=reason, explained_by=(by,))


def document(results: dict[str, CheckResult], *, cancelled: bool = False) -> Document:
    """Return the whole report about these results."""
    checks = tuple(results.values())
    return Document.of(
        Report(
            "1.0",
            Tool("halo-diagnose", "0.1.0", (Plugin("house-rules", "2.1"),)),
            Run("0190f3a2", STARTED, FINISHED, "gradient", "customer", cancelled),
            TargetView("https://halo.example.com/api", "https://halo.example.com/auth/", None, "…1f0c"),
            verdict(checks, "Gradient"),
            checks,
            {"run.moment": FactEntry(value={"now": "2026-11-22T09:00:00Z"}), "later.fact": FactEntry(value=[1, "two"])},
            (
                Contact("halo.example.com", 443, "203.0.113.9", "TLS handshake, API and token requests", 9),
                Contact("halo.example.com", 443, "203.0.113.10", "TLS handshake", 1),
                Contact("r12.i.lencr.org", 80, "198.51.100.7", "issuer certificate (AIA)", 1),
            ),
        )
    )


MISSING = Remedy(
    "Install the intermediate certificate R12 on the Windows server that answers for halo.example.com.",
    (
        "Download R12 from http://r12.i.lencr.org/ to C:\\Temp\\r12.cer.",
        "Import it into the local computer's store Intermediate Certification Authorities.",
        "Bind the site's certificate again in IIS Manager, Sites, Bindings, or restart the server.",
    ),
    (
        Command(
            "powershell",
            "Invoke-WebRequest http://r12.i.lencr.org/ -OutFile C:\\Temp\\r12.cer\n"
            "Import-Certificate -FilePath C:\\Temp\\r12.cer -CertStoreLocation Cert:\\LocalMachine\\CA",
        ),
    ),
    "Run diagnose again, or: `echo Q | openssl s_client -connect halo.example.com:443 -servername halo.example.com` "
    "shows two certificates.",
    "https://learn.microsoft.com/windows-server/networking/tls",
)


def missing_intermediate(results: dict[str, CheckResult]) -> None:
    """The commonest fault."""
    order = {"order": ["CN=halo.example.com"]}
    results["tls.chain-order"] = msgspec.structs.replace(results["tls.chain-order"], evidence=order)
    changed(
        results,
        "tls.chain-complete",
        Status.FAIL,
        "the server does not send the intermediate certificate R12 that its own certificate needs",
        remedy=MISSING,
        evidence={
            "missing": ["CN=R12,O=Let's Encrypt,C=US"],
            "sent": 1,
            "below": "CN=halo.example.com",
            "fetched_from": "http://r12.i.lencr.org/",
            "server.address": ["203.0.113.9", "203.0.113.10"],
        },
    )


def healthy() -> Document:
    """READY."""
    return document(healthy_results())


def one_cause() -> Document:
    """NOT READY, for a missing intermediate alone."""
    results = healthy_results()
    missing_intermediate(results)
    return document(results)


def no_name() -> Document:
    """NOT READY: the name does not resolve, and everything behind waits for it."""
    results = healthy_results()
    after = [name for name in results if name.partition(".")[0] in {"net", "tls", "halo", "version", "auth", "api"}]
    blocked(results, "dns.resolves", [*after, "dns.public", "clock.agrees", "url.auth-endpoint", "url.advertised"])
    not_restricted(results)
    changed(
        results,
        "dns.resolves",
        Status.FAIL,
        "halo.example.com does not exist, as far as this machine's resolver knows",
        evidence={"server.address": "halo.example.com", "outcome": "not_found"},
        remedy=Remedy("Publish an A record for halo.example.com in the public DNS zone example.com."),
    )
    return document(results)


def several_causes() -> Document:
    """NOT READY, with three causes, a warning and a failure that another explains."""
    results = healthy_results()
    missing_intermediate(results)
    changed(
        results,
        "url.auth-slash",
        Status.FAIL,
        "https://halo.example.com/auth has no slash at its end",
        evidence={"url.full": "https://halo.example.com/auth", "corrected": "https://halo.example.com/auth/"},
        remedy=Remedy("Type https://halo.example.com/auth/ in the integrator's settings, with the slash."),
    )
    changed(
        results,
        "version.secure",
        Status.FAIL,
        "2.174.20 lacks the published security fixes",
        evidence={"running": "2.174.20"},
        remedy=Remedy("Update HaloPSA to the latest stable release.", ("Open Configuration, Advanced, Updates.",)),
    )
    changed(
        results,
        "version.current",
        Status.FAIL,
        "2.174.20 is behind the latest stable line 2.250",
        evidence={"running": "2.174.20", "latest_stable": "2.250", "as_of": "2026-11-01"},
        explained_by=("version.secure",),
    )
    soon(results)
    return document(results)


def soon(results: dict[str, CheckResult]) -> None:
    """A certificate that runs out in nine days."""
    changed(
        results,
        "tls.dates",
        Status.WARN,
        "the certificate of halo.example.com expires in 9 days",
        evidence={"not_after": "2026-12-01T12:00:00Z", "subject": "CN=halo.example.com"},
        remedy=Remedy("Renew the certificate before 1 December 2026."),
    )


def warnings() -> Document:
    """READY WITH WARNINGS."""
    results = healthy_results()
    soon(results)
    return document(results)


def no_evidence(results: dict[str, CheckResult]) -> None:
    """The normal first run: nobody gave logs, rules or a vantage."""
    for name in ("allowlist.configuration", "allowlist.logs", "allowlist.vantage", "allowlist.rate-limit"):
        reason = Reason(Code.NOT_SELECTED, "no file was given")
        changed(results, name, Status.SKIP, "no file was given", reason=reason)
    summary = "whether the integrator's addresses are let in cannot be seen from here"
    changed(
        results,
        "allowlist.reachability",
        Status.UNKNOWN,
        summary,
        reason=Reason(Code.NOT_PROVABLE_HERE, summary),
        evidence={"basis": [], "addresses": {"192.0.2.4": {"outcome": "unknown", "basis": []}}},
        remedy=Remedy(
            "Show that the integrator's addresses arrive, or say that nothing restricts them.",
            (
                "If HaloPSA restricts access by address nowhere, run again with --ip-restriction no.",
                "Otherwise give the rules (--allow-list) and a log of IIS (--server-log).",
            ),
            verify="allowlist.reachability is PASS.",
        ),
    )


def not_restricted(results: dict[str, CheckResult]) -> None:
    """--ip-restriction no."""
    for name in results:
        if name.startswith("allowlist."):
            reason = Reason(Code.NOT_APPLICABLE, "access is not restricted by address (--ip-restriction no)")
            changed(results, name, Status.SKIP, "access is not restricted by address", reason=reason)


def undecided() -> Document:
    """UNDECIDED: the normal first result."""
    results = healthy_results()
    no_evidence(results)
    return document(results)


def cancelled() -> Document:
    """UNDECIDED: interrupted while the server had not answered."""
    results = healthy_results()
    for name in list(results):
        if name.partition(".")[0] in {"halo", "version", "auth", "api"}:
            reason = Reason(Code.CANCELLED, "interrupted")
            changed(results, name, Status.UNKNOWN, "interrupted", reason=reason)
    not_restricted(results)
    return document(results, cancelled=True)


def waived() -> Document:
    """READY WITH WARNINGS: one failure is waived, and one waiver has expired without being needed."""
    results = healthy_results()
    changed(
        results,
        "version.current",
        Status.FAIL,
        "2.248.10 is behind the latest stable line 2.250",
        evidence={"running": "2.248.10", "latest_stable": "2.250", "as_of": "2026-11-01"},
        waiver=WaiverUse("the update is planned for the first weekend of December", "2026-12-07"),
        remedy=Remedy("Update HaloPSA to the latest stable release."),
    )
    changed(
        results,
        "tls.chain-clean",
        Status.WARN,
        "the root is sent too",
        evidence={"superfluous": ["CN=ISRG Root X1,O=Internet Security Research Group,C=US"]},
        waiver=WaiverUse("it does no harm", "2026-10-01", expired=True),
    )
    return document(results)


def all_statuses() -> Document:
    """Every status, and every reason there is."""
    results = healthy_results()
    missing_intermediate(results)
    soon(results)
    unknowns = sorted(set(Code) - SKIPS)
    for name, code in zip(("tls.trusted", "dns.public", "clock.agrees", *list(results)[24:]), unknowns, strict=False):
        by = ("tls.chain-complete",) if code is Code.BLOCKED else ()
        changed(results, name, Status.UNKNOWN, f"nothing decided: {code}", reason=Reason(code, f"why: {code}", by))
    for name, code in zip(list(results)[-3:], sorted(SKIPS), strict=True):
        changed(results, name, Status.SKIP, f"left out: {code}", reason=Reason(code, f"why: {code}"))
    return document(results)


SAMPLES = {
    "healthy": healthy,
    "warnings": warnings,
    "one_cause": one_cause,
    "no_name": no_name,
    "several_causes": several_causes,
    "undecided": undecided,
    "cancelled": cancelled,
    "waived": waived,
    "all_statuses": all_statuses,
}
