"""npm's oidc-provider as the authorization server, and a resource server that believes what it says of a token."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import shutil
import socketserver
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from diagnose.lab import exchange
from diagnose.lab.api import Api
from diagnose.lab.authority import KNOWN
from diagnose.lab.running import newest_stable
from diagnose.lab.scenario import GRADIENT_SCOPES, HOST, Manner, ResourceServer
from diagnose.lab.site import Site
from diagnose.lab.tokens import Tokens
from diagnose.report import Document
from tests.peers.nginx_front import Nginx, Server, nginx
from tests.peers.programs import free_port, npm_package, program, running

WITHOUT_ONE = tuple(scope for scope in GRADIENT_SCOPES if scope != "edit:invoices")
RESOURCE = "https://halo.example.test/api"
FORMATS = {"strict": "", "dropping": "jwt", "dropping-opaque": "opaque"}
"""The servers: one that refuses what is not ticked, two that leave it out, with readable tokens and without."""

NAMES = ("right", "one-missing", "none", "all", "all-and-named", "code-only", "key-only", "api")
SECRETS = {
    name: f"{number:08}-aaaa-4bbb-8ccc-0123456789ab-{number:08}-dddd-4eee-8fff-0123456789ab"
    for number, name in enumerate(NAMES, 1)
}
TICKED = {
    "right": GRADIENT_SCOPES,
    "one-missing": WITHOUT_ONE,
    "none": ("read:tickets",),
    "all": ("all",),
    "all-and-named": (*GRADIENT_SCOPES, "all"),
}


def client_id(name: str) -> str:
    """Return an id of the shape HaloPSA gives."""
    return f"{SECRETS[name][:8]}-1111-4222-8333-444444444444"


def clients() -> list[dict[str, object]]:
    """Return the registered applications, in the words of OpenID Connect Dynamic Client Registration 1.0, 2."""
    machine = {"grant_types": ["client_credentials"], "redirect_uris": [], "response_types": []}
    web = {"grant_types": ["authorization_code"], "redirect_uris": ["https://app.example.test/"]}
    by_form = {"token_endpoint_auth_method": "client_secret_post"}
    key = {"token_endpoint_auth_method": "client_secret_jwt"}
    others = {"code-only": web | by_form, "key-only": machine | key, "api": machine | by_form}
    made = dict.fromkeys(TICKED, machine | by_form) | others
    return [{"client_id": client_id(name), "client_secret": SECRETS[name], **each} for name, each in made.items()]


class Introspected(Tokens):
    """Tokens of the real server: readable ones are read, of the others it is asked (RFC 7662)."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._place = f"http://127.0.0.1:{port}/auth/token/introspection"

    def scopes_of(self, token: str) -> tuple[str, ...] | None:
        parts = token.split(".")
        said = _claims(parts[1]) if len(parts) == 3 else self._ask(token)
        return tuple(str(said.get("scope", "")).split()) if said.get("active", True) else None

    def _ask(self, token: str) -> dict[str, object]:
        form = {"token": token, "client_id": client_id("api"), "client_secret": SECRETS["api"]}
        request = urllib.request.Request(self._place, urllib.parse.urlencode(form).encode())  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
            return dict(json.load(answer))


def _claims(part: str) -> dict[str, object]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@dataclasses.dataclass(frozen=True)
class OAuth:
    """The running authorization servers behind nginx."""

    front: Nginx
    folder: Path

    def diagnosed(
        self, server: str, application: str, *, secret: str = "", client: str = "", path: str = "/auth/"
    ) -> Document:
        """Diagnose with the credentials of one application."""
        file = self.folder / "secret.txt"
        file.write_text(secret or SECRETS[application])
        seen = dataclasses.replace(
            self.front.behind.running, client_id=client or client_id(application), secret_file=file
        )
        behind = dataclasses.replace(self.front.behind, running=seen)
        return behind.diagnosed(self.front.addresses[server], auth=f"https://{HOST}:{behind.port}{path}")


@contextlib.contextmanager
def oauth_server(folder: Path) -> Iterator[OAuth]:
    """Run each kind of oidc-provider in one process, a resource server for each, and nginx with TLS in front."""
    node, package = program("node"), npm_package("oidc-provider")
    origin = ["https://set-when-nginx-listens.example.test"]
    ports = {name: free_port() for name in FORMATS}
    shutil.copy(Path(__file__).parent / "provider.mjs", folder)
    (folder / "node_modules").symlink_to(package.parent)
    servers = [
        {
            "issuer": f"https://{HOST}/auth",
            "port": ports[name],
            "resource": RESOURCE if format_ else "",
            "format": format_,
        }
        for name, format_ in FORMATS.items()
    ]
    ticked = {client_id(name): " ".join(scopes) for name, scopes in TICKED.items()}
    settings = {"clients": clients(), "known": sorted({*KNOWN, "openid"}), "servers": servers, "ticked": ticked}
    (folder / "settings.json").write_text(json.dumps(settings))
    with contextlib.ExitStack() as stack:
        command = [node, str(folder / "provider.mjs"), str(folder / "settings.json")]
        stack.enter_context(running(command, ("127.0.0.1", list(ports.values())[-1]), folder))
        apis = {name: stack.enter_context(resource_server(port, origin)) for name, port in ports.items()}
        fronts = {name: _front(apis[name], ports[name]) for name in ports}
        front = stack.enter_context(nginx(fronts, folder / "nginx"))
        origin[0] = f"https://{HOST}:{front.behind.port}"
        yield OAuth(front, folder)


def _front(api: int, auth: int) -> Server:
    return Server(
        f"location /api {{ proxy_pass http://127.0.0.1:{api}; }} location /auth {{ proxy_pass http://127.0.0.1:{auth};"
        " proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto https; }"
    )


class _Asked(socketserver.StreamRequestHandler):
    """One connection to the resource server."""

    server: _Listening

    def handle(self) -> None:
        while (request := exchange.read(cast("BinaryIO", self.rfile))) is not None:
            self.wfile.write(exchange.written(self.server.site.answer(request), request.method, Manner()))


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.site = site


@contextlib.contextmanager
def resource_server(provider: int, origin: list[str]) -> Iterator[int]:
    """Run the lab's `/api` with the tokens of the provider at this port; return its own port."""

    def fill(text: str) -> str:
        return text.replace("{origin}", origin[0]).replace("{newest}", newest_stable())

    api = Api(ResourceServer(auth_url="{origin}/auth"), Introspected(provider), fill)
    with _Listening(Site({"api": api.answer}, {}, (), fill)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
