"""nginx in front of a HaloPSA: what it refuses, redirects or cannot reach is told from what HaloPSA says."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from diagnose.lab.scenario import ELSEWHERE, HOST
from tests.peers.behind import assert_judged, assert_no_secret
from tests.peers.nginx_front import PASS, Nginx, Server, nginx

HEADERS = " ".join(f'add_header X-Long-{number} "{"x" * 4000}" always;' for number in range(12))
CLIENTS = "ssl_client_certificate $folder/leaf-intermediate-.pem;"

GOOD = {
    "plain": Server(),
    "http2": Server(listens="ssl http2"),
    "gzip": Server(f"gzip on; gzip_min_length 1; gzip_proxied any; gzip_types application/json; {PASS}"),
    "chunked": Server(f"sub_filter_types *; sub_filter nothing-like-this nothing; {PASS}"),
    "big-headers": Server(f"{HEADERS} {PASS}"),
    "one-request-per-connection": Server(f"keepalive_requests 1; {PASS}"),
    "two-requests-per-connection": Server(f"keepalive_requests 2; {PASS}"),
    "no-keepalive": Server(f"keepalive_timeout 0; {PASS}"),
    "unbuffered": Server("location / { proxy_buffering off; proxy_pass http://$behind; }"),
    "http-1.0-behind": Server("location / { proxy_http_version 1.0; proxy_pass http://$behind; }"),
    "certificate-asked": Server(f"{CLIENTS} ssl_verify_client optional; {PASS}"),
}


def auth(body: str) -> Server:
    """The authorization server's location does this, the rest is HaloPSA's."""
    return Server(f"location /auth {{ {body} }} {PASS}")


def api(body: str) -> Server:
    """The resource server's location does this, the rest is HaloPSA's."""
    return Server(f"location /api {{ {body} }} {PASS}")


def everything(body: str) -> Server:
    """Every location does this."""
    return Server(f"location / {{ {body} }}")


DEAD = "proxy_pass http://127.0.0.1:1;"
SLOW = "proxy_read_timeout 1s; proxy_pass http://$silent;"
BOTH = ("halo.answers", "url.auth-endpoint")
DOWN = {
    "dead-502": (everything(DEAD), BOTH),
    "dead-502-auth": (auth(DEAD), BOTH[1:]),
    "dead-502-api": (api(DEAD), BOTH[:1]),
    "slow-504-auth": (auth(SLOW), BOTH[1:]),
    "slow-504-api": (api(SLOW), BOTH[:1]),
    "maintenance-503": (everything("return 503;"), BOTH),
    "limited-503": (everything("limit_req zone=never; proxy_pass http://$behind;"), BOTH),
    "error-500": (api("return 500;"), BOTH[:1]),
    "nothing-444": (everything("return 444;"), BOTH),
    "nothing-444-auth": (auth("return 444;"), BOTH[1:]),
    "no-such-path": (everything(""), BOTH),
    "no-such-path-auth": (auth(""), BOTH[1:]),
    "no-such-path-api": (api(""), BOTH[:1]),
    "welcome-page": (everything("return 200 '<html><title>Welcome to nginx!</title></html>';"), BOTH),
    "http-to-https-port": (everything("proxy_pass http://$address:$port;"), BOTH),
    "form-too-large-413": (auth("client_max_body_size 10; proxy_pass http://$behind;"), BOTH[1:]),
}
"""What the integrator would meet as well: HaloPSA does not answer at this URL."""

REFUSED = {
    "denied-403": (everything("deny all;"), ("halo.answers", "url.auth-endpoint")),
    "denied-403-auth": (auth("deny all;"), ("url.auth-endpoint",)),
    "denied-403-api": (api("deny all;"), ("halo.answers",)),
    "post-denied-403": (auth("limit_except GET { deny all; } proxy_pass http://$behind;"), ("url.auth-endpoint",)),
    "limited-429": (everything("limit_req_status 429; limit_req zone=never; proxy_pass http://$behind;"), BOTH),
}
"""A gate: it hides HaloPSA from here, and says nothing about it."""

CERTIFICATE = {
    "demanded-1.2": Server(f"{CLIENTS} ssl_verify_client on; ssl_protocols TLSv1.2; {PASS}"),
    "demanded-1.3": Server(f"{CLIENTS} ssl_verify_client on; ssl_protocols TLSv1.3; {PASS}"),
    "demanded-without-keepalive": Server(f"{CLIENTS} ssl_verify_client on; keepalive_timeout 0; {PASS}"),
    "demanded-by-rule-496": Server(
        f"{CLIENTS} ssl_verify_client optional; if ($ssl_client_verify != SUCCESS) {{ return 496; }} {PASS}"
    ),
    "demanded-for-tokens": Server(
        f"{CLIENTS} ssl_verify_client optional; {PASS}"
        " location = /auth/token { if ($ssl_client_verify != SUCCESS) { return 496; } proxy_pass http://$behind; }"
    ),
}

PLACES = {
    "slash": "$scheme://$http_host/auth/token/",
    "other-host": f"https://{ELSEWHERE}:$server_port/auth/token",
    "http": f"http://{HOST}:$server_port/auth/token",
}
REDIRECTS = {
    f"redirect-{status}-{name}": Server(f"location = /auth/token {{ return {status} {place}; }} {PASS}")
    for status in (301, 302, 303, 307, 308)
    for name, place in PLACES.items()
}

SERVERS = (
    GOOD
    | {name: server for name, (server, _) in (DOWN | REFUSED).items()}
    | CERTIFICATE
    | REDIRECTS
    | {"elsewhere": Server(chain=("elsewhere-leaf", "intermediate"))}
)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        with nginx(SERVERS, tmp_path_factory.mktemp("nginx"), silent=place) as started:
            yield started


def assert_promises(asked: list[list[str]]) -> None:
    """At most 30 requests, each with a name, and POST to the token endpoint alone."""
    assert 0 < len(asked) <= 30
    assert all(agent.startswith('"halo-diagnose/') for _, _, agent in asked)
    assert {path for method, path, _ in asked if method not in {"GET", "HEAD"}} <= {"/auth/token"}


@pytest.mark.parametrize("name", GOOD)
def test_a_healthy_halopsa_behind_nginx_is_ready(name: str, front: Nginx) -> None:
    assert_judged(front.behind.diagnosed(front.addresses[name]), "ready", auth__token="pass", api__agent="pass")
    assert_promises(front.asked(name))


@pytest.mark.parametrize("name", DOWN)
def test_an_application_that_does_not_answer_is_the_cause(name: str, front: Nginx) -> None:
    causes = DOWN[name][1]
    document = front.behind.diagnosed(front.addresses[name])
    assert_judged(document, "not_ready", *causes, tls__handshake="pass", tls__trusted="pass")
    assert_no_secret(str(document.raw), front.behind)


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_of_nginx_says_nothing_about_halopsa(name: str, front: Nginx) -> None:
    checks = assert_judged(front.behind.diagnosed(front.addresses[name]), "undecided", tls__handshake="pass")
    for check in REFUSED[name][1]:
        reason = checks[check].reason
        assert reason is not None
        assert reason.code == "unexpected_response"
        assert checks[check].evidence["page_of"] == "nginx"


@pytest.mark.parametrize("name", CERTIFICATE)
def test_a_client_certificate_that_nginx_demands_is_the_cause(name: str, front: Nginx) -> None:
    document = front.behind.diagnosed(front.addresses[name])
    checks = assert_judged(document, "not_ready", "tls.handshake", auth__token="unknown", url__auth_endpoint="unknown")
    assert "client certificate" in checks["tls.handshake"].summary


FAULTS = {"form-too-large-413": "url.auth-endpoint", "http-to-https-port": "halo.answers"}


@pytest.mark.parametrize("name", FAULTS)
def test_what_nginx_minds_about_the_request_is_blamed_on_nginx(name: str, front: Nginx) -> None:
    checks = assert_judged(front.behind.diagnosed(front.addresses[name]), "not_ready", *DOWN[name][1])
    check = checks[FAULTS[name]]
    assert (check.owner, check.evidence["page_of"]) == ("network-admin", "nginx")
    assert check.remedy is not None
    assert {"form-too-large-413": "client_max_body_size", "http-to-https-port": "proxy_pass"}[name] in str(check.remedy)


def test_who_hangs_up_may_be_a_rule(front: Nginx) -> None:
    document = front.behind.diagnosed(front.addresses["nothing-444"])
    checks = assert_judged(document, "not_ready", *BOTH)
    assert all("hangs up on strangers" in str(checks[name].remedy) for name in BOTH)


def test_a_limit_of_requests_looks_like_an_application_that_is_down_and_is_named_too(front: Nginx) -> None:
    """nginx' own status for it is 503, with the same page (ngx_http_limit_req_module)."""
    front.behind.diagnosed(front.addresses["limited-503"])
    checks = assert_judged(front.behind.diagnosed(front.addresses["limited-503"]), "not_ready", *BOTH)
    assert all("limit_req" in str(checks[name].remedy) for name in BOTH)


def test_one_address_of_two_that_demands_a_certificate_is_named(front: Nginx) -> None:
    demanding = front.addresses["demanded-1.3"]
    document = front.behind.diagnosed(front.addresses["plain"], demanding)
    checks = assert_judged(document, "not_ready", "tls.handshake", auth__token="pass")
    assert checks["tls.handshake"].evidence["addresses"] == [demanding]


KINDS = {"slash": {307: "keeps_post", 308: "keeps_post"}, "other-host": {}, "http": {}}
OTHERWISE = {"slash": "loses_post", "other-host": "other_host", "http": "to_http"}


@pytest.mark.parametrize("name", REDIRECTS)
def test_a_redirect_of_the_token_url_is_the_cause_and_not_followed(name: str, front: Nginx) -> None:
    _, status, place = name.split("-", 2)
    before = len(front.behind.running.log.with_credential())
    document = front.behind.diagnosed(front.addresses[name])
    checks = assert_judged(document, "not_ready", "url.auth-endpoint", halo__answers="pass", auth__token="unknown")
    evidence = checks["url.auth-endpoint"].evidence
    assert evidence["http.response.status_code"] == int(status)
    assert evidence["redirect"] == KINDS[place].get(int(status), OTHERWISE[place])
    assert len(front.behind.running.log.with_credential()) == before
    assert not front.asked("elsewhere")
