"""Whose page answered instead of Halo: a table of marks, first match wins. Pure, but for reading the table once.

A JSON body is never a gate: an application wrote it. Nor is a 401 that asks for a Bearer token (RFC 6750, 3):
IIS may lay its own page over the empty body of such an answer, and it is the application's all the same. A
mark in a header alone decides only where nothing but the gate itself sends it, for most products also stamp
the answers they let through.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from diagnose.converting import convert
from diagnose.facts.http import Gate, asks_for_bearer

LOOKED_AT = 64 * 1024
"""Bytes of a body that are searched."""
UNAUTHORIZED = 401

GateKind = Literal["outbound_filter", "waf", "proxy", "iis", "portal", "unknown"]
GateState = Literal["blocked", "down", "missing", "limited", "error"]


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table: every condition given must hold. Texts are compared without regard to case.

    `headers`: each must contain its text; `""` asks only that the header is there. `body`: every text must
    occur. `any`: at least one of them. `cookies`: a name that begins with one of them. `page`: the body must
    be a page, whatever it says.
    """

    id: str
    product: str
    kind: GateKind
    state: GateState
    source: str
    as_of: date
    status: tuple[int, ...] = ()
    headers: dict[str, str] = {}
    body: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    page: bool = False

    def matches(self, status: int, headers: Mapping[str, str], body: str, cookies: Iterable[str]) -> bool:
        """Whether an answer bears this mark; everything but the status in lower case, this row too."""
        fits = not self.status or status in self.status
        for name, text in self.headers.items():
            fits = fits and name in headers and text in headers[name]
        for text in self.body:
            fits = fits and text in body
        return (
            fits
            and (not self.any or any(text in body for text in self.any))
            and (not self.cookies or any(name.startswith(self.cookies) for name in cookies))
            and (not self.page or "<" in body)
        )

    def in_lower_case(self) -> Signature:
        """Return the row with every text in lower case."""
        headers = {name: text.lower() for name, text in self.headers.items()}
        body, some = (tuple(text.lower() for text in texts) for texts in (self.body, self.any))
        return msgspec.structs.replace(self, headers=headers, body=body, any=some)


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: tuple[Signature, ...]


@cache
def table() -> tuple[Signature, ...]:
    """Return the bundled table."""
    text = (resources.files("diagnose") / "data" / "signatures.toml").read_text("utf-8")
    return convert(tomllib.loads(text), _Table).signature


@cache
def _lower() -> tuple[Signature, ...]:
    return tuple(signature.in_lower_case() for signature in table())


def classify(status: int, headers: Mapping[str, str], body: bytes, cookies: Iterable[str] = ()) -> Gate | None:
    """Return whose page this is, or None where no mark is known or an application answered."""
    lower = {name.lower(): value.lower() for name, value in headers.items()}
    if _is_json(body) or (status == UNAUTHORIZED and asks_for_bearer(lower.get("www-authenticate", ""))):
        return None
    text = re.sub(r"\s+", " ", body[:LOOKED_AT].decode("utf-8", "replace").lower())
    names = [name.lower() for name in cookies]
    for signature in _lower():
        if signature.matches(status, lower, text, names):
            return Gate(signature.id, signature.product, signature.kind, signature.state)
    return None


def _is_json(body: bytes) -> bool:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] not in {b"{", b"["}:
        return False
    try:
        json.loads(start)
    except (ValueError, RecursionError):
        return False
    return True
