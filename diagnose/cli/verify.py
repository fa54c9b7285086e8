"""`diagnose verify FILE`: the sums of an attachment, and the digest of the report in it or of a report alone."""

from __future__ import annotations

from pathlib import Path

import click

from diagnose import exit_codes
from diagnose.cli.helping import Grouped


@click.command(
    "verify", cls=Grouped, epilog="Exit codes: 0 nothing was changed, 3 something was, 2 this cannot be read."
)
@click.argument("attachment", type=click.Path(dir_okay=False, path_type=Path))
@click.option("-q", "quiet", is_flag=True, help="Only the exit code, and what does not fit.")
def command(attachment: Path, *, quiet: bool) -> int:
    """Whether an attachment or a report was changed since it was written."""
    from diagnose.cli.saved_reports import writer  # noqa: PLC0415 - --help imports nothing but click
    from diagnose.support.verifying import MEANING, verified  # noqa: PLC0415

    findings = verified(attachment)
    good = all(each.fits for each in findings)
    wide = max(len(each.name) for each in findings)
    shown = [each for each in findings if not (quiet and each.fits)]
    lines = [f"{'OK     ' if each.fits else 'CHANGED'}  {each.name:<{wide}}  {each.said}".rstrip() for each in shown]
    if not quiet:
        lines += ["", "Nothing was changed since it was written." if good else "Something was changed.", *MEANING]
    if lines:
        writer().output("\n".join(lines) + "\n")
    return exit_codes.READY if good else exit_codes.NOT_READY
