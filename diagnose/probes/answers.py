"""From a reply to an `Answer`: what may be kept of it, with every known secret taken out first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from diagnose.credentials import Secrets
from diagnose.facts.http import Answer, Gate, Kind
from diagnose.probes.pages import LONGEST_MARKUP, is_html, shortened, title_and_text
from diagnose.probes.replies import Reply
from diagnose.probes.strictjson import NotJsonError, strict_json
from diagnose.signatures import classify
from diagnose.text import harmless

KEPT_HEADERS = frozenset(
    {
        "age",
        "allow",
        "cf-error-origin",
        "cf-error-type",
        "cf-mitigated",
        "cf-ray",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "location",
        "retry-after",
        "server",
        "via",
        "www-authenticate",
        "x-amz-cf-id",
        "x-amzn-waf-action",
        "x-azure-ref",
        "x-cache",
        "x-cdn",
        "x-iinfo",
        "x-powered-by",
        "x-sucuri-id",
    }
)
"""What tells whose answer it is, when, and where it sends one. Never a cookie."""
LISTS = frozenset({"www-authenticate"})
"""Headers of which every line counts: IIS writes one for each scheme. Of others the first is kept."""
LONGEST_HEADER = 400


def understood(reply: Reply, asked: Answer, secrets: Secrets) -> tuple[Answer, bytes]:
    """Return `asked` completed with what came back, and the body without any known secret."""
    told = _tells(reply, secrets)
    body, echoed = without_secrets(reply.body, secrets) if told else (reply.body, False)
    headers = _kept(reply, secrets, told=told)
    echoed = echoed or headers[1]
    text = _text(body)
    kind = _kind(body, text)
    changes: dict[str, Any] = {
        "outcome": "answered" if reply.whole else "too_large",
        "status": reply.response.status_code,
        "kind": kind,
        "headers": headers[0],
        "sha256": hashlib.sha256(body).hexdigest() if body else "",
        "gate": None if kind == "json" else _gate(reply, body),
        "echoed_secret": echoed,
        "detail": "" if reply.whole else "the body is larger than any answer to this tool",
    }
    if kind in {"html", "text"} and text is not None:
        title, words = title_and_text(text) if kind == "html" else ("", shortened(text[:LONGEST_MARKUP]))
        changes |= {"title": harmless(secrets.redact(title)), "text": harmless(secrets.redact(words))}
    return msgspec.structs.replace(asked, **changes), body if reply.whole else b""


def _tells(reply: Reply, secrets: Secrets) -> bool:
    """Tell whether headers or body hold anything to be replaced: one search for all of it, and mostly the only one."""
    headers = [value for _, value in reply.response.headers.multi_items()]
    return secrets.told_in([*headers, *(text for _, _, text in _readings(reply.body))])


def _readings(body: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield each way to read the body: encoding, how errors are dealt with, and the text."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        yield "utf-16", "replace", body.decode("utf-16", "replace")
    yield "utf-8", "surrogateescape", body.decode("utf-8", "surrogateescape")


def without_secrets(body: bytes, secrets: Secrets) -> tuple[bytes, bool]:
    """Return the body with every known secret replaced, and whether there was one."""
    for encoding, errors, text in _readings(body) if secrets.values and body else ():
        clean = secrets.redact(text)
        if clean != text:
            return clean.encode(encoding, errors), True
    return body, False


def _kept(reply: Reply, secrets: Secrets, *, told: bool) -> tuple[dict[str, str], bool]:
    kept: dict[str, str] = {}
    echoed = False
    for name, value in reply.response.headers.multi_items():
        clean = secrets.redact(value) if told else value
        echoed = echoed or clean != value
        if name in KEPT_HEADERS:
            several = f"{kept[name]}, {clean}" if name in LISTS and name in kept else kept.get(name, clean)
            kept[name] = harmless(several, longest=LONGEST_HEADER)
    return kept, echoed


def _gate(reply: Reply, body: bytes) -> Gate | None:
    return classify(reply.response.status_code, reply.response.headers, body, _cookie_names(reply))


def _cookie_names(reply: Reply) -> list[str]:
    values = reply.response.headers.get_list("set-cookie")
    return [match[1] for value in values if (match := re.match(r"\s*([^=;\s]{1,100})=", value))]


def _text(body: bytes) -> str | None:
    """Return the body as text; None where it is none."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return body.decode("utf-16", "replace")
    if b"\0" in body[:4096]:
        return None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
        printable = sum(character.isprintable() or character.isspace() for character in text[:4096])
        return text if printable > len(text[:4096]) * 0.9 else None


def _kind(body: bytes, text: str | None) -> Kind:
    if not body.strip():
        return "empty"
    if text is None:
        return "binary"
    if is_html(text):
        return "html"
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} and _is_json(body):
        return "json"
    return "text"


def _is_json(body: bytes) -> bool:
    try:
        strict_json(body)
    except NotJsonError:
        return False
    return True
