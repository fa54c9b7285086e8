"""What a scenario says about certificates is what the server sends, and is at fault in that way only."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from diagnose import lab
from tests.lab.plain import Maker, sent

WITH_TLS = [
    name
    for name, scenario in lab.SCENARIOS.items()
    if scenario.given.resolve
    and all(door.wire == "tls" and door.highest >= "TLSv1_2" for door in scenario.doors)
    and not (scenario.subject == "hostile" and "tls.handshake" in scenario.expected_causes)
]
OPENSSL = {
    "": [
        *("healthy", "two-intermediates", "wildcard", "rsa-key", "tls12", "chain-unordered", "chain-duplicates"),
        *("leaf-twice", "root-sent", "stranger-sent", "expired-cross-sign", "renewed-intermediate"),
        *("expires-soon", "intermediate-expires-soon", "strict-clients-refuse", "client-certificate-asked"),
    ],
    "unable to get local issuer certificate": [
        *("missing-intermediate", "missing-upper-intermediate", "missing-both-intermediates"),
        *("missing-intermediate-no-aia", "private-root-by-aia", "private-root-unknown", "intercepted-leaf-only"),
        *("openssl-clients-refuse",),
    ],
    "self-signed certificate in certificate chain": ["private-root", "intercepted"],
    "self-signed certificate": ["self-signed"],
    "certificate has expired": ["expired", "expired-intermediate"],
    "certificate is not yet valid": ["not-yet-valid"],
    "EE certificate key too weak": ["weak-key"],
    "CA signature digest algorithm too weak": ["weak-signature"],
    "unsuitable certificate purpose": ["wrong-purpose"],
}


@pytest.mark.parametrize("name", WITH_TLS)
def test_the_chain_is_sent_exactly_as_the_scenario_says(name: str, plain: Maker) -> None:
    """Order, duplicates and a root survive, also where the handshake is refused."""
    with lab.start(name) as running:
        client = plain(running)
        for address, door in enumerate(running.scenario.doors):
            expected = [running.pki.der(certificate) for certificate in door.chain]
            assert client.chain(running.origin, address) == expected


@pytest.mark.parametrize(("verdict", "name"), [(verdict, name) for verdict, names in OPENSSL.items() for name in names])
def test_openssl_says_what_it_must_with_the_labs_root_alone(verdict: str, name: str, plain: Maker) -> None:
    with lab.start(name) as running:
        assert plain(running).verdict() == verdict


@pytest.mark.parametrize("name", ["wrong-name", "cn-only", "wildcard-too-deep"])
def test_openssl_refuses_the_name(name: str, plain: Maker) -> None:
    with lab.start(name) as running:
        assert plain(running).verdict().startswith("Hostname mismatch")


def test_the_wildcard_covers_one_label_and_its_twin_does_not_cover_two(plain: Maker) -> None:
    with lab.start("wildcard") as running:
        assert plain(running).verdict() == ""


def test_a_certificate_that_is_not_the_keys_comes_first(plain: Maker) -> None:
    """The handshake fails with BAD_SIGNATURE; that chain is readable all the same."""
    with lab.start("leaf-not-first") as running:
        dressed = plain(running).handshake()
        with pytest.raises(ssl.SSLError, match="BAD_SIGNATURE"):
            dressed.do_handshake()
        assert sent(dressed) == [running.pki.der("intermediate"), running.pki.der("leaf")]


def leaf(running: lab.Running, plain: Maker) -> x509.Certificate:
    return x509.load_der_x509_certificate(plain(running).chain()[0])


def test_the_weak_key_is_rsa_1024_and_everything_else_is_good(plain: Maker) -> None:
    with lab.start("weak-key") as running:
        key = leaf(running, plain).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 1024


def test_the_weak_signature_is_sha_1_and_verifies(plain: Maker) -> None:
    with lab.start("weak-signature") as running:
        certificates = [x509.load_der_x509_certificate(der) for der in plain(running).chain()]
    assert isinstance(certificates[0].signature_hash_algorithm, hashes.SHA1)
    signer = certificates[1].public_key()
    assert isinstance(signer, ec.EllipticCurvePublicKey)
    signed = certificates[0].tbs_certificate_bytes
    signer.verify(certificates[0].signature, signed, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - weak on purpose


def test_the_wrong_purpose_is_clients_alone(plain: Maker) -> None:
    with lab.start("wrong-purpose") as running:
        usage = leaf(running, plain).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_nine_days_are_nine_days(plain: Maker) -> None:
    with lab.start("expires-soon") as running:
        ends = leaf(running, plain).not_valid_after_utc
    assert timedelta(days=8, hours=23) < ends - datetime.now(UTC) <= timedelta(days=9)


def test_the_expired_cross_sign_has_the_roots_name_and_key(plain: Maker) -> None:
    with lab.start("expired-cross-sign") as running:
        crossed = x509.load_der_x509_certificate(plain(running).chain()[2])
        root = x509.load_der_x509_certificate(running.pki.der("root"))
    assert (crossed.subject, crossed.public_key()) == (root.subject, root.public_key())
    assert crossed.issuer != root.issuer
    assert crossed.not_valid_after_utc < datetime.now(UTC)


@pytest.mark.parametrize(
    ("name", "issuer"), [("intercepted", "O=Fortinet"), ("intercepted-leaf-only", "O=Zscaler Inc.")]
)
def test_an_intercepted_certificate_names_the_middlebox(name: str, issuer: str, plain: Maker) -> None:
    with lab.start(name) as running:
        assert issuer in leaf(running, plain).issuer.rfc4514_string()


def address_of(certificate: x509.Certificate) -> str:
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    (description,) = access
    assert description.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    return str(description.access_location.value)


def fetched(name: str, plain: Maker) -> tuple[lab.Running, int, dict[str, str], bytes]:
    with lab.start(name) as running:
        answer, body = plain(running).ask("GET", address_of(leaf(running, plain)))
        running.pki.der("intermediate")
        return running, answer.status, dict(answer.headers), body


def test_the_issuer_can_be_had_where_the_certificate_says(plain: Maker) -> None:
    running, status, headers, body = fetched("missing-intermediate", plain)
    assert (status, headers["Content-Type"]) == (200, "application/pkix-cert")
    assert body == running.pki.der("intermediate")
    assert [request.server for request in running.log.requests] == ["aia"]
    assert running.log.to_halo == ()


def test_the_issuer_comes_as_pem_or_inside_pkcs7(plain: Maker) -> None:
    running, _, _, body = fetched("missing-intermediate-pem", plain)
    assert body.decode() == running.pki.pem("intermediate")
    running, _, _, body = fetched("missing-intermediate-p7c", plain)
    (inside,) = pkcs7.load_der_pkcs7_certificates(body)
    assert inside == x509.load_der_x509_certificate(running.pki.der("intermediate"))


@pytest.mark.parametrize(
    ("name", "status", "mark"),
    [
        ("aia-not-found", 404, b"Not Found"),
        ("aia-html", 200, b"<!DOCTYPE html>"),
        ("aia-to-metadata", 302, b""),
        ("aia-redirect-loop", 302, b""),
        ("missing-intermediate-moved", 302, b""),
    ],
)
def test_the_issuer_cannot_be_had(name: str, status: int, mark: bytes, plain: Maker) -> None:
    _, found, _, body = fetched(name, plain)
    assert found == status
    assert mark in body


def test_the_issuers_file_is_too_large_or_another_authority(plain: Maker) -> None:
    _, _, _, body = fetched("aia-endless", plain)
    assert len(body) == 10_000_000
    running, _, _, body = fetched("aia-wrong-issuer", plain)
    assert body == running.pki.der("stranger")


def test_two_authorities_name_each_other(plain: Maker) -> None:
    with lab.start("aia-circle") as running:
        client = plain(running)
        first = x509.load_der_x509_certificate(client.ask("GET", address_of(leaf(running, plain)))[1])
        second = x509.load_der_x509_certificate(client.ask("GET", address_of(first))[1])
        again = x509.load_der_x509_certificate(client.ask("GET", address_of(second))[1])
    first.verify_directly_issued_by(second)
    second.verify_directly_issued_by(first)
    assert again == first


def test_the_private_root_is_found_by_the_address(plain: Maker) -> None:
    with lab.start("private-root-by-aia") as running:
        client = plain(running)
        issuing = x509.load_der_x509_certificate(client.chain()[1])
        root = x509.load_der_x509_certificate(client.ask("GET", address_of(issuing))[1])
    issuing.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert root.public_key() != x509.load_pem_x509_certificate(running.pki.pem("root").encode()).public_key()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
@pytest.mark.parametrize(
    ("name", "count"), [("healthy", 2), ("missing-intermediate", 1), ("leaf-twice", 3), ("root-sent", 3)]
)
def test_openssls_own_program_sees_as_many_certificates(name: str, count: int) -> None:
    with lab.start(name) as running:
        port = urlsplit(running.resource_server).port
        command = [
            "openssl",
            "s_client",
            "-connect",
            f"127.0.0.1:{port}",
            "-servername",
            "halo.example.test",
            "-showcerts",
        ]
        done = subprocess.run(command, input=b"", capture_output=True, timeout=20, check=False)
    assert done.stdout.count(b"BEGIN CERTIFICATE") == count
