"""Options that several commands share, and where a finished report goes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from diagnose.cli.fitting import fitting
from diagnose.errors import UsageError
from diagnose.format import NAMES, SUFFIXES, Style, renderer
from diagnose.guard import Writer, tried
from diagnose.report import Document

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = f"{NAMES[0]} (the default), {', '.join(NAMES[1:-1])} or {NAMES[-1]}."
WRITTEN_TO_DIRECTORY = {"report.html": "html", "report.json": "json", "report.md": "markdown"}


def where_to(function: Command) -> Command:
    """Add `--format`, `-o`, `--output` and the options of the console."""
    for option in reversed(
        (
            click.option("--format", "format_", type=click.Choice(NAMES), metavar="FORMAT", help=FORMATS),
            click.option("-o", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                         help="To FILE instead; its suffix decides the format."),
            click.option("--output", "directory", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
                         help="Also write report.html, .json and .md there."),
            click.option("-q", "quiet", is_flag=True, help="No progress, no messages."),
            click.option("-v", "verbose", count=True, help="More detail."),
            click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR)."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


class Destination:
    """Where one report goes, decided and tried before anything is sent."""

    def __init__(self, format_: str | None, file: Path | None, directory: Path | None) -> None:
        self.format = format_ or _by_suffix(file)
        self.file = file
        self.directory = directory
        self.renderer = renderer(self.format)
        self.files = {name: renderer(kind) for name, kind in WRITTEN_TO_DIRECTORY.items()} if directory else {}
        if file is not None and not file.parent.is_dir():
            raise UsageError(f"-o {file}: there is no folder {file.parent}")
        if file is None and directory is None and sys.stdout is None:
            raise UsageError("standard output is closed, so the report would be lost; -o FILE writes it to a file")
        if directory is not None:
            make_folder(directory)
        for path in self.written:
            tried(path)

    def deliver(self, document: Document, writer: Writer, style: Style) -> None:
        """Write the report everywhere it was asked for; SecretFoundError before a byte is written."""
        writer.deliver(*self.rendered(document, writer, style))

    def rendered(self, document: Document, writer: Writer, style: Style) -> tuple[str, dict[Path, str | bytes]]:
        """Return what goes to standard output and what to files; the strings were searched before the rendering."""
        writer.refuse_values(document.raw)
        text = self.renderer.render(document, style)
        plain = Style(width=style.width, verbose=style.verbose)
        files: dict[Path, str | bytes] = {}
        if self.directory is not None:
            files = {self.directory / name: each.render(document, plain) for name, each in self.files.items()}
        if self.file is not None:
            files[self.file] = text if not style.colour else self.renderer.render(document, plain)
            text = ""
        return fitting(text, self.format, style.encoding), files

    @property
    def written(self) -> tuple[Path, ...]:
        """The files this destination writes."""
        beside = tuple(self.directory / name for name in self.files) if self.directory is not None else ()
        return (*beside, self.file) if self.file is not None else beside


def make_folder(directory: Path, option: str = "--output ") -> None:
    """Make the folder, or say in one sentence why it cannot be made; `option` is empty where none was typed."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{option}{directory}: {error.strerror or error}") from error


def _by_suffix(file: Path | None) -> str:
    if file is None:
        return "terminal"
    if file.suffix.lower() not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise UsageError(f"-o {file}: the suffix names no format ({known}); add --format")
    return SUFFIXES[file.suffix.lower()]


def style(*, no_color: bool, quiet: bool, verbose: int) -> Style:
    """Return how standard output is written: colours only on a terminal that wants them."""
    import os  # noqa: PLC0415 - read when the report is written

    stream = sys.stdout
    terminal = stream is not None and stream.isatty()
    plain = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    width = shutil.get_terminal_size((100, 24)).columns if terminal else 100
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return Style(terminal and not plain, max(40, min(width, 200)), encoding, verbose, quiet)
