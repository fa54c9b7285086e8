"""What would leave, before it leaves: every value by its class, what was replaced, who was contacted."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.report import Document
from diagnose.support.privacy import LONGEST, MEANINGS, Privacy, Shown, classified
from diagnose.text import harmless


def preview(document: Document, members: Mapping[str, bytes], *, ticket: str, note: str) -> str:
    """Return the whole preview as text."""
    return "\n".join(_lines(document, members, {"ticket": ticket, "note": note})) + "\n"


def _lines(document: Document, members: Mapping[str, bytes], said: Mapping[str, str]) -> Iterator[str]:
    yield "What would be in the attachment"
    yield from (f"  {len(content):>9} bytes  {name}" for name, content in members.items())
    shown = classified({**said, **document.raw})
    for privacy in Privacy:
        chosen = [each for each in shown if each.privacy is privacy]
        yield from ("", f"{privacy.value.upper()} ({MEANINGS[privacy]}): {len(chosen)} different values")
        yield from (_line(each) for each in chosen)
    yield from ("", *_replaced(document.raw.get("pseudonyms")))
    yield from ("", "CONTACTED")
    for contact in document.report.contacted:
        place = harmless(f"{contact.host} port {contact.port} ({contact.address})")
        yield f"  {place}: {harmless(contact.purpose)}, requests: {contact.requests}"
    if not document.report.contacted:
        yield "  nobody"


def _line(shown: Shown) -> str:
    times = f"  ({shown.times} times)" if shown.times > 1 else ""
    return f"  {harmless(shown.path)}: {_value(shown.value)}{times}"


def _value(text: str) -> str:
    """Return the value, or of a certificate its size and SHA-256."""
    if len(text) > LONGEST:
        try:
            content = base64.b64decode(text, validate=True)
        except ValueError:
            return harmless(text)
        return f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}"
    return harmless(text)


def _replaced(pseudonyms: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    yield "REPLACED"
    if not isinstance(pseudonyms, Mapping):
        yield "  nothing: --pseudonyms replaces host names, private addresses, agent names and e-mail addresses"
        return
    for kind, number in pseudonyms.items():
        yield f"  {harmless(str(kind))}: {harmless(str(number))}"
