"""How to mend what a check finds, as far as that can be said without a server: `data/mending.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

PLACES = {
    "all": "",
    "iis": "IIS",
    "nginx": "nginx",
    "haproxy": "HAProxy",
    "apache": "Apache",
    "azure": "Azure Application Gateway",
}
"""Keys of the table and how they are spoken; `verify` and `same-as` stand beside them."""


@cache
def _table() -> dict[str, dict[str, str]]:
    text = (resources.files("diagnose") / "data" / "mending.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)["check"]
    return found


def ids() -> tuple[str, ...]:
    """Return the ids of the checks that the table speaks of."""
    return tuple(_table())


def mending(check_id: str) -> tuple[tuple[str, str], ...]:
    """Return where and how: pairs of a place (empty: anywhere) and a sentence; empty where nothing is known."""
    entry = _entry(check_id)
    return tuple((spoken, entry[key]) for key, spoken in PLACES.items() if key in entry)


def verifying(check_id: str) -> str:
    """Return how to see that it is mended."""
    return _entry(check_id).get("verify", "")


def _entry(check_id: str) -> dict[str, str]:
    entry = _table().get(check_id, {})
    return {**_table()[entry["same-as"]], **entry} if "same-as" in entry else entry
