"""The escalation attachment: one zip with everything that support needs, readable without this program.

Pure: from a report to the members of the zip. The same report, ticket and note give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.format import Style, renderer, summary_renderer
from diagnose.report import Document, ReportError
from diagnose.support.archive import unpacked
from diagnose.text import harmless

REPORT = "report.json"
PAGE = "report.html"
SUMMARY = "summary.md"
MANIFEST = "manifest.json"
READ_ME = "READ ME FIRST.txt"
FORMAT = "halo-diagnose attachment 1"
WIDTH = 72


def members(document: Document, *, ticket: str = "", note: str = "", changed: bool = False) -> dict[str, bytes]:
    """Return what is in the attachment of this report, by name, in order; `changed`: its digest did not fit."""
    chains = dict(_chains(document.raw))
    texts = {
        READ_ME: read_me(document, tuple(chains)),
        SUMMARY: summary_renderer().render(document, ticket=ticket, note=note, changed=changed),
        PAGE: renderer("html").render(document, Style()),
        REPORT: renderer("json").render(document, Style()),
        **chains,
    }
    found = {name: text.encode("utf-8", "replace") for name, text in texts.items()}
    return found | {MANIFEST: _manifest(document, found, ticket, changed=changed).encode()}


def _manifest(document: Document, found: Mapping[str, bytes], ticket: str, *, changed: bool) -> str:
    digest = document.report.digest
    content = {
        "format": FORMAT,
        "ticket": ticket or None,
        "report_digest": digest.value if digest is not None else None,
        "report_changed_before": changed,
        "files": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in found.items()
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def report_in(content: bytes) -> bytes:
    """Return the report.json of an attachment; ReportError where there is none."""
    found = unpacked(content).get(REPORT)
    if found is None:
        raise ReportError(f"this archive holds no {REPORT}, so it is no attachment of halo-diagnose")
    return found


def _chains(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a PEM file for each address: the certificates exactly as the server sent them."""
    for number, attempt in enumerate(_attempts(raw), 1):
        chain = attempt.get("chain")
        if isinstance(chain, list) and chain:
            host, port, address = (str(attempt.get(key, "")) for key in ("host", "port", "address"))
            yield f"chain/{number}-{_plain(f'{host}-{port}-{address}')}.pem", _pem(chain, f"{host}:{port} ({address})")


def _attempts(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    facts = raw.get("facts")
    entry = facts.get("tls.handshakes") if isinstance(facts, Mapping) else None
    value = entry.get("value") if isinstance(entry, Mapping) else None
    found = [value.get(key) for key in ("attempts", "later")] if isinstance(value, Mapping) else []
    return [each for attempts in found if isinstance(attempts, list) for each in attempts if isinstance(each, Mapping)]


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text)[:100].strip("._")


def _pem(chain: list[Any], place: str) -> str:
    """Return the chain as PEM; text between the certificates is a comment (RFC 7468, 5.2)."""
    parts = [f"Certificates as sent by {harmless(place, longest=300)}, in this order."]
    for number, text in enumerate(chain, 1):
        der = _der(text)
        parts.append("")
        if der is None:
            parts.append(f"Certificate {number} was left out: it holds names that were replaced by pseudonyms.")
        else:
            body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
            parts.append(f"Certificate {number}\n-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----")
    return "\n".join(parts) + "\n"


def _der(text: Any) -> bytes | None:  # noqa: ANN401 - any JSON value
    try:
        der = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        return None
    return der if der[:1] == b"\x30" else None


def read_me(document: Document, chains: tuple[str, ...]) -> str:
    """Return the text that says what is inside, and what is not."""
    report = document.report
    made = f"{report.tool.name} {report.tool.version}"
    replaced = document.raw.get("pseudonyms")
    inside = [
        (SUMMARY, "the summary: verdict, cause, who can mend it, what was tried; fits into a ticket"),
        (PAGE, "the whole report; opens in any browser, offline, without scripts"),
        (REPORT, "the same for programs: diagnose recheck, diagnose compare"),
        *((name, "the certificates as the server sends them to everyone") for name in chains),
        (MANIFEST, "the SHA-256 sums of the files above"),
    ]
    parts = [
        f"Diagnosis of a HaloPSA by {made}, run {harmless(report.run.id)}",
        "",
        "Inside:",
        *(line for name, words in inside for line in _wrapped(f"{name}: {words}", "  - ", "    ")),
        "",
        *_wrapped(
            "Not inside: the client secret, tokens, passwords, cookies, records of customers or tickets, whole pages "
            "of the server (of an error page its title and first words). The client id is shown by its last four "
            "characters.",
        ),
        "",
        *(_wrapped(_pseudonyms(replaced)) if replaced is not None else _wrapped(NAMES)),
        "",
        *_wrapped(
            "diagnose verify FILE recalculates the sums. They show whether something was changed by accident. They are "
            "no signature: whoever changes the report can change the sums too.",
        ),
        "",
        *_wrapped("The tool sent this nowhere. Whoever has it was given it by a person."),
    ]
    return "\n".join(parts) + "\n"


NAMES = (
    "Host names, addresses, the name of the agent and the names in the certificates are inside as they are. "
    "diagnose attach --pseudonyms replaces them."
)


def _pseudonyms(replaced: Any) -> str:  # noqa: ANN401 - any JSON value
    counts = replaced if isinstance(replaced, Mapping) else {}
    numbers = ", ".join(f"{number} {harmless(str(kind))}" for kind, number in counts.items())
    return (
        f"Replaced by pseudonyms, the same everywhere: {numbers or 'nothing'}. Certificates that hold such a name are "
        "left out; what they were judged to be is kept, so that diagnose recheck says the same. Public addresses, "
        "versions and the names of certificate authorities are as they were. The list of pseudonyms stays with the "
        "sender."
    )


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
