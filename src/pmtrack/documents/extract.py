"""Bytes of a postmortem in, its action items out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate

from pmtrack.documents import dates, headings, lists, prose, tables
from pmtrack.documents.blocks import Block, Table
from pmtrack.documents.candidate import MAX_ITEMS, Candidate
from pmtrack.documents.choose import choose
from pmtrack.documents.fields import Context
from pmtrack.documents.front import front
from pmtrack.documents.markdown import parse
from pmtrack.documents.names import name_owners
from pmtrack.documents.problems import problems
from pmtrack.documents.sections import Kind, Section, ends_after, split
from pmtrack.documents.view import view
from pmtrack.documents.vocabulary import vocabulary_digest
from pmtrack.model import ActionItem, Fields, Postmortem, Span

_FAR = 20_000

EXTRACTOR = "5"
"""Goes up whenever the same bytes give other items by the code here; `extractor` adds the words that it knows."""


@cache
def extractor() -> str:
    """What reads documents today, by its rules and its vocabulary: another one may read other items in the same bytes.

    With it a document's items are stored, so that a better extractor is not taken for an edit.
    """
    return f"{EXTRACTOR}-{vocabulary_digest()}"


def extract(data: bytes, path: str = "") -> Postmortem:
    """Read one postmortem. Never raises, whatever the bytes; takes time in proportion to their number."""
    seen = view(data)
    parsed = parse(seen.text)
    sections = split(parsed.blocks, seen.text)
    head = front(seen, parsed.blocks, sections, path)
    base = head.incident_date or head.written or dates.first(seen.text[:_FAR])
    habit = dates.habit(seen.text[:200_000], head.incident_date)
    context = Context(dates.Reading(habit, base, seen.text))
    found = _candidates(sections, context)
    name_owners(found, context)
    chosen = choose(found)
    lines = _Lines(data)
    items = tuple(_item(candidate, confidence, lines) for candidate, confidence in chosen)
    block_at = _block_at(chosen, sections, parsed.blocks, data, lines) if items else None
    return Postmortem(
        path=path,
        title=head.title,
        incident_date=head.incident_date,
        written=head.written,
        severity=head.severity,
        is_template=head.is_template,
        confidential=head.confidential,
        items=items,
        block_at=block_at,
        problems=() if parsed.whole else ("The document has more list items than are read; split it up.",),
        matter=head.matter,
    )


def _candidates(sections: Sequence[Section], context: Context) -> list[Candidate]:
    as_items = headings.places(sections)
    inside = _below(sections, as_items)
    found = [
        one
        for at in sorted(as_items)
        if (one := headings.candidate(sections[at], sections[sections[at].parent].scope, context))
    ]
    for at, section in enumerate(sections):
        if at not in as_items and at not in inside and len(found) < MAX_ITEMS:
            found += _of_section(section, context)
    found += _evident(sections, found, as_items | inside, context)
    own, busy = _busy(sections, found)
    for at, section in enumerate(sections):
        if at not in inside and at not in as_items and at not in busy and len(found) < MAX_ITEMS:
            found += prose.candidates(section, context)
        elif at in own and at not in inside and at not in as_items:
            found += prose.beside(section, context)
    if not found and not any(section.scope.works for section in sections):
        found = [one for section in sections for one in prose.promises(section, context)]
        found += _proposed(sections, context)
    return found[:MAX_ITEMS]


def _evident(
    sections: Sequence[Section], found: Sequence[Candidate], besides: set[int], context: Context
) -> list[Candidate]:
    """What lists under headings that nobody knows state of work, beside what was found already."""
    listed = (
        section
        for at, section in enumerate(sections)
        if section.listed and section.scope.kind is Kind.NONE and at not in besides
    )
    more = [one for section in listed for one in lists.evident(section, context)]
    places = {one.start for one in found} if more else set()
    return [one for one in more if one.start not in places]


def _proposed(sections: Sequence[Section], context: Context) -> list[Candidate]:
    """What a postmortem asks for under headings that nobody knows; other documents have such lists as instructions."""
    others = (section for section in sections if section.scope.kind is Kind.OTHER and section.heading)
    if all(section.scope.sealed for section in others):
        return []
    return [one for section in sections for one in lists.requests(section, context)]


def _of_section(section: Section, context: Context) -> Iterator[Candidate]:
    rows: list[Candidate] = []
    for _, block in section.blocks if section.tabled else ():
        if isinstance(block, Table) and not block.quoted:
            rows += tables.candidates(block, section.scope, context)
    yield from rows
    if section.nested or (section.listed and section.scope.kind is not Kind.OTHER):
        yield from lists.candidates(section, context, only_boxes=bool(rows))
    if section.told:
        yield from prose.labelled(section, context)


def _below(sections: Sequence[Section], places: set[int]) -> set[int]:
    """The sections that stand under any of these."""
    found: set[int] = set()
    for at, section in enumerate(sections):
        if section.parent in places or section.parent in found:
            found.add(at)
    return found


def _busy(sections: Sequence[Section], found: Sequence[Candidate]) -> tuple[set[int], set[int]]:
    """The sections that have lists, tables or items; and those with all above them: their sentences only lead there."""
    starts = [section.start for section in sections]
    own = {bisect_right(starts, one.start) - 1 for one in found}
    own |= {at for at, section in enumerate(sections) if section.listed or section.tabled}
    busy: set[int] = set()
    for at in own:
        above = at
        while above >= 0 and above not in busy:
            busy.add(above)
            above = sections[above].parent
    return own, busy


class _Lines:
    """Line numbers and line starts of a document, where a line ends with LF, CRLF or CR."""

    def __init__(self, data: bytes) -> None:
        self._starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]

    def number(self, byte: int) -> int:
        """The 1-based line of a byte."""
        return max(bisect_right(self._starts, byte), 1)

    def start(self, byte: int) -> int:
        """Where the line of a byte starts."""
        return self._starts[self.number(byte) - 1]


def _item(candidate: Candidate, confidence: float, lines: _Lines) -> ActionItem:
    stated, scope = candidate.stated, candidate.scope
    fields = Fields(
        stated.title,
        stated.status or scope.status,
        stated.owners,
        stated.priority or scope.priority,
        stated.due,
    )
    horizon = stated.due_words or scope.horizon
    return ActionItem(
        fields,
        lines.number(candidate.start),
        Span(candidate.start, candidate.end),
        scope.title,
        confidence,
        horizon,
        stated.ticket,
        stated.kind,
        problems(fields, horizon, ambiguous_date=stated.ambiguous, contradicted=stated.contradicted),
    )


def _block_at(
    chosen: Sequence[tuple[Candidate, float]],
    sections: list[Section],
    blocks: Sequence[Block],
    data: bytes,
    lines: _Lines,
) -> int:
    """Behind the section of the largest list among the surest items."""
    groups: dict[tuple[int, str], list[Candidate]] = {}
    for candidate, confidence in chosen:
        if confidence >= 0.5 or all(other < 0.5 for _, other in chosen):
            groups.setdefault(candidate.group, []).append(candidate)
    main = max(groups.values(), key=lambda members: (len(members), members[0].rank))
    end = ends_after(sections, blocks, max(one.start for one in main), len(data))
    return lines.start(end) if end < len(data) else end
