"""`diagnose` alone at a terminal: the five values in the order of the connection guide, then the run.

The words and places are those of Gradient MSP's "HaloPSA Connection Guide" (read November 2026). Each answer
is checked as it is given; what is merely wrong is offered corrected. Nothing is sent before the last yes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from diagnose import exit_codes, guard
from diagnose.cli import answers, keeping
from diagnose.cli.run import command as run_command
from diagnose.cli.secret_input import Typed
from diagnose.cli.talk import Talk
from diagnose.credentials import Secrets
from diagnose.errors import UsageError
from diagnose.interrupts import Patience
from diagnose.report import Document
from diagnose.secret_places import of_a_proxy

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
        begun, earlier = _earlier(talk)
        for value in of_a_proxy(earlier["proxy"]):
            secrets.add(value)
        given = _asked(talk, secrets, dict(earlier))
        saved = _offer_to_save(talk, begun, {**earlier, **_answered(given)})
        _show_plan(talk, given)
        if not talk.sure("Start now?", default=True):
            talk.say("Nothing was sent.")
            return exit_codes.INTERRUPTED
    except (KeyboardInterrupt, click.Abort):
        talk.writer.output("\n")
        raise
    return _run(given, saved=saved)


def _earlier(talk: Talk) -> tuple[str | None, dict[str, Any]]:
    """Return an earlier file's text, where it is begun from, and the options of `run` as it and the environment say."""
    begun = None
    if keeping.FILE.is_file():
        talk.say("", f"{keeping.FILE} in this folder holds answers of an earlier time.")
        if talk.sure("Start from them?", default=True):
            begun = keeping.FILE
    context = run_command.make_context("diagnose run", ["--config", str(begun)] if begun else [])
    return begun.read_bytes().decode("utf-8-sig") if begun else None, dict(context.params)


def _answered(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked for, without the folder: that is of this time."""
    return {name: given[name] for name in (key.replace("-", "_") for key in keeping.ANSWERED)}


def _asked(talk: Talk, secrets: Secrets, given: dict[str, Any]) -> dict[str, Any]:
    identity = _client_id(talk, given)
    given |= {"client_id": identity, "no_credentials": not identity}
    given["client_secret_file"] = _client_secret(talk, secrets, identity, given["client_secret_file"])
    given |= _servers(talk, given)
    given["ip_restriction"] = _restriction(talk, given["ip_restriction"] or "") or None
    given["directory"] = Path(given["directory"] or talk.until(lambda: _folder(talk)))
    return given


def _client_id(talk: Talk, given: Mapping[str, Any]) -> str:
    known = given["client_id"] or ""
    none = "Type none" if known else "Press Enter"
    talk.say("", "1 of 5  Client ID")
    talk.say(f"{APPLICATION}, tab Details.", f"None at hand? {none}: all that can be seen without it is looked at.",
             indent="  ")  # fmt: skip
    return talk.until(lambda: answers.client_id(talk, talk.ask("Client ID", known)))


def _client_secret(talk: Talk, secrets: Secrets, identity: str, file: str | None) -> str | Typed | None:
    talk.say("", "2 of 5  Client Secret")
    if not identity:
        talk.say("Not asked for: without a client id it has no use.", indent="  ")
        return file
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
        make_folder(Path(typed), "")
    except UsageError as error:
        talk.say(f"{error}.")
        return None
    return typed


def _offer_to_save(talk: Talk, begun: str | None, given: Mapping[str, Any]) -> bool:
    """Save the answers where that is wished, and tell whether a file says the same as they do now."""
    file, values = keeping.FILE, keeping.settings(given, run_command)
    same = begun is not None and keeping.edited(begun, values) == begun
    talk.say("")
    if file.is_file() and begun is None:
        wished = talk.sure(f"Replace {file}, which holds other answers, by these (never the secret)?", default=False)
    else:
        wished = talk.sure(f"Save these answers, never the secret, in {file} for the next time?", default=True)
    return _saved(talk, begun, values, given) if wished else same


def _saved(talk: Talk, begun: str | None, values: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    kept = keeping.edited(begun, values) if begun is not None else None
    try:
        talk.writer.file(keeping.FILE, kept if kept is not None else keeping.as_toml(values))
    except UsageError as error:
        talk.say(f"{error}. The run goes on without it.")
        return False
    talk.say(f"Saved. The same again: diagnose run --config {keeping.FILE}")
    if begun is not None and kept is None:
        talk.say("It was written anew, so comments that stood in it are gone.")
    if keeping.secret("proxy", given["proxy"] or ""):
        talk.say("The proxy is not in it, for its address holds a password: add --proxy.")
    return True


def _show_plan(talk: Talk, given: Mapping[str, Any]) -> None:
    from diagnose.cli import announcing  # noqa: PLC0415 - not needed before the answers are there

    talk.say("", "What will be contacted")
    for line in announcing.plan(given):
        talk.say(line, indent="  ")
    talk.say("Nobody else. Only reading; nothing is changed in HaloPSA.", "")


def _run(given: dict[str, Any], *, saved: bool) -> int:
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
        folder = given["directory"]
        again = f"diagnose run --config {keeping.FILE} --output {folder}" if saved else "diagnose"
        Talk(request.writer).say("", "What to do next")
        Talk(request.writer).say(*_next(document, folder / "report.html", again), indent="  ")
    cancelled = document.report.run.cancelled
    return exit_codes.of(document.report.verdict.status, cancelled=cancelled, fail_on=given["fail_on"])


def _next(document: Document, report: Path, again: str) -> Iterator[str]:
    """Yield what to do with this verdict; after an interruption there is only one thing to do."""
    if document.report.run.cancelled:
        yield f"The run was interrupted, so what it had not seen is unknown. Once more: {again}"
        return
    steps = {
        "ready": f"Enter the five values in the integration, then Save and Test. {report} is the record.",
        "ready_with_warnings": f"The integration can be connected; have the warnings mended. {report} tells how.",
        "undecided": f"Take the steps named under 'Who must do what' above. {report} tells them in full.",
        "not_ready": f"Hand {report} to whoever is named above under 'Who must do what'; it tells how to mend it.",
    }
    then = {"ready": "To look again, after a change", "undecided": "Then, to see whether it is decided"}
    status = document.report.verdict.status
    yield steps[status]
    yield f"{then.get(status, 'Then, to see that it is mended')}: {again}"
    yield f"For a ticket: paste {report.with_suffix('.md')}, attach {report}."
