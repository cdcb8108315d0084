"""Action items in sentences: promises and requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from pmtrack.documents import claims, deadlines, decorations, fields, tickets, trailing
from pmtrack.documents.blocks import Item, Paragraph
from pmtrack.documents.candidate import MAX_ITEMS, Candidate, Rank
from pmtrack.documents.fields import Context
from pmtrack.documents.inline import Inline, joined
from pmtrack.documents.leading import states_status
from pmtrack.documents.promising import (
    SOMEBODY,
    about_document,
    announces,
    asks,
    commits,
    committed,
    follows,
    in_bold,
    promised,
    takes_on,
    vows,
)
from pmtrack.documents.sections import Kind, Scope, Section
from pmtrack.documents.sentences import sentences
from pmtrack.documents.titles import names_section
from pmtrack.documents.verbs import asks_for_work, is_past
from pmtrack.documents.vocabulary import fold, phrases, unspaced
from pmtrack.model import Status

_NUMBERED = re.compile(
    r"\s*(?:[A-Z]{1,4}[- ]?\d{1,3}[.):]\s"
    r"|[a-z][.)]\s|\(?[a-z0-9]{1,2}\)\s|\d{1,2}\.\s|\d{1,2}、|\d{1,2}(?:\.\d{1,2}){1,2}\.?\s+(?=[^\W\d])"
    r"|\d{1,2}[.)](?=[^\W\d_a-z])|-(?=[^\W\d_])|[・•·●▪‣◦①-⑳])",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\s*([^:：]{2,30})[:：]\s*\S")
_SEVERAL = 2
_STATING = frozenset("(（[@:：;–—")
_LONGEST_LABEL = 120
_SHOUTED = re.compile(r"\s*(?:DONE|WIP|WONTFIX|IN PROGRESS)\s?:\s+\S")
_HAVE_DONE = re.compile(r"\b[Ww]e(?: have|'ve|’ve) (?:already |now |since )?\w+(?:ed|t|n|de|ne)\b")
_AND_WE = re.compile(
    r"(?:, and|;(?: and)?) ((?:we|I)(?: also)? (?:will|need to|have to|plan to|should|must|are going to)\b)"
)
_JOINT = re.compile(r"[,;:\s]*(?:\band|\bwhile)?\s*\Z")
_LABELLED = re.compile(r"\s*(?:action items?|to-?do|follow-?up|action required)\s*\d{0,2}\s*[:：]\s*\S", re.IGNORECASE)


def labelled(section: Section, context: Context) -> list[Candidate]:
    """Paragraphs that say what they are ("Action item: ..."), with the facts that follow."""
    found: list[Candidate] = []
    if not any(_may_be_labelled(b.inline.text) for _, b in section.blocks if isinstance(b, Paragraph)):
        return found
    rank = Rank.MEASURE if section.scope.kind is Kind.MEASURE else Rank.LIST
    lines = list(_marked_lines(section))
    for at, (line, is_label) in enumerate(lines):
        if is_label:
            facts = [fact for fact, _ in takewhile(lambda pair: fields.is_fact(pair[0]), lines[at + 1 :])]
            found.append(_candidate(line, section, rank, context, facts))
    return found


def _may_be_labelled(text: str) -> bool:
    """Whether a colon stands near the start of a line."""
    if ":" not in text and "：" not in text:
        return False
    return any(":" in line or "：" in line for line in (whole[:_LONGEST_LABEL] for whole in text.split("\n")))


def _marked_lines(section: Section) -> Iterator[tuple[Inline, bool]]:
    """The lines of paragraphs and lists, and whether each says that it is an action item."""
    for _, block in section.blocks:
        if isinstance(block, (Paragraph, Item)) and not block.quoted:
            is_prose = isinstance(block, Paragraph) and (block.item < 0 or not section.scope.works)
            for line in block.inline.lines():
                yield line, is_prose and _is_labelled(line.text, section.scope)


def _is_labelled(text: str, scope: Scope) -> bool:
    if _LABELLED.match(text) or _SHOUTED.match(text):
        return True
    label = _LABEL.match(text)
    if label is None or fold(label[1]).rstrip("0123456789 ") not in phrases("labels", "action").all:
        return False
    return scope.kind is not Kind.OTHER or asks_for_work(text[label.end() - 1 :])


def candidates(section: Section, context: Context) -> list[Candidate]:
    """The sentences of a section of work that ask for work or promise it."""
    if section.scope.kind not in (Kind.ACTION, Kind.MEASURE):
        return []
    rank = Rank.PROSE if section.scope.kind is Kind.ACTION else Rank.MEASURE
    listed = Rank.LIST if section.scope.kind is Kind.ACTION else Rank.MEASURE
    found: list[Candidate] = []
    paragraphs = list(_paragraphs(section))
    headed = _headed(paragraphs) if section.scope.kind is Kind.ACTION else ()
    counted = _counted(paragraphs) if section.scope.kind is Kind.ACTION else ()
    for at, paragraph in enumerate(paragraphs):
        grouped = [(paragraph.inline, ())] if at in headed else _grouped(paragraph.inline.lines())
        if grouped:
            found += [_candidate(line, section, listed, context, beside) for line, beside in grouped]
            continue
        told = list(islice(_told(paragraph.inline, section, context), MAX_ITEMS - len(found)))
        if not told and at in counted:
            told = [_first(paragraph.inline)]
        found += [_with(_candidate(work, section, rank, context), behind, context) for work, behind in told]
    return found


def _told(inline: Inline, section: Section, context: Context) -> Iterator[tuple[Inline, Sequence[Inline]]]:
    """The sentences of a paragraph that ask for work, each with those behind it that say more of it."""
    is_sure = section.scope.kind is Kind.ACTION
    work: Inline | None = None
    behind: list[Inline] = []
    for one in _clauses(inline):
        if work is not None and follows(one.text):
            behind.append(one)
            continue
        if work is not None:
            yield work, behind
        says = asks(one) or (is_sure and _states(one, context)) or bool(takes_on(one.text, context.reading.text))
        work, behind = (one if says else None), []
    if work is not None:
        yield work, behind


def _counted(paragraphs: Sequence[Paragraph]) -> frozenset[int]:
    """The places of paragraphs that count what they tell ("First, ...", "Second, ...")."""
    places = [at for at, one in enumerate(paragraphs) if phrases("words", "ordinal").leading(one.inline.text)]
    return frozenset(places) if len(places) >= _SEVERAL else frozenset()


def _first(inline: Inline) -> tuple[Inline, Sequence[Inline]]:
    """The first sentence without its ordinal, and the others."""
    first, *others = sentences(inline)
    return first.part(first.text.find(",") + 1, len(first.text)), others


def _with(one: Candidate, behind: Sequence[Inline], context: Context) -> Candidate:
    """What the sentences behind the work say of it: how it stands, by when, by whom."""
    stated = one.stated
    for sentence in behind:
        if status := trailing.said(sentence.text):
            stated.status = stated.status or status
        elif not is_past(sentence.text):
            said = decorations.read(sentence, context)
            stated.owners = stated.owners or said.owners or claims.owners(sentence.text.rstrip("."))
            if not stated.due:
                stated.due, stated.due_words = said.due, stated.due_words or said.due_words
    return one


def _headed(paragraphs: Sequence[Paragraph]) -> frozenset[int]:
    """The places of several paragraphs that each begin with what they are about, in bold."""
    places = [at for at, paragraph in enumerate(paragraphs) if _has_bold_lead(paragraph.inline)]
    return frozenset(places) if len(places) >= _SEVERAL and len(places) * 2 >= len(paragraphs) else frozenset()


def _has_bold_lead(inline: Inline) -> bool:
    start, end = inline.bold[0] if inline.bold else (0, 0)
    return start <= 1 < end < len(inline.text) - 1 and not names_section(inline.text[:end].strip(" .:*"))


def _states(sentence: Inline, context: Context) -> bool:
    """Whether a sentence that asks for nothing states whose work it is or until when, as only work does."""
    words = sentence.text
    if _STATING.isdisjoint(words) or words.endswith((":", "：", "?")) or is_past(words):
        return False
    stated = decorations.read(sentence, context)
    is_long = len(stated.title.split()) > _SEVERAL or unspaced(stated.title)
    return is_long and bool(stated.owners and (stated.due or stated.due_words or "(" in words))


def beside(section: Section, context: Context) -> list[Candidate]:
    """Paragraphs beside a list of work that ask for work as well, and state more of it than their words."""
    if section.scope.kind is not Kind.ACTION:
        return []
    asking = (
        _candidate(paragraph.inline, section, Rank.LIST, context)
        for paragraph in _paragraphs(section)
        if asks_for_work(paragraph.inline.text) and asks(paragraph.inline)
    )
    stating = (one for one in asking if one.stated.ticket or one.stated.owners or one.stated.due)
    return list(islice(stating, MAX_ITEMS))


def _grouped(lines: Sequence[Inline]) -> list[tuple[Inline, list[Inline]]]:
    """The items that the lines of a paragraph are, each with the lines below it that state its fields; else nothing."""
    grouped: list[tuple[Inline, list[Inline]]] = []
    for line in _unwrapped(lines):
        if grouped and fields.is_fact(line):
            grouped[-1][1].append(line)
        else:
            grouped.append((line, []))
    firsts = [line for line, _ in grouped]
    stating = all(beside for _, beside in grouped) and any(map(asks_for_work, (line.text for line in firsts)))
    return grouped if stating or _are_items(firsts) else []


def _unwrapped(lines: Sequence[Inline]) -> Sequence[Inline]:
    """The lines, each with those below it that its number or mark has wrapped to."""
    marked = [at for at, line in enumerate(lines) if _NUMBERED.match(line.text)]
    if len(marked) < _SEVERAL or marked[0] or len(marked) == len(lines) or any(map(fields.is_fact, lines)):
        return lines
    ends = [*marked[1:], len(lines)]
    return [joined(lines[start:end]) for start, end in zip(marked, ends, strict=True)]


def _are_items(lines: Sequence[Inline]) -> bool:
    """Whether each line of a paragraph is an item: by its number or mark, or since each begins with a verb."""
    if all(_NUMBERED.match(line.text) or states_status(line.text, line.bold) for line in lines):
        return True
    return len(lines) > 1 and all(asks_for_work(line.text) and not line.text[:1].islower() for line in lines)


def promises(section: Section, context: Context) -> list[Candidate]:
    """What is promised outside of any section of work, for a document that has none."""
    is_lesson = section.scope.kind is Kind.OTHER and phrases("words", "lessons").inside(section.scope.title) is not None
    if section.scope.kind is not Kind.NONE and not is_lesson:
        return []
    vowed = (
        sentence
        for paragraph in _paragraphs(section)
        for sentence in _clauses(paragraph.inline)
        if (vows(sentence.text) if is_lesson else promised(sentence.text))
        and not about_document(sentence.text)
        and not announces(sentence.text)
    )
    return [_candidate(sentence, section, Rank.PROMISE, context) for sentence in islice(vowed, MAX_ITEMS)]


def _clauses(inline: Inline) -> Iterator[Inline]:
    """The sentences of a paragraph, and of those in which several people promise something what each of them does."""
    for sentence in sentences(inline):
        said = sentence.text.replace("\n", " ")
        starts = [found.start() for found in SOMEBODY.finditer(said) if commits(found)]
        starts = sorted([*starts, *(found.start(1) for found in _AND_WE.finditer(said))])
        at = 0
        for start in starts:
            if promised(sentence.text[at:start]):
                yield sentence.part(at, len(_JOINT.sub("", sentence.text[:start])))
                at = start
        yield sentence.part(at, len(sentence.text))


def _paragraphs(section: Section) -> Iterator[Paragraph]:
    for _, block in section.blocks:
        if isinstance(block, Paragraph) and not block.quoted and block.item < 0:
            yield block


def _candidate(
    inline: Inline, section: Section, rank: Rank, context: Context, facts: Sequence[Inline] = ()
) -> Candidate:
    stated = decorations.read(inline, context, facts)
    if stated.status is None and _HAVE_DONE.search(inline.text):
        stated.status = Status.DONE
    if not stated.owners and section.scope.works:
        text = context.reading.text
        stated.owners = in_bold(inline) or takes_on(inline.text, text) or committed(inline.text, text)
    stated.ticket = stated.ticket or tickets.filed(inline.text)
    if not (stated.due or stated.due_words):
        stated.due = deadlines.amid(inline.text, context)
    return Candidate(stated, inline.byte(0), inline.end, section.scope, rank, (section.scope.origin, "prose"))
