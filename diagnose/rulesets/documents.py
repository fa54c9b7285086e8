"""From bytes to text and JSON, whatever editor or shell wrote the file.

PowerShell 5.1 writes UTF-16LE with `>` and UTF-8 with a byte-order mark with `-Encoding utf8`; `netsh`
writes the console's code page. None of them says so.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

import msgspec

from diagnose.rulesets.model import RulesError

LARGEST = 100 * 1024 * 1024
"""Bytes of one rule file."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 400


def decoded(data: bytes) -> str:
    """Return the file's text with plain line ends; RulesError where it is too large or no text."""
    if len(data) > LARGEST:
        raise RulesError("The file is larger than 100 MB; export only the rules that concern this server.")
    text = _text(data)
    if "\x00" in text:
        raise RulesError("The file is not text: it holds zero bytes.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    sample = data[:_SAMPLE]
    if len(sample) > 1 and len(sample) % 2 == 0:
        if not any(sample[0::2]) and all(sample[1::2]):
            return data.decode("utf-16-be", errors="replace")
        if not any(sample[1::2]) and all(sample[0::2]):
            return data.decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def json_document(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the document; RulesError where it is not JSON or nested without end."""
    try:
        return msgspec.json.decode(text.strip().encode("utf-8", errors="replace"))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        message = f"The file looks like JSON but cannot be read: {error}."
        raise RulesError(message) from error


def lines_of_key(text: str, key: str, expected: int) -> list[int | None]:
    """The line of every `"key":` in order; without lines where their number is not the expected one."""
    pattern = re.compile(rf'"{re.escape(key)}"\s*:', re.IGNORECASE)
    lines: list[int | None] = []
    line, position = 1, 0
    for found in pattern.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        lines.append(line)
    return lines if len(lines) == expected else [None] * expected


def lines_of_owners(text: str, document: Any, key: str) -> dict[int, int | None]:  # noqa: ANN401 - any JSON value
    """The line of `key` for every object that has it, by the object's id."""
    owners: list[int] = []
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([_Owner(id(value)) if name == key else item for name, item in value.items()])
        elif isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, _Owner):
            owners.append(value.owner)
    return dict(zip(owners, lines_of_key(text, key, len(owners)), strict=True))


class _Owner(msgspec.Struct):
    """Stands for a key among the values that are still to be visited."""

    owner: int


def field(entry: Any, *names: str) -> Any:  # noqa: ANN401 - any JSON value
    """The first of these keys that an object has, compared without case; None where there is none."""
    if not isinstance(entry, dict):
        return None
    for name in names:
        if name in entry:
            return entry[name]
    wanted = {name.casefold() for name in names}
    return next((value for key, value in entry.items() if key.casefold() in wanted), None)


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """A scalar, a list, or PowerShell 5.1's {"value": [..], "Count": n} as a list."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
