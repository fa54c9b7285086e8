"""What the simulated HaloPSA would send, as the files that an admin would have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)

from diagnose.lab.pki import Pki
from diagnose.lab.running import Running
from tests.cli.program import diagnose

HOST = "halo.example.test"
PASSWORD = "s3cret of the pfx"


def pem(pki: Pki, *names: str, key: str = "") -> bytes:
    """Certificates in this order, and the key of one of them."""
    return ("".join(map(pki.pem, names)) + (pki.key_pem(key) if key else "")).encode()


def parsed(pki: Pki, *names: str) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(pki.der(name)) for name in names]


def p7b(pki: Pki, *names: str, encoding: Encoding = Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates(parsed(pki, *names), encoding)


def pfx(pki: Pki, own: str, *others: str, password: str = "", rounds: int = 2048) -> bytes:
    """A PFX as Windows exports it."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds)
    protection: KeySerializationEncryption = builder.build(password.encode()) if password else NoEncryption()
    private: Any = load_pem_private_key(pki.key_pem(own).encode(), None)
    return pkcs12.serialize_key_and_certificates(None, private, parsed(pki, own)[0], parsed(pki, *others), protection)


def encrypted_key(pki: Pki, name: str, password: str) -> bytes:
    key = load_pem_private_key(pki.key_pem(name).encode(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))


def options(running: Running, *further: str) -> list[str]:
    """The lab's roots and where its certificate host is, as a run is given them."""
    resolve = [part for entry in running.resolve for part in ("--resolve", entry)]
    return ["--trust-roots", str(running.trust_roots), *resolve, "--no-input", *further]


def judged(file: Path | Sequence[Path], *further: str, code: int | None = None) -> dict[str, Any]:
    """Run the program over these files; return its report, as JSON."""
    files = [file] if isinstance(file, Path) else file
    done = diagnose("certificate", *map(str, files), "--format", "json", *further)
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["status"] for check in report["checks"]}


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file
