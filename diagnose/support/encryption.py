"""Encryption to the people who may read an attachment: the age format, version 1, readable by the `age` program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnose.errors import UsageError
from diagnose.text import harmless

SUFFIX = ".age"
MAGIC = b"age-encryption.org/v1"
"""The first line of an age file (C2SP, age, the header)."""
INSTALL = "python -m pip install 'halo-diagnose[age]'"
_SECRET = "AGE-SECRET-KEY-"  # noqa: S105 - how a private key begins, so that it can be refused


def encrypted(content: bytes, recipients: Sequence[str]) -> bytes:
    """Return the content as an age file; UsageError for a recipient that cannot be read, or without the extra."""
    pyrage = _library()
    return bytes(pyrage.encrypt(content, [_recipient(pyrage, text) for text in recipients]))


def check(recipients: Sequence[str]) -> None:
    """UsageError for a recipient that cannot be read, or without the extra; before anything is done."""
    if recipients:
        pyrage = _library()
        for text in recipients:
            _recipient(pyrage, text)


def _library() -> Any:  # noqa: ANN401 - a module without types
    try:
        import pyrage  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, without types
    except ImportError as error:
        raise UsageError(f"--encrypt-to needs the extra 'age', which is not installed: {INSTALL}") from error
    return pyrage


def _recipient(pyrage: Any, text: str) -> Any:  # noqa: ANN401 - a library without types
    text = text.strip()
    if text.upper().startswith(_SECRET):
        raise UsageError("--encrypt-to was given a secret key; it takes the public one, which begins with age1")
    kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise UsageError(
            f"--encrypt-to {harmless(text, longest=80)}: this is no recipient; it looks like age1... or ssh-ed25519 ..."
        ) from error
