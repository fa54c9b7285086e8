"""Issuers that the file lacks: from a folder first, then by AIA under the same rules as in a run.

What is in the folder counts only where it is a CA whose key signed the certificate in question, as with what
is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from diagnose.certificates.contents import content
from diagnose.chain import gaps
from diagnose.chain.certificate import Certificate, read_all
from diagnose.chain.signatures import Signatures
from diagnose.errors import UsageError
from diagnose.facts.run import Settings
from diagnose.facts.tls import FetchedIssuer, Handshake, Handshakes, Issuers
from diagnose.probes.issuers import DEEPEST, certificates_in, fetch_issuers
from diagnose.probes.network import Network
from diagnose.probes.roots import RootStore

MOST_FILES = 500
SUFFIXES = frozenset({".cer", ".crt", ".pem", ".der", ".p7b", ".p7c", ".cert"})


def candidates(folder: Path) -> tuple[tuple[str, bytes], ...]:
    """Return file name and certificate of every CA in this folder; UsageError where it cannot be read."""
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES and each.is_file())
    except OSError as error:
        raise UsageError(f"--issuers {folder}: {error.strerror or 'cannot be read'}") from error
    if len(files) > MOST_FILES:
        raise UsageError(f"--issuers {folder} holds more than {MOST_FILES} certificate files")
    found = tuple(_authorities(files))
    if not found:
        raise UsageError(f"--issuers {folder} holds no issuer certificate ({', '.join(sorted(SUFFIXES))})")
    return found


def _authorities(files: list[Path]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        for certificate in read_all(certificates_in(content(file))):
            if certificate.is_ca:
                yield file.name, certificate.der


async def complete(
    chain: tuple[bytes, ...],
    local: tuple[tuple[str, bytes], ...],
    settings: Settings,
    roots: RootStore,
    network: Network,
) -> Issuers:
    """Return what the chain lacks, as far as it was found."""
    from_folder = _from_folder(chain, local, roots)
    known = (*chain, *(each.certificate for each in from_folder))
    sent = Handshakes((Handshake("", 0, "", "completed", known),))
    fetched: Issuers = await fetch_issuers.function(sent, settings, roots, network)
    return Issuers(fetched.allowed, (*from_folder, *fetched.fetched), fetched.attempts)


def _from_folder(
    chain: tuple[bytes, ...], local: tuple[tuple[str, bytes], ...], roots: RootStore
) -> tuple[FetchedIssuer, ...]:
    offered = [(name, found) for name, der in local if (found := Certificate.read(der)) is not None]
    known = list(chain)
    taken: list[FetchedIssuer] = []
    for _ in range(DEEPEST):
        steps = [step for end, _ in gaps(known, roots.certificates) for step in _issuers_of(end, offered)]
        new = [step for step in steps if step.certificate not in known]
        if not new:
            break
        taken += new
        known += [step.certificate for step in new]
    return tuple({step.certificate: step for step in taken}.values())


def _issuers_of(child: bytes, offered: list[tuple[str, Certificate]]) -> Iterator[FetchedIssuer]:
    below = Certificate.read(child)
    signatures = Signatures()
    for name, above in offered:
        if below is not None and signatures.confirm(below, above):
            yield FetchedIssuer(name, above.der, below.sha256)
