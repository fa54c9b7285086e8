"""A file that is none, or is made to hurt: one sentence and exit code 2, and nothing is written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from diagnose.lab.running import Running
from tests.certificates.files import PASSWORD, options, pem, pfx, written
from tests.cli.program import diagnose

SEVENTY, EIGHT_MILLION = bytes.fromhex("0203011170"), bytes.fromhex("02037fffff")
"""70,000 and 8,388,607 as INTEGER."""


def hostile(running: Running) -> dict[str, bytes]:
    pki = running.pki
    good = pfx(pki, "leaf", "intermediate", password="another password")
    return {
        "empty": b"",
        "text": b"this is no certificate",
        "html": b"<html>-----BEGIN CERTIFICATE-----<b>no</b>-----END CERTIFICATE-----</html>",
        "no base64": b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        "no certificate": b"-----BEGIN CERTIFICATE-----\nMAMCAQM=\n-----END CERTIFICATE-----\n",
        "nothing inside": b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "endless": b"A" * (2 * 1024 * 1024),
        "too many": pem(pki, "leaf") * 201,
        "only a key": pem(pki, key="leaf"),
        "damaged pfx": good[:-20],
        "cut off": pki.der("leaf")[:-30],
        "wrong password": good,
        "java": bytes.fromhex("feedfeed00000002"),
        "nested": bytes.fromhex("3080" * 5000),
        "half a key": b"-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n",
        "endless rounds": pfx(pki, "leaf", password="x", rounds=70_000).replace(SEVENTY, EIGHT_MILLION),
    }


NAMES = (
    "empty", "text", "html", "no base64", "no certificate", "nothing inside", "endless", "too many", "only a key",
    "damaged pfx", "cut off", "wrong password", "java", "nested", "half a key", "endless rounds",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_is_one_sentence_and_exit_code_2(
    name: str, running: Running, tmp_path: Path, password_file: Path
) -> None:
    file = written(tmp_path, "given.pfx", hostile(running)[name])
    done = diagnose(
        "certificate",
        str(file),
        *options(running, "--password-file", str(password_file)),
        "-o",
        str(tmp_path / "o.pem"),
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "given.pfx" in done.stderr
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    assert not (tmp_path / "o.pem").exists()


@pytest.mark.parametrize(
    ("further", "word"),
    [
        (("none.pem",), "none.pem"),
        (("--issuers", "none"), "--issuers"),
        (("--password-file", "none"), "--password-file"),
        (("--name", "https://halo.example.test/"), "--name"),
        (("--name", ""), "--name"),
        (("-o", "full.zip"), "-o"),
        (("-o", "no/such/folder/full.pem"), "-o"),
        (("--trust-roots", "none.pem"), "--trust-roots"),
        (("--resolve", "x"), "--resolve"),
        (("--timeout", "0"), "--timeout"),
    ],
)
def test_a_wrong_option_is_one_sentence(further: tuple[str, ...], word: str, running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate"))
    done = diagnose("certificate", str(file), "--no-input", *further)
    assert done.returncode == 2, done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert word in done.stderr


def test_a_request_is_no_certificate(tmp_path: Path) -> None:
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try:
        subprocess.run([*command, "-keyout", tmp_path / "k", "-out", tmp_path / "r.csr", "-subj", "/CN=a"],
                       check=True, capture_output=True)  # fmt: skip
    except FileNotFoundError:
        pytest.skip("openssl is not installed on this machine")
    for file in (tmp_path / "r.csr", written(tmp_path, "r.der", _unarmoured(tmp_path / "r.csr"))):
        done = diagnose("certificate", str(file), "--no-input")
        assert (done.returncode, "request" in done.stderr) == (2, True), done.stderr


def _unarmoured(file: Path) -> bytes:
    return x509.load_pem_x509_csr(file.read_bytes()).public_bytes(Encoding.DER)
