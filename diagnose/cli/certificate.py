"""`diagnose certificate FILE`: is this what to install? The same checks as a run, and no server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from diagnose import exit_codes
from diagnose.cli.choices import style, where_to
from diagnose.cli.helping import Grouped
from diagnose.cli.plugging import plugins

EPILOG = (
    "The report goes to standard output and to --output, the repaired chain to -o: that differs from run, whose -o is "
    "the report's. Exit codes as of run: 0 install it, 3 do not, 5 undecided, 2 usage."
)


def repaired_to(function: Any) -> Any:  # noqa: ANN401 - a click decorator
    """Make -o the file of the repaired chain."""
    for option in function.__click_params__:
        if "-o" in option.opts:
            option.help = "Write the chain here, repaired and in order: .pem or .pfx, with the key if FILE has it."
    return function


@click.command("certificate", cls=Grouped, epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", metavar="HOST", help="The host name it shall be for.")
@click.option("--password-file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The password of a PFX or a key. On a terminal it is asked for without echo.")  # fmt: skip
@click.option("--issuers", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="A folder with issuer certificates, looked at first.")  # fmt: skip
@click.option("--trust-roots", metavar="FILE", help="Judge against these roots instead of the public ones.")
@click.option("--no-aia", is_flag=True, help="Never fetch an issuer certificate.")
@click.option("--resolve", multiple=True, metavar="HOST:PORT:ADDRESS[,ADDRESS]", help="Connect there instead.")
@click.option("--timeout", type=float, default=60.0, metavar="SECONDS", help="For fetching; default 60.")
@click.option("--fail-on", type=click.Choice(["fail", "warn", "never"]), default="fail", help="Exit code.")
@click.option("--no-input", is_flag=True, help="Never ask.")
@plugins
@repaired_to
@where_to
def command(**given: Any) -> int:  # noqa: ANN401 - click's options, read at once into one order
    """A certificate file (PEM, DER, PKCS #7, PFX) before it is installed: the checks of the chain, no server.

    Several files are judged as one: the certificate, its chain, its key.
    """
    from diagnose.cli.certificate_order import Order  # noqa: PLC0415 - --help imports nothing but click

    order = Order.read(given)
    document = order.judge()
    console = style(no_color=given["no_color"], quiet=given["quiet"], verbose=given["verbose"])
    order.destination.deliver(document, order.writer, console)
    sys.stdout.flush()
    for sentence in order.deliver():
        if not given["quiet"]:
            order.writer.message(sentence)
    status = document.report.verdict.status
    nagios = order.destination.format == "nagios"
    return exit_codes.of(status, fail_on=given["fail_on"], nagios=nagios)
