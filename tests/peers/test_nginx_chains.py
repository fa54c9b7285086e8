"""nginx sends what its file holds: every fault of a chain is named exactly, and its twin passes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.behind import assert_judged, assert_no_secret, halo
from tests.peers.nginx_front import PASS, Nginx, Server, nginx
from tests.peers.programs import free_port, program

SERVERS = {
    "full-chain": Server(),
    "two-intermediates": Server(chain=("leaf-of-two", "lower", "upper")),
    "rsa-key": Server(chain=("leaf-rsa", "intermediate")),
    "leaf-only": Server(chain=("leaf",)),
    "leaf-only-no-aia": Server(chain=("leaf-no-aia",)),
    "upper-missing": Server(chain=("leaf-of-two", "lower")),
    "unordered": Server(chain=("leaf-of-two", "upper", "lower")),
    "duplicates": Server(chain=("leaf", "intermediate", "intermediate")),
    "root-sent": Server(chain=("leaf", "intermediate", "root")),
    "cross-sign": Server(chain=("leaf", "intermediate", "cross-sign")),
    "stranger": Server(chain=("leaf", "intermediate", "stranger")),
    "another-first": Server(chain=("leaf-other-name", "leaf", "intermediate"), signs="leaf"),
    "authority-first": Server(chain=("intermediate", "leaf"), signs="leaf"),
    "expired": Server(chain=("leaf-expired", "intermediate")),
    "expires-soon": Server(chain=("leaf-soon", "intermediate")),
    "expired-intermediate": Server(chain=("leaf-of-expired", "intermediate-expired")),
    "wrong-name": Server(chain=("leaf-other-name", "intermediate")),
    "cn-only": Server(chain=("leaf-cn-only", "intermediate")),
    "for-clients": Server(chain=("leaf-for-clients", "intermediate")),
    "self-signed": Server(chain=("leaf-self",)),
    "private-root": Server(chain=("leaf-private", "private", "private-root")),
    "private-root-not-sent": Server(chain=("leaf-private", "private")),
    "weak-key": Server(chain=("leaf-weak", "intermediate")),
    "weak-signature": Server(chain=("leaf-sha1", "intermediate")),
    "tls-1.2": Server(f"ssl_protocols TLSv1.2; {PASS}"),
    "tls-1.3": Server(f"ssl_protocols TLSv1.3; {PASS}"),
    "tls-1.1": Server(f"ssl_protocols TLSv1 TLSv1.1; {PASS}"),
    "tls-1.0": Server(f"ssl_protocols TLSv1; {PASS}"),
    "no-such-name": Server("ssl_reject_handshake on;"),
    "plain-http": Server(listens=""),
}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with nginx(SERVERS, tmp_path_factory.mktemp("nginx")) as started:
        yield started


@pytest.mark.parametrize("name", ["full-chain", "two-intermediates", "rsa-key", "tls-1.2", "tls-1.3"])
def test_a_good_server_is_ready(name: str, front: Nginx) -> None:
    assert_judged(front.behind.diagnosed(front.addresses[name]), "ready", auth__token="pass")
    asked = front.asked(name)
    assert len(asked) <= 30
    assert {method for method, _, _ in asked} <= {"GET", "HEAD", "POST"}
    assert all(agent.startswith('"halo-diagnose/') for _, _, agent in asked)


COMPLETED = {"tls__chain_complete": "fail", "tls__trusted": "pass", "tls__dates": "pass", "auth__token": "pass"}
BLOCKED = {"auth__token": "unknown", "halo__answers": "pass", "url__auth_endpoint": "pass"}
FAULTS = {
    "leaf-only": ("tls.chain-complete", COMPLETED),
    "upper-missing": ("tls.chain-complete", COMPLETED),
    "leaf-only-no-aia": ("tls.chain-complete", BLOCKED | {"tls__trusted": "unknown"}),
    "private-root-not-sent": ("tls.chain-complete", BLOCKED | {"tls__trusted": "unknown"}),
    "expired": ("tls.dates", BLOCKED | {"tls__trusted": "pass"}),
    "expired-intermediate": ("tls.dates", BLOCKED | {"tls__trusted": "pass", "tls__chain_complete": "pass"}),
    "wrong-name": ("tls.name", BLOCKED | {"tls__trusted": "pass"}),
    "cn-only": ("tls.name", BLOCKED),
    "for-clients": ("tls.purpose", BLOCKED | {"tls__trusted": "pass"}),
    "self-signed": ("tls.trusted", BLOCKED | {"tls__chain_complete": "pass"}),
    "private-root": ("tls.trusted", BLOCKED | {"tls__chain_complete": "pass"}),
    "weak-key": ("tls.strength", BLOCKED | {"tls__trusted": "pass"}),
    "weak-signature": ("tls.strength", BLOCKED | {"tls__trusted": "pass"}),
    "another-first": ("tls.handshake", {"auth__token": "unknown"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_the_only_cause(name: str, front: Nginx) -> None:
    cause, expected = FAULTS[name]
    before = len(front.behind.running.log.with_credential())
    document = front.behind.diagnosed(front.addresses[name])
    assert_judged(document, "not_ready", cause, **expected)
    sent = len(front.behind.running.log.with_credential()) - before
    assert bool(sent) == (expected.get("auth__token") == "pass")
    assert_no_secret(str(document.raw), front.behind)


UNTIDY = {
    "unordered": "tls__chain_order",
    "duplicates": "tls__chain_clean",
    "root-sent": "tls__chain_clean",
    "cross-sign": "tls__chain_clean",
    "stranger": "tls__chain_clean",
    "expires-soon": "tls__dates",
}


@pytest.mark.parametrize("name", UNTIDY)
def test_an_untidy_chain_is_a_warning(name: str, front: Nginx) -> None:
    document = front.behind.diagnosed(front.addresses[name])
    expected = {UNTIDY[name]: "warn", "tls__chain_complete": "pass", "auth__token": "pass"}
    assert_judged(document, "ready_with_warnings", **expected)


OUTCOMES = {
    "tls-1.1": "old_protocol",
    "tls-1.0": "old_protocol",
    "no-such-name": "alert",
    "plain-http": "plain_http",
    "another-first": "bad_signature",
    "authority-first": "alert",
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_broke_the_handshake_is_told(name: str, front: Nginx) -> None:
    document = front.behind.diagnosed(front.addresses[name])
    checks = assert_judged(document, "not_ready", "tls.handshake", halo__answers="unknown", auth__token="unknown")
    assert checks["tls.handshake"].evidence["outcomes"] == [OUTCOMES[name]]


def test_with_a_whole_key_file_nginx_itself_refuses_a_wrong_order(tmp_path: Path) -> None:
    """Only a key file without a public half of its own gets past it (nginx.org, configuring_https_servers)."""
    with halo(free_port()) as behind:
        key = behind.pem(tmp_path, ("leaf",))
        chain = tmp_path / "chain.pem"
        chain.write_text(behind.running.pki.pem("intermediate") + behind.running.pki.pem("leaf"))
        (tmp_path / "nginx.conf").write_text(
            "events {} http { server { listen 127.0.3.1:1 ssl;"
            f" ssl_certificate {chain}; ssl_certificate_key {key}; }} }}"
        )
        said = subprocess.run(
            [program("nginx"), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", "pid pid;"],
            capture_output=True,
            check=False,
        )
    assert said.returncode != 0
    assert b"key values mismatch" in said.stderr


def test_one_address_of_two_without_the_intermediate_is_named(front: Nginx) -> None:
    broken = front.addresses["leaf-only"]
    document = front.behind.diagnosed(front.addresses["full-chain"], broken)
    checks = assert_judged(document, "not_ready", "tls.chain-complete", tls__same_everywhere="warn")
    assert broken in str(checks["tls.chain-complete"].evidence)
    assert front.addresses["full-chain"] not in str(checks["tls.chain-complete"].evidence.get("addresses"))


def test_two_addresses_with_the_same_chain_are_ready(front: Nginx) -> None:
    document = front.behind.diagnosed(front.addresses["full-chain"], front.addresses["tls-1.2"])
    assert_judged(document, "ready", tls__same_everywhere="pass")
