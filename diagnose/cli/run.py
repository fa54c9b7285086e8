"""`diagnose run`: diagnose one HaloPSA."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose import exit_codes
from diagnose.cli import completing, config, plugging
from diagnose.cli.choices import style, where_to
from diagnose.cli.helping import Grouped
from diagnose.interrupts import Patience

if TYPE_CHECKING:
    from diagnose.cli.request import Request
    from diagnose.cli.waiting import Waited
    from diagnose.report import Document

USUAL = 600.0
"""Seconds that `--wait` alone means."""


def _text(name: str, help_: str, env: str | None = None, **more: Any) -> Any:  # noqa: ANN401 - a click decorator
    return click.option(name, envvar=env, help=help_, **more)


TARGET = (
    _text("--resource-server", "As HaloPSA's page API Details shows it. E.g. https://halo.example.com/api",
          "HALO_RESOURCE_SERVER", metavar="URL"),
    _text("--auth-server", "The authorization server; it ends in a slash. E.g. https://halo.example.com/auth/",
          "HALO_AUTH_SERVER", metavar="URL"),
    _text("--tenant", "On-premise: leave it out, or 'Not set'.", "HALO_TENANT"),
    _text("--client-id", "The application's client id.", "HALO_CLIENT_ID"),
    _text("--client-secret-file", "A file with it; - reads standard input. On a terminal it is asked for without "
          "echo. (HALO_CLIENT_SECRET works too and is the weaker way.)",
          "HALO_CLIENT_SECRET_FILE", metavar="FILE", shell_complete=completing.files),
    click.option("--no-credentials", is_flag=True, help="Everything that can be said without a token."),
    _text("--profile", "Which integrator; default gradient.", "HALO_PROFILE", metavar="NAME|FILE",
          shell_complete=completing.profiles),
)  # fmt: skip
QUESTION = (
    click.option("--integrator-ip", multiple=True, metavar="ADDRESS", help="Replaces the profile's addresses."),
    click.option("--ip-restriction", type=click.Choice(["yes", "no"]), help="Is access restricted by address?"),
    click.option(
        "--allow-list",
        multiple=True,
        metavar="[FORMAT:]FILE",
        shell_complete=completing.files,
        help="A rule file or export to evaluate.",
    ),
    click.option(
        "--server-log",
        multiple=True,
        metavar="FILE",
        shell_complete=completing.files,
        help="IIS W3C, HTTPERR or Windows Firewall log.",
    ),
    click.option(
        "--vantage",
        multiple=True,
        metavar="FILE",
        shell_complete=completing.files,
        help="An answered vantage request, and the request.",
    ),
    click.option("--latest-stable", metavar="VERSION", help="Overrides the table of stable releases."),
    click.option("--resolve", multiple=True, metavar="HOST:PORT:ADDRESS[,ADDRESS]", help="Connect there instead."),
    click.option(
        "--trust-roots",
        metavar="FILE",
        shell_complete=completing.files,
        help="Judge against these roots instead of the public ones.",
    ),
    click.option("--proxy", metavar="URL", help="Default: direct."),
    click.option("--no-aia", is_flag=True, help="Never fetch an issuer certificate."),
    click.option("--dns-server", metavar="ADDRESS", help="Ask this public resolver too (extra: dns)."),
)
SCOPE = (
    click.option("--only", multiple=True, metavar="ID", shell_complete=completing.checks,
                 help="Only these checks (globs)."),
    click.option("--skip", multiple=True, metavar="ID", shell_complete=completing.checks,
                 help="Not these checks (globs)."),
    click.option("--waive", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="TOML of waivers."),
    *plugging.OPTIONS,
    click.option("--timeout", type=float, default=60.0, metavar="SECONDS", help="Of the whole run; default 60."),
    click.option("--wait", type=float, is_flag=False, flag_value=USUAL, metavar="[SECONDS]",
                 help="Run again until ready, telling what changed. No run begins later than that (600)."),
    click.option("--fail-on", type=click.Choice(["fail", "warn", "never"]), default="fail", help="Exit code."),
    click.option("--no-input", is_flag=True, help="Never ask."),
    click.option("--config", type=click.Path(dir_okay=False, path_type=Path), is_eager=True, metavar="FILE",
                 callback=config.read, expose_value=False, help="TOML with these options."),
)  # fmt: skip


def options(function: Any) -> Any:  # noqa: ANN401 - a click decorator
    """Add every option of `run`."""
    for option in reversed((*TARGET, *QUESTION, *SCOPE)):
        function = option(function)
    return where_to(function)


@click.command("run", cls=Grouped, epilog="Exit codes: 0 ready, 3 not ready, 5 undecided, 2 usage, 4: --fail-on warn.")
@options
def command(**given: Any) -> int:  # noqa: ANN401 - click's options, read at once into one order
    """Diagnose one HaloPSA."""
    with Patience() as patience:
        from diagnose.cli import progress, waiting  # noqa: F401, PLC0415 - now, while Ctrl-C is in good hands
        from diagnose.cli.request import Request  # noqa: PLC0415 - --help imports nothing but click

        request = Request.read(given)
    document, interrupted = _observed(request, given, interrupted=patience.seen)
    with Patience():
        console = style(no_color=given["no_color"], quiet=given["quiet"], verbose=given["verbose"])
        request.destination.deliver(document, request.writer, console)
        if not given["quiet"]:
            for path in request.destination.written:
                request.writer.message(f"report written to {path}")
    return exit_codes.of(
        document.report.verdict.status,
        cancelled=document.report.run.cancelled or interrupted,
        fail_on=given["fail_on"],
        nagios=request.destination.format == "nagios",
    )


def _observed(request: Request, given: dict[str, Any], *, interrupted: bool) -> Waited:
    """Run once, or with `--wait` until ready."""
    from diagnose.cli.progress import Watcher, rest  # noqa: PLC0415
    from diagnose.cli.waiting import Waited, until_ready  # noqa: PLC0415

    def once(*began: float) -> Document:
        watcher = Watcher(request.writer, quiet=given["quiet"], verbose=given["verbose"])
        return request.run(watcher, *began, interrupted=interrupted)

    if given["wait"] is None:
        return Waited(once(), interrupted=False)
    return until_ready(
        lambda: once(time.monotonic()),
        (lambda _: None) if given["quiet"] else request.writer.message,
        seconds=given["wait"],
        fail_on=given["fail_on"],
        rest=partial(rest, request.writer, quiet=given["quiet"], verbose=given["verbose"]),
    )
