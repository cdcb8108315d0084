"""What of an issue's body is ours: a region that people may edit too, and the marker (pure).

A body that was edited on the page has CRLF line ends; everything outside our parts stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import quote, unquote

from pmtrack.model import Marker
from pmtrack.text import one_line

BEGIN, END = "<!-- pmtrack:fields -->", "<!-- /pmtrack:fields -->"
"""Around what syncs back, `Due: 2026-12-01` on a line of its own; nobody sees these two."""

_DUE = re.compile(r"[ \t>*_-]*due(?: date)?[ \t*_]*:[ \t*_]*([^\r\n]*)", re.IGNORECASE)
_NONE = frozenset({"", "-", "none", "n/a", "tbd"})
_MARKER = re.compile(r"<!-- pmtrack:item v1 ([^\s<>]+) ([^\s<>]+) ([^\s<>]*) -->")
_PARENT = re.compile(r"<!-- pmtrack:postmortem v1 ([^\s<>]+) ([^\s<>]+) -->")


class Unreadable(ValueError):
    """What a person wrote in our region is not what it should be; `str` is half a sentence with what to write."""


def due(body: str) -> date | None:
    """The date in the region, None where there is none.

    Raises:
        Unreadable: the words are no date.
    """
    place = _place(body)
    found = _due_line(body[slice(*place)]) if place else None
    words = found[1].strip(" \t*_`") if found else ""
    if words.lower() in _NONE:
        return None
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        raise Unreadable(f"{one_line(words, 40)!r} is no due date: write it as 2026-12-01") from None


def with_due(body: str, day: date | None) -> str:
    """The body with this date in the region; the region comes with the first date, and goes with the last word."""
    newline = "\r\n" if "\r\n" in body else "\n"
    line = f"Due: {day.isoformat()}" if day else ""
    place = _place(body)
    if place is None:
        return _with_region(body, line, newline) if line else body
    start, stop = place
    inside = body[start:stop]
    found = _due_line(inside)
    if found:
        at, end = found.span()
        inside = inside[:at] + line + inside[end:]
    elif line:
        inside = f"{inside.rstrip()}{newline}{line}{newline}"
    if inside.strip():
        return body[:start] + inside + body[stop:]
    return _joined(body[: start - len(BEGIN)], body[stop + len(END) :], newline)


def with_kept(body: str, kept: Mapping[str, str]) -> str:
    """The body with these lines (`Milestone: Reliability`) in the region: what GitHub has no other place for.

    They are for people, and never read.
    """
    newline = "\r\n" if "\r\n" in body else "\n"
    for name, words in kept.items():
        line = one_line(f"{name}: {words}")
        place = _place(body)
        if place is None:
            body = _with_region(body, line, newline)
        elif line not in body[slice(*place)].splitlines():
            start, stop = place
            body = f"{body[:start]}{body[start:stop].rstrip()}{newline}{line}{newline}{body[stop:]}"
    return body


def marker(body: str) -> Marker | None:
    """Ours: the last one, since text from elsewhere carries none that would still be a comment."""
    parts = next(iter(_MARKER.findall(body)[-1:]), None)
    if parts is None:
        return None
    ident, digest, path = map(_unescaped, parts)
    return Marker(ident, path, digest)


def with_marker(body: str, mark: Marker) -> str:
    """The body with this marker in the place of the old one, else at its end."""
    note = _note(mark)
    places = [found.span() for found in _MARKER.finditer(body)]
    if places:
        start, stop = places[-1]
        return body[:start] + note + body[stop:]
    newline = "\r\n" if "\r\n" in body else "\n"
    return _joined(body, note, newline)


def parent(body: str) -> tuple[str, str] | None:
    """Source and path of the postmortem that this issue stands for as a whole; None for any other issue."""
    found = _PARENT.search(body)
    return (_unescaped(found[1]), _unescaped(found[2])) if found and marker(body) is None else None


def with_parent(body: str, source: str, path: str) -> str:
    """The body of a new issue that stands for a whole postmortem."""
    return f"{body.rstrip()}\n\n<!-- pmtrack:postmortem v1 {_escaped(source)} {_escaped(path)} -->"


def composed(text: str, day: date | None, mark: Marker) -> str:
    """The body of a new issue: the text, the region and the marker."""
    return with_marker(with_due(text.rstrip() + "\n", day), mark)


def _note(mark: Marker) -> str:
    """A comment that its parts cannot end: `>` is escaped, and so is one of two hyphens."""
    parts = (_escaped(part) for part in (mark.ident, mark.digest, mark.path))
    return f"<!-- pmtrack:item v1 {' '.join(parts)} -->"


def _escaped(part: str) -> str:
    return quote(part, safe="/", errors="surrogateescape").replace("--", "-%2D").replace("--", "-%2D")


def _unescaped(part: str) -> str:
    return unquote(part, errors="surrogateescape")


def _place(body: str) -> tuple[int, int] | None:
    """Where the inside of the last whole region is."""
    stop = body.rfind(END)
    start = body.rfind(BEGIN, 0, stop) if stop >= 0 else -1
    return (start + len(BEGIN), stop) if start >= 0 else None


def _due_line(inside: str) -> re.Match[str] | None:
    at = 0
    for line in inside.splitlines(keepends=True):
        if _DUE.match(line):
            return _DUE.match(inside, at)
        at += len(line)
    return None


def _with_region(body: str, line: str, newline: str) -> str:
    """Before the marker, where there is one at the end."""
    region = newline.join((BEGIN, line, END))
    places = [found.start() for found in _MARKER.finditer(body)]
    at = places[-1] if places else len(body)
    return _joined(body[:at], region + newline + body[at:], newline)


def _joined(first: str, second: str, newline: str) -> str:
    """Two parts with an empty line between them."""
    first, second = first.rstrip("\r\n"), second.lstrip("\r\n")
    return f"{first}{newline * 2}{second}" if first and second else first + second
