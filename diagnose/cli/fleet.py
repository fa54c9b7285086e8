"""`diagnose fleet FILE`: many HaloPSAs in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli import plugging
from diagnose.cli.helping import Grouped

if TYPE_CHECKING:
    from diagnose.fleet.listing import Row

LARGEST = 16 * 1024 * 1024
"""Bytes of a list that are read."""
MOST_JOBS = 32
"""Targets at a time; each has at most 4 connections."""
INDEX = "index.html"


@click.command(
    "fleet",
    cls=Grouped,
    epilog="Exit code: that of the worst target.\n\n"
    "In this order: 70, 1, 3 (not ready), 2 (its own options are wrong), 5 (undecided), 4 (warnings, with --fail-on "
    "warn), 0. 2 alone where the list is wrong: then nothing was sent. 130 when interrupted.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_JOBS),
    default=4,
    metavar="N",
    show_default=True,
    help="Targets at a time; each keeps its own 30 requests and 4 connections.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", "jsonl"]),
    default="terminal",
    show_default=True,
    help="jsonl: one JSON object per line and target.",
)
@click.option(
    "--output",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each target's report there, as JSON and HTML, and index.html.",
)
@click.option("--resume", is_flag=True, help="Do not repeat the targets whose reports are in --output DIR already.")
@click.option("--fail-on", type=click.Choice(["fail", "warn", "never"]), default="fail", help="Exit code.")
@plugging.plugins
@click.option("-q", "quiet", is_flag=True, help="No messages.")
def command(file: Path, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Diagnose many HaloPSAs: FILE is a CSV file whose header names options of run (name, resource_server,
    auth_server, client_id, client_secret_file, ...), or TOML with [[target]] tables and [defaults].

    One line per target as it is done, then a summary. Secrets are named by client_secret_file or client_secret_env
    (the name of an environment variable), never written in FILE. HALO_ variables of the environment are not used.
    """  # noqa: D205 - shown as one paragraph
    from diagnose.cli.fleet_run import carried_out  # noqa: PLC0415 - --help imports nothing but click
    from diagnose.errors import UsageError  # noqa: PLC0415

    if given["resume"] and given["directory"] is None:
        raise UsageError("--resume looks for earlier reports in a folder; name it with --output")
    return carried_out(_listed(file), given)


def _listed(file: Path) -> tuple[Row, ...]:
    from diagnose.cli.fleet_targets import columns  # noqa: PLC0415
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.fleet.listing import parse  # noqa: PLC0415

    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: {getattr(error, 'strerror', None) or 'cannot be read'}") from error
    if len(content) > LARGEST:
        raise UsageError(f"{file}: larger than any list of targets")
    try:
        return parse(content, file.suffix.lower(), columns())
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
