"""The files of evidence on the allow-list, as named on the command line: found before anything is sent.

Paths stay in here: a report shows a file by its name, and the second of one name as `NAME (2)`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from diagnose.errors import UsageError
from diagnose.inputs.selection import suggestion
from diagnose.text import harmless

_FORMAT = re.compile(r"([A-Za-z][A-Za-z0-9-]+):(.+)", re.DOTALL)
"""`FORMAT:FILE`. One letter before the colon is a drive of Windows."""


class EvidenceFile(msgspec.Struct, frozen=True):
    """One file: where it is, what a report calls it, and the format it was said to have."""

    path: Path
    name: str
    format: str | None = None


class EvidenceFiles(msgspec.Struct, frozen=True):
    """Every file given, in the order given; a resource that no report holds."""

    rules: tuple[EvidenceFile, ...] = ()
    logs: tuple[EvidenceFile, ...] = ()
    vantages: tuple[EvidenceFile, ...] = ()


def found(*, rules: Iterable[str] = (), logs: Iterable[str] = (), vantages: Iterable[str] = ()) -> EvidenceFiles:
    """Return the files that `--allow-list`, `--server-log` and `--vantage` name; UsageError where one is not there."""
    return EvidenceFiles(
        rules=tuple(_named(_rule_file(text) for text in rules)),
        logs=tuple(_named((None, _readable(text, "--server-log")) for text in logs)),
        vantages=tuple(_named((None, _readable(text, "--vantage")) for text in vantages)),
    )


def _rule_file(text: str) -> tuple[str | None, Path]:
    from diagnose.rulesets.model import FORMATS  # noqa: PLC0415 - most runs name no rule file

    split = _FORMAT.fullmatch(text)
    if split is None or (split[1] not in FORMATS and Path(text).exists()):
        return None, _readable(text, "--allow-list")
    if split[1] not in FORMATS:
        known = suggestion(split[1], FORMATS, f"there are {', '.join(FORMATS)}")
        raise UsageError(f"--allow-list {text}: there is no format {split[1]!r}{known}")
    return split[1], _readable(split[2], "--allow-list")


def _readable(text: str, option: str) -> Path:
    """Open it once where that disturbs nobody: whoever writes into a pipe would see its reader go."""
    path = Path(text)
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "cannot be read"
        raise UsageError(f"{option} {text}: {why}") from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"{option} {text}: this is a folder; name the files in it, one by one")
    return path


def _named(files: Iterable[tuple[str | None, Path]]) -> Iterator[EvidenceFile]:
    taken: dict[str, int] = {}
    for form, path in files:
        name = harmless(os.fsencode(path.name or str(path)).decode("utf-8", "replace"))
        taken[name] = taken.get(name, 0) + 1
        yield EvidenceFile(path, name if taken[name] == 1 else f"{name} ({taken[name]})", form)
