"""`diagnose vantage request` and `answer`: the outside half of the allow-list proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose import exit_codes, guard
from diagnose.cli import BEGAN, completing
from diagnose.cli.helping import Group, Grouped

if TYPE_CHECKING:
    from diagnose.facts.allowlist import ObservedEgress
    from diagnose.outside.run import Order
    from diagnose.profile import Profile
    from diagnose.vantage import VantageDocument, VantageRequest

LONGEST_LABEL = 200
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("vantage", cls=Group, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> int:
    """Show from outside that the integrator gets in: write a request here, answer it there, give both to run."""
    if ctx.invoked_subcommand is None:
        guard.current().output(f"{ctx.get_help()}\n")
    return exit_codes.READY


@command.command(
    "request", cls=Grouped, epilog="Nothing is sent. The file holds the two URLs and a number, and no secret."
)
@click.option("--resource-server", envvar="HALO_RESOURCE_SERVER", required=True, metavar="URL", help="As for run.")
@click.option("--auth-server", envvar="HALO_AUTH_SERVER", required=True, metavar="URL", help="As for run.")
@click.option("--profile", envvar="HALO_PROFILE", metavar="NAME|FILE", shell_complete=completing.profiles,
              help="Which integrator; default gradient.")  # fmt: skip
@click.option("-o", "file", type=_FILE, metavar="FILE", help="To FILE instead of standard output.")
@click.option("-q", "quiet", is_flag=True, help="No messages.")
def request(resource_server: str, auth_server: str, profile: str | None, file: Path | None, *, quiet: bool) -> int:
    """Write what the integrator needs to look from its own addresses."""
    from diagnose import profile as profiles  # noqa: PLC0415 - --help imports nothing but click
    from diagnose import target, vantage  # noqa: PLC0415

    chosen = profiles.load(profile or profiles.DEFAULT)
    found = target.read(resource_server=resource_server, auth_server=auth_server)
    made = vantage.new_request(found, **_drawn())
    _write(vantage.written(made), file)
    for line in () if quiet else _next_steps(chosen, str(file or "the request")):
        _say(line)
    return exit_codes.READY


def _drawn() -> dict[str, Any]:
    import secrets  # noqa: PLC0415 - as above
    import uuid  # noqa: PLC0415
    from datetime import UTC, datetime  # noqa: PLC0415

    from diagnose.registry import version  # noqa: PLC0415

    drawn = {"request_id": str(uuid.uuid4()), "nonce": secrets.token_hex(16)}
    return {**drawn, "now": datetime.now(UTC).replace(microsecond=0), "tool_version": version()}


def _next_steps(profile: Profile, name: str) -> tuple[str, ...]:
    return (
        f"Send {name} to the support of {profile.integrator} ({profile.support}). There, or on a phone's hotspot:",
        f"  diagnose vantage answer {name} -o answer.json",
        f"Then, within a day: diagnose run ... --vantage answer.json --vantage {name}",
    )


@command.command(
    "answer", cls=Grouped, epilog="Exit codes: 0 Halo answered everywhere, 3 refused somewhere, 5 neither, 2 usage."
)
@click.argument("file", metavar="REQUEST", type=_FILE)
@click.option(
    "--role",
    type=click.Choice(["integrator", "foreign", "customer"]),
    default="integrator",
    help="Whose place this is; default integrator. foreign: a line that is on nobody's list, as a hotspot.",
)
@click.option("--label", default="", metavar="TEXT", help="A name for this place, for the people who read it.")
@click.option("--egress", multiple=True, metavar="ADDRESS", help="The address this place is seen from outside.")
@click.option("--echo", multiple=True, metavar="URL", help="Ask this https service from which address it is asked.")
@click.option("--canaries", is_flag=True, help="Also knock where nobody is, to find what answers for anybody.")
@click.option("--resolve", multiple=True, metavar="HOST:PORT:ADDRESS[,ADDRESS]", help="Connect there instead.")
@click.option("--trust-roots", metavar="FILE", help="Roots for the certificates of --echo.")
@click.option("--timeout", type=float, default=60.0, metavar="SECONDS", help="Of all of it; default 60.")
@click.option("-o", "destination", type=_FILE, metavar="FILE", help="To FILE instead of standard output.")
@click.option("-q", "quiet", is_flag=True, help="No messages.")
def answer(file: Path, destination: Path | None, *, quiet: bool, **given: Any) -> int:  # noqa: ANN401 - options
    """Look at the server of a request from here, without any credential, and write what was seen."""
    import asyncio  # noqa: PLC0415 - --help imports nothing but click

    from diagnose import vantage  # noqa: PLC0415
    from diagnose.outside.reached import told, verdict  # noqa: PLC0415
    from diagnose.outside.run import carry_out  # noqa: PLC0415

    order = _order(_read(file), given)
    document, silent = asyncio.run(carry_out(order, BEGAN + order.settings.timeout))
    _write(vantage.written(document), destination)
    for line in () if quiet else (*told(document), *_seen_from(document, silent)):
        _say(line)
    return exit_codes.of(verdict(document))


def _read(file: Path) -> VantageRequest:
    from diagnose.errors import UsageError  # noqa: PLC0415 - as above
    from diagnose.vantage import LARGEST, VantageError, read_request  # noqa: PLC0415

    try:
        with file.open("rb") as stream:
            return read_request(stream.read(LARGEST + 1))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except VantageError as error:
        raise UsageError(f"{file}: {error}") from error


def _order(request: VantageRequest, given: dict[str, Any]) -> Order:
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.facts.run import Settings  # noqa: PLC0415
    from diagnose.inputs import options  # noqa: PLC0415 - as above
    from diagnose.outside.egress import echo_url  # noqa: PLC0415
    from diagnose.outside.errand import places  # noqa: PLC0415
    from diagnose.outside.run import CANARIES, Order  # noqa: PLC0415
    from diagnose.registry import version  # noqa: PLC0415
    from diagnose.vantage import Vantage  # noqa: PLC0415

    if len(given["label"]) > LONGEST_LABEL or not given["label"].isprintable():
        raise UsageError(f"--label: at most {LONGEST_LABEL} visible characters")
    settings = Settings(overrides=options.overrides(given["resolve"]), timeout=options.timeout(given["timeout"]))
    vantage = Vantage(given["role"], _stated(given["egress"]), given["label"])
    echoes = tuple(map(echo_url, given["echo"]))
    return Order(
        request=request,
        target=places(request, settings),
        settings=settings,
        vantage=vantage,
        echoes=echoes,
        canaries=CANARIES if given["canaries"] else (),
        roots_file=given["trust_roots"],
        tool_version=version(),
    )


def _stated(texts: tuple[str, ...]) -> tuple[ObservedEgress, ...]:
    from diagnose.facts.allowlist import ObservedEgress  # noqa: PLC0415
    from diagnose.inputs import options  # noqa: PLC0415 - as above

    return tuple(ObservedEgress(address, "stated") for address in options.addresses(texts, "--egress"))


def _seen_from(document: VantageDocument, silent: tuple[str, ...]) -> list[str]:
    seen = ", ".join(f"{one.address} ({one.method})" for one in document.vantage.egress)
    lines = [f"{host} did not say from which address it was asked" for host in silent]
    if any(canary.connected for canary in document.canaries):
        lines.append("Something here accepts connections to addresses where nobody is, so a connection proves nothing.")
    if not seen:
        lines.append("From which address this was sent is not known, so it proves nothing: add --egress or --echo.")
    return [*lines, f"Seen from: {seen}"] if seen else lines


def _write(content: bytes, file: Path | None) -> None:
    writer = guard.current()
    if file is None:
        writer.output(content.decode())
    else:
        writer.file(file, content)


def _say(line: str) -> None:
    from diagnose.text import harmless  # noqa: PLC0415 - as above

    guard.current().message(harmless(line))
