"""HAProxy in front of a HaloPSA: its chains, its refusals at each level, and what it says of a dead server."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.peers.behind import assert_judged, assert_no_secret
from tests.peers.haproxy_front import Frontend, HaProxy, haproxy

GOOD = {
    "plain": Frontend(),
    "two-intermediates": Frontend(chain=("leaf-of-two", "lower", "upper")),
    "http2": Frontend(binds="alpn h2,http/1.1"),
    "strict-sni": Frontend(binds="strict-sni"),
    "certificate-asked": Frontend(binds="ca-file CLIENTS verify optional"),
    "one-request-per-connection": Frontend("option httpclose"),
    "tls-1.2": Frontend(binds="ssl-max-ver TLSv1.2"),
}

COMPLETED = {"tls__trusted": "pass", "tls__dates": "pass", "auth__token": "pass"}
BLOCKED = {"auth__token": "unknown", "halo__answers": "pass", "url__auth_endpoint": "pass"}
CHAINS = {
    "leaf-only": (Frontend(chain=("leaf",)), "tls.chain-complete", COMPLETED),
    "leaf-only-no-aia": (Frontend(chain=("leaf-no-aia",)), "tls.chain-complete", BLOCKED),
    "expired": (Frontend(chain=("leaf-expired", "intermediate")), "tls.dates", BLOCKED),
    "wrong-name": (Frontend(chain=("leaf-other-name", "intermediate")), "tls.name", BLOCKED),
    "self-signed": (Frontend(chain=("leaf-self",)), "tls.trusted", BLOCKED),
    "private-root": (Frontend(chain=("leaf-private", "private", "private-root")), "tls.trusted", BLOCKED),
}

UNTIDY = {
    "unordered": (Frontend(chain=("leaf-of-two", "upper", "lower")), "tls__chain_order"),
    "duplicates": (Frontend(chain=("leaf", "intermediate", "intermediate")), "tls__chain_clean"),
    "root-sent": (Frontend(chain=("leaf", "intermediate", "root")), "tls__chain_clean"),
    "cross-sign": (Frontend(chain=("leaf", "intermediate", "cross-sign")), "tls__chain_clean"),
}

DROPPED = "reset or silent"
"""HAProxy forgets the connection and says nothing: what comes later the kernel answers with a reset, what came just
before with nothing (configuration manual 2.6, "silent-drop")."""
HANDSHAKES = {
    "rejected": (Frontend("tcp-request connection reject"), "reset"),
    "dropped": (Frontend("tcp-request connection silent-drop"), DROPPED),
    "other-sni-only": (Frontend(chain=("leaf-mail", "intermediate"), binds="strict-sni"), "alert"),
    "certificate-demanded-1.2": (
        Frontend(binds="ca-file CLIENTS verify required ssl-max-ver TLSv1.2"),
        "client_certificate",
    ),
    "certificate-demanded-1.3": (
        Frontend(binds="ca-file CLIENTS verify required ssl-min-ver TLSv1.3"),
        "client_certificate",
    ),
    "tls-1.1": (Frontend(binds="ssl-max-ver TLSv1.1"), "old_protocol"),
}

BOTH = ("halo.answers", "url.auth-endpoint")
IF_AUTH = "if { path_beg /auth }"
DOWN = {
    "no-server-503": (Frontend(backend="nobody"), BOTH),
    "dead-503": (Frontend(backend="dead"), BOTH),
    "slow-504": (Frontend(backend="silent"), BOTH),
    "dead-503-auth": (Frontend(f"use_backend dead {IF_AUTH}"), BOTH[1:]),
    "hung-up": (Frontend("http-request reject"), BOTH),
    "hung-up-auth": (Frontend(f"http-request reject {IF_AUTH}"), BOTH[1:]),
    "tarpit-500": (Frontend("http-request tarpit"), BOTH),
    "other-page": (
        Frontend("http-request return status 200 content-type text/html string '<title>Hello</title>'"),
        BOTH,
    ),
}

REFUSED = {
    "denied-403": (Frontend("http-request deny"), BOTH),
    "denied-403-auth": (Frontend(f"http-request deny {IF_AUTH}"), BOTH[1:]),
    "denied-429": (Frontend("http-request deny deny_status 429"), BOTH),
}

REDIRECTED = "http-request redirect location https://%[req.hdr(host)]/auth/token/ code 308 if { path /auth/token }"

FRONTENDS = (
    GOOD
    | {name: row[0] for name, row in CHAINS.items()}
    | {name: row[0] for name, row in UNTIDY.items()}
    | {name: row[0] for name, row in HANDSHAKES.items()}
    | {name: row[0] for name, row in (DOWN | REFUSED).items()}
    | {"redirected": Frontend(REDIRECTED)}
)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HaProxy]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        with haproxy(FRONTENDS, tmp_path_factory.mktemp("haproxy"), place) as started:
            yield started


@pytest.mark.parametrize("name", GOOD)
def test_a_healthy_halopsa_behind_haproxy_is_ready(name: str, front: HaProxy) -> None:
    assert_judged(front.behind.diagnosed(front.addresses[name]), "ready", auth__token="pass", api__agent="pass")


@pytest.mark.parametrize("name", CHAINS)
def test_a_fault_of_the_chain_is_the_only_cause(name: str, front: HaProxy) -> None:
    _, cause, expected = CHAINS[name]
    before = len(front.behind.running.log.with_credential())
    document = front.behind.diagnosed(front.addresses[name])
    assert_judged(document, "not_ready", cause, **expected)
    sent = len(front.behind.running.log.with_credential()) - before
    assert bool(sent) == (expected["auth__token"] == "pass")


@pytest.mark.parametrize("name", UNTIDY)
def test_an_untidy_chain_is_a_warning(name: str, front: HaProxy) -> None:
    document = front.behind.diagnosed(front.addresses[name])
    assert_judged(document, "ready_with_warnings", **{UNTIDY[name][1]: "warn", "auth__token": "pass"})


@pytest.mark.parametrize("name", HANDSHAKES)
def test_what_broke_the_handshake_is_told(name: str, front: HaProxy) -> None:
    document = front.behind.diagnosed(front.addresses[name])
    checks = assert_judged(document, "not_ready", "tls.handshake", halo__answers="unknown", auth__token="unknown")
    [outcome] = checks["tls.handshake"].evidence["outcomes"]
    assert outcome in HANDSHAKES[name][1].split(" or ")


@pytest.mark.parametrize("name", DOWN)
def test_an_application_that_does_not_answer_is_the_cause(name: str, front: HaProxy) -> None:
    document = front.behind.diagnosed(front.addresses[name])
    assert_judged(document, "not_ready", *DOWN[name][1], tls__handshake="pass", tls__trusted="pass")
    assert_no_secret(str(document.raw), front.behind)


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_of_haproxy_says_nothing_about_halopsa(name: str, front: HaProxy) -> None:
    checks = assert_judged(front.behind.diagnosed(front.addresses[name]), "undecided", tls__handshake="pass")
    for check in REFUSED[name][1]:
        reason = checks[check].reason
        assert reason is not None
        assert reason.code == "unexpected_response"
        assert checks[check].evidence["page_of"] == "HAProxy"


def test_a_redirect_of_the_token_url_is_not_followed(front: HaProxy) -> None:
    before = len(front.behind.running.log.with_credential())
    document = front.behind.diagnosed(front.addresses["redirected"])
    checks = assert_judged(document, "not_ready", "url.auth-endpoint", halo__answers="pass", auth__token="unknown")
    assert checks["url.auth-endpoint"].evidence["redirect"] == "keeps_post"
    assert len(front.behind.running.log.with_credential()) == before
