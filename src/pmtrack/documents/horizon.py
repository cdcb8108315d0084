"""Relative deadlines ("Next week", "within 30 days", "by end of Q3 2025") counted out to a day.

"Within", "next" and a bare length count from the base; "this" and "end of" mean the last day of the running span.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache

from pmtrack.documents.dates import Reading, find, month_numbers
from pmtrack.documents.vocabulary import Phrases, fold, phrases, table

_QUARTER = re.compile(r"(?<!\w)[qt]([1-4])(?: ((?:19|20)\d\d))?(?!\w)")
_WEEK = re.compile(r"(?<!\w)(?:kw|cw|calendar week|kalenderwoche) ?(\d{1,2})(?: ((?:19|20)\d\d))?(?!\w)")
_MONTH_ALONE = re.compile(r"(?:^|\s)(\w+)(?: ((?:19|20)\d\d))?$")
_NUMBERED_MONTH = re.compile(r"(\d{1,2}) ?[月월](?: ?[底末말])?(?: ?(?:前|まで|까지))?(?:完成|完了)?\Z")
_FURTHEST = 3650
# A number that may be a day: a year, two numbers, or one that touches a letter ("Q3", "2w", "10月").
_NUMBERED = re.compile(r"\d(?:\d{3}|[^\W\d_]|\d? \d|(?<=[^\W\d_]\d))")
_SPRINT_DAYS = 14
_DAYS = {"day": 1, "week": 7, "sprint": _SPRINT_DAYS}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@lru_cache(maxsize=1)
def _lengths() -> re.Pattern[str]:
    units = "|".join(
        f"(?P<{unit}>{'|'.join(sorted((re.escape(fold(w)) for w in words), key=len, reverse=True))})"
        for unit, words in table("spans").items()
    )
    numbers = "|".join(map(re.escape, table("turns")["number_words"]))
    return re.compile(rf"(?<!\w)(\d{{1,4}}|{numbers})(?: (\d{{1,4}}))? ?(?:{units})(?![a-zа-я])")


@lru_cache(maxsize=1)
def _units() -> dict[str, Phrases]:
    return {unit: Phrases(words) for unit, words in table("spans").items()}


def horizon_due(words: str, base: date) -> date | None:
    """The day that a relative deadline means, counted from `base`; None where it means no day ("Long-term Actions")."""
    folded = fold(words)
    if not _may_name_a_day(folded):
        return None
    folded = folded[:400]
    stated = find(words, Reading(base=base))
    if stated and stated[-1].day:
        return stated[-1].day
    rules = (_quarter, _week, _length, _running, _weekday, _month)
    try:
        return next((day for rule in rules if (day := rule(folded, base))), None)
    except (OverflowError, ValueError):  # past the end of the calendar
        return None


def _may_name_a_day(folded: str) -> bool:
    """Whether a word begins what the rules below look for; most words do not, and cost no more than this."""
    if not _of_days().begins.isdisjoint(folded.split(" ")) or _NUMBERED.search(folded):
        return True
    return not folded.isascii() and bool(_of_days().within(folded))


def may_name_a_time(folded: str) -> bool:
    """Whether words may be a deadline or a horizon, also one that names no day ("Long-term Actions")."""
    if not _of_times().begins.isdisjoint(folded.split(" ")):
        return True
    if folded.isascii():
        return not folded.isalpha() and _NUMBERED.search(folded) is not None
    return _NUMBERED.search(folded) is not None or bool(_of_times().within(folded))


@lru_cache(maxsize=1)
def _of_days() -> Phrases:
    """What names a day without a digit, or a unit of days beside one."""
    known = [phrases(name) for name in ("spans", "weekdays", "months")]
    known += [phrases("turns", name) for name in ("now", "tomorrow")]
    return Phrases(frozenset(("kw", "cw", "calendar week", "kalenderwoche")).union(*(one.all for one in known)))


@lru_cache(maxsize=1)
def _of_times() -> Phrases:
    return Phrases(_of_days().all | phrases("horizon").all)


def is_length(words: str) -> bool:
    """Whether the words name a length of days or more ("2 weeks", "30 Tage")."""
    folded = fold(words)[:400]
    match = _lengths().search(folded) if _may_name_a_day(folded) else None
    return match is not None and match.lastgroup != "hour"


_ANY_DAY = date(2026, 1, 1)


@lru_cache(maxsize=2048)
def is_deadline(words: str) -> bool:
    """Whether the words are nothing but a deadline that names no day ("next sprint", "by end of Q3", "by Friday")."""
    folded = fold(words)
    if not _may_name_a_day(folded):
        return False
    lead = phrases("words", "deadline").leading(folded) or phrases("words", "within").leading(folded)
    bare = folded[len(lead) :].strip() if lead else folded
    if find(words, Reading()):
        return False
    if not bare or len(bare.split()) > 5 or horizon_due(bare, _ANY_DAY) is None:
        return False
    if lead and phrases("words", "within").leading(folded):
        return True
    turns = (phrases("turns", name).leading(bare) for name in ("this", "next", "end", "now", "tomorrow"))
    return (
        any(turns)
        or (_weekday(bare, _ANY_DAY) is not None and _begins_with_a_weekday(bare))
        or _QUARTER.match(bare) is not None
        or _WEEK.match(bare) is not None
        or bool(_NUMBERED_MONTH.match(bare))
        or any(day.start == 0 and day.end >= len(bare) for day in find(bare, Reading(base=_ANY_DAY)))
    )


def _begins_with_a_weekday(folded: str) -> bool:
    """ "Thu" is no weekday where it stands between other words: it may be part of a name."""
    first, _, rest = folded.partition(" ")
    said = rest if first in phrases("words", "before_a_day").all else folded
    day = phrases("weekdays").leading(said)
    behind = said[len(day) :].split() if day else [said]
    return not behind or behind[0][:1].isdigit() or behind[0] in phrases("words", "behind_a_day").all


def _quarter(folded: str, base: date) -> date | None:
    """The last quarter named: a deadline written as a range ends where the range ends."""
    named = list(_QUARTER.finditer(folded))
    if not named:
        return None
    month = int(named[-1][1]) * 3
    year = int(named[-1][2]) if named[-1][2] else base.year + (month < base.month)
    return _last_day(year, month)


def _week(folded: str, base: date) -> date | None:
    """The last day of a week of the calendar ("KW 14")."""
    named = _WEEK.search(folded)
    if named is None:
        return None
    year = int(named[2]) if named[2] else base.year
    last = date.fromisocalendar(year, int(named[1]), 7)
    return last if named[2] or last >= base else date.fromisocalendar(year + 1, int(named[1]), 7)


def _length(folded: str, base: date) -> date | None:
    """A number of units; of a range such as "2-3 weeks" the longer."""
    match = _lengths().search(folded)
    if match is None:
        return None
    words = table("turns")["number_words"]
    count = words.index(match[1]) + 1 if match[1] in words else int(match[2] or match[1])
    unit = str(match.lastgroup)
    return _after(base, count, unit)


def _after(base: date, count: int, unit: str) -> date | None:
    if unit == "hour":
        return base + timedelta(days=min(-(-count // 24), _FURTHEST))
    if unit in _DAYS:
        return base + timedelta(days=min(count * _DAYS[unit], _FURTHEST))
    months = base.year * 12 + base.month - 1 + min(count * _MONTHS[unit], _FURTHEST // 30)
    year, month = divmod(months, 12)
    if year > 9000:
        return None
    return date(year, month + 1, min(base.day, calendar.monthrange(year, month + 1)[1]))


def _running(folded: str, base: date) -> date | None:
    """What runs or comes ("This week", "end of next month", "next sprint", "today")."""
    if phrases("turns", "tomorrow").inside(folded):
        return base + timedelta(days=1)
    unit = next((name for name, words in _units().items() if words.inside(folded)), None)
    if unit in (None, "hour"):
        return base if phrases("turns", "now").inside(folded) else None
    assert unit is not None  # noqa: S101  (said by the line above)
    ends, comes = phrases("turns", "end").inside(folded), phrases("turns", "next").inside(folded)
    if unit == "sprint":
        return base + timedelta(days=_SPRINT_DAYS) if ends or comes or phrases("turns", "this").inside(folded) else None
    if comes:
        later = _after(base, 1, unit)
        return _last_of(later, unit) if ends and later else later
    if ends or phrases("turns", "this").inside(folded) or folded.startswith("within the"):
        return _last_of(base, unit)
    return None


def _last_of(day: date, unit: str) -> date:
    if unit == "week":
        return day + timedelta(days=7 - day.isoweekday())
    if unit == "month":
        return _last_day(day.year, day.month)
    if unit == "quarter":
        return _last_day(day.year, (day.month + 2) // 3 * 3)
    return date(day.year, 12, 31) if unit == "year" else day


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _weekday(folded: str, base: date) -> date | None:
    """The next day of that name ("By Friday")."""
    if len(folded.split()) > 3:
        return None
    for number in table("weekdays"):
        if phrases("weekdays", number).inside(folded):
            return base + timedelta(days=(int(number) - base.isoweekday() - 1) % 7 + 1)
    return None


def _month(folded: str, base: date) -> date | None:
    """The last day of a month ("October", "end of October 2026")."""
    numbered = _NUMBERED_MONTH.match(folded)
    if numbered and 1 <= int(numbered[1]) <= 12:
        month = int(numbered[1])
        return _last_day(base.year + (month < base.month), month)
    match = _MONTH_ALONE.search(folded)
    named = month_numbers().get(match[1]) if match else None
    if match is None or named is None:
        return None
    return _last_day(int(match[2]) if match[2] else base.year + (named < base.month), named)
