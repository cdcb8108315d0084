"""What stands behind an action item's words: labelled fields, an emoji, a status word, "by 2026-12-01", "@anna"."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from pmtrack.documents import dates
from pmtrack.documents.fields import HANDLE, Context, Stated, label, set_due, set_field
from pmtrack.documents.horizon import horizon_due
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.vocabulary import exact_status, fold, phrases, status_mark, table
from pmtrack.model import Status

_HANDLES = re.compile(
    r"(?:^|[\s:：(→–—-])(@[\w][\w./-]{0,60}(?:(?:\s*[,&/+]\s*|\s+and\s+|\s+)@[\w][\w./-]{0,60}){0,8})[\s.),;–—|-]*$"
)
_VALUE_END = re.compile(r"\.\s+(?=\S)|\s[–—]\s|\s-\s|[;|]")
_BY = re.compile(r"\s[Bb]y\s((\w+)(?: \w+){0,4})[\s.]*$")
_ANY_DAY = date(2026, 1, 1)
_LAST_WORDS = re.compile(r"(?:[\s,;(\[–—-]|^)((?:[^\W\d_]+\s){0,2}[^\W\d_]+)\s*[:：]{0,2}\s*[(\[]?\s*$")
_END_FRAGMENT = re.compile(r"(?:^|[.;:!?)\]]\s+|\s[–—-]+>?\s+|\s[→⇒]\s+|\()([^.;:!?()–—→⇒]{1,40})[.)\s]*$")
_DONE_IN = re.compile(
    r"(?:done|fixed|completed|implemented|merged|deployed|resolved)\s+(?:in|by|via|with|on)(?:\s+\S+){0,3}\s*$",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"(?:^|[\s.])(DONE|TODO|WIP|IN PROGRESS|COMPLETED|FIXED|CANCELLED|BLOCKED)(?:\s+in)?[\s.:]*$")


def labels(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Cut labelled fields ("Owner: Anna"), each up to the next label or the end."""
    if ":" not in phrase.text and "：" not in phrase.text:
        return
    found = [m for m in _labels().finditer(phrase.text) if m.start() > phrase.start() or m["mark"] == "::"]
    end = phrase.length()
    for match in reversed(found):
        role = label(match["key"])
        stop = _VALUE_END.search(phrase.text, match.end(), end)
        value_end = stop.start() if stop else end
        value = phrase.text[match.end() : value_end].strip(" \t-–—|,;.[]()")
        if role and value and set_field(stated, role, value, context):
            phrase.cut(match.start(), value_end)
            end = match.start()


@lru_cache(maxsize=1)
def _labels() -> re.Pattern[str]:
    columns = [table("columns")[role] for role in ("owner", "due", "priority", "status", "ticket")]
    names = {name for languages in columns for words in languages.values() for name in words}
    known = {name for name in names if len(name) > 2 or not name.isascii()} - set(table("words")["loose_label"])
    pattern = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    before, mark = r"(?:(?<=[\s(\[|;,.*_—–-])|^)[\[(*_]{0,4}", r"[*_]{0,4}\s?(?P<mark>::|[:：])[*_]{0,4}\s*"
    return re.compile(rf"{before}(?P<key>{pattern}){mark}", re.IGNORECASE)


def take(phrase: Phrase, stated: Stated, context: Context) -> None:
    """What stands at the end without a label: an emoji, a status word, a date after "by", people."""
    _mark(phrase, stated)
    status(phrase, stated)
    _date(phrase, stated, context)
    _running(phrase, stated)
    handles = _HANDLES.search(phrase.text, max(phrase.length() - 400, 0))
    if handles and not stated.owners and handles.start(1) > phrase.start():
        stated.owners = tuple(HANDLE.findall(handles[1]))
        said = _last_words(phrase.text[max(handles.start(1) - 40, 0) : handles.start(1)], "assigned")
        phrase.cut(min(handles.start(), handles.start(1) - said), phrase.length())


def _mark(phrase: Phrase, stated: Stated) -> None:
    end = phrase.length()
    last = phrase.text[end - 1 : end]
    mark = status_mark(last) if last else None
    level = next((str(name) for name, marks in table("priority_marks").items() if last and last in marks), None)
    if level and not mark:
        stated.priority = stated.priority or last
        phrase.cut(end - 1, end)
    elif mark:
        stated.status = mark if stated.status in (None, Status.OPEN) else stated.status
        phrase.cut(end - 1, end)


def status(phrase: Phrase, stated: Stated) -> None:
    tail = max(phrase.length() - 80, 0)
    shouted = _SHOUTED.search(phrase.text, tail)
    done_in = None if shouted else _END_FRAGMENT.search(phrase.text, tail)
    if shouted and shouted.start(1) > phrase.start():
        found, start = exact_status(shouted[1]), shouted.start(1)
    elif done_in and done_in.start(1) > phrase.start():
        words = done_in[1].strip(" *_")
        found, start = (Status.DONE if _DONE_IN.match(words) else exact_status(words)), done_in.start(1)
        if fold(words) in ("new", "open", "ready", "live", "active", "complete", "yes", "100"):
            return
    else:
        return
    if found:
        stated.status = found if stated.status in (None, Status.OPEN) else stated.status
        phrase.cut(start, phrase.length())


def _date(phrase: Phrase, stated: Stated, context: Context) -> None:
    end = phrase.length()
    tail = max(end - 60, 0)
    found = dates.find(phrase.text[tail:end], context.reading)
    if not found or stated.due or phrase.text[tail + found[-1].end : end].strip(" .)]*_,;|–—-"):
        return
    start = tail + found[-1].start
    marks = tuple(table("due_marks")["due"])
    before = phrase.text[:start].rstrip()
    deadline = _last_words(phrase.text[max(start - 40, 0) : start], "deadline")
    if deadline:
        start -= deadline
    elif before.endswith(marks):
        start = len(before) - 1
    elif not before.endswith(("-", "–", "—", "→", "|")):
        return
    if set_due(stated, phrase.text[tail + found[-1].start : tail + found[-1].end], context):
        phrase.cut(start, end)


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
    """Cut "by Friday", "by end of Q3": a deadline that a length ("by 30 days") is not."""
    match = _BY.search(phrase.text, max(phrase.length() - 40, 0))
    if match and not stated.due and match[2] in phrases("words", "running") and horizon_due(match[1], _ANY_DAY):
        stated.due_words = match[1].strip()
        phrase.cut(match.start(), phrase.length())
