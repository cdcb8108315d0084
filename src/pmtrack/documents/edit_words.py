"""The words for a value, in the language and the style that a document has (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache

from pmtrack.documents.vocabulary import exact_status, fold, table
from pmtrack.model import Status

_ENGLISH = {Status.OPEN: "Open", Status.IN_PROGRESS: "In progress", Status.DONE: "Done", Status.CANCELLED: "Cancelled"}

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%m/%d/%Y", "%d/%m/%Y")
"""How dates are written, the one that every reader understands first."""


def status_words(status: Status, used: Sequence[str], head: str) -> Iterator[str]:
    """Words for a status: as a column says it already, else in its language and case, else in English."""
    used = [words.strip() for words in used]
    said = Counter(words for words in used if exact_status(words) is status)
    yield from (words for words, _ in said.most_common(1))
    yield _styled(_in_language(status, head, used), used)
    yield _ENGLISH[status]
    yield from (words for words in table("status")[status.value]["en"] if len(words) > 3)


def word_for(status: Status, used: Sequence[str]) -> str:
    """The word for a status among such as a document uses: the same one, else one of their language and case."""
    same = [word for word in used if exact_status(word) is status]
    return same[0] if same else _styled(_in_language(status, "", used), used)


def day_forms(day: date, like: date | None, used: Iterable[str]) -> Iterator[str]:
    """A date in each form, first in the one that an old date is written in."""
    written = {words.strip() for words in used}
    preferred = [form for form in DAYS if like and like.strftime(form) in written]
    for form in dict.fromkeys((*preferred, *DAYS)):
        yield day.strftime(form)


def _in_language(status: Status, head: str, used: Sequence[str]) -> str:
    """The first word for a status in the language of the words that are used, else in that of the head."""
    words, heads = {fold(word) for word in used} - {""}, table("columns")["status"]
    spoken = [language for language in table("status")[status.value] if words & _words(language)]
    named = [language for language, names in heads.items() if fold(head) in map(fold, names)]
    both = [language for language in spoken if language in named]
    language = next(iter((*both, *spoken, *named)), "en")
    return str(table("status")[status.value].get(language, table("status")[status.value]["en"])[0])


@cache
def _words(language: str) -> frozenset[str]:
    """All words for a status in a language."""
    return frozenset(fold(word) for status in Status for word in table("status")[status.value].get(language, ()))


def _styled(word: str, used: Sequence[str]) -> str:
    """In capitals or small letters where the words that are used are; else with a capital."""
    letters = "".join(words for words in used if exact_status(words))
    if letters.isupper():
        return word.upper()
    return word if letters.islower() else word[:1].upper() + word[1:]
