"""Help that fits a screen of 24 lines: the usual options and examples; `--help-all` tells every option, in groups.

A command with few options tells all of them at once and has no `--help-all`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

import click

EXAMPLES = {
    "run": (
        "diagnose run --config halo.toml --output halo-report",
        "diagnose run --resource-server https://halo.example.com/api \\",
        "             --auth-server https://halo.example.com/auth/ --client-id ID",
    ),
    "demo": ("diagnose demo", "diagnose demo --list", "diagnose demo missing-intermediate -o report.html"),
    "list": ("diagnose list", "diagnose list --format json"),
    "explain": ("diagnose explain tls.chain-complete",),
    "render": ("diagnose render report.json -o report.html", "diagnose render report.html --format markdown"),
    "recheck": ("diagnose recheck report.json", "diagnose recheck report.html --now"),
    "compare": ("diagnose compare before.json after.json",),
    "attach": ("diagnose attach report.json",),
    "verify": ("diagnose verify attachment.zip",),
    "certificate": (
        "diagnose certificate fullchain.pem --name halo.example.com",
        "diagnose certificate new.pfx --name halo.example.com -o full.pfx",
    ),
    "vantage": ("diagnose vantage request --help", "diagnose vantage answer --help"),
    "vantage request": (
        "diagnose vantage request --resource-server https://halo.example.com/api \\",
        "                         --auth-server https://halo.example.com/auth/ \\",
        "                         -o request.json",
    ),
    "vantage answer": (
        "diagnose vantage answer request.json -o answer.json",
        "diagnose vantage answer request.json --role foreign -o answer.json",
    ),
    "fleet": (
        "diagnose fleet customers.csv --output reports",
        "diagnose fleet customers.csv --output reports --resume",
        "diagnose fleet customers.toml --format jsonl",
    ),
    "schema": ("diagnose schema > report.schema.json",),
}

OUTPUT = ("format_", "file", "directory", "quiet", "verbose", "no_color")

USUAL = {
    "run": (
        "resource_server", "auth_server", "client_id", "client_secret_file", "no_credentials", "ip_restriction",
        "config", "wait", "file", "directory",
    ),
    "recheck": ("now", "format_", "file", "directory", "fail_on"),
    "certificate": ("name", "password_file", "issuers", "file", "directory"),
    "fleet": ("directory", "resume", "jobs", "format_"),
    "answer": ("role", "egress", "echo", "label", "destination"),
}  # fmt: skip
"""What `--help` tells of a command that has more options than a screen has lines."""

GROUPS = {
    "The HaloPSA": (
        "resource_server", "auth_server", "tenant", "client_id", "client_secret_file", "no_credentials", "profile",
        "config",
    ),
    "The way in for the integrator": ("integrator_ip", "ip_restriction", "allow_list", "server_log", "vantage"),
    "How it is looked at": (
        "resolve", "trust_roots", "proxy", "no_aia", "dns_server", "latest_stable", "timeout", "wait", "no_input",
    ),
    "What is judged": ("only", "skip", "waive", "plugins", "plugin", "plugin_files", "fail_on"),
    "The report": OUTPUT,
}  # fmt: skip
"""Headings and the parameters below them; what stands nowhere here comes first, as `Options`."""
_ALL = "diagnose.help-all"


class Grouped(click.Command):
    """A command whose help fits a screen; what is left out stands under headings in `--help-all`."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add `--help-all`, beside `--help` and like it no option of the command itself."""
        return [*super().get_params(ctx), *([_help_all()] if self.name in USUAL else [])]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does; in short the first paragraph."""
        text = inspect.cleandoc(self.help or "")
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text if _everything(ctx, self) else text.partition("\n\n")[0])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usual options, or all of them under their headings."""
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        known = {option.name: option for option in options if option.name}
        if self.name not in USUAL:
            super().format_options(ctx, formatter)
        elif _everything(ctx, self):
            for heading, names in _headings(known):
                _section(ctx, formatter, heading, (known[name] for name in names))
        else:
            heading = f"Usual options (all of them: {ctx.command_path} --help-all)"
            _section(ctx, formatter, heading, (_short(known[name]) for name in USUAL[self.name]))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what follows, the examples last; in short its first paragraph and the examples."""
        paragraphs = inspect.cleandoc(self.epilog or "").split("\n\n")
        shown = paragraphs if _everything(ctx, self) else list(dict.fromkeys((paragraphs[0], paragraphs[-1])))
        for paragraph in shown:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph)


class Group(click.Group):
    """A group of commands with examples of their own."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give each command its examples."""
        found = super().get_command(ctx, cmd_name)
        return with_examples(found, f"{self.name} {cmd_name}") if found is not None else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each does, whole: click cuts it in the middle of a sentence."""
        found = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, inspect.cleandoc(each.help or "").partition("\n\n")[0]) for name, each in found])


def with_examples(command: click.Command, name: str) -> click.Command:
    """Let the command's help end with its examples."""
    lines = EXAMPLES.get(name, ())
    if lines and "Examples:" not in (command.epilog or ""):
        before = f"{command.epilog}\n\n" if command.epilog else ""
        command.epilog = f"{before}\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
    return command


def _everything(ctx: click.Context, command: click.Command) -> bool:
    return command.name not in USUAL or bool(ctx.meta.get(_ALL))


def _help_all() -> click.Option:
    def tell(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            from diagnose import guard  # noqa: PLC0415

            ctx.meta[_ALL] = True
            guard.current().output(f"{ctx.get_help()}\n")
            ctx.exit()

    return click.Option(["--help-all"], is_flag=True, is_eager=True, expose_value=False, callback=tell,
                        help="Show every option and exit.")  # fmt: skip


def _headings(known: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    grouped = {name for names in GROUPS.values() for name in names}
    helping = [name for name in known if name.endswith(("help", "help_all"))]
    yield "Options", [name for name in known if name not in grouped and name not in helping]
    for heading, names in GROUPS.items():
        yield heading, [name for name in names if name in known]
    yield "Help", helping


def _section(ctx: click.Context, formatter: click.HelpFormatter, heading: str, options: Iterable[click.Option]) -> None:
    records = [option.get_help_record(ctx) for option in options]
    shown = [record for record in records if record is not None]
    if shown:
        with formatter.section(heading):
            formatter.write_dl(shown)


def _short(option: click.Option) -> click.Option:
    """Return the option with the first sentence of its help alone."""
    import copy  # noqa: PLC0415 - for help alone

    found = copy.copy(option)
    first, more, _ = (option.help or "").partition(". ")
    found.help = first + more.rstrip()
    found.show_default = False
    return found
