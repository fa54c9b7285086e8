"""One nginx with many servers, each at a loopback address of its own, in front of the simulated HaloPSA.

Host and port are the same everywhere, so that the HaloPSA behind always is at the place it believes to be at.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from tests.peers.behind import Behind, halo
from tests.peers.programs import free_port, many_loopbacks, program, running

PASS = "location / { proxy_pass http://$behind; }"

WEAK_TOO = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
MinProtocol = TLSv1
CipherString = DEFAULT:@SECLEVEL=0
"""
"""OpenSSL's own configuration: Debian's refuses to serve the weak keys and old protocols that are shown here."""

CONFIGURATION = """daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
  log_format asked '$server_addr $request_method $request_uri "$http_user_agent"';
  access_log {folder}/asked asked; root {folder}/empty; types {{ }} default_type text/html;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
  limit_req_zone $server_addr zone=never:1m rate=1r/m;
  upstream halo {{ server {upstream}; keepalive 8; }}
  {servers}
}}
"""


@dataclasses.dataclass(frozen=True)
class Server:
    """One server: the certificates in this order, what it does, and how it listens."""

    body: str = PASS
    chain: tuple[str, ...] = ("leaf", "intermediate")
    signs: str = ""
    listens: str = "ssl"


class Nginx:
    """A running nginx: the address of each server by its name, and what it was asked."""

    def __init__(self, behind: Behind, folder: Path, addresses: dict[str, str]) -> None:
        self.behind = behind
        self.addresses = addresses
        self._folder = folder

    def asked(self, name: str) -> list[list[str]]:
        """Return the requests to one server: method, path, User-Agent."""
        lines = (self._folder / "asked").read_text("utf-8").splitlines()
        return [line.split(" ", 3)[1:] for line in lines if line.startswith(self.addresses[name] + " ")]


@contextlib.contextmanager
def nginx(servers: dict[str, Server], folder: Path, **places: str) -> Iterator[Nginx]:
    """Run nginx with these servers until the context is left; `places` are further ones that they name as `$name`."""
    found = program("nginx")
    many_loopbacks()
    addresses = {name: f"127.0.3.{number}" for number, name in enumerate(servers, 1)}
    (folder / "empty").mkdir()
    openssl = folder / "openssl.cnf"
    openssl.write_text(WEAK_TOO)
    with halo(free_port()) as behind:
        words = {"behind": "halo", "port": str(behind.port), "folder": str(folder), **places}
        text = "\n".join(_server(server, addresses[name], behind, words) for name, server in servers.items())
        file = folder / "nginx.conf"
        file.write_text(CONFIGURATION.format(folder=folder, upstream=behind.upstream, servers=text))
        command = [found, "-p", str(folder), "-c", str(file)]
        ready = (addresses[next(iter(servers))], behind.port)
        with running(command, ready, folder, {"OPENSSL_CONF": str(openssl)}):
            yield Nginx(behind, folder, addresses)


def _server(server: Server, address: str, behind: Behind, words: dict[str, str]) -> str:
    pem = behind.pem(Path(words["folder"]), server.chain, server.signs)
    body = server.body
    for word, value in {**words, "address": address}.items():
        body = body.replace(f"${word}", value)
    certificate = f"ssl_certificate {pem}; ssl_certificate_key {pem};"
    return f"server {{ listen {address}:{behind.port} {server.listens}; {certificate} {body} }}"
