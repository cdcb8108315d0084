"""Action items in sentences: promises and requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pmtrack.documents import decorations
from pmtrack.documents.candidate import MAX_ITEMS, Candidate, Rank, after_label, asks_for_work, is_past
from pmtrack.documents.fields import Context
from pmtrack.documents.inline import Inline
from pmtrack.documents.leading import bold_status
from pmtrack.documents.markdown import Paragraph
from pmtrack.documents.sections import Kind, Section
from pmtrack.documents.sentences import sentences
from pmtrack.documents.vocabulary import fold, phrases

_NUMBERED = re.compile(r"\s*(?:[a-z][.)]\s|\(?[a-z0-9]{1,2}\)\s|[・•·●▪‣◦])", re.IGNORECASE)
_WILL = re.compile(r"(?<!\w)will (\w+)")
_LABELLED = re.compile(r"\s*(?:action items?|to-?do|follow-?up|action required)\s*\d{0,2}\s*[:：]\s*\S", re.IGNORECASE)


def labelled(section: Section, context: Context) -> list[Candidate]:
    """Paragraphs that say what they are ("Action item: ...")."""
    found: list[Candidate] = []
    for paragraph in _paragraphs(section):
        for line in paragraph.inline.lines():
            if _LABELLED.match(line.text):
                rank = Rank.LIST if section.scope.kind is not Kind.MEASURE else Rank.MEASURE
                found.append(_candidate(line, section, rank, context))
    return found


def candidates(section: Section, context: Context) -> list[Candidate]:
    """The sentences of a section of work that ask for work or promise it."""
    if section.scope.kind not in (Kind.ACTION, Kind.MEASURE):
        return []
    rank = Rank.PROSE if section.scope.kind is Kind.ACTION else Rank.MEASURE
    found: list[Candidate] = []
    for paragraph in _paragraphs(section):
        lines = paragraph.inline.lines()
        if _are_items(lines):
            listed = Rank.LIST if section.scope.kind is Kind.ACTION else Rank.MEASURE
            found += [_candidate(line, section, listed, context) for line in lines]
            continue
        asking = (sentence for sentence in sentences(paragraph.inline) if _asks(sentence))
        found += [_candidate(sentence, section, rank, context) for sentence in islice(asking, MAX_ITEMS - len(found))]
    return found


def _are_items(lines: Sequence[Inline]) -> bool:
    """Whether each line of a paragraph is an item: by its number or mark, or since each begins with a verb."""
    if all(_NUMBERED.match(line.text) or bold_status(line.text, line.bold) for line in lines):
        return True
    return len(lines) > 1 and all(asks_for_work(line.text) and not line.text[:1].islower() for line in lines)


def promises(section: Section, context: Context) -> list[Candidate]:
    """What is promised outside of any section of work, for a document that has none."""
    if section.scope.kind is not Kind.NONE:
        return []
    promised = (
        sentence
        for paragraph in _paragraphs(section)
        for sentence in sentences(paragraph.inline)
        if phrases("words", "promise").inside(_without_fillers(sentence.text)) and not _about_document(sentence.text)
    )
    return [_candidate(sentence, section, Rank.PROMISE, context) for sentence in islice(promised, MAX_ITEMS)]


def _paragraphs(section: Section) -> Iterator[Paragraph]:
    for _, block in section.blocks:
        if isinstance(block, Paragraph) and not block.quoted and block.item < 0:
            yield block


def _asks(sentence: Inline) -> bool:
    words = sentence.text.replace("\n", " ")
    if words.rstrip().endswith((":", "：", "?")) or _about_document(words):
        return False
    bare = after_label(sentence, words)
    if asks_for_work(bare):
        return True
    plain = _without_fillers(words)
    promised = phrases("words", "commitment").inside(plain) or any(
        word in phrases("words", "verb").all for word in _WILL.findall(plain)
    )
    return bool(promised) and not is_past(bare)


def _without_fillers(words: str) -> str:
    """The words without those that may stand inside of a promise ("we will also ...")."""
    fillers = phrases("words", "filler").all
    return " ".join(word for word in fold(words).split() if word not in fillers)


def _about_document(words: str) -> bool:
    return bool(phrases("words", "about_document").inside(words))


def _candidate(inline: Inline, section: Section, rank: Rank, context: Context) -> Candidate:
    stated = decorations.read(inline, context)
    return Candidate(stated, inline.byte(0), inline.end, section.scope, rank, (section.scope.origin, "prose"))
