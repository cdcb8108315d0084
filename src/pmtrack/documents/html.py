"""Headings, paragraphs and list items that are written as HTML, read line by line."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from pmtrack.documents.inline import Collector, Inline

_TAG = re.compile(r"<[^<>]{0,2000}>")
_OPENING = re.compile(r"<(h[1-6]|p|li)(?:\s[^<>]{0,2000})?>", re.IGNORECASE)
_PARTING = re.compile(r"</(?:p|li|div|h[1-6])\s*>", re.IGNORECASE)
_SHORTCODE = re.compile(r"^\s*:[a-z0-9_+-]{1,40}:\s*")
_HREF = re.compile(r"""<a\s[^<>]{0,200}?href=["']([^"'<>]{1,500})["'][^<>]{0,200}>""", re.IGNORECASE)
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


def cell(source: str, start: int) -> Inline:
    """The words of a table's cell, which stands at byte `start`."""
    return _words(source[:_MAX_CHARACTERS], start, is_cell=True)


def _words(inner: str, start: int, *, is_cell: bool = False) -> Inline:
    """The words between tags, with the links and marks that these make."""
    inner = inner.split("<!--", maxsplit=1)[0]
    collector, at = Collector(), 0
    for tag in _TAG.finditer(inner):
        start += _add(collector, inner[at : tag.start()], start)
        _tagged(collector, tag.group())
        if is_cell and (is_break(tag.group()) or _PARTING.match(tag.group())):
            collector.add(" ", start, start)
        start += len(tag.group().encode())
        at = tag.end()
    _add(collector, inner[at:], start)
    collector.close()
    inline = collector.inline()
    shortcode = _SHORTCODE.match(inline.text)
    return inline.part(shortcode.end() if shortcode else 0, len(inline.text))


def _add(collector: Collector, source: str, start: int) -> int:
    """Add what stands between two tags; how many bytes it has."""
    size = len(source.encode())
    collector.add(html.unescape(source), start, start + size)
    return size


def _tagged(collector: Collector, tag: str) -> None:
    href = _HREF.match(tag)
    name, ends = mark(tag) or ("", False)
    if href:
        collector.enter("Link", href.group(1))
    elif tag.casefold() == "</a>":
        collector.leave("Link")
    elif ends:
        collector.leave(name)
    elif name:
        collector.enter(name, "")


def mark(tag: str) -> tuple[str, bool] | None:
    """The mark that a tag begins or ends, and whether it ends it."""
    name = _NAME.match(tag)
    found = MARKS.get(name[1].casefold()) if name else None
    return (found, tag.startswith("</")) if found else None


def is_words(tag: str) -> bool:
    """Whether what looks like a tag is no element of HTML but a placeholder ("<incident>")."""
    name = _NAME.match(tag)
    return name is not None and name[1].casefold() not in _ELEMENTS


def means(tag: str) -> bool:
    """Whether a tag is more than decoration: words begin here, or a mark of them."""
    marked = mark(tag)
    return not marked[1] if marked else is_break(tag) or is_words(tag)


def is_break(tag: str) -> bool:
    """Whether a tag ends a line."""
    return tag[:3].casefold() == "<br"
