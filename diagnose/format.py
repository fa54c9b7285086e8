"""What a renderer is: a module with `render(document, style) -> str`, found by the entry point `diagnose.formats`."""

from __future__ import annotations

from typing import Protocol, cast

import msgspec

from diagnose.errors import UsageError
from diagnose.report import Document

GROUP = "diagnose.formats"
NAMES = ("terminal", "json", "html", "markdown", "text", "junit", "csv", "nagios")
SUFFIXES = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".txt": "text",
    ".xml": "junit",
    ".csv": "csv",
}


class Style(msgspec.Struct, frozen=True):
    """Where the text will be read."""

    colour: bool = False
    width: int = 100
    """Columns; 20 or more."""
    encoding: str = "utf-8"
    """Glyphs are used only where this encoding can hold them."""
    verbose: int = 0
    quiet: bool = False


class Renderer(Protocol):
    """One format."""

    def render(self, document: Document, style: Style) -> str:
        """Return the whole text; pure."""
        ...


def renderer(name: str) -> Renderer:
    """Return the installed renderer of this format; UsageError where there is none."""
    from importlib import metadata  # noqa: PLC0415 - it imports socket, and renderers import this module

    for entry in metadata.entry_points(group=GROUP, name=name):
        return cast("Renderer", entry.load())
    from diagnose.registry import version  # noqa: PLC0415 - what looks for installations imports sockets

    version()  # NotInstalledError where there is no installation at all
    raise UsageError(f"--format {name}: this installation has no such format")
