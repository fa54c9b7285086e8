"""`diagnose explain ID`: one check in full, offline."""

from __future__ import annotations

import click

from diagnose import guard


@click.command("explain")
@click.argument("check_id", metavar="ID")
@click.option("--plugins/--no-plugins", default=True, help="Checks of other distributions; default on.")
def command(check_id: str, *, plugins: bool) -> None:
    """One check in full, offline."""
    from diagnose.catalogue import in_full  # noqa: PLC0415
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.registry import load  # noqa: PLC0415
    from diagnose.selection import nearest  # noqa: PLC0415

    checks = {check.id: check for check in load(plugins=plugins, probes=False).checks}
    if check_id not in checks:
        raise UsageError(f"there is no check {check_id!r}{nearest(check_id, checks)}")
    guard.current().output(in_full(checks[check_id]))
