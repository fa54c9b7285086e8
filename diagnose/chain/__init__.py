"""Judging a captured chain: pure functions of bytes, roots and a moment. Nothing here touches the network.

`gaps` and `is_issuer` are what the fetching of issuers needs; the judgement is in `judgement`, what the
checks read of it in `diagnose.facts.chains`. cryptography is imported on the first call: whoever only
lists the checks never pays for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.chain.certificate import Certificate


def gaps(chain: Sequence[bytes], roots: Sequence[Certificate]) -> list[tuple[bytes, tuple[str, ...]]]:
    """Return (certificate, its caIssuers addresses) wherever a path ends before a root in force.

    Empty where a path from the server's certificate reaches one of `roots`, or ends in a self-signed
    certificate. `chain` may also hold what was fetched already.
    """
    from diagnose.chain.paths import open_ends  # noqa: PLC0415 - imports cryptography

    return [(end.der, end.issuer_urls) for end in open_ends(chain, roots)]


def is_issuer(child: bytes, candidate: bytes) -> bool:
    """Whether `candidate` is a CA of the name that `child` gives as its issuer, and signed it."""
    from diagnose.chain.certificate import Certificate  # noqa: PLC0415 - imports cryptography
    from diagnose.chain.signatures import Signatures  # noqa: PLC0415 - imports cryptography

    below, above = Certificate.read(child), Certificate.read(candidate)
    return below is not None and above is not None and above.is_ca and Signatures().confirm(below, above)
