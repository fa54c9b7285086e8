"""Secrets live here and are reachable from no report: no fact, outcome or option holds one."""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.secret_forms import SHORTEST, replaced, spells

PLACEHOLDER = "[secret]"
SEPARATOR = "\x01"


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

    def told_in(self, texts: Iterable[str]) -> bool:
        """Tell whether `redact` would change any of these: one search for all of them."""
        given = tuple(texts)
        joined = SEPARATOR.join(given)
        if any(value in joined for value in self._shown):
            return True
        if any(len(value) < SHORTEST and value in given for value in self._values):
            return True
        return spells(joined, self._values)

    def redact(self, text: str) -> str:
        """Return `text` with every known secret replaced, in whatever form a server wrote it.

        Where a form is so unusual that its place cannot be told, the whole text is replaced.
        """
        for value, shown in self._shown.items():
            text = text.replace(value, shown)
        if any(text == value for value in self._values if len(value) < SHORTEST):
            return PLACEHOLDER
        if not spells(text, self._values):
            return text
        for value in sorted(self._values, key=len, reverse=True):
            if len(value) >= SHORTEST:
                text = replaced(text, value, PLACEHOLDER)
        return PLACEHOLDER if spells(text, self._values) else text


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
