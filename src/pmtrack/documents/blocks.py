"""What a Markdown text is made of, in the order of the text; offsets are bytes of the document."""

from __future__ import annotations

from dataclasses import dataclass

from pmtrack.documents.inline import Inline


@dataclass(slots=True)
class Heading:
    """A heading; `level` 1 to 6, more for one that is no heading to Markdown."""

    inline: Inline
    level: int
    start: int
    quoted: bool = False


@dataclass(slots=True)
class Paragraph:
    """A paragraph; `item` is the place of the list item that holds it in the list of blocks, or -1."""

    inline: Inline
    start: int
    end: int
    item: int = -1
    quoted: bool = False


@dataclass(slots=True)
class Item:
    """A list item's own words.

    Attributes:
        depth: 1 for a list that is in no other; run: which list it is of.
        parent: the place of the item that holds it, or -1.
    """

    inline: Inline
    start: int
    end: int
    depth: int
    run: int
    parent: int = -1
    ordered: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the cells of its head and of its rows."""

    head: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]
    start: int
    end: int
    quoted: bool = False


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
