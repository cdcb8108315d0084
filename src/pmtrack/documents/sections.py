"""Which parts of a document hold agreed work: headings of every form, and what their words say of what is below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from pmtrack.documents.blocks import Block, Fence, Heading, Item, Paragraph, Rule, Table
from pmtrack.documents.horizon import is_deadline, is_length, may_name_a_time
from pmtrack.documents.markdown import inner
from pmtrack.documents.pseudo import LABEL_LEVEL, RUN_IN_LEVEL, SHORT, TRAILING_BRACKET, with_headings
from pmtrack.documents.titles import BRACKETS, named, names_section, unnumbered
from pmtrack.documents.vocabulary import exact_status, fold, is_priority, normal_priority, phrases
from pmtrack.model import Status

_PRIORITY = re.compile(r"\s*\W{0,4}(P[0-4])(?:\s+[-–—]|\s?:)\s", re.IGNORECASE)
_LEADING_CODE = re.compile(r"p[0-4](?: |\Z)")


class Kind(Enum):
    """What a section holds."""

    NONE = "none"  # nothing is said
    OTHER = "other"  # what happened, why, what was learned
    IDEA = "idea"
    MEASURE = "measure"  # prevention, recommendations: work where nothing more explicit stands
    ACTION = "action"


class Scope(NamedTuple):
    """What the headings above a place say.

    Attributes:
        title: the words of the nearest heading; horizon: of the nearest that is a deadline.
        origin: the place of the heading that made it work: what stands under one origin is one list.
        status, priority: of all work below, where the heading says so.
        sealed: it tells how to write such a document, so that nothing below is work.
    """

    kind: Kind = Kind.NONE
    title: str = ""
    horizon: str | None = None
    status: Status | None = None
    priority: str | None = None
    origin: int = -1
    sealed: bool = False

    def under(self, words: str, at: int) -> Scope:
        """The scope below a heading that stands at byte `at`."""
        said = _said(words)
        kind = Kind.OTHER if self.sealed else _kind(self.kind, said.name, said.phrase)
        made = kind in (Kind.ACTION, Kind.MEASURE) and (kind != self.kind or said.name == "strong")
        return Scope(
            kind,
            said.title,
            said.title if said.is_horizon else self.horizon,
            said.status or self.status,
            said.priority or self.priority,
            at if made else self.origin,
            self.sealed
            or (
                kind not in (Kind.ACTION, Kind.MEASURE) and phrases("words", "about_writing").inside(words) is not None
            ),
        )

    @property
    def works(self) -> bool:
        """Whether lists here are work."""
        return self.kind in (Kind.ACTION, Kind.MEASURE, Kind.IDEA)


@dataclass(slots=True)
class Section:
    """A heading and what stands between it and the next one.

    Attributes:
        parent: the place of the section above it, or -1.
        listed, nested, tabled, told: whether it has list items, items in items, tables and paragraphs.
    """

    scope: Scope
    heading: Heading | None
    start: int
    parent: int = -1
    blocks: list[tuple[int, Block]] = field(default_factory=list)
    listed: bool = False
    nested: bool = False
    tabled: bool = False
    told: bool = False

    def hold(self, blocks: Iterable[tuple[int, Block]]) -> None:
        """These stand in it."""
        for place, block in blocks:
            self.blocks.append((place, block))
            if block.__class__ is Item:
                self.listed = True
                self.nested = self.nested or block.depth > 1
            elif block.__class__ is Paragraph:
                self.told = True
            elif block.__class__ is Table:
                self.tabled = True


class _Said(NamedTuple):
    """What the words of a heading say, whatever it stands under."""

    name: str
    phrase: str
    title: str
    is_horizon: bool
    status: Status | None
    priority: str | None


@lru_cache(maxsize=1024)
def _said(words: str) -> _Said:
    is_horizon = may_name_a_time(fold(words)) and (
        phrases("horizon").inside(BRACKETS.sub(" ", words)) is not None or _is_span(words)
    )
    return _Said(*named(words), words.strip(" :：*#"), is_horizon, _status(words), _priority(words))


def _kind(above: Kind, name: str, phrase: str) -> Kind:
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


def _is_span(words: str) -> bool:
    """Whether a heading is a deadline ("Within 30 days", "Entro 30 giorni")."""
    if exact_status(words):
        return False
    bare = unnumbered(words)
    if len(bare.split()) <= SHORT and (is_length(bare) or is_deadline(bare)):
        return True
    return phrases("horizon").inside(words) is not None


def _status(words: str) -> Status | None:
    """ "(done)" behind a heading, or a heading such as "Completed"."""
    bracket = TRAILING_BRACKET.search(words) if ")" in words or "）" in words else None
    words = _without_noun(words) if bracket is None else words
    found = (exact_status(bracket[1]) or exact_status(words[: bracket.start()])) if bracket else exact_status(words)
    return found if found in (Status.DONE, Status.IN_PROGRESS, Status.CANCELLED) else None


def _without_noun(words: str) -> str:
    """What a heading says of work without the word for work ("Completed actions", "Ya realizadas")."""
    nouns = phrases("words", "work_noun").all
    if nouns.isdisjoint(spoken := words.casefold().split()) and phrases("words", "status_lead").begins.isdisjoint(
        spoken
    ):
        return words
    said = fold(unnumbered(words)).split()
    if not 1 < len(said) <= SHORT:
        return words
    rest = " ".join(word for word in said if word not in nouns)
    lead = phrases("words", "status_lead").leading(rest) or ""
    return rest[len(lead) :].strip() or rest


def _priority(words: str) -> str | None:
    """ "P1 - ...", "High priority", also in brackets behind other words ("Next steps (Priority: high)")."""
    bracket = TRAILING_BRACKET.search(words) if words.endswith((")", "）")) else None
    if bracket and bracket.start() and phrases("words", "priority_heading").inside(bracket[1]) is not None:
        return _priority(bracket[1])
    folded = fold(words)
    if is_priority(words) and not phrases("horizon").inside(folded):
        return words.strip(" :：-–—*")
    if folded.count(" ") > 3 or not (
        _LEADING_CODE.match(folded) or phrases("words", "priority_heading").inside(folded)
    ):
        return None
    code = _PRIORITY.match(words)
    if code:
        return code[1]
    bare = re.sub(r"\b(priority|prio)\b", " ", words, flags=re.IGNORECASE)
    return bare.strip(" :-–—*") if normal_priority(bare.strip()) else None


def split(blocks: Sequence[Block], text: str = "") -> list[Section]:
    """The document as sections, in order; the first stands above all headings.

    A fence of Markdown in a section of work holds what it would hold without the fence.
    """
    sections = [Section(Scope(), None, 0)]
    stack: list[tuple[int, int]] = []
    for index, block in with_headings(blocks, text):
        if not isinstance(block, Heading):
            if _is_behind(sections[-1], block):
                parent = sections[-1].parent
                sections.append(Section(sections[parent].scope, None, block.start, parent))
            sections[-1].hold(((index, block),))
            if isinstance(block, Fence) and _holds_work(block, sections[-1].scope):
                first = (index + 1) << 20
                sections[-1].hold(enumerate(inner(text, block, first), first))
            continue
        while stack and stack[-1][0] >= block.level:
            stack.pop()
        parent = stack[-1][1] if stack else 0
        above = _above(sections, parent, block)
        is_title = len(sections) == 1 and not names_section(block.inline.text)
        scope = (
            above._replace(title=block.inline.text.strip(), sealed=_is_manual(block.inline.text))
            if is_title
            else above.under(block.inline.text, block.start)
        )
        stack.append((block.level, len(sections)))
        sections.append(Section(scope, block, block.start, parent))
    return sections


def _is_manual(title: str) -> bool:
    """Whether a document tells how something is done in general, by its title."""
    leads = phrases("words", "manual").leading(title) is not None
    return leads and phrases("words", "incident").inside(title) is None


def _above(sections: Sequence[Section], parent: int, heading: Heading) -> Scope:
    """The scope that a heading stands in; a bare status ("DONE") beside a list of work is about that list."""
    above, before = sections[parent].scope, sections[-1]
    beside = before.heading is not None and before.heading.level == heading.level and before.parent == parent
    if beside and before.scope.works and not above.works and exact_status(heading.inline.text.strip(" *:：")):
        return before.scope
    return above


def _is_behind(section: Section, block: Block) -> bool:
    """Whether a paragraph stands behind what a label ("Timeline:") is the label of: a list, a table or a fence.

    Bold words at the start of a paragraph ("**Root cause.** ...") are the label of no other paragraph.
    """
    if not isinstance(block, Paragraph) or block.item >= 0 or section.heading is None:
        return False
    if section.scope.kind is not Kind.OTHER or not section.blocks:
        return False
    level, last = section.heading.level, section.blocks[-1][1]
    return level == RUN_IN_LEVEL or (level == LABEL_LEVEL and not isinstance(last, Paragraph))


def _holds_work(fence: Fence, scope: Scope) -> bool:
    return scope.works and fold(fence.name) in phrases("words", "markdown").all


def ends_after(sections: list[Section], blocks: Iterable[Block], at: int, size: int) -> int:
    """The byte of the first heading or thematic break behind `at`, or the document's size."""
    starts = [section.start for section in sections if section.heading is not None]
    starts += [block.start for block in blocks if isinstance(block, Rule)]
    return min((start for start in starts if start > at), default=size)
