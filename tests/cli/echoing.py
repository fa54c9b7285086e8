"""A simulated HaloPSA that gives away everything it is told and everything it will ever issue, wherever it can."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from diagnose import lab
from diagnose.lab import running as building
from diagnose.lab.exchange import Incoming, Reply
from diagnose.lab.pki import LEAF
from diagnose.lab.running import Running
from diagnose.lab.site import Site
from diagnose.lab.tokens import Tokens

COOKIE = "kanarie-cookie-5d41402abc4b2a76"
TOKENS = [f"kanarie-token-{number}-b9719d911017c592ae2" for number in range(12)]


def forms(secret: str) -> dict[str, str]:
    """Return the secret as a stranger may write it; spelt out here, without the tool's own table."""
    raw = secret.encode()
    return {
        "plain": secret,
        "url": quote(secret, safe=""),
        "html": html.escape(secret),
        "json": json.dumps(secret)[1:-1],
        "json of .NET": "".join(f"\\u{ord(sign):04X}" if not sign.isalnum() else sign for sign in secret),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        **{f"base64 {shift}": base64.b64encode(b"x" * shift + raw + b"yz").decode() for shift in range(3)},
        "basic": base64.b64encode(b"client:" + raw).decode(),
        "base64 of UTF-16": base64.b64encode(secret.encode("utf-16-le")).decode(),
        "upper": secret.upper(),
        "wrapped": f"{secret[:9]}\n   {secret[9:]}",
    }


class Echo:
    """Lays every form of every secret over what a site answers."""

    def __init__(self, secrets: list[str]) -> None:
        self.secrets = secrets

    def over(self, reply: Reply, request: Incoming) -> Reply:
        """Return the reply with everything in it that should not be."""
        told = [form for secret in self.secrets for form in forms(secret).values()]
        oneline = " ".join(" ".join(told).split()).encode("ascii", "backslashreplace").decode()
        headers = reply.headers | {
            "Server": self.secrets[0].encode("ascii", "backslashreplace").decode(),
            "Via": oneline[:300],
            "WWW-Authenticate": f'Basic realm="{oneline[:200]}"',
            "Set-Cookie": f"session={COOKIE}; token={quote(self.secrets[0])}",
        }
        if reply.status >= 300 or "location" in {name.lower() for name in reply.headers}:
            headers["Location"] = f"https://elsewhere.example.test/{quote(self.secrets[0], safe='')}?{TOKENS[0]}"
        return Reply(reply.status, self._body(reply.body, told), headers, reply.cut)

    def _body(self, body: bytes, told: list[str]) -> bytes:
        try:
            document = json.loads(body)
        except ValueError:
            return body + f"<title>{told[0]}</title><p>{'</p><p>'.join(told)}</p>".encode()
        if isinstance(document, dict):
            echoed = {f"key {form}": form for form in told} | {"error_uri": told[0], "message": " ".join(told)}
            if "error" in document:
                echoed["error_description"] = f"no: {' '.join(told)[:500]}"
            if "app_name" in document or "name" in document:
                echoed |= {"app_name": f"Halo {told[0]}", "name": f"Agent {told[0]}", "auth_url": f"https://{told[0]}/"}
            document = document | echoed
        return json.dumps(document).encode()


@contextmanager
def echoing(
    monkeypatch: pytest.MonkeyPatch, secret: str, scenario: str, further: list[str]
) -> Iterator[tuple[Running, list[str]]]:
    """Run a scenario whose client secret is `secret`, echoed like the tokens and `further`; tell the tokens issued."""
    answer, issue = Site.answer, Tokens.issue
    tokens = iter(TOKENS)
    given: list[str] = []

    def issued(self: Tokens, scopes: tuple[str, ...], client_id: str, *, readable: bool) -> str:
        token = next(tokens)
        issue(self, scopes, client_id, readable=readable)
        self._issued[token] = scopes
        given.append(token)
        return token

    echo = Echo([secret, *TOKENS[:3], *further])
    monkeypatch.setattr(building, "ODD", secret)
    monkeypatch.setattr(Tokens, "issue", issued)
    monkeypatch.setattr(Site, "answer", lambda self, request: echo.over(answer(self, request), request))
    chosen = lab.SCENARIOS[scenario]
    plain = secret.isascii() and "+" not in secret
    names = ("{host}", f"{secret}.example.test") if plain else ("{host}",)
    organisation = re.sub(r'([,+"\\<>;=])', r"\\\1", secret)
    subject = f"CN={{host}},O={organisation}"
    with lab.start(
        chosen.but(
            given=chosen.given.but(credentials="odd"), specs=(*chosen.specs, LEAF.but(subject=subject, names=names))
        )
    ) as running:
        yield running, given
