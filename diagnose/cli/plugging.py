"""The options that say which checks of others take part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diagnose.cli import completing

if TYPE_CHECKING:
    from diagnose.registry import Registry

Command = TypeVar("Command", bound=Callable[..., Any])


OPTIONS = (
    click.option("--plugins/--no-plugins", default=True, help="Installed plug-ins; default on."),
    click.option(
        "--plugin",
        multiple=True,
        metavar="FILE.py",
        shell_complete=completing.files,
        help="The checks and probes in this file too.",
    ),
)


def plugins(function: Command) -> Command:
    """Add `--plugins/--no-plugins` and `--plugin`."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def registry_of(given: Mapping[str, Any], *, probes: bool = True) -> Registry:
    """Return the registry that these options ask for."""
    from diagnose import guard  # noqa: PLC0415 - --help imports nothing but click
    from diagnose.cli import BEGAN  # noqa: PLC0415 - it imports this module
    from diagnose.plugins import failures  # noqa: PLC0415
    from diagnose.registry import load  # noqa: PLC0415

    until = BEGAN + given["timeout"] if "timeout" in given else None
    found = load(plugins=given["plugins"], probes=probes, files=given["plugin"], until=until)
    for name, why in () if given.get("quiet") else failures(found.plugins).items():
        guard.current().message(f"the plug-in {name} takes no part: it {why}")
    return found
