"""A run looks at servers: it has no certificate file, and `diagnose certificate` brings its own."""

from __future__ import annotations

from diagnose.fact import Unavailable, probe
from diagnose.facts.certificate_file import CertificateFile
from diagnose.outcome import Code


@probe(timeout=1.0)
async def certificate_file() -> CertificateFile | Unavailable:
    """Say that no file was given."""
    return Unavailable(Code.NOT_APPLICABLE, "a server was judged, and no certificate file (diagnose certificate FILE)")
