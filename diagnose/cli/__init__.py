"""The command line: options -> one frozen order -> one call -> an exit code. One file per command.

Nothing but click is imported for `--help`: each command's module is imported when it is called.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence

import click

from diagnose import guard, interrupts
from diagnose.cli import failures, window
from diagnose.cli.helping import with_examples

BEGAN = time.monotonic()
"""When the program started; `--timeout` counts from here."""

COMMANDS = {
    "run": "Diagnose one HaloPSA: the main job.",
    "demo": "The same against a simulated HaloPSA, healthy and broken.",
    "list": "The checks, with importance, owner and what each needs.",
    "explain": "One check in full, offline.",
    "render": "A saved report in another format.",
    "recheck": "Today's checks over the facts in a saved report; no network.",
    "compare": "What changed between two reports.",
    "attach": "The attachment for a ticket, shown before it is written.",
    "verify": "The digests of an attachment or a report.",
    "certificate": "Judge a certificate file before it is installed.",
    "vantage": "The outside half: show from there that the integrator gets in.",
    "fleet": "Diagnose many HaloPSAs from a list.",
    "schema": "The JSON Schema of the report.",
}

EXAMPLES = """\b
Examples:
  diagnose demo
  diagnose run --config halo.toml --output halo-report
  diagnose explain tls.chain-complete
"""


class Lazy(click.Group):
    """A group that imports a command when it is called, not when it is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"diagnose.cli.{cmd_name}")
        command: click.Command = module.command
        return with_examples(command, cmd_name)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the two options of the program itself here: the table of commands needs the room."""
        return ["[--version] [--help] COMMAND ..."]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands alone."""
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command where there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from diagnose.inputs.selection import nearest  # noqa: PLC0415

            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from diagnose.registry import version  # noqa: PLC0415

        guard.current().output(f"diagnose {version()}\n")
        ctx.exit()


@click.group(
    cls=Lazy,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
@click.pass_context
def program(ctx: click.Context) -> int:
    """Tell whether an on-premise HaloPSA is ready for an integrator, and if not, what is wrong,
    who can mend it, how, and how to see that it is mended.
    """  # noqa: D205 - shown as one paragraph
    if ctx.invoked_subcommand != "run":  # which has a report to write, whatever comes
        interrupts.taken_up()
    if ctx.invoked_subcommand is not None:
        return 0
    if _somebody_is_there():
        from diagnose.cli import interview  # noqa: PLC0415 - --help imports nothing but click

        return interview.start()
    guard.current().output(f"{ctx.get_help()}\n")
    return 0


def _somebody_is_there() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    code = failures.run(lambda: program.main(given, "diagnose", standalone_mode=False), given)
    window.hold()
    failures.leave(code)
