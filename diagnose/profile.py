"""What one integrator demands: scopes, egress addresses, tenant rule, version rule. A profile is a TOML file."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from diagnose.converting import convert
from diagnose.fact import Fact
from diagnose.inputs.selection import suggestion

DEFAULT = "gradient"


Area = Literal["customers", "contracts", "items", "invoices"]

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749, 3.3 `scope-token`: visible ASCII without quote and backslash, so no blank either."""


class PublishedList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One published list of egress addresses.

    An entry of `addresses` that is no public address fails `allowlist.addresses`. An entry that is known
    to be published wrongly goes to `malformed`: it is shown and never used.
    """

    addresses: tuple[str, ...]
    source: str
    as_of: date
    note: str = ""
    malformed: tuple[str, ...] = ()


class Profile(Fact, frozen=True, forbid_unknown_fields=True):
    """One integrator's demands. Field names are the TOML keys."""

    NAME: ClassVar[str] = "run.profile"
    name: str
    integrator: str
    scopes: tuple[str, ...]
    areas: tuple[Area, ...]
    """Which of customers, contracts, items, invoices are read."""
    support: str
    """Where the integrator's support is found, for questions about its addresses."""
    source: str
    as_of: date
    forbids_all: bool = True
    """The application must not hold the `all` permission."""
    tenant: Literal["not-set", "optional", "required"] = "not-set"
    version: Literal["latest-stable", "any"] = "latest-stable"
    needs_contracts: bool = True
    """The integration stays pending without at least one contract."""
    addresses: tuple[PublishedList, ...] = ()
    checks: tuple[str, ...] = ()
    """Ids of further checks this integrator demands."""

    def __post_init__(self) -> None:
        """Refuse what no token request could carry; msgspec turns the ValueError into its own."""
        if not self.scopes:
            raise ValueError("scopes: at least one is needed")
        for scope in self.scopes:
            if not _SCOPE.fullmatch(scope):
                raise ValueError(f"scopes: {scope!r} is no scope; it is written like read:customers, without a blank")


class ProfileError(Exception):
    """A profile that cannot be used; the message names the field."""


@lru_cache(maxsize=1)
def bundled() -> tuple[str, ...]:
    """Return the names of the bundled profiles."""
    folder = resources.files("diagnose") / "profiles"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(name_or_file: str) -> Profile:
    """Return a bundled profile by name, or the one in a file; ProfileError with one sentence."""
    if name_or_file in bundled():
        return _bundled(name_or_file)
    path, listed = Path(name_or_file), ", ".join(bundled())
    if not path.is_file():
        if path.suffix or path.name != name_or_file:
            raise ProfileError(f"the profile {name_or_file}: no such file; bundled are {listed}")
        known = suggestion(name_or_file, bundled(), f"bundled are {listed}, or name a file")
        raise ProfileError(f"there is no profile {name_or_file!r}{known}")
    try:
        return parse(path.read_bytes().decode("utf-8-sig"), name_or_file)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"the profile {name_or_file} cannot be read: {error}") from error


@lru_cache(maxsize=8)
def _bundled(name: str) -> Profile:
    return parse((resources.files("diagnose") / "profiles" / f"{name}.toml").read_text("utf-8"), name)


@lru_cache(maxsize=8)
def parse(text: str, origin: str) -> Profile:
    """Return the profile in this TOML text; ProfileError names the file and the field."""
    try:
        return convert(tomllib.loads(text), Profile)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:  # a number may be too long for int()
        raise ProfileError(f"the profile {origin} cannot be used: {error}") from error
