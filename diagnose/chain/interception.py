"""Is a middlebox's issuer on the path? By the table data/interceptors.toml, over an untrusted root only."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

import msgspec

from diagnose.chain.certificate import Certificate
from diagnose.converting import convert


class Interceptor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product and what its issuers are called."""

    product: str
    issuer: tuple[str, ...]
    """Parts of an issuer's RFC 4514 name, compared without regard to case."""
    source: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table, with the day it was last looked over."""

    as_of: str
    interceptor: tuple[Interceptor, ...]


@cache
def table() -> Table:
    """Return the bundled table."""
    text = (resources.files("diagnose") / "data" / "interceptors.toml").read_text("utf-8")
    return convert(tomllib.loads(text), Table)


def recognise(path: Sequence[Certificate]) -> tuple[str, str]:
    """Return (product, issuer) of the first issuer on the path that the table knows, or two empty strings."""
    for certificate in path:
        folded = certificate.issuer.casefold()
        for entry in table().interceptor:
            if any(part.casefold() in folded for part in entry.issuer):
                return entry.product, certificate.issuer
    return "", ""
