"""Action items in sentences: promises and requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from pmtrack.documents import decorations, fields
from pmtrack.documents.blocks import Item, Paragraph
from pmtrack.documents.candidate import MAX_ITEMS, Candidate, Rank, after_label, asks_for_work, gerunds, is_past
from pmtrack.documents.fields import Context
from pmtrack.documents.inline import Inline
from pmtrack.documents.leading import states_status
from pmtrack.documents.sections import Kind, Scope, Section
from pmtrack.documents.sentences import sentences
from pmtrack.documents.vocabulary import fold, phrases, table

_NUMBERED = re.compile(
    r"\s*(?:[a-z][.)]\s|\(?[a-z0-9]{1,2}\)\s|\d{1,2}\.\s|\d{1,2}、|\d{1,2}(?:\.\d{1,2}){1,2}\.?\s+(?=[^\W\d])"
    r"|\d{1,2}[.)](?=[^\W\d_a-z])|[・•·●▪‣◦①-⑳])",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\s*([^:：]{2,30})[:：]\s*\S")
_SHORTEST = 5
_LONGEST_LABEL = 120
_WE_ARE = re.compile(r"(?<!\w)we (?:are|re) (\w+)")
_WILL = re.compile(r"(?<!\w)(?:(\w+) )?will (\w+)")
_AND_WILL = re.compile(r"(?<!\w)and (?:(we) )?will (\w+)")
_SHOUTED = re.compile(r"\s*(?:DONE|WIP|WONTFIX|IN PROGRESS)\s?:\s+\S")
_GOING_TO = re.compile(r"(?<!\w)(?:(\w+) )?(?:is|are) going to (\w+)")
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


def beside(section: Section, context: Context) -> list[Candidate]:
    """Paragraphs beside a list of work that ask for work as well, and state more of it than their words."""
    if section.scope.kind is not Kind.ACTION:
        return []
    asking = (
        _candidate(paragraph.inline, section, Rank.LIST, context)
        for paragraph in _paragraphs(section)
        if asks_for_work(paragraph.inline.text) and _asks(paragraph.inline)
    )
    stating = (one for one in asking if one.stated.ticket or one.stated.owners or one.stated.due)
    return list(islice(stating, MAX_ITEMS))


def _are_items(lines: Sequence[Inline]) -> bool:
    """Whether each line of a paragraph is an item: by its number or mark, or since each begins with a verb."""
    if all(_NUMBERED.match(line.text) or states_status(line.text, line.bold) for line in lines):
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
        if _promised(_without_fillers(sentence.text))
        and not _about_document(sentence.text)
        and not _announces(sentence.text)
    )
    return [_candidate(sentence, section, Rank.PROMISE, context) for sentence in islice(promised, MAX_ITEMS)]


def _promised(plain: str) -> bool:
    """Whether a sentence commits whoever wrote it, wherever it stands: "we will", "we are adding"."""
    return bool(phrases("words", "promise").inside(plain)) or not gerunds().isdisjoint(_WE_ARE.findall(plain))


def _paragraphs(section: Section) -> Iterator[Paragraph]:
    for _, block in section.blocks:
        if isinstance(block, Paragraph) and not block.quoted and block.item < 0:
            yield block


def _asks(sentence: Inline) -> bool:
    words = sentence.text.replace("\n", " ")
    if words.rstrip().endswith((":", "：", "?")) or _about_document(words) or _announces(words):
        return False
    bare = after_label(sentence, words)
    if asks_for_work(bare):
        return True
    plain = _without_fillers(words)
    if any(_will(*found) for found in _AND_WILL.findall(plain)):
        return True
    return not is_past(bare) and (bool(phrases("words", "commitment").inside(plain)) or _promises(words, plain))


def _will(subject: str, verb: str) -> bool:
    """Whether "... will ..." is work: not what follows by itself ("this will help", "it will take a week")."""
    return subject not in phrases("words", "outcome_of").all and verb not in phrases("words", "outcome").all


def _promises(said: str, plain: str) -> bool:
    """Whether a verb promises: "Ann will add", "we are adding", "añadiremos", "dann prüfen wir"."""
    if any(_will(*found) for found in (*_WILL.findall(plain), *_GOING_TO.findall(plain))) or not gerunds().isdisjoint(
        _WE_ARE.findall(plain)
    ):
        return True
    endings = tuple(table("words")["future_ending"])
    if any(word.endswith(endings) and len(word) > _SHORTEST for word in said.casefold().rstrip(".").split()):
        return True
    words = plain.split()
    if words and len(words[0]) > _SHORTEST and words[0].endswith(tuple(table("words")["we_ending"])):
        return True
    return not phrases("words", "we").all.isdisjoint(words) and phrases("words", "we_did").all.isdisjoint(words)


def _without_fillers(words: str) -> str:
    """The words without those that may stand inside of a promise ("we will also ...")."""
    fillers = phrases("words", "filler").all
    return " ".join(word for word in fold(words).split() if word not in fillers)


def _about_document(words: str) -> bool:
    return bool(phrases("words", "about_document").inside(words))


def _announces(words: str) -> bool:
    """Whether a sentence only says that others follow ("We are making several changes")."""
    return bool(phrases("words", "announcement").inside(words))


def _candidate(
    inline: Inline, section: Section, rank: Rank, context: Context, facts: Sequence[Inline] = ()
) -> Candidate:
    stated = decorations.read(inline, context, facts)
    return Candidate(stated, inline.byte(0), inline.end, section.scope, rank, (section.scope.origin, "prose"))
