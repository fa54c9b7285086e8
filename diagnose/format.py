"""What a renderer is: a module with `render(document, style) -> str`, found by the entry point `diagnose.formats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import msgspec

from diagnose.errors import UsageError
from diagnose.report import Document

if TYPE_CHECKING:
    from diagnose.fleet.entries import Fleet
    from diagnose.support.comparison import Comparison

GROUP = "diagnose.formats"
NAMES = ("terminal", "json", "html", "markdown", "text", "junit", "csv", "nagios")
COMPARISONS = "diagnose.comparisons"
"""The entry points of what renders two reports side by side: modules with `render(comparison, style) -> str`."""
SUMMARIES = "diagnose.summaries"
"""The entry points of what sums a report up for a ticket."""
FLEETS = "diagnose.fleets"
"""The entry points of what lists the targets of a fleet: modules with `render(fleet) -> str`."""
COMPARISON_NAMES = ("terminal", "json", "html")
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


class ComparisonRenderer(Protocol):
    """One format of a comparison."""

    def render(self, comparison: Comparison, style: Style) -> str:
        """Return the whole text; pure."""
        ...


def comparison_renderer(name: str) -> ComparisonRenderer:
    """Return the installed renderer of comparisons in this format; UsageError where there is none."""
    return cast("ComparisonRenderer", _installed(COMPARISONS, name))


class FleetRenderer(Protocol):
    """The index of a fleet's reports."""

    def render(self, fleet: Fleet) -> str:
        """Return the whole text; pure."""
        ...


def fleet_renderer() -> FleetRenderer:
    """Return the installed renderer of the index of a fleet."""
    return cast("FleetRenderer", _installed(FLEETS, "html"))


class SummaryRenderer(Protocol):
    """The text of a ticket."""

    def render(self, document: Document, *, ticket: str = "", note: str = "", changed: bool = False) -> str:
        """Return the whole text; pure."""
        ...


def summary_renderer() -> SummaryRenderer:
    """Return the installed renderer of the summary in an attachment."""
    return cast("SummaryRenderer", _installed(SUMMARIES, "markdown"))


def renderer(name: str) -> Renderer:
    """Return the installed renderer of this format; UsageError where there is none."""
    return cast("Renderer", _installed(GROUP, name))


def _installed(group: str, name: str) -> object:
    from diagnose.installed import entry_points  # noqa: PLC0415 - it imports socket, and renderers import this module

    for entry in entry_points(group).select(name=name):
        return entry.load()
    from diagnose.registry import version  # noqa: PLC0415 - what looks for installations imports sockets

    version()  # NotInstalledError where there is no installation at all
    raise UsageError(f"--format {name}: this installation has no such format")
