"""The lines of a document as a short sketch: enough to tell later which of them an author changed (pure).

The bytes of a document are not kept. A sketch holds for each line, also the blank ones, what it is (a heading of a
level, a line of a table, else how far it is indented) and a checksum of its words; our own block counts as blank.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from pmtrack.documents import block

MOST = 4_000_000
"""Lines then times lines now that are still compared; what is beyond counts as changed."""

_HEADING = re.compile(rb" {0,3}(?:(#{1,6})(?=[ \t]|$)|<[hH]([1-6])\b)")
_UNDERLINE = re.compile(rb" {0,3}(?:(=)=*|-+)[ \t]*$")
_LABEL = re.compile(rb" {0,3}(?:\*\*\S|__\S|(?![-*+|>0-9]).*(?::|\xef\xbc\x9a)[ \t*_]*$)")
_LEVELS, _LABEL_LEVEL, _ROW = "ABCDEF", "G", "t"
_HEADINGS = (*_LEVELS, _LABEL_LEVEL)
_DEEPEST = 15
BLANK = " "
_TOKEN = re.compile(r" |.{5}")


def sketch(data: bytes) -> str:
    """The sketch of a document: for each line five characters, the first of them its kind; a space for a blank one."""
    lines = block.blank(data).splitlines()
    return "".join(_token(line, after) for line, after in pairwise([*lines, b""]))


def _token(line: bytes, after: bytes) -> str:
    words = line.strip()
    return f"{_kind(line, after)}{b64encode(_checksum(words)).decode()}" if words else BLANK


def _checksum(words: bytes) -> bytes:
    return zlib.crc32(words).to_bytes(4, "big")[1:]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _kind(line: bytes, after: bytes) -> str:
    if found := _HEADING.match(line):
        return _LEVELS[(len(found[1]) if found[1] else int(found[2])) - 1]
    if b"|" in line:
        return _ROW
    if _LABEL.match(line):
        return _LABEL_LEVEL
    if (under := _UNDERLINE.match(after)) and not line.lstrip().startswith((b"-", b"*", b"+")):
        return _LEVELS[0 if under[1] else 1]
    spaces = line.expandtabs(4)
    return f"{min(len(spaces) - len(spaces.lstrip()), _DEEPEST):x}"


def stayed(then: str, now: str) -> dict[int, int]:
    """The 1-based lines of `then` that stand in `now` as they were and in the same order -> where they are now."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - hardly any command needs it

    old, new = _tokens(then), _tokens(now)
    head = _alike(old, new)
    tail = min(_alike(old[::-1], new[::-1]), min(len(old), len(new)) - head)
    found = {at + 1: at + 1 for at in range(head)}
    found |= {len(old) - at: len(new) - at for at in range(tail)}
    middle, other = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(middle) * len(other) <= MOST:
        for one, two, size in SequenceMatcher(None, middle, other, autojunk=False).get_matching_blocks():
            found |= {head + one + at + 1: head + two + at + 1 for at in range(size)}
    return {line: to for line, to in found.items() if old[line - 1] != BLANK}


def same_words(then: str, now: str) -> bool:
    """Whether two sketches are of the same lines, but for blank ones."""
    return then.replace(BLANK, "") == now.replace(BLANK, "")


def undisturbed(then: str, now: str) -> dict[int, int]:
    """Those that `stayed`, but for neighbours between which a blank line came or went: they may belong together now."""
    moved, kinds = stayed(then, now), [token[0] for token in _tokens(then)]
    following = dict(pairwise(_there(now)))
    near = {
        line
        for one, other in pairwise(_there(then))
        if one in moved and other in moved and following.get(moved[one]) == moved[other]
        if (other - one > 1) is not (moved[other] - moved[one] > 1)
        for line in (one, other)
        if kinds[one - 1] not in _LEVELS and kinds[other - 1] not in _LEVELS
    }
    return {line: to for line, to in moved.items() if line not in near}


def _there(text: str) -> list[int]:
    """The lines that are not blank."""
    return [line for line, token in enumerate(_tokens(text), 1) if token != BLANK]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many tokens at the start are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(frozen=True)
class Sketched:
    """A sketch, with the lines where items start.

    Attributes:
        starts: 1-based lines.
    """

    text: str
    starts: Set[int]

    def rests_on(self, start: int) -> frozenset[int]:
        """The lines that the items on a line are read from, blank ones left out.

        Its own, with what is written below it; the headings and the lines that it is indented under; and of a table
        its head. Rather too many than too few: a change in one of them is heard as an edit.
        """
        return frozenset({start, *self._above.get(start, ()), *self._own(start)})

    def besides(self) -> frozenset[int]:
        """The lines where no item starts: where a document says its title and dates."""
        return frozenset(_there(self.text)) - self.starts

    def _own(self, start: int) -> Iterable[int]:
        """As far as the next item or heading; but for a heading, to where a new paragraph stands beside it."""
        own, blank = self._kinds[start - 1 : start], False
        for line, kind in enumerate(self._kinds[start:], start + 1):
            beside = blank and own[0] not in _HEADINGS and (kind == _ROW or kind <= own[0])
            if line in self.starts or own[0] == _ROW or kind in (*_LEVELS,) or (kind and beside):
                return
            blank = not kind
            if kind:
                yield line

    @cached_property
    def _kinds(self) -> list[str]:
        """Of each line, "" for a blank one."""
        return [token[:1].strip() for token in _tokens(self.text)]

    @cached_property
    def _above(self) -> Mapping[int, frozenset[int]]:
        """Of each start, the lines above it that it rests on."""
        found: dict[int, frozenset[int]] = {}
        headings: list[tuple[str, int]] = []
        outer: list[tuple[str, int]] = []
        rows: list[int] = []  # the head of a table, with what stands right before it and may make it none
        before: list[int] = []
        for line, kind in enumerate(self._kinds, 1):
            rows = [*(rows or before), line][: 2 + len(before)] if kind == _ROW else []
            before = before if rows else [line] if kind else []
            if kind in _HEADINGS:
                headings = [one for one in headings if one[0] < kind]
            if kind:
                outer = [one for one in outer if one[0] < kind] if kind not in (*_HEADINGS, _ROW) else []
            if line in self.starts:
                found[line] = frozenset(above for _, above in (*headings, *outer)) | set(rows)
            if kind in _HEADINGS:
                headings.append((kind, line))
            elif kind and kind != _ROW:
                outer.append((kind, line))
        return found
