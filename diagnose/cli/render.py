"""`diagnose render REPORT`: a saved report in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from diagnose.cli.choices import style, where_to
from diagnose.cli.helping import Grouped


@click.command("render", cls=Grouped)
@click.argument("report", type=click.Path(exists=False, dir_okay=False, path_type=Path))
@where_to
def command(report: Path, **given: Any) -> int:  # noqa: ANN401 - click's options
    """A saved report (.json or .html) in another format. Exit code 0 when done."""
    from diagnose.cli.choices import Destination  # noqa: PLC0415
    from diagnose.cli.saved_reports import doubts, what_is_known, writer  # noqa: PLC0415
    from diagnose.support.saved import read  # noqa: PLC0415

    destination = Destination(given["format_"], given["file"], given["directory"])
    console = style(no_color=given["no_color"], quiet=given["quiet"], verbose=given["verbose"])
    to = writer()
    document = read(report)
    destination.deliver(document, to, console)
    if not given["quiet"]:
        for line in (*doubts((report, document)), what_is_known(to)):
            to.message(line)
    return 0
