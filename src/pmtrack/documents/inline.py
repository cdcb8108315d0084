"""The words of one block, without their markup, and where each stands in the document."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from pmtrack.documents.mojibake import pieces

MAX_CHARACTERS = 8000
"""More of one block is not read: no person writes such an action item."""


_FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class Link:
    """Characters `[start, end)` of the words that lead to `target`."""

    start: int
    end: int
    target: str


@dataclass(slots=True)
class Inline:
    """Words with their marks; `text` has a newline where the source has one. Nobody changes one.

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
    _lines: list[Inline] | None = field(default=None, init=False, repr=False, compare=False)

    def byte(self, at: int) -> int:
        """The byte where character `at` stands in the document."""
        if not self.anchors:
            return self.end
        anchors = self.anchors
        index = max(bisect_right(anchors, (at, _FAR)) - 1, 0) if len(anchors) > 1 else 0
        char, byte = anchors[index]
        limit = anchors[index + 1][1] if index + 1 < len(anchors) else self.end
        before = self.text[char:at]
        return min(byte + (len(before) if before.isascii() else len(before.encode())), limit)

    def _one_line(self) -> list[Inline]:
        text = self.text
        if text and not text[0].isspace() and not text[-1].isspace() and self.byte(len(text)) == self.end:
            return [self]
        return [self.part(0, len(text))] if text.strip() else []

    def part(self, start: int, end: int) -> Inline:
        """Characters `[start, end)`, without the space around them."""
        text = self.text[start:end].rstrip()
        end = start + len(text)
        text = text.lstrip()
        start = end - len(text)
        anchors = self.anchors
        if len(anchors) > 1:
            first, last = bisect_right(anchors, (start, _FAR)), bisect_left(anchors, (end, -1))
            inner = tuple((char - start, byte) for char, byte in anchors[first:last])
        else:
            inner = ()
        return Inline(
            text,
            self.links and _links_within(self.links, start, end),
            self.bold and _within(self.bold, start, end),
            self.struck and _within(self.struck, start, end),
            ((0, self.byte(start)), *inner),
            self.byte(end),
        )

    def lines(self) -> list[Inline]:
        """The lines, without empty ones."""
        if self._lines is None:
            self._lines = self._split()
        return self._lines

    def head(self, count: int) -> Inline:
        """The first lines together, empty ones not counted."""
        if count >= len(self.lines()):
            return self
        at = 0
        for line in self.text.split("\n"):
            count -= bool(line.strip())
            at += len(line) + 1
            if count <= 0:
                break
        return self.part(0, at - 1)

    def _split(self) -> list[Inline]:
        if "\n" not in self.text:
            return self._one_line()
        found, at = [], 0
        for line in self.text.split("\n"):
            if line.strip():
                found.append(self.part(at, at + len(line)))
            at += len(line) + 1
        return found


def _links_within(links: tuple[Link, ...], start: int, end: int) -> tuple[Link, ...]:
    return tuple(
        Link(max(link.start, start) - start, min(link.end, end) - start, link.target)
        for link in links
        if link.start < end and link.end > start
    )


def _within(ranges: tuple[tuple[int, int], ...], start: int, end: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(a, start) - start, min(b, end) - start) for a, b in ranges if a < end and b > start)


def joined(lines: Sequence[Inline]) -> Inline:
    """Lines that follow each other as one text."""
    if len(lines) == 1:
        return lines[0]
    text = ""
    links: tuple[Link, ...] = ()
    bold: tuple[tuple[int, int], ...] = ()
    struck: tuple[tuple[int, int], ...] = ()
    anchors: tuple[tuple[int, int], ...] = ()
    for line in lines:
        at = len(text) + bool(text)
        text += ("\n" if text else "") + line.text
        links += tuple(Link(one.start + at, one.end + at, one.target) for one in line.links)
        bold += tuple((a + at, b + at) for a, b in line.bold)
        struck += tuple((a + at, b + at) for a, b in line.struck)
        anchors += tuple((char + at, byte) for char, byte in line.anchors)
    return Inline(text, links, bold, struck, anchors, lines[-1].end)


class Collector:
    """Puts an `Inline` together from a parser's events."""

    __slots__ = ("_anchors", "_bold", "_end", "_length", "_links", "_open", "_parts", "_struck")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._anchors: list[tuple[int, int]] = []
        self._end = 0
        self._open: list[tuple[str, int, str]] = []
        self._links: tuple[Link, ...] = ()
        self._bold: tuple[tuple[int, int], ...] = ()
        self._struck: tuple[tuple[int, int], ...] = ()

    def add(self, text: str, start: int, end: int) -> bool:
        """Words that stand at bytes `[start, end)`; False where there are so many that they are not read."""
        length = self._length
        if length + len(text) > MAX_CHARACTERS:
            if length >= MAX_CHARACTERS:
                return False
            text = text[: MAX_CHARACTERS - length]
        self._end = end
        if text.isascii():
            if text:
                self._anchors.append((length, start))
                self._parts.append(text)
                self._length = length + len(text)
            return True
        for first, _, reading in pieces(text):
            self._anchors.append((self._length, start + len(text[:first].encode())))
            self._parts.append(reading)
            self._length += len(reading)
        return True

    def enter(self, mark: str, target: str) -> None:
        """A mark begins here; `target` is where it leads, where it is a link."""
        self._open.append((mark, self._length, target))

    def leave(self, name: str = "") -> None:
        """The innermost mark ends here, where it is the one that is named."""
        if not self._open or name not in ("", self._open[-1][0]):
            return
        mark, start, target = self._open.pop()
        if start >= MAX_CHARACTERS:
            return
        if mark == "Link" and self._length > start:
            self._links += (Link(start, self._length, target),)
        elif mark == "Strong":
            self._bold += ((start, self._length),)
        elif mark == "Strikethrough":
            self._struck += ((start, self._length),)

    def close(self) -> None:
        """Whatever is open ends here."""
        while self._open:
            self.leave()

    def inline(self) -> Inline:
        """What was collected."""
        parts = self._parts
        return Inline(
            parts[0] if len(parts) == 1 else "".join(parts),
            self._links,
            self._bold,
            self._struck,
            tuple(self._anchors),
            self._end,
        )
