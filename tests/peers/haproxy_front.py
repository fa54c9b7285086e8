"""One HAProxy with many frontends, each at a loopback address of its own, in front of the simulated HaloPSA."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from tests.peers.behind import Behind, halo
from tests.peers.nginx_front import WEAK_TOO
from tests.peers.programs import free_port, many_loopbacks, program, running

GLOBAL = """global
  maxconn 500
  ssl-default-bind-options ssl-min-ver TLSv1.0
defaults
  mode http
  retries 0
  timeout connect 2s
  timeout client 20s
  timeout server 1s
  timeout tarpit 1s
backend halo
  server halo {upstream}
backend dead
  server dead 127.0.0.1:1
backend silent
  server silent {silent}
backend nobody
"""


@dataclasses.dataclass(frozen=True)
class Frontend:
    """One frontend: its lines, the certificates in this order, and how it binds beside them."""

    body: str = ""
    chain: tuple[str, ...] = ("leaf", "intermediate")
    binds: str = ""
    backend: str = "halo"


class HaProxy:
    """A running HAProxy and the address of each frontend by its name."""

    def __init__(self, behind: Behind, addresses: dict[str, str]) -> None:
        self.behind = behind
        self.addresses = addresses


@contextlib.contextmanager
def haproxy(frontends: dict[str, Frontend], folder: Path, silent: str) -> Iterator[HaProxy]:
    """Run HAProxy with these frontends until the context is left; `silent` is a server that says nothing."""
    found = program("haproxy")
    many_loopbacks()
    addresses = {name: f"127.0.4.{number}" for number, name in enumerate(frontends, 1)}
    openssl = folder / "openssl.cnf"
    openssl.write_text(WEAK_TOO)
    with halo(free_port()) as behind:
        text = GLOBAL.format(upstream=behind.upstream, silent=silent)
        text += "".join(_frontend(name, each, addresses[name], behind, folder) for name, each in frontends.items())
        file = folder / "haproxy.cfg"
        file.write_text(text)
        ready = (addresses[next(iter(frontends))], behind.port)
        with running([found, "-db", "-f", str(file)], ready, folder, {"OPENSSL_CONF": str(openssl)}):
            yield HaProxy(behind, addresses)


def _frontend(name: str, frontend: Frontend, address: str, behind: Behind, folder: Path) -> str:
    pem = behind.pem(folder, frontend.chain)
    authority = folder / "clients.pem"
    authority.write_text(behind.running.pki.pem("stranger"), encoding="ascii")
    binds = frontend.binds.replace("CLIENTS", str(authority))
    lines = [f"frontend {name}", f"bind {address}:{behind.port} ssl crt {pem} {binds}", *frontend.body.splitlines()]
    return "\n  ".join([*lines, f"default_backend {frontend.backend}"]) + "\n"
