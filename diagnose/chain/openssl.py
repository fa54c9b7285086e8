"""OpenSSL's own rules, offline: the only module that knows pyOpenSSL, and it imports it when first asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from OpenSSL import crypto

    from diagnose.chain.certificate import Certificate

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h; pyOpenSSL has no name for it."""
REMEMBERED = 32
"""Certificates kept as OpenSSL reads them; a chain and its roots are asked about several times."""


def verdict(
    leaf: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], flags: int = 0
) -> tuple[bool | None, int]:
    """Return whether OpenSSL finds a path from `leaf` to `roots`, at whatever time, and its X509_V_ERR number.

    None where OpenSSL cannot read a certificate. No host name and no purpose is asked about.
    """
    from OpenSSL import crypto  # noqa: PLC0415 - only a judged chain needs it

    try:
        store = crypto.X509Store()
        store.set_flags(NO_CHECK_TIME | flags)
        for root in roots:
            store.add_cert(_load(root.der))
        context = crypto.X509StoreContext(store, _load(leaf.der), [_load(other.der) for other in others])
        context.verify_certificate()
    except crypto.X509StoreContextError as error:
        return False, int(error.errors[0])
    except (crypto.Error, ValueError):
        return None, 0
    return True, 0


def confirms(child: Certificate, issuer: Certificate) -> bool:
    """Whether OpenSSL takes `issuer` for what signed `child`; for algorithms that cryptography no longer has (MD5)."""
    from OpenSSL import crypto  # noqa: PLC0415 - as above

    accepted, _ = verdict(child, (), (issuer,), crypto.X509StoreFlags.PARTIAL_CHAIN)
    return accepted is True


@lru_cache(maxsize=REMEMBERED)
def _load(der: bytes) -> crypto.X509:
    from OpenSSL import crypto  # noqa: PLC0415 - as above

    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)
