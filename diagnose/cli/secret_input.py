"""Where the client secret comes from: a file, standard input, the environment, or a prompt without echo."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from diagnose.cli.interrupts import at_once
from diagnose.credential_shape import decode_secret
from diagnose.errors import UsageError

LARGEST = 64 * 1024
"""Bytes read of a secret file; a client secret has 73 characters."""


def read(file: str | None, *, may_ask: bool) -> str:
    """Return the secret as given; UsageError names the option where there is none."""
    if file == "-":
        return decode_secret(sys.stdin.buffer.read(LARGEST), origin="--client-secret-file -")
    if file:
        return _from_file(Path(file))
    if "HALO_CLIENT_SECRET" in os.environ:
        return os.environ["HALO_CLIENT_SECRET"]
    if may_ask and sys.stdin is not None and sys.stdin.isatty():
        with at_once():
            return getpass.getpass("Client secret (not shown): ")
    raise UsageError("--client-secret-file is missing; name a file, or - for standard input, or say --no-credentials")


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return decode_secret(stream.read(LARGEST), origin=f"--client-secret-file {path}")
    except OSError as error:
        raise UsageError(f"--client-secret-file {path}: {error.strerror or 'cannot be read'}") from error
