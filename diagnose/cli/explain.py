"""`diagnose explain ID`: one check in full, offline."""

from __future__ import annotations

from typing import Any

import click

from diagnose import guard
from diagnose.cli import completing, plugging
from diagnose.cli.helping import Grouped


@click.command("explain", cls=Grouped)
@click.argument("check_id", metavar="ID", shell_complete=completing.checks)
@plugging.plugins
def command(check_id: str, **given: Any) -> None:  # noqa: ANN401 - click's options
    """One check in full, offline."""
    from diagnose.catalogue import in_full  # noqa: PLC0415
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.inputs.selection import nearest  # noqa: PLC0415

    checks = {check.id: check for check in plugging.registry_of(given, probes=False).checks}
    if check_id not in checks:
        raise UsageError(f"there is no check {check_id!r}{nearest(check_id, checks)}")
    guard.current().output(in_full(checks[check_id]))
