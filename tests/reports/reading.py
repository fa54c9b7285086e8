"""What a reader of each format sees: the text without its syntax, blanks folded."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from markdown_it.token import Token


def visible(name: str, text: str) -> str:
    """Return what is seen of a text in this format."""
    return folded(
        {"html": of_html, "markdown": of_markdown, "junit": of_xml, "terminal": of_terminal, "text": of_text}.get(
            name, str
        )(text)
    )


def folded(text: str) -> str:
    """Return the text on one line."""
    return " ".join(text.split())


def of_terminal(text: str) -> str:
    """Return the text without the frame around the last words."""
    return re.sub("[│╭╮╰╯─]", " ", text)


def of_text(text: str) -> str:
    """Return the text without what tells a shell that its command goes on in the next line."""
    return re.sub(r" [`\\^]$", "", text, flags=re.MULTILINE)


def of_html(text: str) -> str:
    """Return the text of the page's body, without scripts and styles."""
    reader = _Text()
    reader.feed(text)
    return "".join(reader.parts)


def of_markdown(text: str) -> str:
    """Return what a CommonMark reader with tables shows."""
    return " ".join(_tokens(MarkdownIt("gfm-like", {"linkify": False}).parse(text)))


def of_xml(text: str) -> str:
    """Return every attribute and text."""
    root = ET.fromstring(text)  # noqa: S314 - our own output
    return " ".join(part for each in root.iter() for part in (*each.attrib.values(), each.text or ""))


def _tokens(tokens: list[Token]) -> list[str]:
    parts = []
    for token in tokens:
        if token.children is not None:
            parts.append("".join(child.content for child in token.children))
        elif token.content:
            parts.append(token.content)
    return parts


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        if tag not in {"code", "b", "span", "a", "summary"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def unescaped(text: str) -> str:
    """Return the text with character references resolved."""
    return html.unescape(text)
