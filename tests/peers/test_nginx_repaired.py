"""What `certificate -o` writes is installed in nginx as it is, and the diagnosis of that server is READY."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.lab.scenario import AIA_HOST, HOST
from tests.cli.program import diagnose
from tests.peers.behind import Behind, assert_judged, halo
from tests.peers.nginx_front import CONFIGURATION, PASS
from tests.peers.programs import free_port, many_loopbacks, program, running

BROKEN = {
    "leaf-only": ("leaf",),
    "upper-missing": ("leaf-of-two", "lower"),
    "both-missing": ("leaf-of-two",),
    "any-order": ("upper", "stranger", "lower", "leaf-of-two", "lower", "root"),
    "expired-cross-sign": ("leaf", "cross-sign", "intermediate"),
}


def repaired(behind: Behind, names: tuple[str, ...], folder: Path) -> Path:
    """Have the program repair a file of these certificates."""
    pki, own = behind.running.pki, next(name for name in names if name.startswith("leaf"))
    given, full = folder / "given.pem", folder / "full.pem"
    given.write_text("".join(map(pki.pem, names)) + pki.key_pem(own), encoding="ascii")
    aia = [part for entry in behind.running.resolve if entry.startswith(AIA_HOST) for part in ("--resolve", entry)]
    roots = ("--trust-roots", str(behind.running.trust_roots))
    done = diagnose("certificate", str(given), "--name", HOST, *roots, *aia, "--no-input", "-o", str(full))
    assert full.is_file(), done.stdout + done.stderr
    return full


@pytest.mark.parametrize("name", BROKEN)
def test_the_repaired_chain_behind_nginx_is_ready(name: str, tmp_path: Path) -> None:
    found = program("nginx")
    many_loopbacks()
    (tmp_path / "empty").mkdir()
    with halo(free_port()) as behind:
        full = repaired(behind, BROKEN[name], tmp_path)
        server = f"server {{ listen 127.0.3.1:{behind.port} ssl; ssl_certificate {full}; ssl_certificate_key {full};"
        server += f" {PASS.replace('$behind', 'halo')} }}"
        file = tmp_path / "nginx.conf"
        file.write_text(CONFIGURATION.format(folder=tmp_path, upstream=behind.upstream, servers=server))
        with running([found, "-p", str(tmp_path), "-c", str(file)], ("127.0.3.1", behind.port), tmp_path):
            document = behind.diagnosed("127.0.3.1")
    assert_judged(document, "ready", tls__chain_complete="pass", tls__chain_clean="pass", auth__token="pass")
