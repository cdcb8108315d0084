"""Who does it, said in words behind the work: "Owned by Anna.", "Anna takes this", "担当は西田"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pmtrack.documents.fields import Stated, split_owners
from pmtrack.documents.naming import NAME, is_name
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.vocabulary import fold, phrases, unspaced

_BREAK = re.compile(r"[.;:!?]\s+|\s[-–—]+\s|,\s+|\s?[(（]|[。；、，]")
_DOER = re.compile(rf"(?:^|\s)(?:by|por|von|par|da|door|av)\s(@[\w.-]{{1,40}}|{NAME})")
_CLOSING = " .。)）;；"
_NEAR = 120
_MOST_WORDS, _FEW_WORDS = 8, 4
_MOST_CLAUSES = 3


def take(phrase: Phrase, stated: Stated) -> None:
    """Cut the last clause where all it says is whose the work is."""
    if stated.owners or not _BREAK.search(phrase.text, max(phrase.length() - _NEAR, 0)):
        return
    end = len(phrase.text.rstrip(_CLOSING))
    breaks = list(_BREAK.finditer(phrase.text, max(end - _NEAR, phrase.start()), end))
    for found in reversed(breaks[-_MOST_CLAUSES:]):
        names = owners(phrase.text[found.end() : end].strip()) if found.start() > phrase.start() else ()
        if names:
            stated.owners = names
            phrase.cut(found.start(), phrase.length())
            return


def owners(clause: str) -> tuple[str, ...]:
    """The people whom a clause gives the work to, where it does nothing else."""
    if unspaced(clause):
        return next((names for said in _without_spaces(clause) if (names := _people(said))), ())
    words = clause.split()
    if not 1 < len(words) <= _MOST_WORDS:
        return ()
    return next((names for said in _besides(words) if (names := _people(said))), ())


def doer(remark: str) -> tuple[str, ...]:
    """Who did it, by the words that say how it was done ("Done by Kofi on 2 May")."""
    found = _DOER.search(remark)
    return (found[1],) if found and is_name(found[1]) else ()


def _besides(words: Sequence[str]) -> Iterator[str]:
    """What stands beside words that give or take work, the most of these first."""
    before, after = phrases("claims", "before").all, phrases("claims", "after").all
    for count in range(min(len(words) - 1, _FEW_WORDS), 0, -1):
        if fold(" ".join(words[:count])) in before:
            yield " ".join(words[count:])
        if fold(" ".join(words[-count:])) in after:
            yield " ".join(words[:-count])


def _without_spaces(clause: str) -> Iterator[str]:
    """What is left of a clause without the words that give work, before and behind a name."""
    lead = max(phrases("claims", "wide_before").beginning(clause), key=len, default="")
    ending = max(filter(clause.endswith, phrases("claims", "wide_after").all), key=len, default="")
    if lead or ending:
        yield clause[len(lead) : len(clause) - len(ending)]


def _people(words: str) -> tuple[str, ...]:
    """Names, handles and teams; nothing where anything else is among them."""
    names = split_owners(words.strip(" :："))
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
