"""`diagnose schema`: the JSON Schema of the report."""

from __future__ import annotations

import json

import click

from diagnose import guard
from diagnose.cli.helping import Grouped


@click.command("schema", cls=Grouped)
def command() -> None:
    """The JSON Schema of the report (2020-12)."""
    from diagnose.schema import document_schema  # noqa: PLC0415

    guard.current().output(json.dumps(document_schema(), indent=2) + "\n")
