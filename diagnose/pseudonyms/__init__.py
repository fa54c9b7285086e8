"""Pseudonyms: the same report without the names of hosts, private addresses, agents, e-mail addresses.

Each name is replaced everywhere by the same word of the same type, so that what belongs together still does, and
`recheck` of the result says what the report says:
- host names keep their structure: names below one domain stay below one domain, and a wildcard stays one;
- a private address becomes another one of the same private network, in the same order;
- a certificate that holds a replaced name cannot be rewritten without breaking its signature, so it is left out. What
  the chain was judged to be is kept in its place, as the fact `tls.judged_chains`, and a recheck goes on from there.
The map stays with whoever made it; nothing in the result leads back.
"""

from __future__ import annotations

from typing import Any

import msgspec

from diagnose.pseudonyms.certificates import KEPT, builtins, digests, judged, leaves_of, without_certificates
from diagnose.pseudonyms.collected import collect
from diagnose.pseudonyms.words import Words
from diagnose.registry import Registry
from diagnose.report import Document, with_digest


class Pseudonymised(msgspec.Struct, frozen=True):
    """The report under pseudonyms, and the map that must not be sent."""

    document: Document
    private: dict[str, Any]


def pseudonymised(document: Document, registry: Registry) -> Pseudonymised:
    """Return the report under pseudonyms. One that is already comes back as it is."""
    if "pseudonyms" in document.raw:
        return Pseudonymised(document, {})
    chains = judged(document, registry)
    words = Words(collect(document, chains))
    own = leaves_of(chains)
    facts, gone = without_certificates(dict(document.raw.get("facts", {})), words, own)
    words.certificates(digests(gone), [serial for serial in own.values() if serial])
    if chains is not None and gone:
        facts[KEPT] = {"value": without_certificates(builtins(chains), words, own)[0]}
    raw = words.everywhere({**document.raw, "facts": facts})
    raw["pseudonyms"] = words.counts()
    after = Document(with_digest(raw))
    private = {
        "keep": "This file tells who is behind the pseudonyms. Do not send it.",
        "report_digest": _digest(document),
        "pseudonymised_report_digest": _digest(after),
        "pseudonyms": words.mapping(),
    }
    return Pseudonymised(after, private)


def _digest(document: Document) -> str | None:
    """Return the digest that the report states."""
    return document.report.digest.value if document.report.digest is not None else None
