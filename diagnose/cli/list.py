"""`diagnose list`: the checks, with importance, owner and what each needs."""

from __future__ import annotations

from typing import Any

import click

from diagnose import guard
from diagnose.cli import plugging
from diagnose.cli.helping import Grouped


@click.command("list", cls=Grouped)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", help="Default text."
)
@plugging.plugins
def command(format_: str, **given: Any) -> None:  # noqa: ANN401 - click's options
    """The checks, with importance, owner and what each needs."""
    from diagnose.catalogue import as_json, as_markdown, as_text  # noqa: PLC0415

    writers = {"text": as_text, "json": as_json, "markdown": as_markdown}
    guard.current().output(writers[format_](plugging.registry_of(given, probes=False).checks))
