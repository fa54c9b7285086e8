"""OpenSSL's own test server refuses handshakes in its own words: each is told for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.behind import assert_judged, halo
from tests.peers.nginx_front import WEAK_TOO
from tests.peers.programs import free_port, program, running

REFUSALS = {
    "certificate-1.2": ("-Verify 1 -verify_return_error -tls1_2", "client_certificate", "handshake_failure"),
    "certificate-1.3": ("-Verify 1 -verify_return_error -tls1_3", "client_certificate", "certificate_required"),
    "no-common-cipher": ("-tls1_2 -cipher PSK", "alert", "handshake_failure"),
    "tls-1.1": ("-tls1_1", "old_protocol", "protocol_version"),
}
"""The options (openssl-s_server(1), 3.0), the outcome, and the alert that comes."""


@pytest.mark.parametrize("name", REFUSALS)
def test_what_openssl_refuses_is_told(name: str, tmp_path: Path) -> None:
    options, outcome, alert = REFUSALS[name]
    found = program("openssl")
    (tmp_path / "openssl.cnf").write_text(WEAK_TOO)
    with halo(free_port()) as behind:
        pem = behind.pem(tmp_path, ("leaf", "intermediate"))
        place = f"127.0.0.1:{behind.port}"
        command = [found, "s_server", "-accept", place, "-cert", str(pem), "-cert_chain", str(pem), "-quiet"]
        with running([*command, *options.split()], ("127.0.0.1", behind.port), tmp_path, ENVIRONMENT):
            document = behind.diagnosed("127.0.0.1")
    checks = assert_judged(document, "not_ready", "tls.handshake", halo__answers="unknown", auth__token="unknown")
    evidence = checks["tls.handshake"].evidence
    assert (evidence["outcomes"], evidence.get("alert")) == ([outcome], alert)


ENVIRONMENT = {"OPENSSL_CONF": "openssl.cnf"}
