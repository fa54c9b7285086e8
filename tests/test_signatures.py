"""The table of pages: each is recognised by its own words, and nothing that an application wrote is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.signatures import classify, table

HTML = {"content-type": "text/html"}


def gate(status: int, body: str = "", headers: dict[str, str] | None = None, cookies: tuple[str, ...] = ()) -> Any:
    return classify(status, headers or HTML, body.encode(), cookies)


def nginx(status: str) -> str:
    head = f"<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n"
    return f"{head}<center><h1>{status}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>"


IIS_403 = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><title>403 - Forbidden: Access is denied.</title>'
    "<h1>Server Error</h1><h3>You do not have permission to view this directory or page using the credentials that "
    "you supplied.</h3>"
)
IIS_404 = (
    "<title>404 - File or directory not found.</title><h1>Server Error</h1><h2>404 - File or directory not found.</h2>"
)
HTTPSYS = {"server": "Microsoft-HTTPAPI/2.0"}

KNOWN = [
    ("iis-403", "iis", "blocked", (403, IIS_403, {"server": "Microsoft-IIS/10.0"})),
    (
        "iis-ip-restriction",
        "iis",
        "blocked",
        (403, "<h2>HTTP Error 403.6 - Forbidden</h2> Module IpRestrictionModule"),
    ),
    ("iis-client-certificate", "iis", "blocked", (403, "<h2>HTTP Error 403.7 - Forbidden</h2>")),
    ("iis-dynamic-restriction", "iis", "limited", (403, "<h2>HTTP Error 403.502 - Forbidden</h2>")),
    ("iis-404", "iis", "missing", (404, IIS_404)),
    ("iis-404-detailed", "iis", "missing", (404, "<h3>HTTP Error 404.0 - Not Found</h3>")),
    (
        "httpsys-invalid-hostname",
        "iis",
        "missing",
        (
            400,
            "<h2>Bad Request - Invalid Hostname</h2>\r\n<hr><p>HTTP Error 400. The request hostname is invalid.</p>",
            HTTPSYS,
        ),
    ),
    (
        "httpsys-no-site",
        "iis",
        "missing",
        (404, "<h2>Not Found</h2>\r\n<hr><p>HTTP Error 404. The requested resource is not found.</p>", HTTPSYS),
    ),
    (
        "httpsys-pool-down",
        "iis",
        "down",
        (503, "<h2>Service Unavailable</h2>\r\n<hr><p>HTTP Error 503. The service is unavailable.</p>", HTTPSYS),
    ),
    ("ancm-start-failure", "iis", "down", (500, "<h1>HTTP Error 500.30 - ANCM In-Process Start Failure</h1>")),
    (
        "ancm-start-failure",
        "iis",
        "down",
        (500, "<h1>HTTP Error 500.31 - ANCM Failed to Find Native Dependencies</h1>"),
    ),
    ("ancm-start-failure", "iis", "down", (502, "<h2>HTTP Error 502.5 - ANCM Out-Of-Process Startup Failure</h2>")),
    ("iis-configuration", "iis", "down", (500, "<h3>HTTP Error 500.19 - Internal Server Error</h3>")),
    ("app-offline", "iis", "down", (503, "<html>We are updating Halo.", {"server": "Microsoft-IIS/10.0"})),
    ("nginx-403", "proxy", "blocked", (403, nginx("403 Forbidden"))),
    ("nginx-404", "proxy", "missing", (404, nginx("404 Not Found"))),
    ("nginx-down", "proxy", "down", (502, nginx("502 Bad Gateway"))),
    ("nginx-down", "proxy", "down", (503, nginx("503 Service Temporarily Unavailable"))),
    ("nginx-down", "proxy", "down", (504, nginx("504 Gateway Time-out"))),
    (
        "nginx-client-certificate",
        "proxy",
        "blocked",
        (400, nginx("400 Bad Request") + "No required SSL certificate was sent"),
    ),
    (
        "apache-403",
        "proxy",
        "blocked",
        (403, "<h1>Forbidden</h1>\n<p>You don't have permission to access this resource.</p>"),
    ),
    ("apache-404", "proxy", "missing", (404, "<p>The requested URL was not found on this server.</p>")),
    (
        "haproxy-403",
        "proxy",
        "blocked",
        (403, "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>"),
    ),
    (
        "haproxy-down",
        "proxy",
        "down",
        (503, "<h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n"),
    ),
    (
        "cloudflare-ip-ban",
        "waf",
        "blocked",
        (403, "<h1>Error 1006</h1> Access Denied: Your IP address has been banned"),
    ),
    ("cloudflare-geography", "waf", "blocked", (403, "has banned the country or region your IP address is in")),
    (
        "cloudflare-client",
        "waf",
        "blocked",
        (403, "The owner of this website has banned your access based on your browser's signature"),
    ),
    ("cloudflare-rate", "waf", "limited", (429, "<title>Error 1015</title> You are being rate limited")),
    (
        "cloudflare-rule",
        "waf",
        "blocked",
        (403, "<title>Access denied | halo.example.com used Cloudflare to restrict access</title>"),
    ),
    ("cloudflare-origin", "waf", "down", (521, "<title>521: Web server is down</title>")),
    (
        "akamai",
        "waf",
        "blocked",
        (403, "<H1>Access Denied</H1> You don't have permission to access x on this server.<P>Reference #18.1.2.3"),
    ),
    (
        "akamai",
        "waf",
        "blocked",
        (
            403,
            "You don't have permission to access &#47;x on this server.<P>\nReference&#32;&#35;18&#46;1",
        ),
    ),
    ("imperva", "waf", "blocked", (200, '<iframe src="/_Incapsula_Resource?x=1"> Incapsula incident ID: 1')),
    ("imperva-securesphere", "waf", "blocked", (403, "This page can't be displayed. The incident ID is: 1")),
    (
        "f5-asm",
        "waf",
        "blocked",
        (200, "The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 1"),
    ),
    (
        "azure-application-gateway",
        "waf",
        "blocked",
        (403, "<center><h1>403 Forbidden</h1></center><center>Microsoft-Azure-Application-Gateway/v2</center>"),
    ),
    ("azure-front-door", "waf", "blocked", (403, "<h2>The request is blocked.</h2>", {"x-azure-ref": "1"})),
    ("aws-load-balancer", "waf", "blocked", (403, "<center><h1>403 Forbidden</h1></center>", {"server": "awselb/2.0"})),
    ("cloudfront", "waf", "blocked", (403, "Generated by cloudfront (CloudFront)")),
    ("modsecurity", "waf", "blocked", (406, "This error was generated by Mod_Security.")),
    ("webknight", "waf", "blocked", (999, "WebKnight Application Firewall Alert")),
    ("urlscan", "waf", "blocked", (404, "/Rejected-By-UrlScan~/x")),
    ("sophos-waf", "waf", "blocked", (403, "Inbound Anomaly Score Exceeded")),
    ("fortigate", "outbound_filter", "blocked", (403, '<img src="//globalurl.fortinet.net/x"> Web Page Blocked')),
    ("sonicwall", "outbound_filter", "blocked", (200, "<title>Web Site Blocked</title> nsa_banner")),
    ("sophos-web", "outbound_filter", "blocked", (403, "Powered by UTM Web Protection")),
    ("watchguard", "outbound_filter", "blocked", (403, "Request denied by WatchGuard Firewall")),
    ("palo-alto", "outbound_filter", "blocked", (503, "Download of virus/spyware blocked")),
    ("web-page-blocked", "outbound_filter", "blocked", (503, "<title>Web Page Blocked</title>")),
    ("zscaler", "outbound_filter", "blocked", (403, "Internet Security by Zscaler")),
    ("squid", "outbound_filter", "blocked", (403, "<p>Generated by squid (squid/5.7)</p>")),
    ("network-authentication", "portal", "blocked", (511, "<html>Log in to the network")),
    (
        "entra-redirect",
        "portal",
        "blocked",
        (302, "", {"location": "https://login.microsoftonline.com/x/oauth2/authorize"}),
    ),
    ("f5-cookie", "waf", "blocked", (403, "<html>blocked", HTML, ("BIGipServerpool",))),
]


@pytest.mark.parametrize(("name", "kind", "state", "page"), KNOWN)
def test_a_known_page_is_recognised(name: str, kind: str, state: str, page: Any) -> None:
    found = gate(*page)
    assert found is not None
    assert (found.id, found.kind, found.state) == (name, kind, state)


@pytest.mark.parametrize(
    "page",
    [
        (200, "<!DOCTYPE html><html><title>HaloPSA</title><div id=app></div>"),
        (200, "<html>", {"server": "Microsoft-IIS/10.0"}),
        (401, "", {"www-authenticate": "Bearer"}),
        (403, "", {"server": "cloudflare", "cf-ray": "1"}),
        (403, "<html>Halo says no", {"server": "cloudflare", "cf-ray": "1"}),
        (403, "", HTML, ("BIGipServerpool", "visid_incap_1", "TS012345")),
        (404, "<html>Halo knows no such page"),
        (404, "", {"server": "Microsoft-IIS/10.0"}),
        (500, "<html>An error occurred", {"server": "Microsoft-IIS/10.0"}),
        (200, "<html>", HTML, ("BIGipServerpool",)),
        (302, "", {"location": "/auth/account/login"}),
    ],
)
def test_an_unmarked_answer_is_nobodys_page(page: Any) -> None:
    assert gate(*page) is None


IIS_401 = "<title>401 - Unauthorized: Access is denied due to invalid credentials.</title><h1>Server Error</h1>"


@pytest.mark.parametrize("challenge", ["Bearer", 'bearer error="invalid_token"', "Negotiate, Bearer", "NTLM,Bearer"])
def test_under_the_page_of_iis_a_401_that_asks_for_a_bearer_token_is_the_applications(challenge: str) -> None:
    assert gate(401, IIS_401, {"www-authenticate": challenge}) is None


@pytest.mark.parametrize(
    "headers", [{}, {"www-authenticate": "Negotiate"}, {"www-authenticate": 'Basic realm="Bearer"'}]
)
def test_any_other_401_with_that_page_is_iis(headers: dict[str, str]) -> None:
    found = gate(401, IIS_401, HTML | headers)
    assert found is not None
    assert found.id == "iis-401"


@pytest.mark.parametrize(("name", "kind", "state", "page"), KNOWN)
def test_a_json_body_is_never_a_gate(name: str, kind: str, state: str, page: Any) -> None:
    quoted = page[1].replace("\\", "").replace('"', "'").replace("\r", " ").replace("\n", " ")
    assert gate(page[0], f'{{"error": "{quoted}"}}', *page[2:]) is None


def test_every_row_names_its_source_and_is_reachable_by_one_id() -> None:
    ids = [signature.id for signature in table()]
    assert len(ids) == len(set(ids))
    assert all(signature.source and signature.as_of for signature in table())
    assert all(
        signature.status or signature.headers or signature.body or signature.any or signature.cookies
        for signature in table()
    )


@given(
    st.integers(100, 999),
    st.dictionaries(st.sampled_from(["server", "via", "location", "cf-mitigated"]), st.text(max_size=30)),
    st.binary(max_size=200),
    st.lists(st.text(max_size=10), max_size=3),
)
def test_any_answer_is_classified_or_not(status: int, headers: dict[str, str], body: bytes, cookies: list[str]) -> None:
    found = classify(status, headers, body, cookies)
    assert found is None or found.state in {"blocked", "down", "missing", "limited", "error"}
