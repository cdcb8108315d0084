"""Who does it, said in words behind the work: "Owned by Anna.", "Anna takes this", "担当は西田"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pmtrack.documents.fields import Stated, split_owners
from pmtrack.documents.horizon import is_deadline
from pmtrack.documents.naming import NAME, is_name
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.vocabulary import fold, phrases, unspaced

_BREAK = re.compile(r"[.;:!?]\s+|\s[-–—]+\s|,\s+|\s?[(（]|[。；、，]")
_DOER = re.compile(rf"(?:^|\s)(?:by|por|von|par|da|door|av)\s(@[\w.-]{{1,40}}|{NAME})")
_DOING = re.compile(rf"({NAME}) (?:is|will be) [a-z]{{2,16}}ing (?:[a-z]{{1,12}} ){{0,4}}(?:this|it|that|them)\b")
_JOINT = re.compile(r" (?:and|e|y|et|und|en|и) ")
_CLOSING = " .。)）;；"
_NEAR = 120
_MOST_WORDS, _FEW_WORDS = 8, 4
_MOST_CLAUSES = 3
_LONGEST = 14


def take(phrase: Phrase, stated: Stated) -> None:
    """Cut the last clause where all it says is whose the work is."""
    if stated.owners or not _BREAK.search(phrase.text, max(phrase.length() - _NEAR, 0)):
        return
    end = len(phrase.text.rstrip(_CLOSING))
    breaks = list(_BREAK.finditer(phrase.text, max(end - _NEAR, phrase.start()), end))
    for found in reversed(breaks[-_MOST_CLAUSES:]):
        clause = phrase.text[found.end() : end].strip() if found.start() > phrase.start() else ""
        names, when = _until(clause)
        if names:
            stated.owners, stated.due_words = names, stated.due_words or when
            phrase.cut(found.start(), phrase.length())
            return


def _until(clause: str) -> tuple[tuple[str, ...], str | None]:
    """Whose the work is by a clause, and the deadline in words behind it ("lo hace Ana esta semana")."""
    names = owners(clause)
    words = clause.split() or [""]
    if names or len(words) > _MOST_WORDS or fold(words[0]).split(" ")[0] not in phrases("claims", "before").begins:
        return names, None
    for count in range(1, min(_FEW_WORDS, len(words) - 1)):
        when = " ".join(words[-count:])
        if is_deadline(when) and (names := owners(" ".join(words[:-count]))):
            return names, when
    return (), None


def owners(clause: str) -> tuple[str, ...]:
    """The people whom a clause gives the work to, where it does nothing else."""
    if unspaced(clause):
        return next((names for said in _without_spaces(clause) if (names := _people(said))), ())
    words = clause.split()
    if len(words) > _LONGEST:
        return ()
    words = _without_pronoun(_without_rest(clause).split())
    if not 1 < len(words) <= _MOST_WORDS:
        return ()
    doing = _DOING.match(clause) if "ing " in clause else None
    if doing and is_name(doing[1]):
        return (doing[1],)
    return next((names for said in _besides(words) if (names := _people(said))), ())


def _without_pronoun(words: list[str]) -> list[str]:
    """Without what stands for the work before the words that give it ("isso fica com Ana")."""
    if not words or words[0].casefold() not in phrases("claims", "pronoun").all:
        return words
    known = (
        fold(words[-1]) in phrases("claims", "after").all
        or fold(" ".join(words[:2])) in phrases("claims", "before").all
    )
    return words if known else words[1:]


def _without_rest(clause: str) -> str:
    """A clause without "and has no date yet" behind it."""
    joint = _JOINT.search(clause)
    return clause[: joint.start()] if joint and phrases("words", "undated").inside(clause[joint.end() :]) else clause


def doer(remark: str) -> tuple[str, ...]:
    """Who did it, by the words that say how it was done ("Done by Kofi on 2 May")."""
    found = _DOER.search(remark)
    return (found[1],) if found and is_name(found[1]) else ()


def _besides(words: Sequence[str]) -> Iterator[str]:
    """What stands beside words that give or take work, the most of these first."""
    before, after = phrases("claims", "before"), phrases("claims", "after").all
    may_lead, may_end = fold(words[0]).split(" ")[0] in before.begins, fold(words[-1]).split(" ")[-1] in _endings()
    for count in range(min(len(words) - 1, _FEW_WORDS), 0, -1) if may_lead or may_end else ():
        if may_lead and fold(" ".join(words[:count])) in before.all:
            yield " ".join(words[count:])
        if may_end and fold(" ".join(words[-count:])) in after:
            yield " ".join(words[:-count])


@lru_cache(maxsize=1)
def _endings() -> frozenset[str]:
    """The last words of what takes work."""
    return frozenset(phrase.split(" ")[-1] for phrase in phrases("claims", "after").all)


def _without_spaces(clause: str) -> Iterator[str]:
    """What is left of a clause without the words that give work, before and behind a name."""
    lead = max(phrases("claims", "wide_before").beginning(clause), key=len, default="")
    ending = max(filter(clause.endswith, phrases("claims", "wide_after").all), key=len, default="")
    if lead or ending:
        yield clause[len(lead) : len(clause) - len(ending)]


def _people(words: str) -> tuple[str, ...]:
    """Names, handles and teams; nothing where anything else is among them."""
    bare = words.strip(" :：")
    article, _, rest = bare.partition(" ")
    if rest and article in phrases("claims", "article"):
        is_team = phrases("words", "a_team").leading(bare) is not None and len(bare.split()) <= _FEW_WORDS
        return (rest,) if is_team or _is_somebody(rest) else ()
    names = split_owners(bare)
    return names if names and all(map(_is_somebody, names)) else ()


def _is_somebody(name: str) -> bool:
    if is_name(name):
        return True
    said = fold(name).split()
    return (
        len(said) <= _FEW_WORDS
        and bool(said)
        and (said[-1] in phrases("words", "role").all or said[0] in phrases("words", "team").all)
    )
