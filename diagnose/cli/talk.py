"""One conversation at a terminal: what is said goes through the secret guard, what is answered is read line by line.

A question is written first and the answer read without a prompt of its own, so that the guard sees every byte.
The end of the input counts as an interruption.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable

import click

from diagnose.cli import secret_input
from diagnose.guard import Writer

WIDEST = 78
ATTEMPTS = 20
"""Wrong answers to one question before the interview gives up: what answers may be a program."""


class Talk:
    """Says and asks; a test drives it through a pseudo-terminal."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def say(self, *paragraphs: str, indent: str = "") -> None:
        """Write paragraphs, broken at the terminal's width."""
        room = max(30, min(WIDEST, shutil.get_terminal_size((80, 24)).columns - 1))
        lines = [textwrap.fill(each, room, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                               break_on_hyphens=False) for each in paragraphs]  # fmt: skip
        self.writer.output("\n".join(lines) + "\n")

    def ask(self, question: str, default: str = "") -> str:
        """Return the line that was typed, or `default` for an empty one."""
        shown = f" [{default}]" if default else ""
        self.writer.output(f"{question}{shown}: ")
        return self._line().strip() or default

    def sure(self, question: str, *, default: bool) -> bool:
        """Return the answer to a yes-or-no question."""
        for _ in range(ATTEMPTS):
            typed = self.ask(f"{question} [{'Y/n' if default else 'y/N'}]").lower()
            if typed in {"", "y", "yes", "n", "no"}:
                return typed in {"y", "yes"} or (not typed and default)
            self.say("Please answer y or n.")
        raise click.Abort

    def secret(self, question: str) -> str:
        """Return what was typed without showing it."""
        try:
            return secret_input.ask(f"{question} (not shown): ").strip()
        except EOFError as error:
            raise click.Abort from error

    def until(self, question: Callable[[], str | None]) -> str:
        """Ask until there is an answer; None means that it was not accepted, and why has been said."""
        for _ in range(ATTEMPTS):
            answer = question()
            if answer is not None:
                return answer
        raise click.Abort

    def _line(self) -> str:
        try:
            return input()
        except EOFError as error:
            raise click.Abort from error
        except UnicodeDecodeError:
            self.say("That could not be read as text; please type it again.")
            return ""
