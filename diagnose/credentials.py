"""Secrets live here and are reachable from no report: no fact, outcome or option holds one."""

from __future__ import annotations

import base64
import functools
import html
import json
from urllib.parse import quote, quote_plus

PLACEHOLDER = "[secret]"
SHORTEST = 8
"""Characters: a shorter secret counts as a whole value only, or everything would be a hit."""


class Secrets:
    """Every secret this run knows: the client secret, tokens, a proxy password."""

    def __init__(self) -> None:
        self._values: list[str] = []
        self._shown: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._values)} known>"

    def add(self, value: str | None) -> None:
        """Remember one more secret; empty ones are no secrets."""
        if value and value not in self._values:
            self._values.append(value)

    def replace(self, value: str, shown: str) -> None:
        """Remember what is no secret and is shown shortened all the same: the client id."""
        if len(value) >= SHORTEST:
            self._shown[value] = shown

    @property
    def values(self) -> tuple[str, ...]:
        """The secrets themselves; for the guard and the redaction, never for a message."""
        return tuple(self._values)

    def redact(self, text: str) -> str:
        """Return `text` with every known secret replaced, also where a server escaped or encoded it."""
        for value, shown in self._shown.items():
            text = text.replace(value, shown)
        for value in sorted(self._values, key=len, reverse=True):
            if len(value) < SHORTEST:
                text = PLACEHOLDER if text == value else text
                continue
            for form in written_forms(value):
                text = text.replace(form, PLACEHOLDER)
        return text


@functools.lru_cache(maxsize=64)
def written_forms(value: str) -> tuple[str, ...]:
    """Return the ways a text may spell a secret: plain, escaped for URL, HTML or JSON, hex, base64."""
    raw = value.encode()
    forms = [
        value,
        quote(value, safe=""),
        quote(value, safe="").lower(),
        quote_plus(value),
        html.escape(value),
        json.dumps(value)[1:-1],
        raw.hex(),
        raw.hex().upper(),
        *(core for shift in range(3) for core in _base64_cores(raw, shift)),
    ]
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST))


def _base64_cores(raw: bytes, shift: int) -> tuple[str, str]:
    """Return the characters that are the same whatever stands before and after the secret."""
    start = (0, 2, 3)[shift]
    whole = (shift + len(raw)) // 3 * 4
    padded = b"\0" * shift + raw
    return (
        base64.b64encode(padded).decode().rstrip("=")[start:whole],
        base64.urlsafe_b64encode(padded).decode().rstrip("=")[start:whole],
    )


class Credentials:
    """Client id and secret as sent, and the tokens they bought. Exists only while the run does."""

    def __init__(self, client_id: str, client_secret: str, secrets: Secrets) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.token: str | None = None
        self.secrets = secrets
        secrets.add(client_secret)

    def __repr__(self) -> str:
        return "<Credentials>"

    def hold(self, token: str) -> None:
        """Keep the access token for the API reads, and know it as a secret."""
        self.secrets.add(token)
        self.token = token
