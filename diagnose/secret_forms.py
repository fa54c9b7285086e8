r"""How a text may spell a secret, and whether it does.

A text is searched without its colours, blanks and frames, as it is and with its escapes undone (JSON's, HTML's,
a URL's, also one inside the other), without regard to case; and for the secret in base64, at each of the three
places of a group where it may begin, and in hex, each of UTF-8 and both kinds of UTF-16.
"""

from __future__ import annotations

import base64
import functools
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""Characters: a shorter secret counts as a whole value only, or everything would be a hit."""

BEGINNING = 64
"""Characters of a long form that are looked for first."""

MOST_VIEWS = 12
"""Readings of one text that are searched; a report has two or three."""

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")

_COLOUR = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""Control sequences and links of a terminal (ECMA-48, 5.4; OSC 8)."""
_ASCII_BLANKS = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \0|"
"""What `str.split` takes for blank, and what a plain frame is drawn with."""
_ASCII = bytes(range(128))
_OTHER_BLANKS = re.compile(
    r"[\u2500-\u257f\u200b-\u200f\u2060\ufeff\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
)
"""What a frame is drawn with, what shows nothing, and the blanks beyond ASCII."""
_JSON = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(["\\/bfnrt\']))')
_URL = re.compile(r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*")
_SIGNS = re.compile(r"[\x00-/:-@\[-`{-\x7f]")
"""Every ASCII character that is no letter and no digit."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_STANDARD = bytes.maketrans(b"-_", b"+/")
"""From base64's alphabet for URLs to its usual one (RFC 4648, 4 and 5)."""
_JSON_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class _Needles(NamedTuple):
    """What to look for: exactly so, or squeezed: in any case, in hex, in base64 (of the alphabet with + and /)."""

    literal: tuple[str, ...]

    wide: tuple[str, ...]
    """In any case; beyond ASCII, where letters are more than bytes."""
    plain: tuple[tuple[bytes, bytes], ...]
    """In any case, or in hex: how each begins, and the whole of it."""
    base64: tuple[tuple[bytes, bytes], ...]


def spells(text: str, secrets: Iterable[str]) -> bool:
    """Tell whether the text holds one of these secrets in any form; those under eight characters are passed over."""
    wanted = _wanted(tuple(secrets))
    if not wanted.base64 or (len(text) < SHORTEST and text.isascii()):
        return False
    if any(form in text for form in wanted.literal):
        return True
    return any(_in_view(view, wanted) for view in _views(text))


def _in_view(view: str, wanted: _Needles) -> bool:
    """Search one reading, as bytes where that will do, which is far faster; written plainly, for it is asked often.

    `in` would first try each form as a number, and raise, and catch that (CPython 3.11, 2026-11); and a long form takes
    longer to be looked for than how it begins.
    """
    if wanted.wide:
        small = view.lower()
        if any(form in small for form in wanted.wide):
            return True
    raw = view.encode("utf-8", "surrogatepass")
    lower = raw.lower()
    for begin, form in wanted.plain:
        if lower.find(begin) >= 0 and lower.find(form) >= 0:
            return True
    standard = raw.translate(_STANDARD)
    for begin, form in wanted.base64:  # noqa: SIM110 - as above
        if standard.find(begin) >= 0 and standard.find(form) >= 0:
            return True
    return False


def _views(text: str) -> Iterator[str]:
    """Yield the readings of a text: as it is, and with one, two or three layers of escapes undone."""
    found = [_squeezed(text)]
    seen = set(found)
    for view in found:
        yield view
        for undo in (_without_json_escapes, html.unescape, _without_url_escapes):
            undone = undo(view)
            if undone == view:
                continue
            undone = _squeezed(undone)
            if undone not in seen and len(found) < MOST_VIEWS:
                seen.add(undone)
                found.append(undone)


def _squeezed(text: str) -> str:
    bare = _COLOUR.sub("", text) if "\x1b" in text else text
    whole = bare.encode("utf-8", "surrogatepass").translate(None, _ASCII_BLANKS)
    if whole.isascii():
        return whole.decode("ascii")
    rest = whole.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    squeezed = whole.decode("utf-8", "surrogatepass")
    return _OTHER_BLANKS.sub("", squeezed) if _OTHER_BLANKS.search(rest) else squeezed


def _without_json_escapes(text: str) -> str:
    if "\\" not in text:
        return text
    undone = _JSON.sub(_json_sign, text)
    if undone.isascii():
        return undone
    return undone.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_url_escapes(text: str) -> str:
    """Undo them as `urllib.parse.unquote` does, which takes a text full of other signs apart piece by piece."""
    return _URL.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), text)


def _json_sign(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code is None:
        return _JSON_SIGNS.get(found[4], found[4])
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else found[0]  # noqa: PLR2004 - the last code point


@functools.lru_cache(maxsize=64)
def _wanted(secrets: tuple[str, ...]) -> _Needles:
    """Return what to look for of all these secrets."""
    each = [_needles(value) for value in secrets if len(value) >= SHORTEST]
    return _Needles(
        tuple(form for needles in each for form in needles.literal),
        tuple(form for needles in each for form in needles.wide),
        tuple(form for needles in each for form in needles.plain),
        tuple(form for needles in each for form in needles.base64),
    )


@functools.lru_cache(maxsize=64)
def _needles(value: str) -> _Needles:
    """Return a secret squeezed like the text; one of which hardly anything is left then is looked for as it is too."""
    plain = {_squeezed(form).lower() for form in (value, *_escaped(value))}
    long = sorted(form for form in plain if len(form) >= SHORTEST)
    raw = [value.encode(encoding, "surrogatepass") for encoding in ENCODINGS]
    cores = [_base64_core(each, shift) for each in raw for shift in range(3)]
    return _Needles(
        () if len(_squeezed(value)) >= SHORTEST else written_forms(value),
        tuple(form for form in long if not form.isascii()),
        _begun(one for one in (*long, *(each.hex() for each in raw)) if one.isascii()),
        _begun(core for core in cores if len(core) >= SHORTEST),
    )


def _begun(forms: Iterable[str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((raw[:BEGINNING], raw) for raw in (form.encode() for form in forms))


def _base64_core(raw: bytes, shift: int) -> str:
    """Return the characters that are the same whatever stands before and after the secret."""
    start = (0, 2, 3)[shift]
    whole = (shift + len(raw)) // 3 * 4
    return base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")[start:whole]


def spells_bytes(content: bytes, secrets: Iterable[str]) -> bool:
    """Tell whether these bytes hold one of these secrets: as text, or as UTF-16 at any place."""
    wanted = tuple(secrets)
    if spells(content.decode("utf-8", "replace"), wanted):
        return True
    return any(
        value.encode(encoding, "surrogatepass") in content
        for value in wanted
        if len(value) >= SHORTEST
        for encoding in ENCODINGS
    )


@functools.lru_cache(maxsize=64)
def written_forms(value: str) -> tuple[str, ...]:
    """Return the ways in which a text is likely to spell a secret, to be replaced one by one."""
    raw = [value.encode(encoding, "surrogatepass") for encoding in ENCODINGS]
    cores = [_base64_core(each, shift) for each in raw for shift in range(3)]
    forms = [
        value,
        *_escaped(value),
        *(each.hex() for each in raw),
        *cores,
        *(core.replace("+", "-").replace("/", "_") for core in cores),
    ]
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST))


def _escaped(value: str) -> Iterator[str]:
    r"""Yield the secret as servers escape it. System.Text.Json escapes more than JSON demands, as `\u002B`."""
    url: tuple[Callable[[str], str], ...] = (lambda text: quote(text, safe="", errors="replace"), quote, quote_plus)
    for encode in url:
        yield encode(value.encode("utf-8", "replace").decode())
    yield html.escape(value)
    yield html.escape(value, quote=False)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(value).replace("/", "\\/")[1:-1]
    signs = _SIGNS.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
    yield signs
    yield _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], signs)


def replaced(text: str, value: str, placeholder: str) -> str:
    """Return the text with every likely form of a secret replaced, the longest first, in any case.

    One form after the other, as a regular expression of all of them takes seconds to be made of a long token.
    """
    for form in sorted(written_forms(value), key=len, reverse=True):
        text = _without(text, form.lower(), placeholder)
    return text


def _without(text: str, form: str, placeholder: str) -> str:
    lower = text.lower()
    if form not in lower:
        return text
    if len(lower) != len(text):  # a letter whose small one is longer: no place can be told
        return placeholder
    parts, begin = [], 0
    while (found := lower.find(form, begin)) >= 0:
        parts += [text[begin:found], placeholder]
        begin = found + len(form)
    return "".join([*parts, text[begin:]])
