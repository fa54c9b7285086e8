"""Lines on a screen, by rich: hanging indents, colours that can be switched off, glyphs that the encoding holds.

Everything is a `Text`, so nothing in it is markup. Own typographic characters have a plain form; what the
encoding cannot hold of foreign text is spelt as an escape, before the lines are broken.
"""

from __future__ import annotations

from io import StringIO

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from diagnose.format import Style
from diagnose.text import pieces

PLAIN = {
    "\u2026": "...",  # the ellipsis before the client id's last characters
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2192": "->",
    "\u00d7": "x",
}
"""Plain forms of what types and tools write for looks."""

NARROW = 72
"""Columns below which an id stands on a line of its own."""

BOXES = (box.ROUNDED, box.SQUARE, box.ASCII)


class Screen:
    """What has been printed so far. Widths below 40 are treated as 40."""

    def __init__(self, style: Style) -> None:
        self._encoding = _known(style.encoding)
        self._width = max(40, min(style.width, 200))
        self._narrow = self._width < NARROW
        self._margin = 4 if self._narrow else 13
        self._console = Console(
            file=StringIO(),
            width=self._width,
            color_system="standard" if style.colour else None,
            force_terminal=style.colour,
            force_jupyter=False,
            legacy_windows=False,
            no_color=not style.colour,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )

    def text(self) -> str:
        """Return everything printed; every character fits the encoding."""
        lines = (line.rstrip() for line in self._printed().splitlines())
        return "\n".join(lines).lstrip("\n") + "\n"

    def _printed(self) -> str:
        file = self._console.file
        return file.getvalue() if isinstance(file, StringIO) else ""

    def first_of(self, glyphs: str) -> str:
        """Return the first of these characters that the encoding can hold."""
        return next((glyph for glyph in glyphs if self._holds(glyph)), "*")

    def heading(self, words: str) -> None:
        """Print a heading with a blank line above."""
        self._console.print()
        self._hang(Text(), Text(self._fitting(words), style="bold"), 0)

    def row(self, lead: str, text: str, *, indent: int, colour: str = "") -> None:
        """Print a label and its text."""
        label = Text(self._fitting(lead), style=colour)
        self._hang(label, Text(self._fitting(text)), 4 if self._narrow else indent)

    def result(self, status: str, name: str, summary: str, colour: str) -> None:
        """Print one check's line."""
        lead = Text(self._fitting(status), style=colour) + Text(self._fitting(name), style="bold not dim")
        self._hang(lead, Text(self._fitting(summary)), 4 if self._narrow else 36)

    def detail(self, label: str, text: str, *, colour: str = "", hang: int = 0) -> None:
        """Print one line below a check; a line that is too long goes on `hang` columns further in."""
        lead = Text(" " * self._margin + label, style="dim")
        self._hang(lead, Text(self._fitting(text), style=colour), self._margin + 8, hang)

    def command(self, shell: str, text: str) -> None:
        """Print a command on lines of its own, never broken: it is there to be copied."""
        if shell:
            self._line(Text(f"{' ' * self._margin}{self._fitting(shell)}:", style="dim"))
        for line in text.splitlines():
            self._line(Text(f"{' ' * self._margin}  {self._fitting(line)}", style="cyan"))

    def advice(self, label: str, text: str, *, hang: int = 0) -> None:
        """Print a detail with commands in its sentences: each whole, on a line of its own."""
        for piece, command in pieces(text):
            if command:
                self.command(label, piece)
            else:
                self.detail(label, piece, hang=hang)
            label = ""

    def plain(self, line: str) -> None:
        """Print a line of a text that is there to be copied, as it is: a command in it must stay whole."""
        self._line(Text(self._fitting(line)))

    def action(self, who: str, name: str, colour: str) -> None:
        """Print who must do something, and for which check."""
        lead = Text(self._fitting(who), style=colour)
        self._hang(lead, Text(self._fitting(name), style="bold"), 4 if self._narrow else 23)

    def panel(self, words: str, sentences: list[str], colour: str) -> None:
        """Print the last word in a box."""
        content = Text(words, style=colour)
        for sentence in sentences:
            content.append("\n" + self._fitting(sentence), style="not bold default")
        frame = next((each for each in BOXES if self._holds(str(each))), box.ASCII)
        self._console.print()
        self._console.print(Panel(content, box=frame, border_style=colour, padding=(0, 1), safe_box=False))

    def _hang(self, lead: Text, body: Text, indent: int, hang: int = 0) -> None:
        """Print `lead`, then `body` from column `indent` on; a lead that is too long has a line of its own."""
        lead.rstrip()
        if lead.cell_len >= indent > 0:
            for line in lead.wrap(self._console, self._width, overflow="fold"):
                self._line(line)
            lead = Text()
        lead.pad_right(max(0, indent - lead.cell_len))
        room = max(12, self._width - indent - hang)
        for line in body.wrap(self._console, room, overflow="fold") or [Text()]:
            self._line(lead + line)
            lead = Text(" " * (indent + hang))

    def _line(self, line: Text) -> None:
        self._console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)

    def _holds(self, text: str) -> bool:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True

    def _fitting(self, text: str) -> str:
        if self._holds(text):
            return text
        for fancy, plain in PLAIN.items():
            text = text if self._holds(fancy) else text.replace(fancy, plain)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def _known(encoding: str) -> str:
    try:
        return encoding if "a".encode(encoding) == b"a" else "ascii"
    except LookupError:
        return "ascii"
