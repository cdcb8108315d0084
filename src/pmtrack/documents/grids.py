"""Tables that are none to Markdown: lines of cells without a line of dashes, and those of HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pmtrack.documents import html
from pmtrack.documents.blocks import Paragraph, Table
from pmtrack.documents.inline import Inline
from pmtrack.documents.words import Run

_FEWEST = 2
_MOST_CHARACTERS = 400_000
_MOST_CELLS = 30
_OPENS = re.compile(r"<table\b", re.IGNORECASE)
_CLOSES = re.compile(r"</table\s*>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(table|t[rhd])\b[^<>]{0,2000}>", re.IGNORECASE)
_ROW = re.compile(r"\s*\|.*\|\s*\Z")


def piped(paragraph: Paragraph) -> Table | None:
    """Lines that begin and end with a pipe, as a table: its first line is the head ("||Action||Owner||")."""
    text = paragraph.inline.text
    if not text.startswith("|"):
        return None
    lines = paragraph.inline.lines()
    if len(lines) < _FEWEST or not all(_ROW.match(line.text) for line in lines):
        return None
    rows = [_cells(line) for line in lines]
    return Table(_as_wide(rows), paragraph.start, quoted=paragraph.quoted)


def _cells(line: Inline) -> list[Inline]:
    """What stands between the pipes; one inside of a link's brackets ("[words|address]") parts nothing."""
    mark = "||" if line.text.startswith("||") else "|"
    found: list[Inline] = []
    at, depth, here = len(mark), 0, len(mark)
    while here < len(line.text) and len(found) < _MOST_CELLS:
        char = line.text[here]
        depth = max(depth + (char == "[") - (char == "]"), 0)
        if not depth and line.text.startswith(mark, here):
            found.append(line.part(at, here))
            here += len(mark)
            at = here
        else:
            here += 1
    return found


def _as_wide(rows: Sequence[list[Inline]]) -> list[list[Inline | Run]]:
    """Rows of as many cells as the first one has."""
    width = len(rows[0])
    return [[*row[:width], *(Inline() for _ in range(width - len(row)))] for row in rows]


class Grid:
    """Collects the lines of an HTML table until it closes."""

    def __init__(self) -> None:
        self._source = ""
        self._start = -1
        self._end = 0

    def takes(self, source: str) -> bool:
        """Whether a line of HTML begins a table or stands in one."""
        return self._start >= 0 or _OPENS.search(source) is not None

    def take(self, source: str, start: int) -> Table | None:
        """Take such a line, which stands at byte `start`; the table that it ends."""
        if self._start < 0 and (opening := _OPENS.search(source)):
            start += len(source[: opening.start()].encode())
            source = source[opening.start() :]
            self._source, self._start, self._end = "", start, start
        self._source += "\n" * (start - self._end) + source
        self._end = start + len(source.encode())
        if not _CLOSES.search(source) and len(self._source) < _MOST_CHARACTERS:
            return None
        return self.finish()

    def finish(self) -> Table | None:
        """The table as far as it goes; None where it has no rows."""
        begun, self._start = self._start, -1
        rows = [row for row in _rows(self._source, begun) if row] if begun >= 0 else []
        if len(rows) < _FEWEST:
            return None
        return Table(_as_wide(rows), begun)


def _rows(source: str, start: int) -> list[list[Inline]]:
    """The cells of each row; tables in a cell are cells of the outer one."""
    rows: list[list[Inline]] = []
    opened = -1
    byte, counted = start, 0
    for tag in _TAG.finditer(source):
        name, ends = tag[2].casefold(), bool(tag[1])
        if opened >= 0 and name != "table":
            byte, counted = byte + len(source[counted:opened].encode()), opened
            if rows and len(rows[-1]) < _MOST_CELLS:
                rows[-1].append(html.cell(source[opened : tag.start()], byte))
            opened = -1
        if name == "tr" and not ends:
            rows.append([])
        elif name in ("th", "td") and not ends:
            opened = tag.end()
    return rows
