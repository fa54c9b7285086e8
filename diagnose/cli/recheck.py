"""`diagnose recheck REPORT`: today's checks over the facts in a saved report, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose import exit_codes
from diagnose.cli import plugging
from diagnose.cli.choices import style, where_to
from diagnose.cli.helping import Grouped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diagnose.report import Document, Recheck, RecheckChange

LONGEST = 60.0
"""Seconds until the facts of a report count as made to keep this program busy; real ones take less than one."""
MANY = 20
"""Changes told on the terminal; all of them are in the JSON report."""


@click.command("recheck", cls=Grouped, epilog="Exit codes are those of run. Nothing is sent and nobody is asked.")
@click.argument("report", type=click.Path(exists=False, dir_okay=False, path_type=Path))
@click.option("--now", is_flag=True, help="Judge dates by today's clock, not as of the report's own moment.")
@plugging.plugins
@click.option("--fail-on", type=click.Choice(["fail", "warn", "never"]), default="fail", help="Exit code.")
@where_to
def command(report: Path, **given: Any) -> int:  # noqa: ANN401 - click's options
    """Today's checks over the facts in a saved report (.json or .html); no network."""
    from diagnose.cli.choices import Destination  # noqa: PLC0415 - --help imports nothing but click
    from diagnose.cli.saved_reports import doubts, what_is_known, writer  # noqa: PLC0415
    from diagnose.support.saved import read  # noqa: PLC0415

    destination = Destination(given["format_"], given["file"], given["directory"])
    before = read(report)
    after = _judged(before, report, given)
    console = style(no_color=given["no_color"], quiet=given["quiet"], verbose=given["verbose"])
    to = writer()
    destination.deliver(after, to, console)
    if not given["quiet"]:
        written = (f"report written to {path}" for path in destination.written)
        for line in (*doubts((report, before)), *_told(after), *written, what_is_known(to)):
            to.message(line)
    return exit_codes.of(
        after.report.verdict.status,
        cancelled=after.report.run.cancelled,
        fail_on=given["fail_on"],
        nagios=destination.format == "nagios",
    )


def _judged(document: Document, path: Path, given: dict[str, Any]) -> Document:
    from datetime import UTC, datetime  # noqa: PLC0415

    from diagnose.report import ReportError  # noqa: PLC0415
    from diagnose.support.rechecking import recheck  # noqa: PLC0415
    from diagnose.threads import within  # noqa: PLC0415

    found = plugging.registry_of(given)
    now = datetime.now(UTC) if given["now"] else None
    try:
        return within(LONGEST, lambda: recheck(document, found, now=now, plugins=given["plugins"]))
    except TimeoutError as error:
        raise ReportError(f"{path}: its facts could not be judged within {LONGEST:.0f} s; no run makes such") from error
    except (ReportError, RecursionError) as error:
        raise ReportError(f"{path}: {error if isinstance(error, ReportError) else 'it is nested too deep'}") from error


def _told(after: Document) -> Iterator[str]:
    """Yield what became different, and why."""
    import msgspec  # noqa: PLC0415

    again = after.report.recheck
    if not isinstance(again, msgspec.UnsetType):
        yield from _lines(again, after)


def _lines(again: Recheck, after: Document) -> Iterator[str]:
    visible = [change for change in again.changes if change.before != change.after]
    tool = after.report.tool
    yield (
        f"rechecked by {tool.name} {tool.version}, dates as of {again.as_of:%Y-%m-%d %H:%M} UTC; "
        f"the report is of {again.of_tool.name} {again.of_tool.version}"
    )
    if not again.changes:
        yield "every check says what the report said"
    for change in visible[:MANY]:
        yield _line(change)
    rest = len(again.changes) - len(visible[:MANY])
    if rest:
        yield f"{rest} more: only the evidence differs, or see recheck.changes in the JSON report"


def _line(change: RecheckChange) -> str:
    from diagnose.text import harmless  # noqa: PLC0415

    before, after = (side.status.value.upper() if side else "none" for side in (change.before, change.after))
    summary = f": {change.after.summary}" if change.after is not None else ""
    return harmless(f"{change.id}: {before} -> {after}{summary} (why: {change.why})")
