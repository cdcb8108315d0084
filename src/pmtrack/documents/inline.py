"""The words of one block, without their markup, and where each stands in the document."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from pmtrack.documents.mojibake import pieces

MAX_CHARACTERS = 8000
"""More of one block is not read: no person writes such an action item."""


@dataclass(frozen=True, slots=True)
class Link:
    """Characters `[start, end)` of the words that lead to `target`."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Inline:
    """Words with their marks; `text` has a newline where the source has one.

    Attributes:
        bold, struck: character ranges.
        anchors: pairs (character, byte) from which the byte of a character is counted.
        end: the byte behind the last word.
    """

    text: str = ""
    links: tuple[Link, ...] = ()
    bold: tuple[tuple[int, int], ...] = ()
    struck: tuple[tuple[int, int], ...] = ()
    anchors: tuple[tuple[int, int], ...] = ()
    end: int = 0

    def byte(self, at: int) -> int:
        """The byte where character `at` stands in the document."""
        if not self.anchors:
            return self.end
        index = max(bisect_right(self.anchors, (at, 1 << 62)) - 1, 0)
        char, byte = self.anchors[index]
        limit = self.anchors[index + 1][1] if index + 1 < len(self.anchors) else self.end
        return min(byte + len(self.text[char:at].encode()), limit)

    def part(self, start: int, end: int) -> Inline:
        """Characters `[start, end)`, without the space around them."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        inner = [(char - start, byte) for char, byte in self.anchors if start < char < end]
        return Inline(
            self.text[start:end],
            tuple(
                Link(max(link.start, start) - start, min(link.end, end) - start, link.target)
                for link in self.links
                if link.start < end and link.end > start
            ),
            _within(self.bold, start, end),
            _within(self.struck, start, end),
            ((0, self.byte(start)), *inner),
            self.byte(end),
        )

    def lines(self) -> list[Inline]:
        """The lines, without empty ones."""
        found, at = [], 0
        for line in self.text.split("\n"):
            if line.strip():
                found.append(self.part(at, at + len(line)))
            at += len(line) + 1
        return found


def _within(ranges: tuple[tuple[int, int], ...], start: int, end: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(a, start) - start, min(b, end) - start) for a, b in ranges if a < end and b > start)


class Collector:
    """Puts an `Inline` together from a parser's events."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._anchors: list[tuple[int, int]] = []
        self._end = 0
        self._open: list[tuple[str, int, str]] = []
        self._links: list[Link] = []
        self._ranges: dict[str, list[tuple[int, int]]] = {"Strong": [], "Strikethrough": []}

    def add(self, text: str, start: int, end: int) -> None:
        """Words that stand at bytes `[start, end)`."""
        if self._length >= MAX_CHARACTERS:
            return
        text = text[: MAX_CHARACTERS - self._length]
        for first, _, reading in pieces(text):
            self._anchors.append((self._length, start + len(text[:first].encode())))
            self._parts.append(reading)
            self._length += len(reading)
        self._end = end

    def enter(self, mark: str, target: str) -> None:
        """A mark begins here; `target` is where it leads, where it is a link."""
        self._open.append((mark, self._length, target))

    def leave(self) -> None:
        """The innermost mark ends here."""
        if not self._open:
            return
        mark, start, target = self._open.pop()
        if start >= MAX_CHARACTERS:
            return
        if mark == "Link" and self._length > start:
            self._links.append(Link(start, self._length, target))
        elif mark in self._ranges:
            self._ranges[mark].append((start, self._length))

    def inline(self) -> Inline:
        """What was collected."""
        return Inline(
            "".join(self._parts),
            tuple(self._links),
            tuple(self._ranges["Strong"]),
            tuple(self._ranges["Strikethrough"]),
            tuple(self._anchors),
            self._end,
        )
