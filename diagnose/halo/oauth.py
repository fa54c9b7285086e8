"""Reads the answers of a token endpoint (RFC 6749, 5.1 and 5.2), and takes the tokens out before anything is kept."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

import msgspec

from diagnose.converting import decode
from diagnose.facts.http import Answer
from diagnose.facts.tokens import OAuthAnswer
from diagnose.text import harmless

HTTP_OK = 200

TOKENS = ("access_token", "refresh_token", "id_token")
"""The keys of a token response that hold a secret (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3)."""

LONGEST_ERROR = 200
LONGEST_DESCRIPTION = 500
LONGEST_TOKEN = 16384
"""Characters: no longer one fits into a header (IIS: MaxFieldLength, 16384 bytes by default,
learn.microsoft.com, "Http.sys registry settings for Windows", read 2026-11-28). What is longer is no token."""

JWT_PARTS = 3
"""RFC 7515, 7.1: header, payload and signature."""

MOST_SCOPES = 200
MOST_SECONDS = 10 * 366 * 86400

_TOKEN_IN_TEXT = re.compile(r'"(?:access|refresh|id)_token"\s*:\s*"([^"\\]{8,})"')
_ERROR_ID = re.compile(r"\bID[0-9]{4}\b")
"""OpenIddict 3 and later: error_uri is https://documentation.openiddict.com/errors/IDxxxx."""


ACCESS_TOKEN = ("at+jwt", "application/at+jwt")
"""RFC 9068, 2.1: the type of a readable access token."""


class _Header(msgspec.Struct):
    typ: str = ""


class _Claims(msgspec.Struct):
    scope: str | list[str] | None = None


def tokens(document: object, body: bytes) -> tuple[str, ...]:
    """Return every token in an answer: from the JSON object, or from the text where it is none."""
    if isinstance(document, Mapping):
        values = (document.get(key) for key in TOKENS)
        found = [value for value in values if isinstance(value, str) and value]
    else:
        found = _TOKEN_IN_TEXT.findall(body.decode("utf-8", "replace"))
    return tuple(value[:LONGEST_TOKEN] for value in found)


def access_token(answer: Answer, document: object) -> str | None:
    """Return the token of a grant: status 200 and a JSON object with an `access_token` that a header can carry."""
    token = document.get("access_token") if isinstance(document, Mapping) else None
    granted = answer.status == HTTP_OK and isinstance(token, str) and 0 < len(token) <= LONGEST_TOKEN
    return token if granted else None


def read(answer: Answer, document: object, requested: tuple[str, ...]) -> OAuthAnswer:
    """Return what one answer says, without its tokens. `document` is the parsed body, None where it is no JSON."""
    if not isinstance(document, Mapping):
        return OAuthAnswer(answer, requested)
    token = access_token(answer, document)
    error = _text(document.get("error"), LONGEST_ERROR)
    found = _ERROR_ID.search(_text(document.get("error_uri"), LONGEST_DESCRIPTION))
    return OAuthAnswer(
        answer=answer,
        requested=requested,
        granted=token is not None,
        oauth=token is not None or bool(error),
        error=error,
        error_id=found[0] if found else "",
        error_description=_text(document.get("error_description"), LONGEST_DESCRIPTION),
        scope=_scopes(document.get("scope")),
        claimed_scope=claimed_scope(token) if token else None,
        expires_in=_seconds(document.get("expires_in")),
    )


def words(said: OAuthAnswer) -> list[str]:
    """Return every word in the answer that the server chose."""
    return [said.error, said.error_description, *(said.scope or ()), *(said.claimed_scope or ())]


def rewritten(said: OAuthAnswer, redact: Callable[[str], str]) -> OAuthAnswer:
    """Return the answer with `redact` applied to every word the server chose."""
    return msgspec.structs.replace(
        said,
        error=redact(said.error),
        error_description=redact(said.error_description),
        scope=None if said.scope is None else tuple(redact(word) for word in said.scope),
        claimed_scope=None if said.claimed_scope is None else tuple(redact(word) for word in said.claimed_scope),
    )


def claimed_scope(token: str) -> tuple[str, ...] | None:
    """Return the scopes inside a readable token (RFC 7519, three parts), or None. A hint: nothing is verified.

    A token of the type `at+jwt` names its scopes (RFC 9068, 2.2.3): where it names none, it has none.
    """
    parts = token.split(".")
    if len(parts) != JWT_PARTS or len(token) > LONGEST_TOKEN:
        return None
    try:
        claims = decode(_decoded(parts[1]), _Claims)
        if claims.scope is None:
            return () if decode(_decoded(parts[0]), _Header).typ.lower() in ACCESS_TOKEN else None
        return _scopes(claims.scope)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _scopes(value: object) -> tuple[str, ...] | None:
    """Return the scopes of a text or a list; an empty text names none of them, which says something too."""
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or len(words) > MOST_SCOPES:
        return None
    if any(not isinstance(word, str) or len(word) > LONGEST_ERROR for word in words):
        return None
    return tuple(dict.fromkeys(harmless(word) for word in words))


def _text(value: object, longest: int) -> str:
    return harmless(value, longest=longest) if isinstance(value, str) else ""


def _seconds(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_SECONDS else None
