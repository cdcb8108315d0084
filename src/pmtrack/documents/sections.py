"""Which parts of a document hold agreed work: headings of every form, and what their words say of what is below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

from pmtrack.documents.horizon import is_length
from pmtrack.documents.inline import Inline
from pmtrack.documents.markdown import Block, Fence, Heading, Item, Paragraph, Rule, inner
from pmtrack.documents.vocabulary import exact_status, fold, normal_priority, phrases
from pmtrack.model import Status

BOLD_LEVEL, LABEL_LEVEL = 7, 8
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]{0,200}[)）\]]")
_TRAILING_BRACKET = re.compile(r"[(（]([^()（）]{1,40})[)）]\W*$")
_NUMBERING = re.compile(r"^\s*(?:\d{1,2}(?:\.\d{1,2}){0,3}|[ivxIVX]{1,4}|[A-Za-z])[.):]\s+")
_HASHES = re.compile(r"\s*(#{1,6})(?=[^\W\d_])")
_PRIORITY = re.compile(r"\s*\W{0,4}(P[0-4])(?:\s+[-–—]|\s?:)\s", re.IGNORECASE)
_SHORT = 6
_NAMES = ("strong", "weak", "measure", "idea", "other")


class Kind(Enum):
    """What a section holds."""

    NONE = "none"  # nothing is said
    OTHER = "other"  # what happened, why, what was learned
    IDEA = "idea"
    MEASURE = "measure"  # prevention, recommendations: work where nothing more explicit stands
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Scope:
    """What the headings above a place say.

    Attributes:
        title: the words of the nearest heading; horizon: of the nearest that is a deadline.
        origin: the place of the heading that made it work: what stands under one origin is one list.
        status, priority: of all work below, where the heading says so.
    """

    kind: Kind = Kind.NONE
    title: str = ""
    horizon: str | None = None
    status: Status | None = None
    priority: str | None = None
    origin: int = -1

    def under(self, words: str, at: int) -> Scope:
        """The scope below a heading that stands at byte `at`."""
        kind = _kind(self.kind, words)
        made = kind in (Kind.ACTION, Kind.MEASURE) and (kind != self.kind or _named(words)[0] == "strong")
        return Scope(
            kind,
            words.strip(" :：*#"),
            words.strip(" :：*#")
            if phrases("horizon").inside(_BRACKETS.sub(" ", words)) or _is_span(words)
            else self.horizon,
            _status(words) or self.status,
            _priority(words) or self.priority,
            at if made else self.origin,
        )

    @property
    def works(self) -> bool:
        """Whether lists here are work."""
        return self.kind in (Kind.ACTION, Kind.MEASURE, Kind.IDEA)


@dataclass(slots=True)
class Section:
    """A heading and what stands between it and the next one.

    Attributes:
        depth: how many headings it stands under; parent: the place of the section above it, or -1.
    """

    scope: Scope
    heading: Heading | None
    start: int
    parent: int = -1
    blocks: list[tuple[int, Block]] = field(default_factory=list)


@lru_cache(maxsize=1024)
def _named(words: str) -> tuple[str, str]:
    """Which kind of section the words name, and by which phrase; ("", "") for none."""
    bare = _NUMBERING.sub("", _BRACKETS.sub(" ", words))
    name, phrase = _looked_up(fold(bare))
    return (name, phrase) if name else _looked_up(fold(words))


def _looked_up(folded: str) -> tuple[str, str]:
    count = len(folded.split())
    hits: dict[str, str] = {}
    for name in _NAMES:
        known = phrases("sections", name)
        if folded and folded in known.all:
            return name, folded
        hit = known.inside(folded)
        if hit and (len(hit.split()) * 4 >= count or len(hit.split()) > 1):
            hits[name] = hit
    return _decided(hits)


def _decided(hits: dict[str, str]) -> tuple[str, str]:
    """Explicit work wins; what happened wins over vague work; else the longer words win."""
    if "idea" in hits:
        return "idea", hits["idea"]
    if "strong" in hits and hits["strong"] not in hits.get("other", ""):
        return "strong", hits["strong"]
    if "other" in hits and len(hits["other"]) >= len(hits.get("measure", "")):
        return "other", hits["other"]
    for name in ("measure", "other", "strong", "weak"):
        if name in hits:
            return name, hits[name]
    return "", ""


def _kind(above: Kind, words: str) -> Kind:
    name, phrase = _named(words)
    if name == "strong":
        return Kind.ACTION
    if name == "idea":
        return Kind.IDEA
    if name == "other":
        return (
            above if above in (Kind.ACTION, Kind.MEASURE) and phrase in phrases("words", "grouping").all else Kind.OTHER
        )
    if name == "weak":
        return Kind.ACTION if above is Kind.NONE else above
    if name == "measure":
        return Kind.ACTION if above is Kind.ACTION else Kind.MEASURE
    return above


@lru_cache(maxsize=1)
def _all_names() -> frozenset[str]:
    return frozenset().union(*(phrases("sections", name).all for name in _NAMES)) - {""}


def names_section(words: str) -> bool:
    """Whether the words are the name of a section and nothing else."""
    return fold(_NUMBERING.sub("", _BRACKETS.sub(" ", words))) in _all_names()


def _is_span(words: str) -> bool:
    """Whether a heading is a deadline ("Within 30 days", "Entro 30 giorni")."""
    if exact_status(words):
        return False
    return bool(phrases("horizon").inside(words)) or (len(words.split()) <= _SHORT and is_length(words))


def _status(words: str) -> Status | None:
    """ "(done)" behind a heading, or a heading such as "Completed"."""
    bracket = _TRAILING_BRACKET.search(words)
    found = exact_status(bracket[1]) if bracket else exact_status(words)
    return found if found in (Status.DONE, Status.IN_PROGRESS, Status.CANCELLED) else None


def _priority(words: str) -> str | None:
    folded = fold(words)
    if len(folded.split()) > 4 or not (
        phrases("words", "priority_heading").inside(folded) or re.fullmatch(r"p[0-4]", folded.split(" ")[0] or "")
    ):
        return None
    code = _PRIORITY.match(words)
    if code:
        return code[1]
    bare = re.sub(r"\b(priority|prio)\b", " ", words, flags=re.IGNORECASE)
    return bare.strip(" :-–—*") if normal_priority(bare.strip()) else None


def split(blocks: Iterable[Block], text: str = "") -> list[Section]:
    """The document as sections, in order; the first stands above all headings.

    A fence of Markdown in a section of work holds what it would hold without the fence.
    """
    sections = [Section(Scope(), None, 0)]
    stack: list[tuple[int, int]] = []
    for index, block in _with_headings(blocks):
        if isinstance(block, Fence):
            if sections[-1].scope.works and fold(block.name) in phrases("words", "markdown").all:
                first = (index + 1) << 20
                sections[-1].blocks += enumerate(inner(text, block, first), first)
            continue
        if not isinstance(block, Heading):
            sections[-1].blocks.append((index, block))
            continue
        while stack and stack[-1][0] >= block.level:
            stack.pop()
        parent = stack[-1][1] if stack else 0
        above = sections[parent].scope
        is_title = len(sections) == 1 and not names_section(block.inline.text)
        scope = (
            replace(above, title=block.inline.text.strip()) if is_title else above.under(block.inline.text, block.start)
        )
        stack.append((block.level, len(sections)))
        sections.append(Section(scope, block, block.start, parent))
    return sections


def _with_headings(blocks: Iterable[Block]) -> Iterator[tuple[int, Block]]:
    for index, block in enumerate(blocks):
        if isinstance(block, Paragraph) and block.item < 0 and not block.quoted:
            for piece in _pieces(block):
                yield index, piece
        elif isinstance(block, Item) and "\n#" in block.inline.text:
            yield from ((index, piece) for piece in _before_heading(block))
        elif isinstance(block, Heading) and block.quoted:
            yield index, Paragraph(block.inline, block.start, block.inline.end, -1, quoted=True)
        else:
            yield index, block


def _before_heading(item: Item) -> Iterator[Block]:
    """An item, without the headings that Markdown takes for its last lines since they lack a space."""
    at = 0
    for line in item.inline.text.split("\n"):
        if _hashes(line):
            rest = item.inline.part(at, len(item.inline.text))
            item.inline = item.inline.part(0, at)
            item.end = min(item.end, item.inline.end)
            yield item
            yield from _pieces(Paragraph(rest, rest.byte(0), rest.end))
            return
        at += len(line) + 1
    yield item


def _pieces(paragraph: Paragraph) -> Iterator[Block]:
    """A paragraph, taken apart where one of its lines is a heading in all but its markup."""
    lines = paragraph.inline.lines()
    levels = [_level(line, first=at == 0, alone=len(lines) == 1) for at, line in enumerate(lines)]
    if not any(levels):
        yield paragraph
        return
    text, at = paragraph.inline.text, 0
    rest = 0
    for line, level in zip(text.split("\n"), _spread(text, levels), strict=True):
        if level:
            yield from _paragraph(paragraph, rest, at)
            inline = paragraph.inline.part(at + len(_hashes(line)), at + len(line))
            yield Heading(inline, level, inline.byte(0))
            rest = at + len(line) + 1
        at += len(line) + 1
    yield from _paragraph(paragraph, rest, len(text))


def _spread(text: str, levels: list[int]) -> list[int]:
    given = iter(levels)
    return [next(given) if line.strip() else 0 for line in text.split("\n")]


def _paragraph(paragraph: Paragraph, start: int, end: int) -> Iterator[Block]:
    inline = paragraph.inline.part(start, end) if start < end else Inline()
    if inline.text:
        yield Paragraph(inline, inline.byte(0), inline.end, paragraph.item, paragraph.quoted)


def _hashes(line: str) -> str:
    """The marks of a heading that lacks the space behind them ("##Actions"); one alone may be a tag or a channel."""
    marks = _HASHES.match(line)
    if marks is None or (len(marks[1]) == 1 and not names_section(line[marks.end() :])):
        return ""
    return marks.group()


def _level(line: Inline, *, first: bool, alone: bool) -> int:
    """7 for a line that is all bold or the bare name of a section, 8 for a label with a colon, 0 for no heading.

    1 to 6 for a heading that only lacks the space behind its marks.
    """
    words = line.text.strip("* \t")
    if not words or len(words) > 100:
        return 0
    if words[0] == "#" and (hashes := _hashes(line.text)):
        return hashes.count("#")
    bare = _TRAILING_BRACKET.sub("", words.rstrip(":： ")).rstrip(":： *")
    is_bold = any(a <= 1 and b >= len(bare) for a, b in line.bold)
    labels = words.endswith((":", "："))
    if is_bold and (alone or labels or names_section(bare)) and ": " not in bare:
        return BOLD_LEVEL
    if labels and len(bare.split()) <= _SHORT and _named(bare)[0]:
        return LABEL_LEVEL
    if (first or alone) and not words.endswith(".") and len(bare.split()) <= _SHORT and names_section(bare):
        return BOLD_LEVEL
    return 0


def ends_after(sections: list[Section], blocks: Iterable[Block], at: int, size: int) -> int:
    """The byte of the first heading or thematic break behind `at`, or the document's size."""
    starts = [section.start for section in sections if section.heading is not None]
    starts += [block.start for block in blocks if isinstance(block, Rule)]
    return min((start for start in starts if start > at), default=size)
