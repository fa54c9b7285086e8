"""`diagnose certificate`: every form of file, the private key, what is missing, and one sentence for what is none."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12

from diagnose.lab.running import Running
from tests.certificates.files import (
    HOST,
    PASSWORD,
    encrypted_key,
    judged,
    options,
    p7b,
    parsed,
    pem,
    pfx,
    statuses,
    written,
)
from tests.cli.program import diagnose


def every_form(running: Running) -> dict[str, bytes]:
    """The same good certificate in every form it comes in."""
    pki = running.pki
    chain = ("leaf", "intermediate")
    return {
        "pem": pem(pki, *chain),
        "pem-with-key": pem(pki, *chain, key="leaf"),
        "pem-key-first": pem(pki, key="leaf") + pem(pki, *chain),
        "pem-with-key-windows": pem(pki, *chain, key="leaf").replace(b"\n", b"\r\n"),
        "pem-utf-16": pem(pki, *chain).decode().encode("utf-16"),
        "pem-with-words": b"Bag Attributes\n  friendlyName: Halo\n" + pem(pki, *chain),
        "p7b": p7b(pki, *chain),
        "p7b-pem": p7b(pki, *chain, encoding=Encoding.PEM),
        "pfx": pfx(pki, *chain, password=PASSWORD),
        "pfx-empty-password": pfx(pki, *chain),
        "pem-encrypted-key": pem(pki, *chain) + encrypted_key(pki, "leaf", PASSWORD),
    }


FORMS = (
    "pem", "pem-with-key", "pem-key-first", "pem-with-key-windows", "pem-utf-16", "pem-with-words",
    "p7b", "p7b-pem", "pfx", "pfx-empty-password", "pem-encrypted-key",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_good_certificate_in_every_form_is_what_to_install(
    form: str, running: Running, tmp_path: Path, password_file: Path
) -> None:
    file = written(tmp_path, "halo.bin", every_form(running)[form])
    report = judged(file, *options(running, "--name", HOST, "--password-file", str(password_file)), code=0)
    told = statuses(report)
    assert report["verdict"]["status"] == "ready", report["verdict"]
    assert report["verdict"]["headline"] == f"This is what to install for {HOST}: halo.bin."
    assert told["tls.chain-complete"] == told["tls.trusted"] == told["tls.name"] == told["tls.chain-order"] == "pass"
    keyed = "pass" if "key" in form or "pfx" in form else "skip"
    assert told["certificate.key-matches"] == keyed
    assert told["tls.handshake"] == told["halo.answers"] == told["allowlist.reachability"] == "skip"
    assert len(told) >= 44
    assert report["contacted"] == []


def test_a_single_der_certificate_lacks_its_intermediate(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.cer", running.pki.der("leaf"))
    report = judged(file, *options(running, "--name", HOST), code=3)
    assert report["verdict"]["causes"] == ["tls.chain-complete"]
    assert [contact["host"] for contact in report["contacted"]] == ["aia.example.test"]


def test_the_report_says_file_where_a_run_says_server(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf"))
    done = diagnose("certificate", str(file), *options(running, "--name", HOST))
    assert "file does not hold the intermediate certificate" in done.stdout
    assert "server does not send" not in done.stdout
    assert "halo.pem" in done.stdout


def test_without_a_name_it_cannot_be_ready(running: Running, tmp_path: Path) -> None:
    report = judged(written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate")), *options(running), code=0)
    named = next(check for check in report["checks"] if check["id"] == "tls.name")
    assert (named["status"], named["reason"]["code"]) == ("skip", "not_selected")
    assert report["verdict"]["status"] == "ready_with_warnings"
    assert "--name" in report["verdict"]["headline"]


def test_another_name_fails_as_in_a_run(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate"))
    report = judged(file, *options(running, "--name", "psa.example.test"), code=3)
    assert report["verdict"]["causes"] == ["tls.name"]


def test_the_key_says_which_certificate_is_the_servers_own(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "intermediate", "leaf", key="leaf"))
    report = judged(file, *options(running, "--name", HOST), code=0)
    told = statuses(report)
    assert told["tls.chain-order"] == "warn"
    assert told["tls.name"] == told["certificate.key-matches"] == told["tls.chain-complete"] == "pass"


def test_a_key_of_another_certificate_is_the_cause(running: Running, tmp_path: Path) -> None:
    target = tmp_path / "out.pem"
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate", key="auth-leaf"))
    report = judged(file, *options(running, "--name", HOST, "-o", str(target)), code=3)
    assert report["verdict"]["causes"] == ["certificate.key-matches"]
    assert b"PRIVATE KEY" not in target.read_bytes()


def test_several_files_are_judged_as_one(running: Running, tmp_path: Path) -> None:
    pki = running.pki
    parts = [
        written(tmp_path, "halo.cer", pki.der("leaf-rsa")),
        written(tmp_path, "chain.p7b", p7b(pki, "intermediate")),
        written(tmp_path, "halo.key", pem(pki, key="leaf-rsa")),
    ]
    report = judged(parts, *options(running, "--name", HOST), code=0)
    assert (report["verdict"]["status"], statuses(report)["certificate.key-matches"]) == ("ready", "pass")
    assert report["target"]["certificate_file"] == "halo.cer + chain.p7b + halo.key"


def test_issuers_come_from_a_folder_and_nobody_is_asked(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "issuers"
    folder.mkdir()
    written(folder, "upper.crt", running.pki.pem("upper").encode())
    written(folder, "lower.cer", running.pki.der("lower"))
    written(folder, "stranger.pem", running.pki.pem("stranger").encode())
    written(folder, "notes.txt", b"not a certificate")
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf-of-two", key="leaf-of-two"))
    target = tmp_path / "full.pem"
    further = ("--name", HOST, "--issuers", str(folder), "--no-aia", "-o", str(target))
    report = judged(file, *options(running, *further), code=3)
    assert report["verdict"]["causes"] == ["tls.chain-complete"]
    assert statuses(report)["tls.trusted"] == "pass"
    assert report["contacted"] == []
    assert certificates(target) == parsed(running.pki, "leaf-of-two", "lower", "upper")


def test_what_the_folder_lacks_is_fetched(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "issuers"
    folder.mkdir()
    written(folder, "lower.cer", running.pki.der("lower"))
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf-of-two"))
    target = tmp_path / "full.pem"
    report = judged(file, *options(running, "--issuers", str(folder), "-o", str(target)), code=3)
    assert [contact["requests"] for contact in report["contacted"]] == [1]
    assert certificates(target) == parsed(running.pki, "leaf-of-two", "lower", "upper")


def test_with_no_aia_nothing_is_fetched_and_no_chain_is_written(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf"))
    target = tmp_path / "full.pem"
    done = diagnose("certificate", str(file), *options(running, "--no-aia", "-o", str(target)))
    assert done.returncode == 3
    assert "--issuers" in done.stderr
    assert not target.exists()


def certificates(file: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(file.read_bytes())


def test_an_untidy_file_is_written_in_order_without_what_is_superfluous(running: Running, tmp_path: Path) -> None:
    names = ("root", "upper", "leaf-of-two", "stranger", "lower", "upper")
    file = written(tmp_path, "halo.pem", pem(running.pki, *names, key="leaf-of-two"))
    target = tmp_path / "full.pem"
    done = diagnose("certificate", str(file), *options(running, "--name", HOST, "-o", str(target)))
    assert done.returncode == 0, done.stdout
    assert certificates(target) == parsed(running.pki, "leaf-of-two", "lower", "upper")
    assert (
        load_pem_private_key(target.read_bytes(), None).public_key()
        == parsed(running.pki, "leaf-of-two")[0].public_key()
    )
    again = judged(target, *options(running, "--name", HOST), code=0)
    assert again["verdict"]["status"] == "ready"
    assert "IIS" in done.stderr
    assert "PRIVATE KEY" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_what_holds_a_key_is_for_its_owner_alone(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate", key="leaf"))
    target = tmp_path / "full.pem"
    judged(file, *options(running, "-o", str(target)), code=0)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_pfx_is_written_under_the_given_password(running: Running, tmp_path: Path, password_file: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", key="leaf"))
    target = tmp_path / "full.pfx"
    done = diagnose(
        "certificate", str(file), *options(running, "--password-file", str(password_file), "-o", str(target))
    )
    opened = pkcs12.load_pkcs12(target.read_bytes(), PASSWORD.encode())
    assert opened.key is not None
    assert opened.cert is not None
    assert [opened.cert.certificate, *(each.certificate for each in opened.additional_certs)] == parsed(
        running.pki, "leaf", "intermediate"
    )
    assert "Import-PfxCertificate" in done.stderr
    assert "certlm.msc" in done.stderr


def test_no_pfx_with_a_key_is_written_without_a_password(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate", key="leaf"))
    done = diagnose("certificate", str(file), *options(running, "-o", str(tmp_path / "full.pfx")))
    assert done.returncode == 2
    assert "--password-file" in done.stderr
    assert not (tmp_path / "full.pfx").exists()


def test_without_a_key_the_pfx_needs_none(running: Running, tmp_path: Path) -> None:
    file = written(tmp_path, "halo.pem", pem(running.pki, "leaf", "intermediate"))
    judged(file, *options(running, "-o", str(tmp_path / "full.pfx")), code=0)
    opened = pkcs12.load_pkcs12((tmp_path / "full.pfx").read_bytes(), None)
    assert (opened.key, len(opened.additional_certs)) == (None, 2)


@pytest.mark.parametrize("name", ["terminal", "json", "html", "markdown", "text", "junit", "csv", "nagios"])
def test_no_format_holds_the_password_or_the_key(
    name: str, running: Running, tmp_path: Path, password_file: Path
) -> None:
    file = written(tmp_path, "halo.pfx", pfx(running.pki, "leaf", "intermediate", password=PASSWORD))
    done = diagnose(
        "certificate", str(file), "--format", name,
        *options(running, "--name", HOST, "--password-file", str(password_file), "--output", str(tmp_path / "out")),
    )  # fmt: skip
    body = running.pki.key_pem("leaf").splitlines()[1]
    texts = [
        done.stdout,
        done.stderr,
        *(each.read_text("utf-8") for each in (tmp_path / "out").iterdir()),
    ]
    assert done.returncode == 0, done.stderr
    assert not [text for text in texts if PASSWORD in text or body in text]


def test_an_ordinary_word_may_be_the_password(running: Running, tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text("certificate")
    file = written(tmp_path, "halo.pfx", pfx(running.pki, "leaf", "intermediate", password="certificate"))
    judged(file, *options(running, "--password-file", str(tmp_path / "password.txt")), code=0)
