"""Where the client secret comes from: a file, standard input, the environment, or a prompt without echo."""

from __future__ import annotations

import getpass
import os
import sys
import warnings
from pathlib import Path

from diagnose.credential_shape import decode_secret
from diagnose.errors import UsageError
from diagnose.interrupts import at_once

LARGEST = 64 * 1024
"""Bytes read of a secret file; a client secret has 73 characters."""


class Typed:
    """A secret that the guided interview has asked for already; stands where a file would be named."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<Typed>"


def read(file: str | Typed | None, *, may_ask: bool) -> str:
    """Return the secret as given; UsageError names the option where there is none."""
    if isinstance(file, Typed):
        return file.value
    if file == "-":
        return decode_secret(sys.stdin.buffer.read(LARGEST), origin="--client-secret-file -")
    if file:
        return _from_file(Path(file))
    if "HALO_CLIENT_SECRET" in os.environ:
        return os.environ["HALO_CLIENT_SECRET"]
    if may_ask and sys.stdin is not None and sys.stdin.isatty():
        with at_once():
            return ask("Client secret (not shown): ")
    raise UsageError("--client-secret-file is missing; name a file, or - for standard input, or say --no-credentials")


def ask(prompt: str) -> str:
    """Return what is typed at the terminal; UsageError where that would be shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except getpass.GetPassWarning as error:
            raise UsageError("this terminal cannot hide what is typed; name a --client-secret-file") from error


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return decode_secret(stream.read(LARGEST), origin=f"--client-secret-file {path}")
    except OSError as error:
        raise UsageError(f"--client-secret-file {path}: {error.strerror or 'cannot be read'}") from error
