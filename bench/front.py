"""One HAProxy that answers as the healthy HaloPSA does, so that the server is not what a fleet waits for.

What it answers is what the simulated HaloPSA answered just before, word for word; each kind of request is asked once.
HAProxy itself looks at path, client, secret, scope and token, as far as a diagnosis tells them apart.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

from diagnose.lab.running import FIRST, Running
from diagnose.lab.scenario import GRADIENT_SCOPES

PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
"""Debian keeps servers where only the administrator looks."""
PATIENCE = 10.0
NOT_TOLD = {"date", "content-length", "content-type", "connection"}
"""Headers that HAProxy makes itself, or that are given otherwise."""
AREAS = ("Client", "ClientContract", "Item", "Invoice")
PAGE = "?pageinate=true&page_size=1&page_no=1"

CONFIG = """global
  nbthread 1
  maxconn 1000
defaults
  mode http
  option http-buffer-request
  timeout client 60s
  timeout connect 5s
  timeout server 5s
frontend halo
  bind {address}:{port} ssl crt {certificates}
  acl asks_token path -i /auth/token
  acl known req.body_param(client_id) -m str {client_id}
  acl right req.body_param(client_secret),url_dec -m str {secret}
  acl all req.body_param(scope) -m str all
  acl holds_token req.hdr(authorization) -m str "Bearer {token}"
  acl posted method POST
"""


@dataclasses.dataclass(frozen=True)
class Answer:
    """One answer of the simulated HaloPSA, and when it is given."""

    condition: str
    status: int
    headers: dict[str, str]
    body: bytes

    def rule(self, file: Path, origin: str) -> str:
        """Write the body to a file and return HAProxy's line; who is addressed is who answers."""
        kind = self.headers.get("content-type", "")
        given = f'content-type "{kind}" lf-file {file}' if self.body else ""
        file.write_bytes(self.body.replace(b"%", b"%%").replace(origin.encode(), b"%[req.hdr(host)]"))
        told = {name: value for name, value in self.headers.items() if name not in NOT_TOLD}
        headers = " ".join(f"hdr {name} {_quoted(value.replace('%', '%%'))}" for name, value in told.items())
        return (
            f"  http-request return status {self.status} {given} {headers} hdr date %[date,http_date] {self.condition}"
        )


def _quoted(text: str) -> str:
    """Return one argument, as HAProxy's configuration has it (2.2, "Quoting and escaping")."""
    return "'" + text.replace("'", "'\\''") + "'"


def program() -> str | None:
    """Return where HAProxy is."""
    return shutil.which("haproxy", path=PATH)


@contextlib.contextmanager
def haproxy(found: str, lab: Running, folder: Path) -> Generator[int]:
    """Run it and return its port. The lab must listen without TLS too; it is asked once, and not any more."""
    with socket.create_server((FIRST, 0)) as free:
        port = int(free.getsockname()[1])
    file = folder / "haproxy.cfg"
    file.write_text(configured(lab, folder, port), "utf-8")
    command = [found, "-db", "-q", "-f", str(file)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder) as process:
        try:
            _wait(process, port)
            yield port
        finally:
            process.terminate()


def configured(lab: Running, folder: Path, port: int) -> str:
    """Ask the lab for its answers and return HAProxy's configuration."""
    certificates = folder / "chain.pem"
    certificates.write_text("".join(map(lab.pki.pem, ("leaf", "intermediate"))) + lab.pki.key_pem("leaf"), "ascii")
    answers = recorded(lab)
    token = json.loads(next(answer.body for answer in answers if b"access_token" in answer.body))["access_token"]
    head = CONFIG.format(
        address=FIRST, port=port, certificates=certificates, client_id=lab.client_id,
        secret=_quoted(lab.client_secret), token=token,
    )  # fmt: skip
    origin = urlsplit(lab.origin).netloc
    return head + "\n".join(
        answer.rule(folder / f"answer-{number}", origin) for number, answer in enumerate(answers)
    ) + "\n"  # fmt: skip


def recorded(lab: Running) -> list[Answer]:
    """Ask once for everything that a diagnosis asks for; the first condition that holds decides."""
    plain = next(place for place in lab.resolve if not place.startswith(f"{urlsplit(lab.origin).netloc}:"))
    ask = _Asking(int(plain.split(":")[1]), urlsplit(lab.origin).netloc)
    form = {"grant_type": "client_credentials", "client_id": lab.client_id, "client_secret": lab.client_secret}
    named, every = " ".join(GRADIENT_SCOPES), "if asks_token"
    answers = [
        ask.token(f"{every} posted !known", form | {"client_id": "nobody", "scope": named}),
        ask.token(f"{every} posted !right", form | {"client_secret": "wrong", "scope": named}),
        ask.token(f"{every} posted all", form | {"scope": "all"}),
        ask.token(f"{every} posted", form | {"scope": named}),
        ask.at(every, "/auth/token"),
        ask.at("if { path -i /api/instanceinfo }", "/api/InstanceInfo"),
        ask.at("if { path -i /api/authinfo }", "/api/AuthInfo"),
    ]
    token = json.loads(answers[3].body)["access_token"]
    for place in ("Agent/me", *AREAS):
        path = f"{{ path -i /api/{place} }}"
        answers.append(ask.at(f"if {path} holds_token", f"/api/{place}{PAGE}", authorization=f"Bearer {token}"))
        answers.append(ask.at(f"if {path}", f"/api/{place}"))
    application = "{ path_beg -i /api /auth }"
    return [*answers, ask.at(f"if {application}", "/api"), ask.at("", "/token")]


class _Asking:
    """Asks the lab one thing after the other."""

    def __init__(self, port: int, host: str) -> None:
        self._port = port
        self._host = host

    def at(self, condition: str, target: str, **headers: str) -> Answer:
        return self._asked(condition, "GET", target, None, headers)

    def token(self, condition: str, form: dict[str, str]) -> Answer:
        body = "&".join(f"{name}={quote_plus(value)}" for name, value in form.items())
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._asked(condition, "POST", "/auth/token", body, kind)

    def _asked(self, condition: str, method: str, target: str, body: str | None, headers: dict[str, str]) -> Answer:
        with contextlib.closing(http.client.HTTPConnection(FIRST, self._port, timeout=PATIENCE)) as connection:
            connection.request(method, target, body, headers | {"host": self._host})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(condition, answer.status, told, answer.read())


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection((FIRST, port), 0.5):
            return
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("HAProxy does not run")
        time.sleep(0.02)
