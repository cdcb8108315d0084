"""What a Markdown text is made of, in the order of the text; offsets are bytes of the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pmtrack.documents.inline import Inline
from pmtrack.documents.words import Run, put_together


class _Worded:
    """A block with words, which are put together when somebody asks for them: most blocks are none of work."""

    __slots__ = ("_words", "quoted", "start")

    def __init__(self, words: Inline | Run, start: int, *, quoted: bool = False) -> None:
        self._words = words
        self.start = start
        self.quoted = quoted

    @property
    def inline(self) -> Inline:
        """The words."""
        words = self._words
        if not isinstance(words, Inline):
            words = self._words = put_together(words)
        return words


class Heading(_Worded):
    """A heading; `level` 1 to 6, more for one that is no heading to Markdown."""

    __slots__ = ("level",)

    def __init__(self, words: Inline | Run, level: int, start: int, *, quoted: bool = False) -> None:
        self._words, self.start, self.quoted = words, start, quoted
        self.level = level


class Paragraph(_Worded):
    """A paragraph; `item` is the place of the list item that holds it in the list of blocks, or -1."""

    __slots__ = ("item",)

    def __init__(self, words: Inline | Run, start: int, item: int = -1, *, quoted: bool = False) -> None:
        self._words, self.start, self.quoted = words, start, quoted
        self.item = item


class Item(_Worded):
    """A list item's own words.

    Attributes:
        depth: 1 for a list that is in no other; parent: the place of the item that holds it, or -1.
        run: which list it is of; numbered: that list has numbers.
    """

    __slots__ = ("_end", "depth", "numbered", "parent", "run")

    def __init__(
        self,
        words: Inline | Run,
        start: int,
        depth: int,
        parent: int = -1,
        *,
        run: int = -1,
        numbered: bool = False,
        quoted: bool = False,
    ) -> None:
        self._words, self.start, self.quoted = words, start, quoted
        self.depth, self.parent, self._end = depth, parent, 0
        self.run, self.numbered = run, numbered

    @property
    def end(self) -> int:
        """The byte behind its words."""
        return self._end or self.inline.end

    def say(self, words: Inline | Run, start: int, end: int = 0) -> None:
        """Its words are these, at bytes `[start, end)`; without an end, as far as they go."""
        self._words, self.start, self._end = words, start, end


class Table:
    """A table: the cells of its head and of its rows, as many in each row; put together when somebody asks for them."""

    __slots__ = ("_cells", "quoted", "start")

    def __init__(self, cells: Sequence[list[Inline | Run]], start: int, *, quoted: bool = False) -> None:
        self._cells, self.start, self.quoted = cells, start, quoted

    @property
    def width(self) -> int:
        """How many columns it has."""
        return len(self._cells[0])

    @property
    def height(self) -> int:
        """How many rows it has below its head."""
        return len(self._cells) - 1

    @property
    def head(self) -> Sequence[Inline]:
        """The cells above the line of dashes."""
        return self._row(self._cells[0])

    def rows(self, most: int) -> Iterator[Sequence[Inline]]:
        """The cells below it, row by row."""
        return map(self._row, self._cells[1 : most + 1])

    @staticmethod
    def _row(cells: list[Inline | Run]) -> Sequence[Inline]:
        cells[:] = [cell if isinstance(cell, Inline) else put_together(cell) for cell in cells]
        return cells  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""

    start: int


@dataclass(frozen=True, slots=True)
class Fence:
    """A code fence at the left edge: what stands behind its opening marks, and the bytes of what it holds."""

    name: str
    start: int
    end: int


Block = Heading | Paragraph | Item | Table | Rule | Fence


class Parsed:
    """The blocks in their order; `whole` is False where the document has more entries than are read."""

    __slots__ = ("blocks", "whole")

    def __init__(self, blocks: list[Block], *, whole: bool) -> None:
        self.blocks, self.whole = blocks, whole
