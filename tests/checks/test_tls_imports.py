"""The checks and the declaration of derivations load no library of TLS: whoever lists the checks pays nothing."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("cryptography", "OpenSSL", "certifi")
CODE = """
import sys
import {module}
print([name for name in {heavy} if name in sys.modules])
"""


def loaded(module: str) -> str:
    code = CODE.format(module=module, heavy=HEAVY)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_checks_load_none_of_them() -> None:
    assert loaded("checks.tls, checks.tls_chain, checks.tls_certificate") == "[]"


def test_declaring_the_derivations_and_the_roots_loads_none_of_them() -> None:
    assert loaded("diagnose.chain.derivations, diagnose.probes.roots, diagnose.probes.chains") == "[]"
