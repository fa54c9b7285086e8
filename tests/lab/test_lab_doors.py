"""What happens on the wire before HTTP, at each address."""

from __future__ import annotations

import base64
import socket
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit

import pytest

from diagnose import lab
from tests.lab.plain import Maker


def test_nothing_listens_on_a_closed_port(plain: Maker) -> None:
    with lab.start("port-closed") as running, pytest.raises(ConnectionRefusedError):
        plain(running).tcp(running.origin)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses where a queue is full")
def test_a_full_queue_gives_no_answer(plain: Maker) -> None:
    with lab.start("no-answer") as running, pytest.raises(TimeoutError):
        plain(running).tcp(running.origin, timeout=0.5)


def test_silence_after_the_connection(plain: Maker) -> None:
    with lab.start("silent") as running:
        dressed = plain(running).handshake()
        dressed.settimeout(0.3)
        with pytest.raises(TimeoutError):
            dressed.do_handshake()


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("reset", ConnectionResetError, "reset"),
        ("closed", ssl.SSLEOFError, "EOF"),
        ("alert", ssl.SSLError, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ("plain-http", ssl.SSLError, "WRONG_VERSION_NUMBER"),
    ],
)
def test_the_handshake_ends_as_the_scenario_says(name: str, error: type[OSError], text: str, plain: Maker) -> None:
    with lab.start(name) as running, pytest.raises(error, match=text):
        plain(running).handshake().do_handshake()


def test_the_plain_port_answers_http(plain: Maker) -> None:
    with lab.start("plain-http") as running:
        answer, _ = plain(running).ask("GET", running.origin.replace("https:", "http:") + "/api/InstanceInfo")
    assert answer.status == 200


def test_an_old_server_speaks_tls_1_1_at_best_and_nothing_newer(plain: Maker) -> None:
    with lab.start("old-tls") as running:
        client = plain(running)
        with pytest.raises(ssl.SSLError, match=r"PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL"):
            client.handshake().do_handshake()
        old = client.handshake(lowest="TLSv1", highest="TLSv1_1")
        old.do_handshake()
        assert old.version() == "TLSv1.1"


@pytest.mark.parametrize(("name", "version"), [("healthy", "TLSv1.3"), ("tls12", "TLSv1.2"), ("tls13", "TLSv1.3")])
def test_the_protocol_is_the_scenarios(name: str, version: str, plain: Maker) -> None:
    with lab.start(name) as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        assert dressed.version() == version


def test_a_demanded_client_certificate_fails_the_handshake_of_tls_1_2(plain: Maker) -> None:
    with lab.start("client-certificate-tls12") as running, pytest.raises(ssl.SSLError, match="ALERT_HANDSHAKE_FAILURE"):
        plain(running).handshake().do_handshake()


def test_a_demanded_client_certificate_is_refused_after_the_handshake_of_tls_1_3(plain: Maker) -> None:
    with lab.start("client-certificate-tls13") as running:
        dressed = plain(running).handshake()
        dressed.do_handshake()
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            dressed.recv(1)


def test_a_client_certificate_that_is_only_asked_for_may_be_missing(plain: Maker) -> None:
    with lab.start("client-certificate-asked") as running:
        assert plain(running).ask("GET", running.resource_server + "/InstanceInfo")[0].status == 200


def test_two_addresses_share_a_port_and_may_differ(plain: Maker) -> None:
    with lab.start("two-addresses") as running:
        client = plain(running)
        assert client.chain(address=0) == client.chain(address=1)
    with lab.start("second-address-differs") as running:
        client = plain(running)
        assert client.chain(address=0) != client.chain(address=1)
        assert (client.verdict(address=0), client.verdict(address=1)) == ("", "")
    with lab.start("second-address-incomplete") as running:
        client = plain(running)
        assert client.verdict(address=0) == ""
        assert client.verdict(address=1) == "unable to get local issuer certificate"
    with lab.start("second-address-dead") as running:
        client = plain(running)
        assert client.verdict(address=0) == ""
        with pytest.raises(ConnectionRefusedError):
            client.tcp(running.origin, 1)


def test_stopping_ends_every_thread_and_connection(plain: Maker) -> None:
    """Also while a connection is held in silence and another is idle."""
    before = threading.active_count()
    with lab.start("silent") as running:
        held = plain(running).tcp(running.origin)
        time.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    assert threading.active_count() == before
    held.settimeout(1)
    assert held.recv(1) == b""
    with lab.start("healthy") as running:
        plain(running).handshake().do_handshake()
        began = time.monotonic()
    assert time.monotonic() - began < 1
    assert threading.active_count() == before


def test_the_port_is_free_afterwards() -> None:
    with lab.start("healthy") as running:
        port = urlsplit(running.origin).port
    assert port is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_a_scenario_starts_quickly() -> None:
    with lab.start("healthy"):
        pass
    began = time.monotonic()
    with lab.start("healthy"):
        assert time.monotonic() - began < 0.3


def through(running: lab.Running, plain: Maker, url: str) -> tuple[int, socket.socket]:
    """Ask the proxy of this URL for a tunnel to the HaloPSA; return the status and the connection."""
    parts = urlsplit(url)
    assert parts.port is not None
    raw = socket.create_connection(("127.0.0.1", parts.port), 5)
    plain(running).kept.append(raw)
    place = running.origin.removeprefix("https://")
    head = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
    if parts.password:
        head += (
            f"Proxy-Authorization: Basic {base64.b64encode(f'{parts.username}:{parts.password}'.encode()).decode()}\r\n"
        )
    raw.sendall(f"{head}\r\n".encode())
    return int(raw.recv(4096).split()[1]), raw


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("through-proxy", 200),
        ("through-proxy-with-password", 200),
        ("proxy-refuses", 403),
        ("proxy-wants-password", 407),
    ],
)
def test_the_proxy_tunnels_or_refuses(name: str, status: int, plain: Maker) -> None:
    with lab.start(name) as running:
        found, raw = through(running, plain, running.options[-1])
        assert found == status
        if status == 200:
            context = ssl.create_default_context(cafile=str(running.trust_roots))
            with context.wrap_socket(raw, server_hostname="halo.example.test") as dressed:
                dressed.sendall(b"GET /api/InstanceInfo HTTP/1.1\r\nHost: halo.example.test\r\n\r\n")
                assert dressed.recv(4096).startswith(b"HTTP/1.1 200 OK")
            assert [request.server for request in running.log.requests] == ["proxy", "halo"]
        assert not running.log.with_credential()
