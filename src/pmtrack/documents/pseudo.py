"""Headings that are none to Markdown: bold lines, labels with a colon, "##Actions" without the space."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pmtrack.documents.blocks import Block, Heading, Item, Paragraph
from pmtrack.documents.grids import piped
from pmtrack.documents.inline import Inline
from pmtrack.documents.titles import groups_work, named, names_section
from pmtrack.documents.vocabulary import exact_status, phrases

BOLD_LEVEL, LABEL_LEVEL, RUN_IN_LEVEL = 7, 8, 9
SHORT = 6
_MOST_SPACES, _MOST_CHARACTERS, _NEAR = 40, 200, 10
_LONGEST = 100
TRAILING_BRACKET = re.compile(r"[(（]([^()（）]{1,40})[)）]\W*$")
_HASHED = re.compile(r"#(?<!\S#)#{0,5}[^\W\d_]")
_HASHES = re.compile(r"\s*(#{1,6})(?=[^\W\d_])")


def with_headings(blocks: Sequence[Block], text: str) -> Iterator[tuple[int, Block]]:
    """The blocks of a text with their places, where every line that is meant as a heading is one."""
    hashed = "#" in text and _HASHED.search(text) is not None
    is_numbered = any(isinstance(block, Item) and block.numbered for block in blocks)
    chapters = _chapters(blocks) if is_numbered else frozenset()
    for index, block in enumerate(blocks):
        if index in chapters and isinstance(block, Item):
            yield from ((index, piece) for piece in _chapter(block))
            continue
        if isinstance(block, Paragraph):
            if block.item >= 0 or block.quoted:
                yield index, block
            elif (table := piped(block)) is not None:
                yield index, table
            else:
                for piece in _pieces(block):
                    yield index, piece
        elif hashed and isinstance(block, Item) and "\n#" in block.inline.text:
            yield from ((index, piece) for piece in _before_heading(block))
        elif isinstance(block, Heading) and block.quoted:
            yield index, Paragraph(block.inline, block.start, quoted=True)
        else:
            yield index, block


def _chapters(blocks: Sequence[Block]) -> frozenset[int]:
    """The places of items that are headings: "3. Corrective action" with text below it, and its like in that list."""
    items = {at: block for at, block in enumerate(blocks) if isinstance(block, Item) and _is_alone(block, blocks, at)}
    runs = {item.run for item in items.values() if _names_section(item)}
    return frozenset(at for at, item in items.items() if item.run in runs)


def _names_section(item: Item) -> bool:
    name = item.inline.text.partition("\n")[0]
    return len(name) <= _LONGEST and names_section(name.strip(" *:："))


def _is_alone(item: Item, blocks: Sequence[Block], at: int) -> bool:
    """Whether text stands below a numbered item that is no part of its list."""
    if not item.numbered or item.depth > 1 or item.quoted:
        return False
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    if isinstance(after, Item):
        is_beside = after.run != item.run and after.parent < 0
    else:
        is_beside = isinstance(after, Paragraph) and after.item < 0
    return is_beside or "\n" in item.inline.text


def _chapter(item: Item) -> Iterator[Block]:
    words, end = item.inline, len(item.inline.text.partition("\n")[0])
    yield Heading(words.part(0, end), BOLD_LEVEL, item.start)
    rest = words.part(end, len(words.text))
    if rest.text:
        yield from _pieces(Paragraph(rest, rest.byte(0)))


def _before_heading(item: Item) -> Iterator[Block]:
    """An item, without the headings that Markdown takes for its last lines since they lack a space."""
    at = 0
    for line in item.inline.text.split("\n"):
        if _hashes(line):
            rest = item.inline.part(at, len(item.inline.text))
            words = item.inline.part(0, at)
            item.say(words, item.start, min(item.end, words.end))
            yield item
            yield from _pieces(Paragraph(rest, rest.byte(0)))
            return
        at += len(line) + 1
    yield item


def _pieces(paragraph: Paragraph) -> Iterator[Block]:
    """A paragraph, taken apart where one of its lines is a heading in all but its markup."""
    text = paragraph.inline.text
    if "\n" not in text and len(text) > _LONGEST:
        yield from _run_in(paragraph)
        return
    if not (paragraph.inline.bold or any(map(_may_be_heading, text.split("\n")))):
        yield paragraph
        return
    lines = paragraph.inline.lines()
    levels = [_level(line, first=at == 0, alone=len(lines) == 1) for at, line in enumerate(lines)]
    if not any(levels):
        yield from _run_in(paragraph)
        return
    rest = at = 0
    for line, level in zip(text.split("\n"), _spread(text, levels), strict=True):
        if level:
            yield from _paragraph(paragraph, rest, at)
            inline = paragraph.inline.part(at + len(_hashes(line)), at + len(line))
            yield Heading(inline, level, inline.byte(0))
            rest = at + len(line) + 1
        at += len(line) + 1
    yield from _paragraph(paragraph, rest, len(text))


def _run_in(paragraph: Paragraph) -> Iterator[Block]:
    """A paragraph, taken apart behind bold words at its start that name a section ("**Prevention.** We will ...")."""
    text, bold = paragraph.inline.text, paragraph.inline.bold
    end = bold[0][1] if bold and bold[0][0] <= 1 else 0
    if not end:
        yield paragraph
        return
    words = text[:end].strip("* \t")
    behind = text[end:].lstrip("* ")
    ends = words.endswith((".", ":", "：", "。", "?", "？")) or behind.startswith((":", "："))
    name = words.rstrip(".:：。?？")
    is_item = name in phrases("labels", "action")
    is_name = names_section(name) or (phrases("words", "asks").leading(name) is not None and bool(named(name)[0]))
    if 0 < end <= _LONGEST and ends and behind.strip() and is_name and not is_item:
        inline = paragraph.inline.part(0, end)
        yield Heading(inline, RUN_IN_LEVEL, inline.byte(0))
        yield from _paragraph(paragraph, len(text) - len(behind.lstrip(":： ")), len(text))
    else:
        yield paragraph


def _spread(text: str, levels: list[int]) -> list[int]:
    given = iter(levels)
    return [next(given) if line.strip() else 0 for line in text.split("\n")]


def _paragraph(paragraph: Paragraph, start: int, end: int) -> Iterator[Block]:
    inline = paragraph.inline.part(start, end) if start < end else Inline()
    if inline.text:
        yield Paragraph(inline, inline.byte(0), paragraph.item, quoted=paragraph.quoted)


def _hashes(line: str) -> str:
    """The marks of a heading that lacks the space behind them ("##Actions"); one alone may be a tag or a channel."""
    marks = _HASHES.match(line)
    if marks is None or (len(marks[1]) == 1 and not names_section(line[marks.end() :])):
        return ""
    return marks.group()


def _may_be_heading(line: str) -> bool:
    """Whether a line without bold words is short enough for one, or begins or ends like one."""
    if len(line) > _MOST_CHARACTERS:
        return False
    bare = line.rstrip("* \t")
    return bare.endswith((":", "：", ")", "）")) or "#" in bare[:_NEAR] or bare.count(" ") < _NEAR


def _level(line: Inline, *, first: bool, alone: bool) -> int:
    """7 for a line that is all bold or the bare name of a section, 8 for a label with a colon, 0 for no heading.

    1 to 6 for a heading that only lacks the space behind its marks.
    """
    words = line.text.strip("* \t")
    if not words or len(words) > _LONGEST:
        return 0
    if words[0] == "#" and (hashes := _hashes(line.text)):
        return hashes.count("#")
    labels = words.endswith((":", "："))
    if not (labels or line.bold) and (words[-1] == "." or words.count(" ") > _MOST_SPACES):
        return 0
    return _named_level(line, words, labels=labels, first=first, alone=alone)


def _named_level(line: Inline, words: str, *, labels: bool, first: bool, alone: bool) -> int:
    bare = words.rstrip(":： ")
    bare = (TRAILING_BRACKET.sub("", bare) if ")" in bare or "）" in bare else bare).rstrip(":： *")
    is_bold = any(a <= 1 and b >= len(bare) for a, b in line.bold)
    if is_bold and (alone or labels or names_section(bare)) and ": " not in bare:
        return BOLD_LEVEL
    if alone and bare.isupper() and exact_status(bare) is not None:
        return BOLD_LEVEL
    if labels and len(bare.split()) <= SHORT and (named(bare)[0] or groups_work(bare)):
        return LABEL_LEVEL
    if (first or alone) and not words.endswith(".") and len(bare.split()) <= SHORT and names_section(bare):
        return BOLD_LEVEL
    return 0
