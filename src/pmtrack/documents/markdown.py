"""Markdown text to a flat list of blocks with byte offsets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import pyromark

from pmtrack.documents import html
from pmtrack.documents.blocks import Block, Fence, Heading, Item, Paragraph, Parsed, Rule, Table
from pmtrack.documents.grids import Grid
from pmtrack.documents.inline import MAX_CHARACTERS, Inline
from pmtrack.documents.outline import is_outline
from pmtrack.documents.words import MARKS, Pair, Run, from_first_word, put_together, says_nothing

MAX_ENTRIES = 10_000
"""Reading stops behind so many headings, list items and table rows: no person works with such a document."""
_MAX_EVENTS = 400_000
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s+(?=\S)")
_LONGEST_RUN = 4 * MAX_CHARACTERS
_NO_WORDS: Run = []
_OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
_MOST_KEPT = 200_000
"""The words of a longer text are put together at once: its events would take a thousand times its size."""


class _Short(Run):
    """A run that takes no more events than it can have words."""

    def append(self, pair: Pair) -> None:
        """Take an event, or leave it."""
        if len(self) < _LONGEST_RUN:
            super().append(pair)


class _Reader:
    """Makes blocks of what begins and ends, and of the words between.

    Attributes:
        waits: words are put together when they are asked for, as long as there are few events to keep for that.
    """

    def __init__(self, shift: int, *, waits: bool, is_outline: bool) -> None:
        self.blocks: list[Block] = []
        self.entries = 0
        self.waits = waits
        self._is_outline = is_outline
        self._shift = shift
        self._new: Callable[[], Run] = list if waits else _Short
        self._run: Run = self._new()
        self._items = [-1]  # the places of those that are open, behind -1
        self._bare = -1  # the last of them, as long as it has no words
        self._lists: list[tuple[int, bool]] = [
            (-1, False)
        ]  # of those that are open, where they begin and whether they have numbers
        self._quotes = self._silent = 0
        self._commented: bool | None = None
        self._fence: Fence | None = None
        self._outlined = False
        self._table = 0
        self._grid = Grid()
        self._rows: list[list[Inline | Run]] = []
        self._cells: list[Inline | Run] = []

    def take(self, events: Iterable[Pair]) -> None:  # noqa: C901, PLR0912 - every event of every document comes through
        """Read until there are more entries than any document of a person has."""
        run, start = self._run, 0
        for pair in events:
            event = pair[0]
            if "Text" in event:  # more than a third of all events
                run.append(pair)
                continue
            begins = "Start" in event
            if not begins and "End" not in event:
                if self._sign(pair, run):
                    run = self._new()
                continue
            tag = event["Start" if begins else "End"]
            name = tag if tag.__class__ is str else next(iter(tag))
            if name in MARKS:
                run.append(pair)
            elif not begins and name in _HOLDERS:
                self._hold(tag, run, start, pair[1])
                run = self._new()
            else:
                if run:
                    self._say(run)
                    run = self._new()
                if name in _HOLDERS:
                    start = pair[1]["start"] + self._shift
                elif name != "Item":
                    _TAKERS[begins, name](self, tag, pair[1])
                elif begins:
                    self._item(pair[1]["start"] + self._shift)
                else:
                    self._items.pop()
            if self.entries >= MAX_ENTRIES:
                break
        self._run = run

    def finish(self) -> None:
        """Reading may stop in the middle of something."""
        self._say(self._run)
        if self._rows:
            self._end_table()
        self._lay(self._grid.finish())

    def _sign(self, pair: Pair, run: list[Pair]) -> bool:
        """Take a line end, code or a tag among the words; whether these end here, since it is something else."""
        event = pair[0]
        if (event.__class__ is str and event != "Rule") or "Code" in event or "InlineHtml" in event:
            run.append(pair)
            return False
        self._say(run)
        if event == "Rule":
            self.blocks.append(Rule(pair[1]["start"] + self._shift))
        elif "Html" in event:
            self._html(event["Html"], pair[1]["start"] + self._shift)
        return True

    def _say(self, run: list[Pair]) -> None:
        """What stands in a fence, or in an item without a paragraph."""
        if self._outlined:
            self._outlined = False
            self._lines(run)
        elif self._silent:
            if self._fence is not None and run:
                start, end = run[0][1]["start"] + self._shift, run[-1][1]["end"] + self._shift
                self._fence = Fence(self._fence.name, start, end)
        elif run and (said := from_first_word(run)):
            start = said[0][1]["start"] + ("Code" in said[0][0])
            self._place(said, start + self._shift, 0)

    def _lines(self, run: Run) -> None:
        """The lines of an outline: paragraphs between blank lines, and items where they have marks."""
        told: Run = []
        for pair in run:
            text = pair[0]["Text"]
            item = _ITEM.match(text)
            if told and (item or text.isspace() or told[-1][0]["Text"].endswith("\n\n")):
                self._place(told, told[0][1]["start"] + self._shift, 0)
                told = []
            if item:
                start = pair[1]["start"] + len(item[0])
                self._item(start + self._shift)
                self._place(
                    [({"Text": text[item.end() :].rstrip()}, {**pair[1], "start": start})], start + self._shift, 0
                )
                self._items.pop()
            elif not text.isspace():
                told.append(pair)
        if told:
            self._place(told, told[0][1]["start"] + self._shift, 0)

    def _hold(self, tag: Any, run: list[Pair], start: int, place: Mapping[str, int]) -> None:
        """The words of a paragraph, a heading or a cell end."""
        if tag == "Paragraph":
            self._place(run, start, place["end"] + self._shift)
        elif tag == "TableCell":
            self._cells.append(self._kept(run))
        else:
            self.entries += 1
            self.blocks.append(Heading(self._kept(run), int(tag["Heading"][1]), start, quoted=self._quotes > 0))

    def _kept(self, run: list[Pair]) -> Inline | Run:
        return run if self.waits else put_together(run, self._shift)

    def _place(self, run: list[Pair], start: int, end: int) -> None:
        """An item's first words are its own, what follows are paragraphs in it."""
        is_blank = says_nothing(run)
        inside = self._items[-1]
        if inside >= 0 and self._bare == inside == len(self.blocks) - 1:
            self.blocks[inside].say(self._kept(run), start, end)  # type: ignore[union-attr]  # what is open is an item
            self._bare = inside if is_blank else -1
        elif not is_blank:
            self.blocks.append(Paragraph(self._kept(run), start, inside, quoted=self._quotes > 0))

    def _html(self, source: str, start: int) -> None:
        """A line of an HTML block."""
        if self._commented is None:
            self._commented = source.lstrip().startswith("<!--")
        if self._commented:
            return
        if self._grid.takes(source):
            self._lay(self._grid.take(source, start))
            return
        for piece in html.pieces(source, start):
            if piece.level:
                self.blocks.append(Heading(piece.inline, piece.level, piece.start))
            else:
                self.entries += 1
                self.blocks.append(Item(piece.inline, piece.start, 1))

    def _lay(self, table: Table | None) -> None:
        if table is not None:
            self.entries += table.height
            self.blocks.append(table)

    def _item(self, start: int) -> None:
        self.entries += 1
        items, blocks = self._items, self.blocks
        self._bare = at = len(blocks)
        run, numbered = self._lists[-1]
        depth, quoted = len(self._lists) - 1, self._quotes > 0
        blocks.append(Item(_NO_WORDS, start, depth, items[-1], run=run, numbered=numbered, quoted=quoted))
        items.append(at)

    def _begin_list(self, tag: Any, _: Any) -> None:
        self._lists.append((len(self.blocks), tag["List"] is not None))

    def _end_list(self, _: Any, __: Any) -> None:
        self._lists.pop()

    def _begin_quote(self, _: Any, __: Any) -> None:
        self._quotes += 1

    def _end_quote(self, _: Any, __: Any) -> None:
        self._quotes -= 1

    def _begin_silence(self, tag: Any, place: Mapping[str, int]) -> None:
        self._silent += 1
        self._commented = None
        kind = tag["CodeBlock"] if isinstance(tag, Mapping) and "CodeBlock" in tag else None
        if self._items[-1] >= 0 or self._quotes:
            return
        self._outlined = self._is_outline and kind == "Indented"
        if isinstance(kind, Mapping) and "Fenced" in kind:
            end = place["end"] + self._shift
            self._fence = Fence(str(kind["Fenced"]), end, end)

    def _end_silence(self, _: Any, __: Any) -> None:
        self._silent -= 1
        if self._fence is not None and self._fence.start < self._fence.end:
            self.blocks.append(self._fence)
        self._fence = None

    def _begin_table(self, _: Any, place: Mapping[str, int]) -> None:
        self._rows, self._table = [], place["start"] + self._shift

    def _begin_row(self, _: Any, __: Any) -> None:
        self._cells = []

    def _end_row(self, _: Any, __: Any) -> None:
        self.entries += 1
        self._rows.append(self._cells)

    def _end_table(self, _: Any = None, __: Any = None) -> None:
        if self._rows:
            self.blocks.append(Table(self._rows, self._table, quoted=self._quotes > 0))
        self._rows = []


_SILENT = ("CodeBlock", "HtmlBlock", "MetadataBlock")
_HOLDERS = frozenset({"Paragraph", "Heading", "TableCell"})
_TAKERS: Mapping[tuple[bool, str], Callable[[_Reader, Any, Mapping[str, int]], None]] = {
    **dict.fromkeys([(True, name) for name in _SILENT], _Reader._begin_silence),
    **dict.fromkeys([(False, name) for name in _SILENT], _Reader._end_silence),
    **dict.fromkeys([(True, "TableHead"), (True, "TableRow")], _Reader._begin_row),
    **dict.fromkeys([(False, "TableHead"), (False, "TableRow")], _Reader._end_row),
    (True, "List"): _Reader._begin_list,
    (False, "List"): _Reader._end_list,
    (True, "BlockQuote"): _Reader._begin_quote,
    (False, "BlockQuote"): _Reader._end_quote,
    (True, "Table"): _Reader._begin_table,
    (False, "Table"): _Reader._end_table,
}
"""What is done where something that holds blocks begins or ends."""


def inner(text: str, fence: Fence, first: int) -> list[Block]:
    """The blocks that a fence of Markdown holds.

    Args:
        first: the place that the first of them gets, for the places of items in items.
    """
    blocks = parse(text.encode()[fence.start : fence.end].decode(errors="replace"), fence.start).blocks
    for block in blocks:
        if isinstance(block, Item) and block.parent >= 0:
            block.parent += first
        elif isinstance(block, Paragraph) and block.item >= 0:
            block.item += first
    return list(blocks)


def parse(text: str, shift: int = 0) -> Parsed:
    """The blocks of a text; offsets are bytes of its UTF-8 form, and `shift` more."""
    events: Any = pyromark.events_with_range(text, options=_OPTIONS)
    reader = _Reader(
        shift, waits=not shift and len(text) <= _MOST_KEPT, is_outline=len(text) <= _MOST_KEPT and is_outline(text)
    )
    reader.take(islice(events, _MAX_EVENTS))
    reader.finish()
    return Parsed(reader.blocks, whole=reader.entries < MAX_ENTRIES and next(events, None) is None)
