"""The applications and the pages in front of them answer as HaloPSA, IIS and the gates do."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from diagnose import lab
from tests.lab.plain import Maker, Plain


def read(client: Plain, path: str, bearer: str = "") -> tuple[int, Any]:
    """Return status and parsed JSON (or the text) of a GET below the resource server."""
    answer, body = client.ask("GET", client.running.origin + path, bearer=bearer)
    is_json = "json" in answer.headers.get("Content-Type", "")
    return answer.status, json.loads(body) if is_json else body.decode()


def test_the_healthy_server_tells_its_version_without_a_token(plain: Maker) -> None:
    with lab.start("healthy") as running:
        status, info = read(plain(running), "/api/InstanceInfo")
        assert (status, info["app_name"], info["auth_url"]) == (200, "Halo PSA", running.origin + "/auth")
        line = info["app_version"].split(".")[:2]
        assert info["database_version"] == "".join(line)
        assert "tenant_id" not in info
        assert read(plain(running), "/API/instanceinfo")[0] == 200, "paths do not tell case apart"
        assert read(plain(running), "/api/AuthInfo") == (200, {"auth_url": running.origin + "/auth", "tenant_id": None})


def test_the_headers_are_those_of_iis(plain: Maker) -> None:
    with lab.start("healthy") as running:
        answer, _ = plain(running).ask("GET", running.origin + "/api/InstanceInfo")
    assert answer.headers["Server"] == "Microsoft-IIS/10.0"
    assert answer.headers["X-Powered-By"] == "ASP.NET"
    assert abs(parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_head_has_no_body_and_the_connection_goes_on(plain: Maker) -> None:
    with lab.start("healthy") as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        for _ in range(2):
            dressed.sendall(b"HEAD / HTTP/1.1\r\nHost: halo.example.test\r\n\r\n")
            answer = dressed.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("path", "status", "mark"),
    [
        ("/", 200, "<app-root>"),
        ("/token", 200, "<app-root>"),
        ("/identity/token", 404, "404 - File or directory not found."),
        ("/x.aspx", 404, "404 - File or directory not found."),
        ("/auth/", 200, "Log in"),
        ("/auth/nothing", 404, ""),
        ("/auth//token", 404, ""),
        ("/api/nothing", 404, ""),
    ],
)
def test_other_paths_answer_as_on_a_real_server(path: str, status: int, mark: str, plain: Maker) -> None:
    with lab.start("healthy") as running:
        found, text = read(plain(running), path)
    assert found == status
    assert mark in text


def token(client: Plain, *scopes: str) -> str:
    status, body = client.token(*scopes)
    assert status == 200, body
    return str(body["access_token"])


AREAS = {
    "/api/Client": ("clients", "read:customers"),
    "/api/ClientContract": ("contracts", "edit:contracts"),
    "/api/Item": ("items", "read:items"),
    "/api/Invoice": ("invoices", "edit:invoices"),
}


@pytest.mark.parametrize("path", AREAS)
def test_an_area_is_read_page_by_page_with_its_permission_and_not_without(path: str, plain: Maker) -> None:
    key, scope = AREAS[path]
    query = path + "?pageinate=true&page_size=1&page_no=1"
    with lab.start("healthy") as running:
        client = plain(running)
        status, body = read(client, query, token(client, scope))
        assert (status, body["record_count"], len(body[key])) == (200, 3, 1)
        other = next(name for _, name in AREAS.values() if name != scope)
        assert read(client, query, token(client, other)) == (403, "")
        assert read(client, query)[0] == 401
        assert read(client, query, "made-up")[0] == 401


def test_the_agent_is_told_to_a_token_and_a_token_without_scopes_is_refused(plain: Maker) -> None:
    with lab.start("healthy") as running:
        client = plain(running)
        assert read(client, "/api/Agent/me", token(client, "read:items"))[1]["id"] == 27
        assert read(client, "/api/Agent/me", token(client))[0] == 401
    with lab.start("agent-401") as running:
        client = plain(running)
        bearer = token(client, "read:items")
        assert read(client, "/api/Agent/me", bearer)[0] == 401
        assert read(client, "/api/Item", bearer)[0] == 401


def test_an_area_may_be_refused_or_empty_alone(plain: Maker) -> None:
    with lab.start("area-403-invoices") as running:
        client = plain(running)
        bearer = token(client, "read:invoices", "read:items")
        assert (read(client, "/api/Invoice", bearer)[0], read(client, "/api/Item", bearer)[0]) == (403, 200)
    with lab.start("empty-items") as running:
        client = plain(running)
        assert read(client, "/api/Item", token(client, "read:items")) == (200, {"record_count": 0, "items": []})


def test_the_version_may_need_a_token(plain: Maker) -> None:
    with lab.start("instance-info-needs-token") as running:
        client = plain(running)
        assert read(client, "/api/InstanceInfo")[0] == 401
        assert read(client, "/api/InstanceInfo", token(client, "read:items"))[0] == 200


PAGES = [
    ("auth-down-503", "/auth/token", 503, "The service is unavailable."),
    ("auth-down-503", "/api/InstanceInfo", 200, "app_version"),
    ("api-down-503", "/api/InstanceInfo", 503, "HTTP Error 503."),
    ("both-down", "/", 503, "HTTP Error 503."),
    ("api-500-30", "/api/InstanceInfo", 500, "500.30 - ANCM In-Process Start Failure"),
    ("api-500-31", "/api/InstanceInfo", 500, "500.31"),
    ("auth-502-5", "/auth/token", 502, "502.5"),
    ("site-not-bound", "/api/InstanceInfo", 404, "The requested resource is not found."),
    ("host-not-bound", "/auth/token", 400, "Invalid Hostname"),
    ("waf-block-page", "/api/InstanceInfo", 403, "Error 1020"),
    ("waf-block-page-200", "/auth/token", 200, "Your support ID is"),
    ("address-refused-by-iis", "/", 403, "IpRestrictionModule"),
    ("outbound-filter-page", "/api/InstanceInfo", 403, "fgd_icon"),
    ("client-certificate-403-7", "/api/InstanceInfo", 403, "403.7"),
    ("not-halo", "/api/InstanceInfo", 200, "inventory"),
    ("not-halo-app-name", "/api/InstanceInfo", 200, "Contoso Desk"),
    ("waf-blocks-token", "/auth/token", 403, "Error 1020"),
    ("waf-blocks-token", "/api/InstanceInfo", 200, "app_version"),
]


@pytest.mark.parametrize(("name", "path", "status", "mark"), PAGES)
def test_a_page_lies_over_the_path_it_is_meant_for(name: str, path: str, status: int, mark: str, plain: Maker) -> None:
    with lab.start(name) as running:
        answer, body = plain(running).ask("GET", running.origin + path)
    assert answer.status == status
    assert mark in body.decode()
    is_http_sys = status != 200 and "http-sys" in str(running.scenario.pages.values())
    assert (answer.headers["Server"] == "Microsoft-HTTPAPI/2.0") == is_http_sys


@pytest.mark.parametrize("kind", [301, 302, 303, 307, 308])
def test_the_token_url_is_redirected_within_the_server(kind: int, plain: Maker) -> None:
    with lab.start(f"auth-redirect-{kind}") as running:
        answer, _ = plain(running).ask("POST", running.auth_server + "token", {"grant_type": "client_credentials"})
    assert (answer.status, answer.headers["Location"]) == (kind, running.origin + "/auth/token/")


@pytest.mark.parametrize("name", ["auth-redirect-other-host", "auth-redirect-to-http"])
def test_who_follows_a_redirect_with_the_secret_is_found_out(name: str, plain: Maker) -> None:
    with lab.start(name) as running:
        client = plain(running)
        form = {"grant_type": "client_credentials", "client_secret": running.client_secret}
        answer, _ = client.ask("POST", running.auth_server + "token", form)
        assert answer.status == 307
        client.ask("POST", answer.headers["Location"], form)
        astray = [request for request in running.log.with_credential() if request.server not in lab.HALO]
        assert [request.credential for request in astray] == ["secret"]
        assert running.client_secret not in str(running.log.requests)


def test_the_portal_redirects_everything_to_its_log_in(plain: Maker) -> None:
    with lab.start("login-portal") as running:
        answer, _ = plain(running).ask("GET", running.origin + "/api/InstanceInfo")
    assert answer.status == 302
    assert ".cloudflareaccess.com/" in answer.headers["Location"]


def test_the_limit_is_lifted_after_the_first_request_or_never(plain: Maker) -> None:
    with lab.start("rate-limited-once") as running:
        client = plain(running)
        first, _ = client.ask("GET", running.origin + "/api/InstanceInfo")
        assert (first.status, first.headers["Retry-After"]) == (429, "1")
        assert client.ask("GET", running.origin + "/api/InstanceInfo")[0].status == 200
    with lab.start("rate-limited-always") as running:
        client = plain(running)
        assert {client.ask("GET", running.origin + "/api/InstanceInfo")[0].status for _ in range(3)} == {429}


@pytest.mark.parametrize(
    ("name", "days"), [("clock-five-minutes", 5 / 1440), ("clock-two-days", 2), ("clock-two-years", 730)]
)
def test_the_servers_clock_is_ahead(name: str, days: float, plain: Maker) -> None:
    with lab.start(name) as running:
        answer, _ = plain(running).ask("GET", running.origin + "/")
    ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
    assert abs(ahead - timedelta(days=days)) < timedelta(seconds=5)


def test_the_slow_server_takes_its_time(plain: Maker) -> None:
    with lab.start("slow") as running:
        began = time.monotonic()
        plain(running).ask("GET", running.origin + "/")
        assert time.monotonic() - began > 0.5


@pytest.mark.parametrize(
    ("name", "version", "header", "value"),
    [
        ("chunked", 11, "Transfer-Encoding", "chunked"),
        ("one-request-per-connection", 11, "Connection", "close"),
        ("http-1.0", 10, "Connection", "close"),
    ],
)
def test_http_is_spoken_in_the_scenarios_manner(name: str, version: int, header: str, value: str, plain: Maker) -> None:
    with lab.start(name) as running:
        answer, body = plain(running).ask("GET", running.origin + "/api/InstanceInfo")
    assert (answer.version, answer.headers[header]) == (version, value)
    assert json.loads(body)["app_name"] == "Halo PSA"


def test_the_authorization_server_may_be_another_host(plain: Maker) -> None:
    with lab.start("auth-host") as running:
        client = plain(running)
        assert running.auth_server.startswith("https://auth.example.test:")
        assert client.verdict(running.auth_server) == ""
        assert client.token("read:items")[0] == 200
        assert read(client, "/auth/token")[0] == 404
        assert [request.server for request in running.log.to_halo] == ["auth", "halo"]
    with lab.start("auth-host-expired") as running:
        client = plain(running)
        assert client.verdict() == ""
        assert client.verdict(running.auth_server) == "certificate has expired"


def test_what_halo_reports_may_differ_from_what_is_typed(plain: Maker) -> None:
    with lab.start("advertised-differs") as running:
        assert read(plain(running), "/api/AuthInfo")[1]["auth_url"] == "https://old-name.example.test/auth"


@pytest.mark.parametrize(
    ("name", "version"), [("old-version", "2.220.61"), ("insecure-version", "2.174.50"), ("beta-version", "99.2.1")]
)
def test_the_version_is_the_scenarios(name: str, version: str, plain: Maker) -> None:
    with lab.start(name) as running:
        assert read(plain(running), "/api/InstanceInfo")[1]["app_version"] == version


def test_the_authorization_server_may_be_at_the_root_of_its_host(plain: Maker) -> None:
    with lab.start("auth-host-root") as running:
        client = plain(running)
        assert running.auth_server.startswith("https://auth.example.test:")
        assert running.auth_server.count("/") == 3
        assert client.token("read:items")[0] == 200
        assert read(client, "/api/AuthInfo")[1]["auth_url"] == running.auth_server.rstrip("/")
    with lab.start("missing-slash-bare-host") as running:
        assert not running.auth_server.endswith("/")
