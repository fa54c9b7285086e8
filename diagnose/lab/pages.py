"""Pages that are not Halo's: IIS and http.sys, gates in front, redirects, the web application.

Wording of IIS and http.sys: what Windows Server 2016 to 2025 send; Microsoft documents the numbers at
https://learn.microsoft.com/troubleshoot/developer/webapps/iis/health-diagnostic-performance/http-status-code.
Wording of gates: the marks of EnableSecurity/wafw00f's plugins (BSD-3) and the vendors' own pages, both as
seen in November 2026. The texts around the marks are made up.
"""

from __future__ import annotations

import msgspec

HTML = "text/html; charset=utf-8"


class Page(msgspec.Struct, frozen=True):
    """One fixed answer. Headers and body may hold `{origin}`, `{elsewhere}`, `{plain}`, `{host}`."""

    status: int
    body: str = ""
    headers: dict[str, str] = {}
    server: str = "Microsoft-IIS/10.0"
    content_type: str = HTML

    @property
    def is_iis(self) -> bool:
        """IIS answered, with the headers it adds to everything."""
        return self.server.startswith("Microsoft-IIS")


HTTP_SYS = "Microsoft-HTTPAPI/2.0"


def _http_sys(status: int, title: str, text: str) -> Page:
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
        f"<HTML><HEAD><TITLE>{title}</TITLE>\r\n"
        '<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n'
        f"<BODY><h2>{title}</h2>\r\n<hr><p>HTTP Error {status}. {text}</p>\r\n</BODY></HTML>\r\n"
    )
    return Page(status, body, server=HTTP_SYS, content_type="text/html; charset=us-ascii")


def _iis(status: int, title: str, heading: str, text: str) -> Page:
    body = (
        f"<!DOCTYPE html>\r\n<html><head><title>{title}</title></head>\r\n<body>"
        f'<div id="header"><h1>Server Error</h1></div>\r\n<div id="content"><fieldset>\r\n'
        f"<h2>{heading}</h2>\r\n<h3>{text}</h3>\r\n</fieldset></div></body></html>\r\n"
    )
    return Page(status, body, content_type="text/html")


def _iis_detailed(status: int, number: str, reason: str, module: str) -> Page:
    body = (
        f"<!DOCTYPE html>\r\n<html><head><title>IIS 10.0 Detailed Error - {number} - {reason}</title></head>\r\n<body>"
        f"<h3>HTTP Error {number} - {reason}</h3>\r\n<h4>Detailed Error Information:</h4>\r\n"
        f"<table><tr><th>Module</th><td>{module}</td></tr></table>\r\n</body></html>\r\n"
    )
    return Page(status, body)


def _ancm(status: int, number: str, text: str) -> Page:
    title = f"HTTP Error {number} - {text}"
    return Page(
        status, f"<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    )


def _html(status: int, title: str, body: str, server: str = "", **headers: str) -> Page:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{body}</body></html>\n"
    return Page(status, page, named, server)


def _redirect(status: int, place: str, server: str = "Microsoft-IIS/10.0") -> Page:
    body = (
        "<head><title>Document Moved</title></head>\n"
        f'<body><h1>Object Moved</h1>This document may be found <a HREF="{place}">here</a></body>'
    )
    return Page(status, body, {"Location": place}, server)


SPA = Page(
    200,
    '<!DOCTYPE html><html lang="en"><head><title>Halo</title><base href="/"></head>'
    "<body><app-root>Loading...</app-root></body></html>",
)
"""The web application answers most paths of the web root with its start page."""

NOT_FOUND = _iis(
    404,
    "404 - File or directory not found.",
    "404 - File or directory not found.",
    "The resource you are looking for might have been removed, had its name changed, or is temporarily unavailable.",
)

PAGES = {
    "spa": SPA,
    "iis-404": NOT_FOUND,
    "iis-403": _iis(
        403,
        "403 - Forbidden: Access is denied.",
        "403 - Forbidden: Access is denied.",
        "You do not have permission to view this directory or page using the credentials that you supplied.",
    ),
    "iis-403-6": _iis_detailed(403, "403.6", "Forbidden", "IpRestrictionModule"),
    "iis-403-7": _iis_detailed(403, "403.7", "Forbidden", "IIS Web Core"),
    "http-sys-503": _http_sys(503, "Service Unavailable", "The service is unavailable."),
    "http-sys-404": _http_sys(404, "Not Found", "The requested resource is not found."),
    "http-sys-400": _http_sys(400, "Bad Request - Invalid Hostname", "The request hostname is invalid."),
    "iis-500-30": _ancm(500, "500.30", "ANCM In-Process Start Failure"),
    "iis-500-31": _ancm(500, "500.31", "ANCM Failed to Find Native Dependencies"),
    "app-offline": Page(
        503, "<!DOCTYPE html><html><head><title>Upgrade</title></head><body><p>We will be back soon.</p></body></html>"
    ),
    "iis-502-5": _ancm(502, "502.5", "ANCM Out-Of-Process Startup Failure"),
    "cloudflare-1020": _html(
        403,
        "Access denied | {host} used Cloudflare to restrict access",
        "<h1>Error 1020</h1><p>Access denied</p><p>This website is using a security service to protect itself.</p>",
        "cloudflare",
        cf_ray="8f0000000000abcd-LHR",
    ),
    "cloudflare-1006": _html(
        403,
        "Access denied | {host} used Cloudflare to restrict access",
        "<h1>Error 1006</h1><h2>Access Denied: Your IP address has been banned</h2>",
        "cloudflare",
        cf_ray="8f0000000000abce-LHR",
    ),
    "f5-asm": _html(
        200,
        "Request Rejected",
        "The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 1234567890",
        Set_Cookie="TS01abcdef=0123456789; Path=/",
    ),
    "haproxy-403": Page(
        403,
        "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n",
        server="",
        content_type="text/html",
    ),
    "fortigate": _html(
        403,
        "Web Filter Violation",
        "<style>.fgd_icon{}</style><h1>FortiGuard Intrusion Prevention - Access Blocked</h1><h3>Web Page Blocked</h3>"
        "<p>You have tried to access a web page that is in violation of your Internet usage policy.</p>",
    ),
    "sonicwall": _html(
        403,
        "Web Site Blocked",
        '<div class="nsa_banner">SonicWALL Network Security Appliance</div>'
        "<p>This site is blocked by the Content Filter Service.</p>",
        "SonicWALL",
    ),
    "cloudflare-access": Page(
        302,
        "",
        {
            "Location": "https://example-msp.cloudflareaccess.com/cdn-cgi/access/login/{host}?kid=0",
            "CF-RAY": "8f0000000000abcf-LHR",
        },
        "cloudflare",
    ),
    "entra-proxy": Page(
        302,
        "",
        {
            "Location": "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/v2.0/authorize?client_id=0"
        },
        "",
    ),
    "other-json": Page(200, '{"status":"ok","service":"inventory","version":"5.1"}', {}, "nginx", "application/json"),
    "other-json-404": Page(404, '{"detail":"Not Found"}', {}, "uvicorn", "application/json"),
    "redirect-301-slash": _redirect(301, "{origin}/auth/token/"),
    "redirect-302": _redirect(302, "{origin}/auth/token/"),
    "redirect-303": _redirect(303, "{origin}/auth/token/"),
    "redirect-307": _redirect(307, "{origin}/auth/token/"),
    "redirect-308": _redirect(308, "{origin}/auth/token/"),
    "redirect-307-elsewhere": _redirect(307, "{elsewhere}/auth/token"),
    "redirect-307-to-http": _redirect(307, "{plain}/auth/token"),
}
