"""The tokens that the simulated authorization server issued in this run, and what they allow."""

from __future__ import annotations

import base64
import secrets
import threading
import time

import msgspec

LIFETIME = 3600
"""Seconds; Halo's `expires_in`."""


class Tokens:
    """Issues access tokens, opaque (as OpenIddict encrypts them by default) or readable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._issued: dict[str, tuple[str, ...]] = {}

    def issue(self, scopes: tuple[str, ...], client_id: str, *, readable: bool) -> str:
        """Return a new token that allows these scopes."""
        token = _readable(scopes, client_id) if readable else _encrypted()
        with self._lock:
            self._issued[token] = scopes
        return token

    def scopes_of(self, token: str) -> tuple[str, ...] | None:
        """Return what this token allows; None if it was never issued."""
        with self._lock:
            return self._issued.get(token)


def signed(claims: dict[str, object], kind: str = "JWT") -> str:
    """Return a three-part token with these claims; its signature is noise, nobody here verifies it."""
    parts = (msgspec.json.encode({"alg": "RS256", "typ": kind}), msgspec.json.encode(claims), secrets.token_bytes(64))
    return ".".join(_base64url(part) for part in parts)


def _readable(scopes: tuple[str, ...], client_id: str) -> str:
    claims: dict[str, object] = {
        "sub": "27",
        "agent_id": "27",
        "client_id": client_id,
        "scope": " ".join(scopes),
        "exp": int(time.time()) + LIFETIME,
    }
    return signed(claims, "at+jwt")


def _encrypted() -> str:
    """Return the look of a JWE (RFC 7516): five parts, the header readable, the rest noise."""
    header = msgspec.json.encode({"alg": "RSA-OAEP", "enc": "A256CBC-HS512", "typ": "at+jwt"})
    return ".".join(_base64url(part) for part in (header, *(secrets.token_bytes(size) for size in (48, 16, 96, 32))))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
