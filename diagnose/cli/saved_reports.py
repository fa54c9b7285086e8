"""What the commands over saved reports share: they know no secret but the environment's, and make no connection."""

from __future__ import annotations

from diagnose import guard
from diagnose.guard import Writer

FORGOTTEN = "The secrets of the run that made this report are not known here"
"""Begins the sentence that says what the guard can look for."""


def writer() -> Writer:
    """Return the writer of a command that reads a saved report."""
    return guard.current()


def what_is_known(to: Writer) -> str:
    """Return the sentence on the secrets that such a command looks for."""
    known = "what is written was searched for those in the environment" if to.secrets.values else "none is known at all"
    return f"{FORGOTTEN}: {known} (HALO_CLIENT_SECRET, HALO_CLIENT_SECRET_FILE, proxy passwords)."
