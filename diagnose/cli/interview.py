"""`diagnose` alone at a terminal: the five values in the order of the connection guide, then the run.

The words and places are those of Gradient MSP's "HaloPSA Connection Guide" (read November 2026). Each answer
is checked as it is given; what is merely wrong is offered corrected. Nothing is sent before the last yes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from diagnose import exit_codes, guard
from diagnose.cli import answers
from diagnose.cli.run import command as run_command
from diagnose.cli.secret_input import Typed
from diagnose.cli.talk import Talk
from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.interrupts import Patience
from diagnose.report import Document
from diagnose.target import server_url

FILE = Path("halo-diagnose.toml")
FOLDER = "halo-report"

WELCOME = (
    "Is your on-premise HaloPSA ready for the integration?",
    "",
    (
        "This asks for the five values of the connection guide, looks at your HaloPSA from this computer, and says "
        "what holds, what does not, and who can mend it. Nothing is changed there. Ctrl-C ends it at any time."
    ),
)
API_PAGE = "In HaloPSA: Configuration > Integrations > HaloPSA API"
APPLICATION = f"{API_PAGE} > View Applications > the integration's application (the guide names it Gradient MSP)"


def start() -> int:
    """Ask, show what will be contacted, run, show the report, write it, and say what to do next."""
    talk = Talk(guard.current())
    secrets = talk.writer.secrets
    try:
        talk.say(*WELCOME)
        given = _asked(talk, secrets, _earlier(talk))
        _offer_to_save(talk, given)
        _show_plan(talk, given)
        if not talk.sure("Start now?", default=True):
            talk.say("Nothing was sent.")
            return exit_codes.INTERRUPTED
    except (KeyboardInterrupt, click.Abort):
        talk.writer.output("\n")
        raise
    return _run(given)


def _earlier(talk: Talk) -> dict[str, Any]:
    """Return the options of `run` as the environment and, where agreed to, an earlier file have them."""
    use = False
    if FILE.is_file():
        talk.say("", f"{FILE} in this folder holds answers of an earlier time.")
        use = talk.sure("Start from them?", default=True)
    given = ["--config", str(FILE)] if use else []
    return dict(run_command.make_context("diagnose run", given).params)


def _asked(talk: Talk, secrets: Secrets, given: dict[str, Any]) -> dict[str, Any]:
    identity = _client_id(talk, given)
    given |= {"client_id": identity, "no_credentials": not identity}
    if identity:
        given["client_secret_file"] = _client_secret(talk, secrets, identity, given["client_secret_file"])
    given |= _servers(talk, given)
    given["ip_restriction"] = _restriction(talk, given["ip_restriction"] or "") or None
    given["directory"] = Path(given["directory"] or talk.until(lambda: _folder(talk)))
    return given


def _client_id(talk: Talk, given: Mapping[str, Any]) -> str:
    talk.say("", "1 of 5  Client ID", indent="")
    talk.say(f"{APPLICATION}, tab Details.", "None at hand? Press Enter: all that can be seen without it is looked at.",
             indent="  ")  # fmt: skip

    def question() -> str | None:
        typed = talk.ask("Client ID", given["client_id"] or "")
        return answers.client_id(talk, typed) if typed else ""

    return talk.until(question)


def _client_secret(talk: Talk, secrets: Secrets, identity: str, file: str | None) -> str | Typed:
    talk.say("", "2 of 5  Client Secret")
    if file and file != "-":
        talk.say(f"Read from the file {file}.", indent="  ")
        return file
    if os.environ.get("HALO_CLIENT_SECRET"):
        talk.say("Taken from the environment variable HALO_CLIENT_SECRET.", indent="  ")
        return Typed(os.environ["HALO_CLIENT_SECRET"])
    talk.say("Recorded together with the client id. It is not shown, not saved, and sent to the authorization server "
             "alone, over a verified connection.", indent="  ")  # fmt: skip
    secret = talk.until(lambda: answers.client_secret(talk, talk.secret("Client Secret"), identity))
    secrets.add(secret)
    return Typed(secret)


def _servers(talk: Talk, given: Mapping[str, Any]) -> dict[str, str]:
    talk.say("", "3 of 5  Resource Server")
    talk.say(f"{API_PAGE}, for example https://halo.example.com/api", indent="  ")
    resource = talk.until(
        lambda: answers.url(talk, talk.ask("Resource Server", given["resource_server"] or ""), "resource")
    )
    talk.say("", "4 of 5  Authorization Server")
    talk.say('The same page, for example https://halo.example.com/auth/ with a slash "/" at the end.', indent="  ")
    auth = talk.until(
        lambda: answers.url(talk, talk.ask("Authorization Server", given["auth_server"] or ""), "auth", resource)
    )
    talk.say("", "5 of 5  Tenant")
    talk.say("The same page. On-premise it says Not set; press Enter for that.", indent="  ")
    tenant = talk.until(lambda: answers.tenant(talk, talk.ask("Tenant", given["tenant"] or answers.NOT_SET_SHOWN)))
    return {"resource_server": resource, "auth_server": auth, "tenant": tenant}


def _restriction(talk: Talk, known: str) -> str:
    talk.say("", "IP restriction")
    talk.say("Is access to this HaloPSA restricted by IP address: by a firewall, IIS, or a service in front of it? "
             "Answer yes or no; press Enter where it is not known.", indent="  ")  # fmt: skip
    return talk.until(lambda: answers.restriction(talk, talk.ask("Restricted by IP", known)))


def _folder(talk: Talk) -> str | None:
    from diagnose.cli.choices import make_folder  # noqa: PLC0415

    talk.say("")
    typed = talk.ask("Folder for the reports", FOLDER)
    try:
        make_folder(Path(typed))
    except UsageError as error:
        talk.say(f"{error}.")
        return None
    return typed


def _offer_to_save(talk: Talk, given: Mapping[str, Any]) -> None:
    talk.say("")
    if not talk.sure(f"Save these answers, never the secret, in {FILE} for the next time?", default=True):
        return
    kept = {name: given[name] for name in answers.SAVED} | _further(given)
    try:
        talk.writer.file(FILE, answers.as_toml(kept))
        talk.say(f"Saved. The same again: diagnose run --config {FILE}")
    except UsageError as error:
        talk.say(f"{error}. The run goes on without it.")


def _further(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an earlier file or the environment set besides the answers, so that saving loses nothing."""
    usual = {parameter.name: parameter.default for parameter in run_command.params}
    names = {"profile", "resolve", "trust_roots", "integrator_ip", "allow_list", "server_log", "vantage", "no_aia"}
    names |= {"latest_stable", "dns_server", "timeout"}
    kept = {name: given[name] for name in names if given.get(name) and given[name] != usual.get(name)}
    if isinstance(given["client_secret_file"], str):
        kept["client_secret_file"] = given["client_secret_file"]
    return kept


def _show_plan(talk: Talk, given: Mapping[str, Any]) -> None:
    talk.say("", "What will be contacted")
    servers = {role: server_url(given[f"{role}_server"], option="", role=role) for role in ("resource", "auth")}
    for host, port in dict.fromkeys((each.host, each.port) for each in servers.values()):
        talk.say(f"{host}, port {port}: its name, its certificates, and at most 30 requests", indent="  ")
    if given["client_id"]:
        talk.say(f"{servers['auth'].used}token gets the client secret, if the connection verifies", indent="  ")
    if not given["no_aia"]:
        talk.say("where the server does not send an issuer certificate: the address its certificate names", indent="  ")
    for override in given["resolve"]:
        talk.say(f"{override} instead of what the name resolves to", indent="  ")
    if given["proxy"]:
        talk.say("through the proxy that the earlier answers name", indent="  ")
    talk.say("Nobody else. Only reading; nothing is changed in HaloPSA.", "")


def _run(given: dict[str, Any]) -> int:
    from diagnose.cli.choices import style  # noqa: PLC0415
    from diagnose.cli.progress import Watcher  # noqa: PLC0415
    from diagnose.cli.request import Request  # noqa: PLC0415

    with Patience() as patience:
        request = Request.read(given | {"format_": "terminal", "file": None})
    watcher = Watcher(request.writer, quiet=False, verbose=given["verbose"])
    document = request.run(watcher, time.monotonic(), interrupted=patience.seen)
    with Patience():
        console = style(no_color=given["no_color"], quiet=False, verbose=given["verbose"])
        request.destination.deliver(document, request.writer, console)
        _next(Talk(request.writer), document, given["directory"])
    return exit_codes.of(document.report.verdict.status, cancelled=document.report.run.cancelled)


def _next(talk: Talk, document: Document, folder: Path) -> None:
    again = f"diagnose run --config {FILE} --output {folder}" if FILE.is_file() else "diagnose"
    report = folder / "report.html"
    steps = {
        "ready": f"Enter the five values in the integration, then Save and Test. {report} is the record.",
        "ready_with_warnings": f"The integration can be connected; have the warnings mended. {report} tells how.",
        "undecided": f"Take the steps named under 'Who must do what' above. {report} tells them in full.",
        "not_ready": f"Hand {report} to whoever is named above under 'Who must do what'; it tells how to mend it.",
    }
    talk.say("", "What to do next")
    talk.say(steps[document.report.verdict.status], f"Then, to see that it is mended: {again}",
             f"For a ticket: paste {folder / 'report.md'}, attach {report}.", indent="  ")  # fmt: skip
