"""`diagnose demo [SCENARIO]`: the main job against the built-in simulated HaloPSA, with nothing to configure."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose import guard
from diagnose.cli import completing
from diagnose.cli.helping import Grouped

if TYPE_CHECKING:
    from diagnose.lab.running import Running
    from diagnose.lab.scenario import Scenario

HEALTHY = "healthy"
COMMONEST = "missing-intermediate"
"""The fault that integrators' support desks meet most; the connection guide names it first."""
FOLDER = Path("diagnose-demo")
LISTED = "all of them are named by: diagnose demo --list"


@click.command(
    "demo",
    cls=Grouped,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="Without SCENARIO: the healthy server, then the commonest broken one. With one: also the options of run.",
)
@click.argument("scenario", required=False, shell_complete=completing.scenarios)
@click.option("--list", "listed", is_flag=True, help="Name the scenarios.")
@click.option(
    "--output",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=f"Where the reports are written; without SCENARIO {FOLDER} if not given.",
)
@click.pass_context
def command(ctx: click.Context, scenario: str | None, directory: Path | None, *, listed: bool) -> int:
    """The same against a built-in simulated HaloPSA on this machine, healthy and broken."""
    if listed:
        return _list()
    if scenario is None:
        return _both(directory or FOLDER)
    if scenario.startswith("-"):
        raise click.UsageError(f"{scenario} needs a scenario before it, as in: diagnose demo {COMMONEST} {scenario}")
    return _one(_named(scenario), [*ctx.args, *(["--output", str(directory)] if directory else [])])


def _list() -> int:
    from diagnose.lab import SCENARIOS  # noqa: PLC0415 - --help imports nothing but click

    wide = max(len(name) for name in SCENARIOS)
    lines = [f"{name:<{wide}}  {scenario.sentence}\n" for name, scenario in SCENARIOS.items()]
    guard.current().output("".join(lines))
    return 0


def _named(name: str) -> Scenario:
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.inputs.selection import suggestion  # noqa: PLC0415
    from diagnose.lab import SCENARIOS  # noqa: PLC0415

    if name not in SCENARIOS:
        raise UsageError(f"there is no scenario {name!r}{suggestion(name, SCENARIOS, LISTED)}")
    return SCENARIOS[name]


def _one(scenario: Scenario, further: list[str]) -> int:
    """Behave as `run` does, against this scenario's server."""
    from diagnose import lab  # noqa: PLC0415
    from diagnose.cli import run  # noqa: PLC0415

    with lab.start(scenario) as running:
        result = run.command.main([*_arguments(running), *further], "diagnose demo", standalone_mode=False)
        return int(result or 0)


def _arguments(running: Running) -> list[str]:
    identity = [] if "--no-credentials" in running.options else ["--client-id", running.client_id]
    return [*running.run_arguments(), *identity]


def _both(directory: Path) -> int:
    """Run the healthy server and the commonest broken one; 0 when each came out as it must."""
    told, came_out = "", []
    files: dict[Path, str | bytes] = {}
    for name in (HEALTHY, COMMONEST):
        words, written, as_it_must = _reported(_named(name), directory / name)
        told, files = told + words, files | written
        came_out.append(as_it_must)
    guard.current().deliver(told, files)
    guard.current().output(f"The reports lie in {directory.absolute()}\n")
    return 0 if all(came_out) else 1


def _reported(scenario: Scenario, directory: Path) -> tuple[str, dict[Path, str | bytes], bool]:
    """Diagnose this scenario's server; return what to say, the reports, and whether it came out as it must."""
    from diagnose import lab  # noqa: PLC0415
    from diagnose.cli import run  # noqa: PLC0415
    from diagnose.cli.choices import style  # noqa: PLC0415
    from diagnose.cli.progress import Watcher  # noqa: PLC0415
    from diagnose.cli.request import Request  # noqa: PLC0415
    from diagnose.verdict import SPOKEN  # noqa: PLC0415

    directory.mkdir(parents=True, exist_ok=True)
    with lab.start(scenario) as running:
        arguments = [*_arguments(running), "--output", str(directory), "-o", str(directory / "report.txt")]
        given = run.command.make_context("diagnose demo", arguments).params
        request = Request.read(given)
        watcher = Watcher(request.writer, quiet=given["quiet"], verbose=given["verbose"])
        document = request.run(watcher, time.monotonic())
    console = style(no_color=True, quiet=False, verbose=0)
    _, files = request.destination.rendered(document, request.writer, console)
    verdict = document.report.verdict
    told = (
        f"{scenario.name}: {scenario.sentence}\n  {SPOKEN[verdict.status]}  {verdict.headline}\n"
        f"  report: {directory / 'report.html'}\n\n"
    )
    must = scenario.expected_verdict, sorted(scenario.expected_causes)
    return told, files, (verdict.status, sorted(verdict.causes)) == must
