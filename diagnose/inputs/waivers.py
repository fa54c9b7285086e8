"""Waivers: one check silenced, with a reason and an expiry. A TOML file of `[[waiver]]` tables."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import ClassVar

import msgspec

from diagnose.converting import convert
from diagnose.errors import UsageError
from diagnose.fact import Fact
from diagnose.verdict import WaiverUse


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One waiver; `expires` is the last day (UTC) on which it counts."""

    id: str
    reason: str
    expires: date


class Waivers(Fact, frozen=True, forbid_unknown_fields=True):
    """The waivers of one run, as read from `--waive`; TOML key `waiver`."""

    NAME: ClassVar[str] = "run.waivers"
    waiver: tuple[Waiver, ...] = ()

    def use(self, check_id: str, today: date) -> WaiverUse | None:
        """Return what to write beside this check, or None where no waiver names it."""
        for waiver in self.waiver:
            if waiver.id == check_id:
                return WaiverUse(waiver.reason, waiver.expires.isoformat(), today > waiver.expires)
        return None


def read(file: Path | None, ids: Collection[str]) -> Waivers:
    """Return the waivers in this file; UsageError names the file and the field."""
    if file is None:
        return Waivers()
    try:
        waivers = convert(tomllib.loads(file.read_bytes().decode("utf-8-sig")), Waivers)
    except (
        OSError,
        ValueError,
        RecursionError,
        msgspec.ValidationError,
    ) as error:  # ValueError: also a number too long
        raise UsageError(f"--waive {file}: {_said(error)}") from error
    for waiver in waivers.waiver:
        if waiver.id not in ids:
            raise UsageError(f"--waive {file}: there is no check {waiver.id!r}")
        if not waiver.reason.strip():
            raise UsageError(f"--waive {file}: the waiver of {waiver.id} gives no reason")
    return waivers


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    return str(error)
