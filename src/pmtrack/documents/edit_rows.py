"""The rows of Markdown tables as bytes: where the cells of a row stand, and what their columns are for (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pmtrack.documents.vocabulary import column

Cell = tuple[int, int]
"""Bytes `[start, end)` between two bars."""

_RULE = re.compile(rb"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_BAR = re.compile(rb"(?<!\\)(?:\\\\)*\|")
_MARKS = " *_`~"
_FAR = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        head: the words of the table's head. cells: of this row. rows: of the whole table.
    """

    head: Sequence[str]
    cells: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]

    def columns(self, role: str) -> Iterator[int]:
        """The columns that are for this ("owner", "due", ...)."""
        return (at for at, words in enumerate(self.head[: len(self.cells)]) if column(words) == role)

    def column(self, at: int) -> Iterator[Cell]:
        """All cells of a column."""
        return (row[at] for row in self.rows if at < len(row))


def row_at(data: bytes, at: int) -> Row | None:
    """The row that a byte stands in, None where that is no row of a table."""
    lines = list(_lines(data))
    here = next((index for index, (start, end) in enumerate(lines) if start <= at <= end), None)
    if here is None or b"|" not in data[slice(*lines[here])]:
        return None
    rule = next((index for index in range(here - 1, max(here - _FAR, 0), -1) if _is_rule(data, lines[index])), None)
    if rule is None or any(b"|" not in data[slice(*line)] for line in lines[rule - 1 : here + 1]):
        return None
    end = next((index for index in range(here, len(lines)) if b"|" not in data[slice(*lines[index])]), len(lines))
    head = [data[a:b].decode(errors="replace").strip(_MARKS) for a, b in _cells(data, lines[rule - 1])]
    rows = [_cells(data, line) for line in lines[rule + 1 : end]]
    return Row(head, _cells(data, lines[here]), rows)


def put(data: bytes, place: Cell, words: bytes) -> bytes:
    """The document with these words in a cell, which keeps its width where they fit into it."""
    start, end = place
    old = data[start:end]
    core = old.strip(b" \t")
    lead = old[: old.index(core)] if core else old[:1]
    room = len(old.decode(errors="replace")) - len((lead + words).decode(errors="replace"))
    tail = b" " * max(room, 1 if old.endswith((b" ", b"\t")) else 0)
    return data[:start] + lead + words + tail + data[end:]


def _lines(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of every line, without what ends it."""
    at = 0
    for line in data.splitlines(keepends=True):
        yield at, at + len(line.rstrip(b"\r\n"))
        at += len(line)


def _is_rule(data: bytes, line: tuple[int, int]) -> bool:
    words = data[slice(*line)]
    return b"-" in words and b"|" in words and len(words) < 2000 and _RULE.fullmatch(words) is not None


def _cells(data: bytes, line: tuple[int, int]) -> list[Cell]:
    """Between the bars; what stands before the first bar and behind the last one only where there are words."""
    start, end = line
    bars = [bar.end() - 1 for bar in _BAR.finditer(data, start, end)]
    edges = [start - 1, *bars, end]
    found = [(a + 1, b) for a, b in pairwise(edges)]
    if found and not data[slice(*found[0])].strip(b" \t>"):
        found = found[1:]
    if found and not data[slice(*found[-1])].strip():
        found = found[:-1]
    return found
