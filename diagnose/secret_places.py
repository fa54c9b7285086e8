"""Where a secret lies outside of a run: in the environment, in a file that it names, in the address of a proxy."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

LARGEST = 64 * 1024
"""Bytes read of a secret file; a client secret has 73 characters."""

MISTAKEN = ("--client-secret", "--secret", "--password", "--token", "--proxy-password")
"""There is no option that takes a secret; what is typed after one of these is one all the same."""
PRIVATE_KEY = "AGE-SECRET-KEY-"
"""How a private key of age begins; who types one where a recipient belongs has typed a secret."""


def of_the_environment(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the client secret, plain or in the file that is named, and the passwords of every proxy."""
    yield from _as_typed(environment.get("HALO_CLIENT_SECRET", ""))
    yield from _as_typed(_in_file(environment.get("HALO_CLIENT_SECRET_FILE", "")))
    for name, value in environment.items():
        if name.lower().endswith("_proxy"):
            yield from of_a_proxy(value)


def of_a_proxy(url: str | None) -> Iterator[str]:
    """Yield the password in the address of a proxy, as written and decoded, and what is sent for it (RFC 7617)."""
    try:
        text = url or ""
        parts = urlsplit(text if "://" in text else f"//{text}")
        user, password = parts.username or "", parts.password
    except ValueError:
        return
    if not password:
        return
    yield password
    yield unquote(password)
    yield base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def given_by_mistake(arguments: Sequence[str]) -> Iterator[str]:
    """Yield what was typed after an option that does not exist, because it would take a secret."""
    for position, argument in enumerate(arguments):
        name, mark, value = argument.partition("=")
        if name.upper().startswith(PRIVATE_KEY):
            yield name
        if name in MISTAKEN:
            following = arguments[position + 1 : position + 2]
            yield from _as_typed(value if mark else "".join(following))


def _as_typed(text: str) -> Iterator[str]:
    """Yield the text, and without the blanks around it, which are removed before it is sent."""
    yield text
    yield text.strip()


def _in_file(name: str) -> str:
    """Return what a plain file holds; standard input and pipes are left to the command that reads them."""
    path = Path(name)
    try:
        if not name or name == "-" or not path.is_file():
            return ""
        with path.open("rb") as stream:
            content = stream.read(LARGEST)
    except (OSError, ValueError):
        return ""
    from diagnose.credential_shape import decode_secret  # noqa: PLC0415 - only where there is such a file
    from diagnose.errors import UsageError  # noqa: PLC0415

    try:
        return decode_secret(content, origin=name)
    except UsageError:
        return ""
