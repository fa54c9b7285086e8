"""Starts a scenario: sockets, certificates, servers; and stops it without a trace."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import tempfile
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Literal

from diagnose.lab.api import Api
from diagnose.lab.authority import Application, Authority
from diagnose.lab.contexts import context
from diagnose.lab.doors import Doors, Place
from diagnose.lab.flights import FLIGHTS
from diagnose.lab.issuers import IssuerHost
from diagnose.lab.log import Log
from diagnose.lab.outside import moments, sealed
from diagnose.lab.pki import Pki
from diagnose.lab.proxy import PASSWORD, USER, Proxy
from diagnose.lab.scenario import AIA_HOST, AUTH_HOST, ELSEWHERE, Door, Manner, Scenario
from diagnose.lab.scenarios import named
from diagnose.lab.site import Answers, Site
from diagnose.lab.tokens import Tokens
from diagnose.lab.tricks import Tricks

FIRST = "127.0.0.1"
ODD = 'p@ss&wörd=50%+1 / "quoted"'
"""A client secret that must be encoded with care (RFC 6749, appendix B)."""

SECOND = ("127.0.0.2", "::1")
"""A second address of this machine; macOS has no 127.0.0.2 unless it is configured."""


@dataclass(frozen=True)
class Running:
    """One running scenario: what an admin would type, and what arrived so far."""

    scenario: Scenario
    origin: str
    """Where the HaloPSA really is, however its URLs are typed."""
    resource_server: str
    auth_server: str
    tenant: str | None
    client_id: str
    client_secret: str = field(repr=False)
    secret_file: Path
    resolve: tuple[str, ...]
    """In the syntax of `--resolve`, the certificate host included."""
    trust_roots: Path
    """PEM of the lab's public root."""
    options: tuple[str, ...]
    """Further options the scenario is run with."""
    log: Log
    pki: Pki = field(repr=False)

    def run_arguments(self) -> list[str]:
        """Return the arguments for `diagnose run`; use them with `environment`."""
        arguments = ["--resource-server", self.resource_server, "--auth-server", self.auth_server]
        if self.tenant is not None:
            arguments += ["--tenant", self.tenant]
        for override in self.resolve:
            arguments += ["--resolve", override]
        arguments += ["--trust-roots", str(self.trust_roots)]
        if "--no-credentials" not in self.options:
            arguments += ["--client-secret-file", str(self.secret_file)]
        return [*arguments, *self.options]

    def environment(self) -> dict[str, str]:
        """Return this process' environment for a child, with the client id and no other setting of a run."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HALO_")}
        return kept if "--no-credentials" in self.options else kept | {"HALO_CLIENT_ID": self.client_id}


@contextlib.contextmanager
def start(scenario: Scenario | str) -> Iterator[Running]:
    """Run a scenario, given or by name (KeyError if there is none), until the context is left."""
    chosen = named(scenario) if isinstance(scenario, str) else scenario
    with tempfile.TemporaryDirectory(prefix="halo-lab-") as folder, contextlib.ExitStack() as stack:
        lab = _Lab(chosen, Path(folder))
        stack.callback(lab.doors.close)
        yield lab.build()


class _Lab:
    """Builds one scenario: first the ports, then what the certificates say about them, then the doors."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._scenario = scenario
        self._folder = folder
        self._log = Log()
        self.doors = Doors(self._log)
        self._values = {"newest": newest_stable(), "host": scenario.given.host, "auth_host": AUTH_HOST}
        self._values |= {"elsewhere_host": ELSEWHERE}
        self._resolve: list[str] = []

    def build(self) -> Running:
        scenario = self._scenario
        halo = self._bound(scenario.given.host, len(scenario.doors), "origin")
        auth = self._bound(AUTH_HOST, len(scenario.auth_doors), "auth_origin")
        elsewhere = self._bound(ELSEWHERE, int(scenario.elsewhere), "elsewhere")
        plain = self._bound(scenario.given.host, int(scenario.plain), "plain", "http")
        aia = self._bound(AIA_HOST, 1, "aia", "http")
        self._values.setdefault("auth_origin", self._values["origin"])
        self._values["auth"] = self._values["auth_origin"] + scenario.auth.path
        pki = Pki(scenario.specs, self._values)
        odd = scenario.given.credentials == "odd"
        application = Application(str(uuid.uuid4()), ODD if odd else f"{uuid.uuid4()}-{uuid.uuid4()}")
        resource, both, authority = self._sites(application)
        self._open("halo", halo, scenario.doors, resource if auth else both, pki)
        self._open("auth", auth, scenario.auth_doors, authority, pki)
        self._open("elsewhere", elsewhere, (Door(("elsewhere-leaf", "intermediate")),), both, pki)
        self._open("plain", plain, (Door(wire="plain-http"),), both, pki)
        issuers = IssuerHost(pki, scenario.aia, self._fill)
        self._open("aia", aia, (Door(wire="plain-http"),), issuers, pki, Manner(closing=True))
        if scenario.proxy != "none":
            self._open_proxy(scenario.proxy, pki)
        self.doors.open()
        return self._running(application, pki)

    def _open_proxy(self, behaviour: Literal["open", "refuses", "password"], pki: Pki) -> None:
        bound = self._bound(FIRST, 1, "proxy", "http")
        places = {entry.split(":")[0]: FIRST for entry in self._resolve}
        self._open("proxy", bound, (Door(wire="plain-http"),), Proxy(behaviour, places), pki, Manner())
        self._values["proxy_with_password"] = self._values["proxy"].replace("//", f"//{USER}:{PASSWORD}@")

    def _bound(self, host: str, count: int, place: str, scheme: str = "https") -> list[socket.socket]:
        """Bind `count` addresses at one port, and note where they are."""
        if not count:
            return []
        sockets = _same_port(count)
        self.doors.keep(*sockets)
        port = sockets[0].getsockname()[1]
        self._values[place] = f"{scheme}://{host}:{port}"
        self._values.setdefault("port", str(port))
        addresses = [bound.getsockname()[0] for bound in sockets]
        shown = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        if self._scenario.given.resolve and place != "proxy":
            self._resolve.append(f"{host}:{port}:{shown}")
        return sockets

    def _sites(self, application: Application) -> tuple[Site, Site, Site]:
        """Return the sites of the resource server alone, of both applications, and of the authority alone."""
        scenario = self._scenario
        tokens = Tokens()
        self._log.knows(application.client_secret, "secret")
        api = Api(scenario.resource, tokens, self._fill).answer
        place = scenario.auth.path.strip("/")
        issued = _Issued(self._log)
        auth = Authority(scenario.auth, application, tokens, self._fill, issued).answer
        rules = scenario.pages, scenario.limits, self._fill, scenario.cuts
        return Site({"api": api}, *rules), Site({"api": api, place: auth}, *rules), Site({place: auth}, *rules)

    def _open(
        self,
        server: str,
        sockets: list[socket.socket],
        doors: tuple[Door, ...],
        site: Answers,
        pki: Pki,
        manner: Manner | None = None,
    ) -> None:
        for number, (bound, door) in enumerate(zip(sockets, doors, strict=False)):
            file = self._folder / f"{server}-{number}.pem"
            by_hand = tuple(map(pki.der, door.chain)) if door.flight in FLIGHTS else ()
            chosen = context(door, pki, file) if door.wire == "tls" and not by_hand else None
            tricks = Tricks(*self._tricks(server))
            self.doors.add(Place(server, bound, door, site, manner or self._scenario.manner, chosen, tricks, by_hand))

    def _tricks(self, server: str) -> tuple[dict[str, str], str]:
        by_server = {"halo": ("tricks", "origin"), "auth": ("tricks", "auth_origin"), "aia": ("aia_tricks", "aia")}
        if server not in by_server:
            return {}, ""
        field, origin = by_server[server]
        return getattr(self._scenario, field), self._values[origin]

    def _fill(self, text: str) -> str:
        for name, value in self._values.items():
            text = text.replace("{" + name + "}", value)
        return text

    def _running(self, application: Application, pki: Pki) -> Running:
        given = self._scenario.given
        client_id, client_secret = typed(given.credentials, application)
        self._log.knows(client_secret.strip(), "secret")
        roots = self._folder / "trusted-roots.pem"
        roots.write_text(pki.pem("root"), encoding="ascii")
        secret_file = self._folder / "client-secret.txt"
        secret_file.write_text(client_secret + "\n", encoding=given.file_encoding)
        now = datetime.now(UTC)
        self._values |= {"folder": self._folder.as_posix(), "today": f"{now:%Y-%m-%d}", **moments(now)}
        self._values["leaf_sha256"] = hashlib.sha256(pki.der("leaf")).hexdigest()
        for name, text in self._scenario.files.items():
            (self._folder / name).write_text(sealed(self._fill(text)), encoding="utf-8", newline="\n")
        return Running(
            scenario=self._scenario,
            origin=self._values["origin"],
            resource_server=self._fill(given.resource),
            auth_server=self._fill(given.auth),
            tenant=given.tenant,
            client_id=client_id,
            client_secret=client_secret,
            secret_file=secret_file,
            resolve=tuple(self._resolve),
            trust_roots=roots,
            options=tuple(self._fill(option) for option in self._scenario.options),
            log=self._log,
            pki=pki,
        )


class _Issued:
    """Tells the log about every token."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, token: str) -> None:
        self._log.knows(token, "token")


def typed(how: str, application: Application) -> tuple[str, str]:
    """Return client id and secret as the admin types them."""
    right = application.client_id, application.client_secret
    ways = {
        "right": right,
        "odd": right,
        "wrong-secret": (right[0], f"{uuid.uuid4()}-{uuid.uuid4()}"),
        "unknown-client": (str(uuid.uuid4()), right[1]),
        "swapped": (right[1], right[0]),
        "truncated": (right[0], right[1][:36]),
        "padded": (f" {right[0]} ", f"\t{right[1]}  "),
    }
    return ways[how]


def newest_stable() -> str:
    """Return the newest stable line of the bundled table of releases, so that the healthy server runs it."""
    table = tomllib.loads((resources.files("diagnose") / "data" / "releases.toml").read_text("utf-8"))
    lines = [str(entry["line"]) for entry in table["stable"]]
    return max(lines, key=lambda line: tuple(map(int, line.split("."))))


def _same_port(count: int) -> list[socket.socket]:
    """Bind one port at `count` addresses of this machine; OSError if that cannot be had."""
    for _ in range(20):
        first = _bind(FIRST, 0)
        sockets = [first]
        for address in SECOND:
            if len(sockets) == count:
                break
            with contextlib.suppress(OSError):
                sockets.append(_bind(address, first.getsockname()[1]))
        if len(sockets) == count:
            return sockets
        for bound in sockets:
            bound.close()
    message = f"this machine has no {count} loopback addresses with one port free"
    raise OSError(message)


def _bind(address: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
