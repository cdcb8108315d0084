"""Headings, paragraphs and list items that are written as HTML, read line by line."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from pmtrack.documents.inline import Collector, Inline, Link

_TAG = re.compile(r"<[^<>]{0,2000}>")
_OPENING = re.compile(r"<(h[1-6]|p|li)(?:\s[^<>]{0,2000})?>", re.IGNORECASE)
_SHORTCODE = re.compile(r"^\s*:[a-z0-9_+-]{1,40}:\s*")
_HREF = re.compile(r"""<a\s[^<>]{0,200}?href=["']([^"'<>]{1,500})["'][^<>]{0,200}>""", re.IGNORECASE)
_STRUCK = re.compile(r"\s*<(?:s|del|strike)>", re.IGNORECASE)
MARKS = {"s": "Strikethrough", "del": "Strikethrough", "strike": "Strikethrough", "b": "Strong", "strong": "Strong"}
"""Elements that mean the same as a mark of Markdown."""
_MAX_CHARACTERS = 100_000

_NAME = re.compile(r"</?([a-z][a-z0-9-]*)", re.IGNORECASE)
_ELEMENTS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "big",
        "br",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figure",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "video",
    ]
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One element: a heading where `level` is 1 to 6, else a paragraph or list item."""

    inline: Inline
    level: int
    start: int


def pieces(source: str, start: int) -> list[Piece]:
    """The elements that open in a line of an HTML block which stands at byte `start`."""
    found = []
    source = source[:_MAX_CHARACTERS]
    openings = list(_OPENING.finditer(source))
    for at, opening in enumerate(openings):
        end = openings[at + 1].start() if at + 1 < len(openings) else len(source)
        inline = _words(source[opening.end() : end], start + len(source[: opening.end()].encode()))
        if inline.text.strip():
            name = opening.group(1).casefold()
            found.append(Piece(inline, int(name[1]) if name[0] == "h" else 0, inline.anchors[0][1]))
    return found


def _words(inner: str, start: int) -> Inline:
    href = _HREF.search(inner)
    plain = html.unescape(_TAG.sub("", inner.split("<!--", maxsplit=1)[0]))
    shortcode = _SHORTCODE.match(plain)
    plain = plain[shortcode.end() :] if shortcode else plain
    collector = Collector()
    collector.add(plain.strip(), start, start + len(inner.encode()))
    inline = collector.inline()
    whole = (0, len(inline.text))
    links = (Link(*whole, href.group(1)),) if href and inline.text else ()
    struck = (whole,) if _STRUCK.match(inner) and inline.text else ()
    return Inline(inline.text, links, (), struck, inline.anchors, inline.end)


def mark(tag: str) -> tuple[str, bool] | None:
    """The mark that a tag begins or ends, and whether it ends it."""
    name = _NAME.match(tag)
    found = MARKS.get(name[1].casefold()) if name else None
    return (found, tag.startswith("</")) if found else None


def is_words(tag: str) -> bool:
    """Whether what looks like a tag is no element of HTML but a placeholder ("<incident>")."""
    name = _NAME.match(tag)
    return name is not None and name[1].casefold() not in _ELEMENTS
