"""A report as a table for people: as wide as the place where it is shown, coloured only where that is understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pmtrack.model import State
from pmtrack.reports.block import width
from pmtrack.reports.look import PLAIN, Look
from pmtrack.reports.values import SOON_DAYS, Report, ReportRow
from pmtrack.reports.words import is_web
from pmtrack.text import plain

COLUMNS: Mapping[str, int] = {"Due": 30, "Owner": 24, "Pri": 8, "Status": 11, "Issue": 16}
"""The columns before the item's own, and how wide each may get: somebody else's words never take all of the room."""

ITEM = "Item"
LEAST = 20
"""Columns that the item's words need; with less it stands under the rest."""

GAP = "   "
RED, YELLOW, DIM, BOLD, RESET = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"

_WORD = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Cell:
    """Words, and where a click on them leads, "" for nowhere."""

    words: str
    url: str = ""


def table(report: Report, look: Look = PLAIN) -> Iterator[str]:
    """The lines of a table of the report's rows; none where there are no rows."""
    rows = [(_style(row, report.as_of), _cells(row)) for row in report.rows]
    if not rows:
        return
    sizes = [min(most, max(width(cells[at].words) for _, cells in rows)) for at, most in enumerate(COLUMNS.values())]
    sizes = [max(size, len(name)) for size, name in zip(sizes, COLUMNS, strict=True)]
    rest = look.width - 2 - sum(sizes) - len(GAP) * len(sizes)
    if rest >= LEAST:
        yield from _wide(rows, [*sizes, rest], look)
    else:
        yield from _narrow(rows, look)


def _wide(rows: Sequence[tuple[str, Sequence[Cell]]], sizes: Sequence[int], look: Look) -> Iterator[str]:
    head = GAP.join(name.ljust(size) for name, size in zip([*COLUMNS, ITEM], sizes, strict=True))
    yield f" {_painted(head.rstrip(), BOLD, look)}"
    yield " " + "─" * (look.width - 2)
    blank = [" " * size for size in sizes]
    for style, cells in rows:
        columns = [wrapped(cell.words, size) for cell, size in zip(cells, sizes, strict=True)]
        for at in range(max(map(len, columns))):
            parts = [
                _shown(column[at], cell, size, style, look) if at < len(column) else empty
                for column, cell, size, empty in zip(columns, cells, sizes, blank, strict=True)
            ]
            yield f" {GAP.join(parts)}".rstrip()


def _shown(words: str, cell: Cell, size: int, style: str, look: Look) -> str:
    """A line of a cell in the width of its column, with what the terminal is to do with it."""
    padding = " " * (size - width(words))
    return _linked(_painted(words, style, look), cell.url, look) + padding


def _narrow(rows: Iterable[tuple[str, Sequence[Cell]]], look: Look) -> Iterator[str]:
    """Each item as a few lines, its words indented."""
    for style, cells in rows:
        *facts, item = cells
        for line in wrapped("  ".join(cell.words for cell in facts if cell.words != "-"), look.width):
            yield _painted(line, style, look)
        for line in wrapped(item.words, max(1, look.width - 2)):
            yield f"  {_painted(line, style, look)}"


def _cells(row: ReportRow) -> list[Cell]:
    late = f" ({row.overdue_days} d late)" if row.overdue_days else ""
    issue = row.ticket.key if row.ticket else row.state.value.replace("_", " ")
    said = [row.error] if row.error else list(row.notes) if row.state is State.CONFLICT else []
    trouble = f"  [{'; '.join(said)}]" if said else ""
    words = (
        f"{row.due or '-'}{late}",
        ", ".join(row.owners) or "-",
        row.priority or "-",
        row.status.value.replace("_", " "),
        issue,
        f"{row.text}  ({row.postmortem}:{row.line}){trouble}",
    )
    urls = {4: row.ticket.url} if row.ticket and is_web(row.ticket.url) else {}
    return [Cell(_flat(said), _flat(urls.get(at, ""))) for at, said in enumerate(words)]


def _flat(words: str) -> str:
    return plain(words).replace("\n", " ")


def _style(row: ReportRow, today: date) -> str:
    if row.status.closed:
        return DIM
    return RED if row.overdue_days else YELLOW if row.due_within(today, SOON_DAYS) else ""


def _painted(words: str, style: str, look: Look) -> str:
    return f"{style}{words}{RESET}" if style and words and look.colour else words


def _linked(words: str, url: str, look: Look) -> str:
    return f"\x1b]8;;{url}\x1b\\{words}\x1b]8;;\x1b\\" if url and words and look.links else words


def wrapped(words: str, size: int) -> list[str]:
    """Lines of at most `size` columns, broken between words where that is possible; at least one."""
    measure = len if words.isascii() else width
    if measure(words) <= size:
        return [words]
    lines, room = [""], size
    for found in _WORD.findall(words):
        for word in (found,) if len(found) * 2 <= size else _pieces(found, size):
            if lines[-1] and measure(word.rstrip()) > room:
                lines.append("")
                room = size
            lines[-1] += word
            room -= measure(word)
    return [line.rstrip() for line in lines]


def _pieces(word: str, size: int) -> Iterator[str]:
    """A word that no line can hold, in parts."""
    while width(word.rstrip()) > size:
        at = size
        while at > 1 and width(word[:at]) > size:
            at -= 1
        yield word[:at]
        word = word[at:]
    yield word
