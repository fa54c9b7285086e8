"""What is kept of the certificates that connections were shown."""

from __future__ import annotations

from msgspec.structs import replace

from diagnose.facts.tls import Handshake, Handshakes
from diagnose.probes.lines import Line
from diagnose.probes.network import Network

MOST_CERTIFICATES = 20
MOST_BYTES = 128 * 1024
SOMETIMES = "on some connections"


def certificates_of(line: Line | None) -> list[bytes]:
    """Return what was sent on this line (DER), in order."""
    return line.tls.chain() if line is not None and line.tls is not None else []


def capped(chain: list[bytes]) -> tuple[tuple[bytes, ...], int]:
    """Return the certificates within the caps, and how many are beyond them."""
    kept: list[bytes] = []
    for certificate in chain[:MOST_CERTIFICATES]:
        if sum(map(len, kept)) + len(certificate) > MOST_BYTES:
            break
        kept.append(certificate)
    return tuple(kept), len(chain) - len(kept)


def with_later(handshakes: Handshakes, network: Network) -> Handshakes:
    """Add what further connections to the same addresses were shown, where that was another chain."""
    later = []
    for attempt in handshakes.attempts:
        for shown in network.presented.get((attempt.host, attempt.port, attempt.address), []):
            chain, dropped = capped(shown)
            if attempt.chain and chain != attempt.chain:
                address = f"{attempt.address} {SOMETIMES}"
                later.append(Handshake(attempt.host, attempt.port, address, "completed", chain, dropped))
    return replace(handshakes, later=tuple(later)) if later else handshakes
