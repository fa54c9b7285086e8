"""Help that fits a screen: options under headings, and examples at the end of every command's page."""

from __future__ import annotations

import click

EXAMPLES = {
    "run": (
        "diagnose run --config halo.toml --output halo-report",
        "diagnose run --resource-server https://halo.example.com/api \\",
        "             --auth-server https://halo.example.com/auth/ --client-id ID",
        "diagnose run --config halo.toml --wait 900",
    ),
    "demo": ("diagnose demo", "diagnose demo --list", "diagnose demo missing-intermediate -o report.html"),
    "list": ("diagnose list", "diagnose list --format json"),
    "explain": ("diagnose explain tls.chain-complete",),
    "render": ("diagnose render report.json -o report.html", "diagnose render report.html --format markdown"),
    "recheck": ("diagnose recheck report.json", "diagnose recheck report.html --now"),
    "compare": ("diagnose compare before.json after.json",),
    "attach": ("diagnose attach report.json",),
    "verify": ("diagnose verify attachment.zip",),
    "certificate": ("diagnose certificate fullchain.pem",),
    "vantage": ("diagnose vantage request --help", "diagnose vantage answer --help"),
    "fleet": (
        "diagnose fleet customers.csv --output reports",
        "diagnose fleet customers.csv --output reports --resume",
        "diagnose fleet customers.toml --format jsonl",
    ),
    "schema": ("diagnose schema > report.schema.json",),
}

OUTPUT = ("format_", "file", "directory", "quiet", "verbose", "no_color")

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
"""Headings and the parameters below them; what stands nowhere here comes last, as `Options`."""


class Grouped(click.Command):
    """A command whose options stand under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the headings in their order."""
        known = {parameter.name: parameter for parameter in self.get_params(ctx)}
        grouped = {name for names in GROUPS.values() for name in names}
        rest = tuple(name for name in known if name not in grouped and name is not None)
        for heading, names in {**GROUPS, "Options": rest}.items():
            records = [known[name].get_help_record(ctx) for name in names if name in known]
            shown = [record for record in records if record is not None]
            if shown:
                with formatter.section(heading):
                    formatter.write_dl(shown)


def with_examples(command: click.Command, name: str) -> click.Command:
    """Let the command's help end with its examples."""
    lines = EXAMPLES.get(name, ())
    if lines and "Examples:" not in (command.epilog or ""):
        before = f"{command.epilog}\n\n" if command.epilog else ""
        command.epilog = f"{before}\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
    return command
