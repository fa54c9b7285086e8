"""The options that say which checks of others take part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from diagnose.registry import Registry

Command = TypeVar("Command", bound=Callable[..., Any])


def plugins(function: Command) -> Command:
    """Add `--plugins/--no-plugins`."""
    return click.option("--plugins/--no-plugins", default=True, help="Checks of other distributions; default on.")(
        function
    )


def registry_of(given: Mapping[str, Any], *, probes: bool = True) -> Registry:
    """Return the registry that these options ask for."""
    from diagnose.registry import load  # noqa: PLC0415 - --help imports nothing but click

    return load(plugins=given["plugins"], probes=probes)
