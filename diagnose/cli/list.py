"""`diagnose list`: the checks, with importance, owner and what each needs."""

from __future__ import annotations

import click

from diagnose import guard


@click.command("list")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", help="Default text."
)
@click.option("--plugins/--no-plugins", default=True, help="Checks of other distributions; default on.")
def command(format_: str, *, plugins: bool) -> None:
    """The checks, with importance, owner and what each needs."""
    from diagnose.catalogue import as_json, as_markdown, as_text  # noqa: PLC0415
    from diagnose.registry import load  # noqa: PLC0415

    writers = {"text": as_text, "json": as_json, "markdown": as_markdown}
    guard.current().output(writers[format_](load(plugins=plugins, probes=False).checks))
