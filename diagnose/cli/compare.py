"""`diagnose compare A B`: what changed between two reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from diagnose.cli.choices import style
from diagnose.cli.helping import Grouped
from diagnose.format import COMPARISON_NAMES

BY_SUFFIX = {".json": "json", ".html": "html", ".htm": "html", ".txt": "terminal"}
REPORT = click.Path(exists=False, dir_okay=False, path_type=Path)


@click.command("compare", cls=Grouped, epilog="Exit code 0 when done, whatever the two reports say.")
@click.argument("a", type=REPORT)
@click.argument("b", type=REPORT)
@click.option("--format", "format_", type=click.Choice(COMPARISON_NAMES), help="One; default terminal.")
@click.option("-o", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="To FILE instead; its suffix decides the format.")  # fmt: skip
@click.option("-q", "quiet", is_flag=True, help="No messages.")
@click.option("-v", "verbose", count=True, help="More detail.")
@click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR).")
def command(a: Path, b: Path, **given: Any) -> int:  # noqa: ANN401 - click's options
    """What changed between two saved reports: before and after, or inside and outside.

    They are put in order: the customer's side before any other place, else the earlier before the later.
    """
    import msgspec  # noqa: PLC0415 - --help imports nothing but click

    from diagnose.cli.saved_reports import doubts, what_is_known, writer  # noqa: PLC0415
    from diagnose.format import Style, comparison_renderer  # noqa: PLC0415
    from diagnose.support.comparison import compare, ordered  # noqa: PLC0415
    from diagnose.support.saved import read  # noqa: PLC0415

    file: Path | None = given["file"]
    renderer = comparison_renderer(given["format_"] or _by_suffix(file))
    both = (a, read(a)), (b, read(b))
    one, other = (document.report for _, document in both)
    first, second = ordered(one, other)
    comparison = compare(first, second)
    console = style(no_color=given["no_color"], quiet=given["quiet"], verbose=given["verbose"])
    to = writer()
    to.refuse_values(msgspec.to_builtins(comparison, str_keys=True), "the comparison")
    if file is None:
        to.output(renderer.render(comparison, console))
    else:
        to.file(file, renderer.render(comparison, Style(width=console.width, verbose=console.verbose)))
    if not given["quiet"]:
        for line in (*_messages(swapped=first is not one, file=file), *doubts(*both), what_is_known(to)):
            to.message(line)
    return 0


def _messages(*, swapped: bool, file: Path | None) -> list[str]:
    found = ["the reports were put in order: B comes before A"] if swapped else []
    return [*found, f"comparison written to {file}"] if file is not None else found


def _by_suffix(file: Path | None) -> str:
    from diagnose.errors import UsageError  # noqa: PLC0415

    if file is None:
        return "terminal"
    if file.suffix.lower() not in BY_SUFFIX:
        raise UsageError(f"-o {file}: the suffix names no format ({', '.join(sorted(BY_SUFFIX))}); add --format")
    return BY_SUFFIX[file.suffix.lower()]
