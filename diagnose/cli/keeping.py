"""The interview's answers in a file for `--config`: what stood there stays, comments too, and no secret is written.

A file that the interview began from is edited line by line and read again; where that does not give what it should
(a value over several lines, say), it is written anew and its comments are lost, which is said.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from diagnose.cli.config import RENAMED
from diagnose.credential_shape import shape
from diagnose.inputs.proxy import password

FILE = Path("halo-diagnose.toml")
HEAD = "# Written by the guided interview of diagnose. Use it with: diagnose run --config THIS-FILE"
ANSWERED = (
    "client-id", "resource-server", "auth-server", "tenant", "ip-restriction", "no-credentials", "client-secret-file",
)  # fmt: skip
"""Keys whose lines go where there is no such answer any more; everything else that a file says stays in it."""
_KEYS = {name: key.replace("_", "-") for key, name in RENAMED.items()}
_NOTHING: tuple[Any, ...] = (None, "", (), [], False, 0)
_LINE = (
    r"^[ \t]*[\"']?{name}[\"']?[ \t]*=[ \t]*(?P<value>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^#\n]*?)(?P<note>[ \t]*#.*)?$"
)


def settings(given: Mapping[str, Any], command: click.Command) -> dict[str, Any]:
    """Return what differs from the defaults, by the keys of `--config`: never a secret."""
    usual = {parameter.name: parameter.default for parameter in command.params}
    kept = {name: value for name, value in given.items() if name in usual and _differs(value, usual[name])}
    found = {_KEYS.get(name, name.replace("_", "-")): _plain(value) for name, value in kept.items()}
    return {key: value for key, value in found.items() if value is not None and not secret(key, value)}


def _differs(value: Any, usual: Any) -> bool:  # noqa: ANN401 - the value of any option
    if value in _NOTHING:
        return isinstance(usual, bool | int | float | str) and usual not in _NOTHING
    return bool(value != usual)


def _plain(value: Any) -> Any:  # noqa: ANN401 - the value of any option
    """Return the value as TOML knows it; None for a secret that was typed."""
    if isinstance(value, tuple | list):
        return [str(each) for each in value]
    if isinstance(value, Path):
        return str(value)
    return value if isinstance(value, str | bool | int | float) else None


def secret(key: str, value: Any) -> bool:  # noqa: ANN401 - the value of any option
    """Tell whether this does not belong in a file: a client secret in place of the id, a proxy's password."""
    return (key == "client-id" and shape(str(value)) == "two_guids") or (key == "proxy" and bool(password(str(value))))


def as_toml(values: Mapping[str, Any]) -> str:
    """Return a new file of these settings; it has no field for a secret."""
    first = [key for key in ANSWERED if key in values]
    order = [*first, *sorted(set(values) - set(first))]
    return "\n".join([HEAD, *(_line(key, values[key]) for key in order)]) + "\n"


def edited(text: str, values: Mapping[str, Any]) -> str | None:
    """Return the file's text with these settings in it and everything else as it was; None where that fails."""
    there = {_key(written): (written, value) for written, value in tomllib.loads(text).items()}
    for key, (written, value) in there.items():
        if key in values and values[key] != value:
            text = _replaced(text, written, json.dumps(values[key], ensure_ascii=False))
        elif key not in values and (key in ANSWERED or secret(key, value)):
            text = _replaced(text, written, None)
    added = [_line(key, value) for key, value in values.items() if key not in there]
    if added:
        text = "\n".join([text.rstrip("\r\n"), *added]) + "\n"
    return text if _says(text, values) else None


def _says(text: str, values: Mapping[str, Any]) -> bool:
    try:
        found = {_key(written): value for written, value in tomllib.loads(text).items()}
    except ValueError:
        return False
    gone = [key for key in found if key not in values and (key in ANSWERED or secret(key, found[key]))]
    return not gone and all(key in found and found[key] == value for key, value in values.items())


def _replaced(text: str, written: str, value: str | None) -> str:
    """Return the text with the line of this key changed, its comment kept, or without the line."""
    pattern = re.compile(_LINE.format(name=re.escape(written)), re.MULTILINE)
    if value is None:
        return re.sub(pattern.pattern + r"\r?\n?", "", text, flags=re.MULTILINE)
    return pattern.sub(lambda found: f"{_key(written)} = {value}{found['note'] or ''}", text)


def _line(key: str, value: Any) -> str:  # noqa: ANN401 - the value of any option
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _key(written: str) -> str:
    return written.replace("_", "-")
