"""What stands behind an action item's words: labelled fields, an emoji, a status word, "by 2026-12-01", "@anna"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from pmtrack.documents import claims, dates
from pmtrack.documents.fields import HANDLE, Context, Stated, set_due
from pmtrack.documents.horizon import horizon_due, is_deadline
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.vocabulary import (
    exact_status,
    fold,
    is_empty,
    is_priority,
    phrases,
    said_since,
    status_mark,
    table,
    words_of,
)
from pmtrack.model import Status

_HANDLES = re.compile(
    r"(?:^|[\s:：(→–—-])(@[\w][\w./-]{0,60}(?:(?:\s*[,&/+]\s*|\s+and\s+|\s+)@[\w][\w./-]{0,60}){0,8})[\s.),;–—|-]*$"
)
_BY = re.compile(r"\s[Bb]y\s((\w+)(?: \w+){0,4})[\s.]*$")
_SHORT_DAY = re.compile(r"(?<![\w./])(\d{1,2}[./]\d{1,2}\.?)\s?(まで|までに|前|까지)?[\s)]*\Z")
_UNTIL = ("まで", "までに", "前", "까지", "完成", "完了", "予定", "之前", "以前", "まで。")
_DAY_ENDS = frozenset("0123456789.)")
_LAST_WORD = re.compile(r"(?<=\s)\S+")
_APART = re.compile(r"[–—:;(,]|\s-\s")
_DASHES = ("-", "–", "—", "|")
_MOST_WORDS = 7
_REMARK = re.compile(r"[.;]\s+|\s[–—-]+>?\s+")
_LONGEST_REMARK, _MOST_REMARKS = 100, 12
_ANY_DAY = date(2026, 1, 1)
_LAST_WORDS = re.compile(r"(?:[\s,;(\[–—-]|^)((?:[^\W\d_]+\s){0,2}[^\W\d_]+)\s*[:：]{0,2}\s*[(\[]?\s*$")
_END_FRAGMENT = re.compile(r"(?:^|[.;:!?)\]]\s+|\s/\s+|\s[–—-]+>?\s+|\s[→⇒]\s+|\()([^.;:!?()–—→⇒]{1,40})[.)\s]*$")
_DIGIT = re.compile(r"\d")
_SHOUTS = ("DONE", "TODO", "WIP", "PROGRESS", "COMPLETED", "FIXED", "CANCELLED", "BLOCKED")
_HYPHEN = re.compile(r"\s(?:-+>?|/)\s")
_SIGNED = re.compile(r"[#+][A-Za-z]")
# Tags behind a field; elsewhere "#ops" may be a channel, and part of the work.
_DASH = re.compile(r"\s(?:[–—-]+>?|→|\|)\s+(?=\S)")
_TAGS = re.compile(r"(?<=[)\]\d⏫🔼🔽⏬🔺])(?:\s+[#+][A-Za-z][\w/-]{0,40}){1,4}\s*\Z")
_BANG = re.compile(r"\s!(\w{1,12})\s*\Z")
_BEHIND_PERSON = re.compile(r"@[\w./-]{1,60}\Z")
_CODE_BEHIND = re.compile(r"(?:@[\w./-]{1,60}|[)\]])\s+(P[0-4])\s*\Z")
_STATUS_BEFORE = re.compile(r"(?:\s[–—-]+\s|[.;,(]\s?)([^\W\d_]+(?: [^\W\d_]+)??)(?: on| am| el| le| il| em)?:?\Z")
_BREAKS = frozenset(".;:!?)]–—→⇒(")
_SHOUTED = re.compile(r"(?:^|[\s.])(DONE|TODO|WIP|IN PROGRESS|COMPLETED|FIXED|CANCELLED|BLOCKED)(?:\s+in)?[\s.:]*$")


def take(phrase: Phrase, stated: Stated, context: Context) -> None:
    """What stands at the end without a label: an emoji, a status word, a date after "by", people."""
    tags = _TAGS.search(phrase.text, max(phrase.length() - 60, 0)) if _SIGNED.search(phrase.text) else None
    if tags:
        phrase.cut(tags.start(), phrase.length())
    _mark(phrase, stated)
    status(phrase, stated)
    if _DIGIT.search(phrase.text, max(phrase.length() - 60, 0)):
        _date(phrase, stated, context)
    _running(phrase, stated)
    code = _CODE_BEHIND.search(phrase.text, max(phrase.length() - 80, 0))
    if code and not stated.priority:
        stated.priority = code[1]
        phrase.cut(*code.span(1))
    bang = _BANG.search(phrase.text, max(phrase.length() - 40, 0)) if "!" in phrase.text else None
    if bang and not stated.priority and is_priority(bang[1]):
        stated.priority = bang[1]
        phrase.cut(*bang.span())
    if "@" not in phrase.text or stated.owners:
        return
    handles = _HANDLES.search(phrase.text, max(phrase.length() - 400, 0))
    if handles and handles.start(1) > phrase.start():
        stated.owners = tuple(HANDLE.findall(handles[1]))
        said = _last_words(phrase.text[max(handles.start(1) - 40, 0) : handles.start(1)], "assigned")
        phrase.cut(min(handles.start(), handles.start(1) - said), phrase.length())


def take_words(phrase: Phrase, stated: Stated) -> None:
    """The same where no sign stands in the words."""
    _mark(phrase, stated)
    found, start = _shouted(phrase, max(phrase.length() - 80, 0)) or (None, 0)
    if found:
        _say(phrase, stated, found, start)
    _running(phrase, stated)


def _mark(phrase: Phrase, stated: Stated) -> None:
    end = phrase.length()
    last = phrase.text[end - 1 : end]
    if last.isascii():
        return
    mark = status_mark(last)
    level = next((str(name) for name, marks in table("priority_marks").items() if last and last in marks), None)
    if level and not mark:
        stated.priority = stated.priority or last
        phrase.cut(end - 1, end)
    elif mark:
        stated.status = mark if stated.status in (None, Status.OPEN) else stated.status
        phrase.cut(end - 1, end)


def status(phrase: Phrase, stated: Stated) -> None:
    """Cut how the work stands: "... DONE", "... - in progress", "... This is live."."""
    tail = max(phrase.length() - 80, 0)
    found, start = _shouted(phrase, tail) or _at_the_end(phrase, tail) or (None, 0)
    if not found:
        found, start = _last_sentence(phrase)
    if found:
        _say(phrase, stated, found, start)


def _last_sentence(phrase: Phrase) -> tuple[Status | None, int]:
    """A sentence of its own that says how it was done ("Implemented in deploy/api.yaml")."""
    ends = [found.end() for found in _REMARK.finditer(phrase.text, phrase.start(), phrase.length())]
    start = ends[-1] if ends else 0
    words = phrase.text[start:].strip(" .")
    is_sentence = phrase.text[:start].rstrip().endswith(".")
    is_remark = start > 0 and len(words) <= _LONGEST_REMARK and (words[:1].isupper() or not is_sentence)
    return (said_since(words, _MOST_REMARKS) if is_remark else None, start)


def _say(phrase: Phrase, stated: Stated, found: Status, start: int) -> None:
    if found is Status.DONE:
        stated.owners = stated.owners or claims.doer(phrase.text[start:])
    stated.status = found if stated.status in (None, Status.OPEN) else stated.status
    phrase.cut(len(phrase.text[:start].rstrip(" /")), phrase.length())


def _shouted(phrase: Phrase, tail: int) -> tuple[Status | None, int] | None:
    shouts = any(word in phrase.text for word in _SHOUTS)
    match = _SHOUTED.search(phrase.text, tail) if shouts else None
    return (exact_status(match[1]), match.start(1)) if match and match.start(1) > phrase.start() else None


def _at_the_end(phrase: Phrase, tail: int) -> tuple[Status | None, int] | None:
    """What stands behind the last mark that ends something, where that is a status."""
    core = phrase.text[tail:].rstrip(" .)")
    broken = not _BREAKS.isdisjoint(core) or " -" in core or " / " in core
    fragment = _END_FRAGMENT.search(phrase.text, tail) if broken else None
    if fragment is None:
        return None
    hyphens = [hyphen.end() for hyphen in _HYPHEN.finditer(phrase.text, *fragment.span(1))]
    start = max([fragment.start(1), *hyphens])
    if start <= phrase.start():
        return None
    words = phrase.text[start : fragment.end(1)].strip(" *_")
    is_common = words in phrases("words", "loose_status") and not phrase.text[:start].rstrip().endswith(_DASHES)
    return None if is_common else (_said(words), start)


def _said(words: str) -> Status | None:
    lead = phrases("words", "status_lead").leading(words)
    bare = fold(words)[len(lead) :].strip() if lead else words
    return said_since(bare) or exact_status(bare)


def _date(phrase: Phrase, stated: Stated, context: Context) -> None:
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
    start = tail + found[-1].start
    before = phrase.text[:start].rstrip()
    if before[-1:] in _day_marks():
        _day_mark(phrase, stated, (before.rindex(before[-1]), end))
    elif not _done_on(phrase, stated, before):
        lead = len(phrase.text[:start].rstrip()) if behind else None
        lead = _lead(phrase.text[:start], before) or lead
        said = phrase.text[start : tail + found[-1].end]
        if lead is not None and set_due(stated, said, context):
            phrase.cut(lead, end)


def _lead(text: str, before: str) -> int | None:
    """Where what introduces a date begins ("by", a mark, a dash); None where nothing makes it a deadline."""
    deadline = _last_words(text[-40:], "deadline")
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


def _short_date(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Cut "by 3/14", "bis 21.11."."""
    match = _SHORT_DAY.search(phrase.text, max(phrase.length() - 20, 0))
    day = dates.short(match[1], context.reading) if match else None
    if match and day:
        deadline = _last_words(phrase.text[max(match.start(1) - 40, 0) : match.start(1)], "deadline")
        if deadline or match[2]:
            stated.due = day
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


def _last_words(before: str, name: str) -> int:
    """How many characters at the end of the text before a value only introduce it ("assigned to", "due on")."""
    words = _LAST_WORDS.search(before)
    if words is None:
        return 0
    spoken = words[1].split()
    for at in range(len(spoken)):
        if " ".join(spoken[at:]) in phrases("words", name):
            return len(before) - before.rindex(spoken[at])
    return 0


def _running(phrase: Phrase, stated: Stated) -> None:
    """Cut "by Friday", "bis Ende Juni": a deadline that a length ("by 30 days") is not."""
    if stated.due or stated.due_words:
        return
    dashes = list(_DASH.finditer(phrase.text, max(phrase.length() - 60, phrase.start()), phrase.length()))
    said = phrase.text[dashes[-1].end() : phrase.length()].strip(" .") if dashes else ""
    if said and (is_empty(said) or said in phrases("words", "undated")):
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
