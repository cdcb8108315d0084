"""Action items that are headings of their own: "### 1) Alert on load", "### A2. Rotate the keys"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pmtrack.documents import decorations, fields
from pmtrack.documents.blocks import Item, Paragraph
from pmtrack.documents.candidate import Candidate, Rank
from pmtrack.documents.fields import Context
from pmtrack.documents.inline import Inline
from pmtrack.documents.leading import states_status
from pmtrack.documents.pseudo import BOLD_LEVEL
from pmtrack.documents.sections import Kind, Scope, Section
from pmtrack.documents.titles import groups_work, names_section
from pmtrack.documents.vocabulary import phrases

_ENUMERATED = re.compile(
    r"\s*(?:[A-Z]{1,4}-?\d{1,3}|\d{1,2}|(?:action|task|item)(?: item)? ?#?\d{1,2})\s?[.):：–-]\s*(?!\d)\S",
    re.IGNORECASE,
)


_FEWEST = 2
_WORK = (Kind.ACTION, Kind.MEASURE)


def places(sections: Sequence[Section]) -> set[int]:
    """The sections whose headings are action items."""
    families: dict[int, list[int]] = {}
    bold: dict[int, list[int]] = {}
    for at, section in enumerate(sections):
        if section.heading is None:
            continue
        if _is_bold_item(sections, at):
            bold.setdefault(section.parent, []).append(at)
        if not (_enumerated(section) or _states_facts(section)):
            continue
        above = sections[section.parent].scope.kind
        named = section.scope.kind is Kind.OTHER and above in _WORK and bool(_facts(section))
        if section.scope.kind in _WORK or named:
            families.setdefault(section.parent, []).append(at)
    found = {at for family in families.values() if _are_items([sections[at] for at in family]) for at in family}
    return found | {at for family in bold.values() if len(family) >= _FEWEST for at in family}


def _is_bold_item(sections: Sequence[Section], at: int) -> bool:
    """Whether bold words alone on their line say what the paragraphs below explain, in a section of agreed work."""
    section = sections[at]
    if section.heading is None or section.heading.level != BOLD_LEVEL or section.scope.kind is not Kind.ACTION:
        return False
    words = section.heading.inline.text
    is_group = names_section(words) or groups_work(words) or section.scope.horizon == section.scope.title
    is_told = section.told and not (section.listed or section.tabled)
    return is_told and not is_group and words[-1:] not in ":：" and bool(section.heading.inline.bold)


def _enumerated(section: Section) -> bool:
    assert section.heading is not None  # noqa: S101  (asked by the caller)
    words, bold = section.heading.inline.text, section.heading.inline.bold
    return (
        bool(_ENUMERATED.match(words) or states_status(words, bold))
        and not names_section(words)
        and not phrases("horizon").inside(words)
    )


def _states_facts(section: Section) -> bool:
    """Whether all that stands below a heading of words of its own is an owner, a day and the like."""
    assert section.heading is not None  # noqa: S101  (asked by the caller)
    if section.scope.kind not in _WORK or section.tabled or section.heading.level > BOLD_LEVEL:
        return False
    lines = _each_line(section)
    first = next(lines, Inline())
    if not (decorations.is_byline(first, Context()) or (fields.is_fact(first) and any(map(fields.is_fact, lines)))):
        return False
    words = section.heading.inline.text
    return not (names_section(words) or groups_work(words) or phrases("horizon").inside(words))


def _are_items(family: Sequence[Section]) -> bool:
    with_facts = sum(bool(_facts(section)) for section in family)
    if with_facts * 2 >= len(family):
        return True
    lists = any(isinstance(block, Item) for section in family for _, block in section.blocks)
    return len(family) >= 2 and not lists


def _facts(section: Section) -> list[Inline]:
    return [line for line in _lines(section) if fields.is_fact(line) or decorations.is_byline(line, Context())]


def _lines(section: Section) -> list[Inline]:
    return list(_each_line(section))


def _each_line(section: Section) -> Iterator[Inline]:
    for _, block in section.blocks:
        if isinstance(block, (Paragraph, Item)) and not block.quoted:
            yield from block.inline.lines()


def candidate(section: Section, above: Scope, context: Context) -> Candidate | None:
    """The heading as an action item, with the facts of its body; it may hold the name of another section."""
    scope = section.scope if section.scope.kind in _WORK else section.scope._replace(kind=above.kind)
    if section.heading is None:
        return None
    inline = section.heading.inline
    stated = decorations.read(inline, context, _facts(section))
    rank = Rank.HEADING if scope.kind is Kind.ACTION else Rank.MEASURE
    own = inline.part(0, len(inline.text))
    return Candidate(stated, own.byte(0), own.end, scope, rank, (scope.origin, "heading"))
