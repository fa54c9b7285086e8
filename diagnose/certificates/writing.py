"""Writes the repaired chain: whole or not at all, and readable by its owner alone where a system can say so.

The one file that may hold a private key, which somebody gave us for exactly that; every other byte goes through
`diagnose.guard`, which knows that key as a secret.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from diagnose.errors import UsageError


def write(path: Path, content: bytes) -> None:
    """Write this file; UsageError names it where that fails."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise UsageError(f"-o {path} cannot be written: {error.strerror or error}") from error
