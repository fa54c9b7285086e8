"""One simulated HaloPSA whose certificates the files are made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnose import lab
from diagnose.lab.pki import LEAF, LOWER
from diagnose.lab.running import Running
from tests.certificates.files import PASSWORD


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    specs = (
        LEAF.but(name="leaf-of-two", issuer="lower", aia="{aia}/lower.cer"),
        LOWER.but(aia="{aia}/upper.cer"),
        LEAF.but(name="leaf-no-aia", aia=""),
        LEAF.but(name="leaf-rsa", key="rsa-2048"),
    )
    with lab.start(lab.SCENARIOS["healthy"].but(specs=specs)) as started:
        yield started


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password.txt"
    file.write_text(PASSWORD + "\n", "utf-8")
    return file
