"""Dates in the forms that people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice

from pmtrack.documents.vocabulary import fold, table

_DIGIT = re.compile(r"\d")
# A pattern that begins with a literal is found fastest: what may not stand before it is looked for behind it.
_ISO = re.compile(
    r"((?:1(?<!\d1)9|2(?<!\d2)0)\d\d)\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?:\s?[日일])?(?!\d)"
)
_NUMERIC = re.compile(r"(\d(?<![\d./-]\d)\d?)([./-])(\d{1,2})\2((?:19|20)\d\d|\d\d)(?![\d/-])(?!\.\d)")
# The same in little: where a text has none of these, there is none of those.
_SEPARATED = tuple(
    re.compile(rf"{mark}(?<=\d{mark})(?<!\d\d\d{mark})\d{{1,2}}{mark}\d\d") for mark in ("/", r"\.", "-")
)
_MONTH_DAY = re.compile(r"(\d(?<![\d年년]\d)\d?)\s?[月월]\s?(\d{1,2})\s?[日일]")
_LETTERS_ONLY = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)}
_LETTERS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?:20(?<!\d20))\d\d(?!\d)")
_MOST_YEARS, _FEW_YEARS, _NEAR_YEAR = 100, 8, 24
_SHORT = re.compile(r"(\d{1,2})([./])(\d{1,2})(\.?)\Z")
_OLDEST, _FURTHEST = timedelta(days=60), timedelta(days=305)
_PLAUSIBLE = timedelta(days=200)
_DAY_FIRST = re.compile(
    r"(?<!\w)(?:de|la|el|los|para|con|und|der|die|das|ist|les|des|une|pour|del|che|per|não|nao|na|van|het|een)(?!\w)"
)
_ENGLISH = re.compile(r"(?<!\w)(?:the|and|of|to|was|were|is|with|for)(?!\w)")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEW = 20
_CYRILLIC = re.compile(r"[а-яА-Я]{3}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the dates of one document are to be read.

    Attributes:
        day_first: whether 02/03 is the second of March; None where the document does not show it.
        base: the day from which a date without a year is understood.
        text: the document; its language decides where its dates do not.
    """

    day_first: bool | None = None
    base: date | None = None
    text: str = field(default="", repr=False, compare=False)

    @property
    def by_day(self) -> bool | None:
        """Whether the day is written first, also by the language."""
        return self.day_first if self.day_first is not None else by_language(self.text[:20_000])


@dataclass(frozen=True, slots=True)
class Found:
    """A date at characters `[start, end)`; `day` is None where it may be one of two days."""

    start: int
    end: int
    day: date | None


@lru_cache(maxsize=1)
def month_numbers() -> dict[str, int]:
    """The names of the months, folded, and their numbers."""
    return {fold(name): int(number) for number, names in table("months").items() for name in names}


@lru_cache(maxsize=1)
def _worded() -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = "|".join(sorted(map(re.escape, month_numbers()), key=len, reverse=True))
    year = r"(?:,?\s{0,2}(?:del?\s)?((?:19|20)\d\d)(?!\d))?"
    day = r"(\d{1,2})(?:st|nd|rd|th|er|\.|º|°)?"
    return (
        re.compile(rf"(?<![\w.])({names})\.?\s{{1,3}}{day}(?![\w:]){year}", re.IGNORECASE),
        re.compile(rf"(?<![\w:.]){day}[\s-]{{0,3}}(?:of\s|de\s)?({names})(?!\w)\.?-?{year}", re.IGNORECASE),
    )


def _plain(text: str) -> str:
    """The text without accents on European letters, at equal length."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFD", c)[0] if "\u00c0" <= c <= "\u052f" else c for c in text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find(text: str, reading: Reading) -> list[Found]:
    """The dates of a text, in their order."""
    if not _DIGIT.search(text):
        return []
    plain = _plain(text)
    found: list[Found] = []
    for candidate in (
        *(_iso(plain) if "20" in plain or "19" in plain else ()),
        *(_without_year(plain, reading) if "月" in plain or "월" in plain else ()),
        *_by_words(plain, reading),
        *(_numeric(plain, reading) if _is_separated(plain) else ()),
    ):
        if not any(candidate.start < other.end and other.start < candidate.end for other in found):
            found.append(candidate)
        if len(found) > 50:
            break
    return sorted(found, key=lambda one: one.start)


def first(text: str) -> date | None:
    """The first day that a text names with its year, where all its years are the same or follow each other."""
    years = list(islice(_YEAR.finditer(text), _MOST_YEARS))
    numbers = [int(year.group()) for year in years]
    if not numbers or max(numbers) - min(numbers) > 1:
        return None
    for year in years[:_FEW_YEARS]:
        near = find(text[max(year.start() - _NEAR_YEAR, 0) : year.end() + _NEAR_YEAR], Reading())
        day = next((one.day for one in near if one.day), None)
        if day:
            return day
    return None


def _iso(text: str) -> Iterator[Found]:
    for match in _ISO.finditer(text):
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        if day:
            yield Found(match.start(), match.end(), day)


def _without_year(text: str, reading: Reading) -> Iterator[Found]:
    for match in _MONTH_DAY.finditer(text):
        day = _nearest(int(match[1]), int(match[2]), reading.base)
        if day:
            yield Found(match.start(), match.end(), day)


def _by_words(text: str, reading: Reading) -> Iterator[Found]:
    words = text.translate(_LETTERS_ONLY).split() if text.isascii() else _LETTERS.findall(text.casefold())
    if month_numbers().keys().isdisjoint(words):
        return
    month_first, day_first = _worded()
    for pattern, month_group, day_group in ((month_first, 1, 2), (day_first, 2, 1)):
        for match in pattern.finditer(text):
            month, day = month_numbers()[fold(match[month_group])], int(match[day_group])
            found = _day(int(match[3]), month, day) if match[3] else _nearest(month, day, reading.base)
            if found:
                yield Found(match.start(), match.end(), found)


def _nearest(month: int, day: int, base: date | None) -> date | None:
    """A date without a year belongs to the months after the postmortem rather than before it."""
    if base is None:
        return None
    for year in (base.year, base.year + 1, base.year - 1):
        found = _day(year, month, day)
        if found and base - _OLDEST <= found <= base + _FURTHEST:
            return found
    return None


def _numeric(text: str, reading: Reading) -> Iterator[Found]:
    for match in _NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        year = int(match[4]) + (2000 if len(match[4]) == 2 else 0)
        readings = {_day(year, second, first), _day(year, first, second)} - {None}
        if readings:
            days = (_day(year, second, first), _day(year, first, second))
            yield Found(match.start(), match.end(), _decided(days, reading, dotted=match[2] == "."))


def short(text: str, reading: Reading) -> date | None:
    """The day that "21.11." or "3/14" is, where a deadline is expected; a number such as 2.10 needs a closing dot."""
    match = _SHORT.match(text.strip(" ~〜～"))
    if match is None or (match[2] == "." and not match[4] and not reading.by_day):
        return None
    first, second = int(match[1]), int(match[3])
    days = (_nearest(second, first, reading.base), _nearest(first, second, reading.base))
    return _decided(days, reading, dotted=match[2] == ".")


def _decided(days: tuple[date | None, date | None], reading: Reading, *, dotted: bool) -> date | None:
    """The document's habit decides; else the only possible reading, or the only one soon after the incident.

    Args:
        days: what it is where the day, and where the month is written first.
    """
    day_first, month_first = days
    if day_first is None or month_first is None or day_first == month_first:
        return day_first or month_first
    by_day = dotted or reading.by_day
    if by_day is not None:
        return day_first if by_day else month_first
    if reading.base is None:
        return None
    near = [one for one in (day_first, month_first) if timedelta(0) <= one - reading.base <= _PLAUSIBLE]
    return near[0] if len(near) == 1 else None


@lru_cache(maxsize=1)
def _written(text: str) -> Sequence[re.Match[str]]:
    return tuple(_NUMERIC.finditer(text)) if _is_separated(text) else ()


def _is_separated(text: str) -> bool:
    return any(pattern.search(text) for pattern in _SEPARATED)


def habit(text: str, known: date | None = None) -> bool | None:
    """Whether the document writes the day first: by unmistakable dates, or a date known otherwise."""
    votes = {True: 0, False: 0}
    written = _written(text)
    for match in written:
        first, second = int(match[1]), int(match[3])
        if known and {first, second} == {known.day, known.month} and first != second and match[4][-2:] == f"{known:%y}":
            votes[first == known.day] += 1
        elif max(first, second) > 12 and min(first, second) <= 12:
            votes[first > 12] += 1
    return votes[True] > votes[False] if votes[True] != votes[False] else None


@lru_cache(maxsize=8)
def by_language(sample: str) -> bool | None:
    """True for a language whose writers put the day first, False where the year leads; None for English, with both."""
    if len(_WIDE.findall(sample)) > _FEW:
        return False
    sample = sample.casefold()
    foreign = len(_DAY_FIRST.findall(sample)) > len(_ENGLISH.findall(sample)) or len(_CYRILLIC.findall(sample)) > 20
    return True if foreign else None
