"""What a page says to a reader: its title and its first visible words, whatever its markup is worth."""

from __future__ import annotations

import contextlib
from html.parser import HTMLParser

LONGEST_TEXT = 800
LONGEST_TITLE = 200
LONGEST_MARKUP = 64 * 1024
"""Characters looked at: an error page has 2,000."""

_UNSEEN = {"script", "style", "template", "svg"}
_MARKS = ("<!doctype html", "<html", "<head", "<body", "<title", "<center>", "<h1", "<h2")


def is_html(text: str) -> bool:
    """Whether this looks like a page: the http.sys errors have no `<html>` at all."""
    start = text[:2048].lstrip("\ufeff \t\r\n").lower()
    return start.startswith("<") and any(mark in start for mark in _MARKS)


def title_and_text(markup: str) -> tuple[str, str]:
    """Return the title and the visible words of a page, blanks collapsed, cut to size."""
    reader = _Reader()
    with contextlib.suppress(AssertionError, ValueError):  # html.parser gives up on some declarations
        reader.feed(markup[:LONGEST_MARKUP])
    return _collapsed(reader.title)[:LONGEST_TITLE], shortened(" ".join(reader.words))


def shortened(text: str) -> str:
    """Return the first words of a text, blanks collapsed."""
    return _collapsed(text)[:LONGEST_TEXT]


def _collapsed(text: str) -> str:
    return " ".join(text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.words: list[str] = []
        self._unseen = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - html.parser's
        self._in_title = tag == "title" and not self.title
        if tag in _UNSEEN and not self._unseen:
            self._unseen = tag

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if tag == self._unseen:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._unseen:
            self.words.append(data)
