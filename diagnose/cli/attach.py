"""`diagnose attach REPORT`: the escalation attachment, shown before it is written. Nothing is sent anywhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose import exit_codes
from diagnose.cli.helping import Grouped

if TYPE_CHECKING:
    from diagnose.guard import Writer
    from diagnose.report import Document

PRIVATE = ".PRIVATE-do-not-send.json"
NAMELESS = "halo-diagnose-{id}"
"""The name of an attachment under pseudonyms: that of the report may name the customer."""


@click.command(
    "attach",
    cls=Grouped,
    epilog="Shows every value that would leave, and asks; --yes answers for scripts. The tool sends nothing anywhere.",
)
@click.argument("report", type=click.Path(dir_okay=False, path_type=Path))
@click.option("-o", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The zip; default: beside the report.")  # fmt: skip
@click.option("--ticket", default="", metavar="TEXT", help="The ticket's number, named in the summary.")
@click.option("--note", default="", metavar="TEXT", help="A note, put into the summary.")
@click.option("--pseudonyms", is_flag=True, help="Replace names of hosts and people, and private addresses.")
@click.option("--encrypt-to", "recipients", multiple=True, metavar="RECIPIENT",
              help="age1... or an SSH public key; once for each reader, yourself too (extra: age).")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-q", "quiet", is_flag=True, help="No preview (with --yes).")
def command(**given: Any) -> int:  # noqa: ANN401 - click's options
    """Make the attachment for a ticket: the report, a summary, the chain as sent, sums."""
    from diagnose.cli.saved_reports import doubts, what_is_known, writer  # noqa: PLC0415 - --help imports only click
    from diagnose.support.preview import preview  # noqa: PLC0415
    from diagnose.support.saved import read  # noqa: PLC0415
    from diagnose.text import harmless_lines  # noqa: PLC0415

    document = read(given["report"])
    _refuse_what_cannot_be_asked(given)
    said: dict[str, Any] = {name: harmless_lines(given[name]) for name in ("ticket", "note")}
    parts = _Parts.of(document, given["report"], **said, **_choices(given))
    to = writer()
    files = parts.files(to)
    for line in doubts((given["report"], document)):
        to.message(line)
    if not given["quiet"]:
        to.output(preview(parts.document, parts.members, ticket=parts.ticket, note=parts.note))
        to.message(what_is_known(to))
    if not given["yes"] and not _agreed(to, next(iter(files))):
        to.message("nothing was written")
        return exit_codes.INTERRUPTED
    to.deliver(files=files)
    for path in files:
        to.message(f"{path} was written{'; do not send it' if path.name.endswith(PRIVATE) else ''}")
    for recipient in given["recipients"]:
        to.message(f"readable by {recipient}")
    return exit_codes.READY


def _refuse_what_cannot_be_asked(given: dict[str, Any]) -> None:
    from diagnose.errors import UsageError  # noqa: PLC0415
    from diagnose.support import encryption  # noqa: PLC0415

    if not given["yes"] and (sys.stdin is None or not sys.stdin.isatty()):
        raise UsageError("nobody can be asked whether this may be written; look at it first, then add --yes")
    encryption.check(given["recipients"])


def _choices(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("file", "pseudonyms", "recipients")}


def _agreed(to: Writer, file: Path) -> bool:
    return to.ask(f"Write this to {file}? Nothing is sent. [y/N] ").lower() in {"y", "yes"}


class _Parts:
    """What goes into the attachment, and what stays beside it."""

    def __init__(
        self, document: Document, private: dict[str, Any], file: Path, ticket: str, note: str, *, changed: bool
    ) -> None:
        from diagnose.support.attachment import members  # noqa: PLC0415

        self.document = document
        self.private = private
        self.file = file
        self.ticket = ticket
        self.note = note
        self.recipients: tuple[str, ...] = ()
        self.members = members(document, ticket=ticket, note=note, changed=changed)

    @classmethod
    def of(
        cls,
        document: Document,
        report: Path,
        *,
        ticket: str,
        note: str,
        file: Path | None,
        pseudonyms: bool,
        recipients: tuple[str, ...],
    ) -> _Parts:
        from diagnose import registry  # noqa: PLC0415
        from diagnose.errors import UsageError  # noqa: PLC0415
        from diagnose.pseudonyms import pseudonymised  # noqa: PLC0415
        from diagnose.support.saved import was_changed  # noqa: PLC0415

        changed, private = was_changed(document), {}
        if pseudonyms:
            made = pseudonymised(document, registry.load(plugins=False))
            document, private = made.document, made.private
        target = file or report.with_name(f"{_name(report, document, nameless=pseudonyms)}.zip")
        if recipients and target.suffix != ".age":
            target = target.with_name(f"{target.name}.age")
        if target.absolute() == report.absolute():
            raise UsageError(f"-o {target}: that is the report itself")
        parts = cls(document, private, target, ticket, note, changed=changed)
        parts.recipients = recipients
        return parts

    def files(self, to: Writer) -> dict[Path, str | bytes]:
        """Return the files to write, each member searched before it is compressed or encrypted."""
        import json  # noqa: PLC0415

        from diagnose.support.archive import packed  # noqa: PLC0415
        from diagnose.support.encryption import encrypted  # noqa: PLC0415

        to.refuse_values(self.document.raw)
        for name, content in self.members.items():
            to.refuse(name, "the name of a file in the attachment")
            to.refuse(content, f"{name} in the attachment")
        content = packed(self.members)
        files: dict[Path, str | bytes] = {
            self.file: encrypted(content, self.recipients) if self.recipients else content
        }
        if self.private:
            plain = self.file.name.removesuffix(".age").removesuffix(".zip")
            files[self.file.with_name(f"{plain}{PRIVATE}")] = json.dumps(self.private, indent=2) + "\n"
        return files


def _name(report: Path, document: Document, *, nameless: bool) -> str:
    if nameless:
        plain = "".join(sign for sign in document.report.run.id if sign.isascii() and sign.isalnum())
        return NAMELESS.format(id=plain[:8] or "report")
    return f"{report.name.partition('.')[0] or 'report'}-attachment"
