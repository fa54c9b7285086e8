"""The list of targets: a CSV file with a header, or TOML with `[[target]]` tables and `[defaults]`. Pure.

What is wrong with the file as a whole stops the program before anything is sent. What is wrong with one target is
that target's own problem and is told on its line. Several values in one cell are separated by semicolons.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec

from diagnose.errors import UsageError
from diagnose.inputs.selection import nearest
from diagnose.text import harmless

LONGEST_NAME = 200
LONGEST_STEM = 60
"""Characters of a file name without its suffix; what a name has more is in its digest."""
DIGEST = 10
"""Hexadecimal digits of it."""
TRUE = {"yes", "true", "1", "x", "on"}
FALSE = {"", "no", "false", "0", "off"}
SECRETS = {"client_secret", "secret", "password", "halo_client_secret"}
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
"""Names that Windows keeps, with any suffix (learn.microsoft.com, Naming Files, Paths, and Namespaces, 2024)."""
OURS = {"index"}
EXAMPLE = "name,resource_server,auth_server,client_id,client_secret_file"
NOT_WRITTEN_HERE = (
    "a secret does not belong in this file; name a file with client_secret_file, or an environment variable with "
    "client_secret_env"
)
TABLES = (".csv", ".tsv", ".txt")
"""Suffixes of a table; Excel's "Unicode Text" is .txt."""
_NAME = re.compile(r"[A-Za-z][A-Za-z _-]{0,39}")
"""What may be quoted as the name of an option that does not exist: without digits it is hardly a credential."""
_UNSAFE = re.compile(r"[^a-z0-9_-]+")


class Kind(Enum):
    """What a column holds."""

    TEXT = "one text"
    NUMBER = "a number"
    LIST = "a list of texts"
    FLAG = "true or false"


class Row(msgspec.Struct, frozen=True):
    """One target as listed: the options it was given, flags as booleans, or what is wrong with it."""

    name: str
    options: dict[str, tuple[str, ...] | bool] = {}
    problem: str = ""

    @property
    def stem(self) -> str:
        """Return the name of its files without suffix: of small letters, digits, `_` and `-` alone."""
        plain = _UNSAFE.sub("-", self.name.lower()).strip("-")
        if plain and plain == self.name and len(plain) <= LONGEST_STEM and plain not in DEVICES | OURS:
            return plain
        mark = hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]
        return f"{plain[:LONGEST_STEM].rstrip('-') or 'target'}-{mark}"

    def text(self, option: str) -> str | None:
        """Return the one text given for this option."""
        given = self.options.get(option)
        return given[0] if isinstance(given, tuple) and given else None


def parse(content: bytes, suffix: str, columns: Mapping[str, Kind]) -> tuple[Row, ...]:
    """Return the targets in a list of this suffix; UsageError in one sentence without the file's name."""
    text = _decoded(content)
    if suffix == ".toml":
        rows = tuple(_of_toml(text, columns))
    elif suffix in TABLES:
        rows = tuple(_of_csv(text, columns))
    else:
        raise UsageError(f"the suffix must be {', '.join(TABLES)} or .toml, so that it is known how to read it")
    if not rows:
        raise UsageError("there is no target in it")
    _refuse_same(rows)
    return rows


def _decoded(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("this is no text in UTF-8; in Excel, save it as 'CSV UTF-8'") from error


def _refuse_same(rows: Iterable[Row]) -> None:
    taken: dict[str, Row] = {}
    for row in rows:
        if row.stem in taken:
            raise UsageError(f"two targets are called {harmless(row.name)}; give each a name of its own")
        taken[row.stem] = row


def _of_csv(text: str, columns: Mapping[str, Kind]) -> Iterable[Row]:
    lines = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text), strict=True)
    try:
        header = [_key(cell) for cell in next(lines, [])]
        _refuse_no_header(header, columns)
        _refuse_columns(header, columns)
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield _of_cells(header, cells, f"line {lines.line_num}", columns)
    except csv.Error as error:
        raise UsageError(f"line {lines.line_num} is no CSV: {error}") from error


def _delimiter(text: str) -> str:
    """Return what stands between the names in the header: Excel takes the semicolon where the comma is decimal."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _key(text: str) -> str:
    return text.strip().lower().replace("-", "_")


def _refuse_no_header(header: list[str], columns: Mapping[str, Kind]) -> None:
    """Refuse a file that is something else, without a word of it: it may be the file of a secret."""
    if header and not {"name", *columns, *SECRETS} & set(header) and not any(map(_resembles(columns), header)):
        raise UsageError(f"this is no list of targets: its first line names no option, as {EXAMPLE} does")


def _resembles(columns: Mapping[str, Kind]) -> Callable[[str], bool]:
    """Return whether a word is nearly the name of a column: then the file is meant as a list."""
    return lambda word: bool(_NAME.fullmatch(word) and nearest(word, ["name", *columns]))


def _refuse_columns(names: Iterable[str], columns: Mapping[str, Kind]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in SECRETS:
            raise UsageError(NOT_WRITTEN_HERE)
        if name in seen:
            raise UsageError(f"{_shown(name)} is given twice")
        if name != "name" and name not in columns:
            raise UsageError(f"there is no option {_shown(name)}{nearest(name, ['name', *columns])}")
        seen.add(name)


def _shown(name: str) -> str:
    """Return a name of a column as an error quotes it; what does not look like one may be a secret."""
    return repr(name) if _NAME.fullmatch(name) else f"of the name in its place ({len(name)} characters, not shown)"


def _of_cells(header: list[str], cells: list[str], where: str, columns: Mapping[str, Kind]) -> Row:
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
    name = _named(given, where)
    if any(cell.strip() for cell in cells[len(header) :]):
        return Row(name, problem=f"{where} has {len(cells)} cells and the header {len(header)}")
    options: dict[str, tuple[str, ...] | bool] = {}
    for key, cell in given.items():
        if columns.get(key) is Kind.FLAG:
            if cell.lower() not in TRUE | FALSE:
                return Row(name, problem=f"{key} is yes or no")
            options[key] = cell.lower() in TRUE
        elif columns.get(key) is Kind.LIST:
            options[key] = tuple(part.strip() for part in cell.split(";") if part.strip())
        elif key != "name":
            options[key] = (cell,)
    return Row(name, options)


def _named(given: Mapping[str, Any], where: str) -> str:
    name = given.get("name") or given.get("resource_server")
    if not isinstance(name, str) or not name.strip():
        raise UsageError(f"{where}: the target has no name")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"{where}: the name has more than {LONGEST_NAME} characters")
    return name.strip()


def _of_toml(text: str, columns: Mapping[str, Kind]) -> Iterable[Row]:
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"this is no TOML: {harmless(str(error), longest=200)}") from error
    tables, defaults = found.pop("target", []), found.pop("defaults", {})
    if found:
        raise UsageError(f"{_shown(next(iter(found)))} is neither [[target]] nor [defaults]")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in [*tables, defaults]):
        raise UsageError("targets are written as [[target]] tables, and what holds for all of them as [defaults]")
    common = _keys(defaults, columns)
    if "name" in common:
        raise UsageError("[defaults] cannot give a name")
    for number, table in enumerate(tables, 1):
        yield _of_table(common, _keys(table, columns), f"target {number}", columns)


def _keys(table: Mapping[str, Any], columns: Mapping[str, Kind]) -> dict[str, Any]:
    _refuse_columns(map(_key, table), columns)
    return {_key(key): value for key, value in table.items()}


def _of_table(common: dict[str, Any], own: dict[str, Any], where: str, columns: Mapping[str, Kind]) -> Row:
    secrets = {"client_secret_file", "client_secret_env"}
    kept = {key: value for key, value in common.items() if key not in secrets or not secrets & own.keys()}
    given = kept | own
    name = _named(given, where)
    given.pop("name", None)
    options: dict[str, tuple[str, ...] | bool] = {}
    for key, value in given.items():
        read = _value(value, columns[key])
        if read is None:
            return Row(name, problem=f"{key} takes {columns[key].value}")
        options[key] = read
    return Row(name, options)


def _value(value: object, kind: Kind) -> tuple[str, ...] | bool | None:
    """Return the value as options give it, or None where it is of another kind."""
    if kind is Kind.FLAG or isinstance(value, bool):
        return value if kind is Kind.FLAG and isinstance(value, bool) else None
    if kind is Kind.NUMBER and isinstance(value, int | float):
        return (str(value),)
    if isinstance(value, str):
        return (value,)
    if kind is Kind.LIST and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None
