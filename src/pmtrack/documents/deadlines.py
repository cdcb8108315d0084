"""Until when work is to be done, said behind it: "by 2026-12-01", "@ann 3/14", "bis Ende Juni"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from pmtrack.documents import dates
from pmtrack.documents.fields import Context, Stated, label, set_due
from pmtrack.documents.horizon import horizon_due, is_deadline
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.verbs import is_past
from pmtrack.documents.vocabulary import exact_status, fold, is_empty, phrases, table, words_of
from pmtrack.model import Status

_BY = re.compile(r"\s[Bb]y\s((\w+)(?: \w+){0,4})[\s.]*$")
_SHORT_DAY = re.compile(r"(?<![\w./])(\d{1,2}[./]\d{1,2}\.?)\s?(まで|までに|前|까지)?[\s)]*\Z")
_UNTIL = ("まで", "までに", "前", "까지", "完成", "完了", "予定", "之前", "以前", "まで。")
_DAY_ENDS = frozenset("0123456789.)")
_LAST_WORD = re.compile(r"(?<=\s)\S+")
_APART = re.compile(r"[–—:;(,]|\s-\s")
_MOST_WORDS = 7
_ANY_DAY = date(2026, 1, 1)
_LAST_WORDS = re.compile(r"(?:[\s,;(\[–—-]|^)((?:[^\W\d_]+\s){0,2}[^\W\d_]+)\s*[:：]{0,2}\s*[(\[]?\s*$")
_WORD_BEFORE = re.compile(r"(?<!\w)([^\W\d_]{2,12})[.,]?\s\Z")
# "– first drill on 15 May": up to two words before what introduces the day.
_FEW_BEFORE_A_DAY = re.compile(r"\s[–—-]\s((?:[^\W\d_]+ ){2,3})\Z")
_DASH = re.compile(r"\s(?:[–—-]+>?|→|\|)\s+(?=\S)")
_BEHIND_PERSON = re.compile(r"@[\w./-]{1,60}\Z")
_STATUS_BEFORE = re.compile(r"(?:\s[–—-]+\s|[.;,(]\s?)([^\W\d_]+(?: [^\W\d_]+)??)(?: on| am| el| le| il| em)?:?\Z")


def take(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Cut a day that is a deadline, or on which it was done."""
    end = phrase.length()
    tail = max(end - 60, 0)
    found = dates.find(phrase.text[tail:end], context.reading)
    if not found:
        if not stated.due and (phrase.text[end - 1 : end] in _DAY_ENDS or phrase.text[:end].endswith(_UNTIL)):
            _short_date(phrase, stated, context)
        return
    behind = phrase.text[tail + found[-1].end : end].strip(" .)]*_,;|–—-")
    if stated.due or (behind and behind not in _UNTIL):
        return
    start = _with_weekday(phrase.text, tail + found[-1].start)
    before = phrase.text[:start].rstrip()
    if before[-1:] in _day_marks():
        _day_mark(phrase, stated, (before.rindex(before[-1]), end))
    elif not (_done_on(phrase, stated, before) or _happened_on(phrase, stated, start)):
        lead = len(phrase.text[:start].rstrip()) if behind else None
        begins = _lead(phrase.text[:start], before)
        lead = lead if begins is None else begins
        said = phrase.text[tail + found[-1].start : tail + found[-1].end]
        if lead is not None and set_due(stated, said, context):
            phrase.cut(lead, end)


def amid(text: str, context: Context) -> date | None:
    """The one day that a sentence names as its deadline, wherever it does so ("Ann adds, by 3 May, a test")."""
    found = dates.find(text, context.reading)
    if len(found) != 1:
        return None
    before = [word for word in words_of(text[max(found[0].start - 40, 0) : found[0].start]) if word not in _weekdays()]
    named = any(" ".join(before[-count:]) in phrases("words", "until").all for count in (1, 2))
    return found[0].day if named else None


@lru_cache(maxsize=1)
def _weekdays() -> frozenset[str]:
    return phrases("weekdays").all


def _with_weekday(text: str, day: int) -> int:
    """Where a day begins, with the weekday before it ("by Friday 5 June")."""
    word = _WORD_BEFORE.search(text, max(day - 16, 0), day)
    return word.start(1) if word and fold(word[1]) in _weekdays() else day


def _lead(text: str, before: str) -> int | None:
    """Where what introduces a date begins ("by", a mark, a dash); None where nothing makes it a deadline."""
    few = _FEW_BEFORE_A_DAY.search(text, max(len(text) - 60, 0))
    deadline = last_words(text[-40:], "deadline")
    is_few = few and not is_past(few[1]) and phrases("words", "beginning").leading(few[1]) is None
    if few and is_few:
        return few.start()
    if deadline:
        return len(text) - deadline
    if before.endswith(tuple(table("due_marks")["due"])):
        return len(before) - 1
    behind_person = _BEHIND_PERSON.search(before, max(len(before) - 70, 0))
    return len(text) if behind_person or before.endswith(("-", "–", "—", "→", "|")) else None


def _done_on(phrase: Phrase, stated: Stated, before: str) -> bool:
    """Cut "- DONE 3/15/2026": a status and the day from which on it is so."""
    match = _STATUS_BEFORE.search(before, max(len(before) - 40, 0))
    status = exact_status(match[1]) if match else None
    if match is None or status not in (Status.DONE, Status.CANCELLED):
        return False
    stated.status = status if stated.status in (None, Status.OPEN) else stated.status
    phrase.cut(match.start(), phrase.length())
    return True


def _happened_on(phrase: Phrase, stated: Stated, day: int) -> bool:
    """Cut "- sent on 27 May": what was done on a day, in the few words behind the last dash."""
    said = _FEW_BEFORE_A_DAY.search(phrase.text[:day], max(day - 60, 0))
    if said is None or not is_past(said[1]):
        return False
    stated.status = stated.status or Status.DONE
    phrase.cut(said.start(), phrase.length())
    return True


def _short_date(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Cut "by 3/14", "bis 21.11."."""
    match = _SHORT_DAY.search(phrase.text, max(phrase.length() - 20, 0))
    day = dates.short(match[1], context.reading) if match else None
    if match and day:
        deadline = last_words(phrase.text[max(match.start(1) - 40, 0) : match.start(1)], "deadline")
        before = phrase.text[: match.start(1)].rstrip()
        if deadline or match[2] or _BEHIND_PERSON.search(before, max(len(before) - 70, 0)):
            stated.due = None if stated.status is not None and stated.status.closed else day
            phrase.cut(match.start(1) - deadline, phrase.length())


@lru_cache(maxsize=1)
def _day_marks() -> Mapping[str, str]:
    """Marks before a day that is no deadline, and what the day is of."""
    return {mark: name for name, marks in table("day_marks").items() for mark in marks}


def _day_mark(phrase: Phrase, stated: Stated, place: tuple[int, int]) -> None:
    """Cut the day on which something was done, made or begun."""
    name = _day_marks()[phrase.text[place[0]]]
    phrase.cut(*place)
    if name in ("done", "cancelled") and stated.status in (None, Status.OPEN):
        stated.status = Status(name)


def last_words(before: str, name: str) -> int:
    """How many characters at the end of the text before a value only introduce it ("assigned to", "due on")."""
    words = _LAST_WORDS.search(before)
    if words is None:
        return 0
    spoken = words[1].split()
    for at in range(len(spoken)):
        if " ".join(spoken[at:]) in phrases("words", name):
            return len(before) - before.rindex(spoken[at])
    return 0


def _is_unset(said: str) -> bool:
    """Whether a field is named that has no value ("ETA TBD")."""
    name, _, rest = said.partition(" ")
    return bool(rest) and is_empty(rest) and label(name.strip(":：")) is not None


def running(phrase: Phrase, stated: Stated) -> None:
    """Cut "by Friday", "bis Ende Juni": a deadline that a length ("by 30 days") is not."""
    if stated.due or stated.due_words:
        return
    dashes = list(_DASH.finditer(phrase.text, max(phrase.length() - 60, phrase.start()), phrase.length()))
    said = phrase.text[dashes[-1].end() : phrase.length()].strip(" .") if dashes else ""
    if said and (is_empty(said) or said in phrases("words", "undated") or _is_unset(said)):
        phrase.cut(dashes[-1].start(), phrase.length())
        return
    if said and is_deadline(said):
        lead, _, rest = said.partition(" ")
        stated.due_words = rest if rest and lead in phrases("words", "until") else said
        phrase.cut(dashes[-1].start(), phrase.length())
        return
    tail = phrase.text[max(phrase.length() - 60, phrase.start() + 1) : phrase.length()]
    if phrases("words", "until").all.isdisjoint(words_of(tail)):
        return
    match = _BY.search(phrase.text, max(phrase.length() - 40, 0))
    if match and match[2] in phrases("words", "running") and horizon_due(match[1], _ANY_DAY):
        stated.due_words = match[1].strip()
        phrase.cut(match.start(), phrase.length())
        return
    words = list(_LAST_WORD.finditer(phrase.text, max(phrase.length() - 60, phrase.start() + 1), phrase.length()))
    for word in words[-_MOST_WORDS:-1]:
        said = phrase.text[word.start() : phrase.length()].rstrip(" .")
        if word.group() in phrases("words", "until") and not _APART.search(said) and is_deadline(said):
            stated.due_words = said[len(word.group()) :].strip()
            phrase.cut(word.start(), phrase.length())
            return
