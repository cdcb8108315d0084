"""Markdown text to a flat list of blocks with byte offsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyromark

from pmtrack.documents import html
from pmtrack.documents.blocks import Block, Fence, Heading, Item, Paragraph, Rule, Table
from pmtrack.documents.inline import Collector, Inline

MAX_ENTRIES = 10_000
"""Reading stops behind so many headings, list items and table rows: no person works with such a document."""
_MAX_EVENTS = 400_000
_OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
_MARKS = frozenset({"Strong", "Emphasis", "Strikethrough", "Link", "Image", "Superscript", "Subscript"})
_HOLDERS = frozenset({"Paragraph", "Heading", "TableCell"})


@dataclass(slots=True)
class _Reader:
    """Takes the events of the parser one by one: what begins and ends, and what stands between."""

    blocks: list[Block] = field(default_factory=list)
    collector: Collector | None = None
    items: list[int] = field(default_factory=list)
    runs: list[tuple[int, bool]] = field(default_factory=list)
    run_count: int = 0
    quotes: int = 0
    silent: int = 0
    entries: int = 0
    tight_start: int = 0
    commented: bool | None = None
    fence: Fence | None = None
    table: int | None = None
    rows: list[tuple[Inline, ...]] = field(default_factory=list)
    cells: list[Inline] = field(default_factory=list)

    def words(self, text: str, start: int, end: int) -> None:
        if self.silent:
            if self.fence is not None:
                self.fence = Fence(self.fence.name, min(self.fence.start, start), end)
            return
        if self.collector is None:
            self.collector, self.tight_start = Collector(), start
        self.collector.add(text, start, end)

    def code(self, text: str, start: int, end: int) -> None:
        self.words(text, start + 1, end)

    def sign(self, name: str, start: int, end: int) -> None:
        """A thematic break or the end of a line."""
        if name == "Rule":
            self.flush()
            self.blocks.append(Rule(start))
        elif name in ("SoftBreak", "HardBreak"):
            self.words("\n", start, end)

    def tag(self, source: str, start: int, end: int) -> None:
        """HTML inside of words: a line break, a mark, and what is no tag at all."""
        if marked := html.mark(source):
            self._tagged(*marked, start)
        elif source.casefold().startswith("<br"):
            self.words(" ", start, end)
        elif html.is_words(source):
            self.words(source, start, end)

    def _tagged(self, name: str, ends: bool, start: int) -> None:
        if not ends:
            self._mark(name, None, start)
        elif self.collector is not None:
            self.collector.leave(name)

    def html(self, source: str, start: int, end: int) -> None:  # noqa: ARG002
        """A line of an HTML block."""
        if self.commented is None:
            self.commented = source.lstrip().startswith("<!--")
        if self.commented or self.entries >= MAX_ENTRIES:
            return
        for piece in html.pieces(source, start):
            if piece.level:
                self.blocks.append(Heading(piece.inline, piece.level, piece.start))
            else:
                self.entries += 1
                self.blocks.append(Item(piece.inline, piece.start, piece.inline.end, 1, -1))

    def flush(self) -> None:
        """Words of an item that stand in no paragraph end where another block begins."""
        if self.collector is not None:
            inline, self.collector = self.collector.inline(), None
            self.place(inline, self.tight_start, inline.end)

    def finish(self, end: int) -> None:
        """Reading may stop in the middle of something."""
        self.flush()
        if self.table is not None:
            self._leave("Table", self.table, end)

    def place(self, inline: Inline, start: int, end: int) -> None:
        """An item's first words are its own, what follows are paragraphs in it."""
        item = self.blocks[self.items[-1]] if self.items else None
        if isinstance(item, Item) and not item.inline.text and self.items[-1] == len(self.blocks) - 1:
            item.inline, item.start, item.end = inline, start, end
        elif inline.text.strip():
            inside = self.items[-1] if self.items else -1
            self.blocks.append(Paragraph(inline, start, end, inside, self.quotes > 0))

    def start(self, tag: Any, start: int, end: int) -> None:
        name, value = (tag, None) if tag.__class__ is str else next(iter(tag.items()))
        if name in _MARKS:
            self._mark(name, value, start)
            return
        self.flush()
        if name in _HOLDERS:
            self.collector, self.tight_start = Collector(), start
        elif name == "Item":
            self._item(start, end)
        elif name == "List":
            self.run_count += 1
            self.runs.append((self.run_count, value is not None))
        elif name == "BlockQuote":
            self.quotes += 1
        elif name in ("CodeBlock", "HtmlBlock", "MetadataBlock"):
            self.silent += 1
            self.commented = None
            if isinstance(value, Mapping) and "Fenced" in value and not (self.items or self.quotes):
                self.fence = Fence(str(value["Fenced"]), end, end)
        elif name == "Table":
            self.rows, self.table = [], start
        elif name in ("TableHead", "TableRow"):
            self.cells = []

    def _mark(self, name: str, value: Any, start: int) -> None:
        if name == "Image":
            self.silent += 1
            return
        if self.collector is None:
            self.collector, self.tight_start = Collector(), start
        self.collector.enter(name, str(value["dest_url"]) if isinstance(value, Mapping) and "dest_url" in value else "")

    def _item(self, start: int, end: int) -> None:
        run, ordered = self.runs[-1] if self.runs else (0, False)
        self.entries += 1
        parent = self.items[-1] if self.items else -1
        self.blocks.append(Item(Inline(end=start), start, end, len(self.runs), run, parent, ordered, self.quotes > 0))
        self.items.append(len(self.blocks) - 1)

    def end(self, tag: Any, start: int, end: int) -> None:
        name = tag if tag.__class__ is str else next(iter(tag))
        if name in _MARKS:
            if name == "Image":
                self.silent -= 1
            elif self.collector is not None:
                self.collector.leave()
        elif name in _HOLDERS:
            self._close(name, tag, start, end)
        else:
            self.flush()
            self._leave(name, start, end)

    def _close(self, name: str, tag: Any, start: int, end: int) -> None:
        inline = self.collector.inline() if self.collector is not None else Inline(end=start)
        self.collector = None
        if name == "TableCell":
            self.cells.append(inline)
        elif name == "Heading":
            level = int(str(tag["Heading"])[1:])
            self.entries += 1
            self.blocks.append(Heading(inline, level, start, self.quotes > 0))
        else:
            self.place(inline, start, end)

    def _leave(self, name: str, start: int, end: int) -> None:
        if name == "Item" and self.items:
            self.items.pop()
        elif name == "List" and self.runs:
            self.runs.pop()
        elif name == "BlockQuote":
            self.quotes -= 1
        elif name in ("CodeBlock", "HtmlBlock", "MetadataBlock"):
            self.silent -= 1
            if self.fence is not None and self.fence.start < self.fence.end:
                self.blocks.append(self.fence)
            self.fence = None
        elif name in ("TableHead", "TableRow"):
            self.entries += 1
            self.rows.append(tuple(self.cells))
        elif name == "Table" and self.rows:
            self.table = None
            self.blocks.append(Table(self.rows[0], tuple(self.rows[1:]), start, end, self.quotes > 0))


@dataclass(frozen=True, slots=True)
class Parsed:
    """The blocks in their order; `whole` is False where the document has more entries than are read."""

    blocks: tuple[Block, ...]
    whole: bool = True


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
    reader = _Reader()
    takers: dict[str, Callable[[Any, int, int], None]] = {
        "Start": reader.start,
        "End": reader.end,
        "Text": reader.words,
        "Code": reader.code,
        "Html": reader.html,
        "InlineHtml": reader.tag,
    }
    events: Any = pyromark.events_with_range(text, options=_OPTIONS)
    at = 0
    for event, place in islice(events, _MAX_EVENTS):
        at = place["end"] + shift
        if event.__class__ is str:
            reader.sign(event, place["start"] + shift, at)
            continue
        name, value = event.popitem()
        if name == "Text" and reader.collector is not None and not reader.silent:
            reader.collector.add(value, place["start"] + shift, at)  # most events are words of an open block
            continue
        take = takers.get(name)
        if take is not None:
            take(value, place["start"] + shift, at)
        if reader.entries >= MAX_ENTRIES:
            break
    reader.finish(at)
    return Parsed(tuple(reader.blocks), reader.entries < MAX_ENTRIES and next(events, None) is None)
