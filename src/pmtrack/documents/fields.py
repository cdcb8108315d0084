"""What an action item's words state besides the work: status, owner, due date, priority, ticket, kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from pmtrack.documents import dates, tickets
from pmtrack.documents.inline import Inline
from pmtrack.documents.phrase import Phrase, tidy
from pmtrack.documents.placeholder import is_placeholder
from pmtrack.documents.sentences import work
from pmtrack.documents.vocabulary import (
    exact_status,
    fold,
    is_empty,
    normal_priority,
    phrases,
    status_mark,
    status_of,
    table,
)
from pmtrack.model import Status

_BOX = re.compile(r"\s*\[( ?|[xX✓✔]|[-/>!~])\](?=\s|$)\s*")
_BOXES = {
    "": Status.OPEN,
    " ": Status.OPEN,
    "-": Status.CANCELLED,
    "~": Status.CANCELLED,
    "/": Status.IN_PROGRESS,
    ">": Status.OPEN,
    "!": Status.OPEN,
}
_NUMBER = re.compile(r"\s*\(?(?:(?P<id>[A-Z]{1,4}[- ]?\d{1,4})|\d{1,3})(?:[.):：]\s+|[)）]\s*|：)")
_CODE = re.compile(r"\s*[\[(*]*(P[0-5]|SEV[- ]?[0-5])[\])*]*\s*[:：–—-]?\s+(?=\S)", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*[\[(]([^\[\]()]{1,20})[\])]\s*[:–—-]?\s*")
_GROUP = re.compile(r"[(\[（【]([^()\[\]（）【】]{1,200})[)\]）】]")
_PART = re.compile(r"\s*[,;|、；]\s*|\s+[–—]\s+")
_KEY = re.compile(r"^\s*([^:：=]{1,40}?)\s*(?:[:：]{1,2}|=)\s*(.+)$", re.DOTALL)
_HANDLES = re.compile(
    r"(?:^|[\s:：(→–—-])(@[\w][\w./-]{0,60}(?:(?:\s*[,&/+]\s*|\s+and\s+|\s+)@[\w][\w./-]{0,60}){0,8})[\s.)]*$"
)
_LEADING_HANDLE = re.compile(r"^\s*(@[\w][\w./-]{0,60})\s*(?:[:：–—-]|to\s|will\s|should\s)\s*")
_HANDLE = re.compile(r"@[\w][\w./-]{0,60}")
_BEFORE_DATE = re.compile(
    r"(?:[\s,;(\[–—-]|^)(?:(?:due|by|until|before|deadline|target|eta|no later than|bis|avant le|avant|pour le|antes del?|para el|ate|até|entro il|entro|до|к)"
    r"(?:\s+(?:date|on|by|is|am|zum|at)){0,2})\s*[:：]{0,2}\s*[(\[]?\s*$",
    re.IGNORECASE,
)
_END_FRAGMENT = re.compile(r"(?:^|[.;:!?)\]]\s+|\s[–—-]+>?\s+|\s[→⇒]\s+|\()([^.;:!?()–—→⇒]{1,40})[.)\s]*$")
_DONE_IN = re.compile(
    r"(?:done|fixed|completed|implemented|merged|deployed|resolved)\s+(?:in|by|via|with|on|as part of)(?:\s+\S+){0,3}\s*$",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"(?:^|[\s.])(DONE|TODO|WIP|IN PROGRESS|COMPLETED|FIXED|CANCELLED|BLOCKED)(?:\s+in)?[\s.:]*$")
_SPLIT = re.compile(r"\s*(?:[,;/&+、，；]|<br ?/?>|\n)\s*|\s{2,}")
_AND = re.compile(r"^(@?[\w.-]+)\s+(?:and|y|e|et|und)\s+(@?[\w.-]+)$")
_EFFORT = re.compile(r"^\d+\s*(?:h|m|min|mins|hours?|days?|d|w|weeks?|pts?|points?)$", re.IGNORECASE)
_KEYED = ("owner", "due", "priority", "status", "ticket", "kind")


@dataclass(slots=True)
class Stated:
    """What an item states.

    Attributes:
        due_words: the words of a deadline that names no day; ident: the item's own number ("A2").
        boxed: it has a box; labelled: it says that it is an action item; hollow: its words are a placeholder.
        ambiguous: its date may be one of two days.
    """

    title: str = ""
    status: Status | None = None
    owners: tuple[str, ...] = ()
    priority: str | None = None
    due: date | None = None
    due_words: str | None = None
    ticket: str | None = None
    kind: str | None = None
    ident: str | None = None
    boxed: bool = False
    labelled: bool = False
    hollow: bool = False
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the document while an item is read."""

    reading: dates.Reading = field(default_factory=dates.Reading)


@lru_cache(maxsize=1024)
def label(words: str) -> str | None:
    """The field that a label names ("Owner", "期限"), or None."""
    folded = fold(words.strip("*_ "))
    if not folded or len(folded) > 40:
        return None
    for role in _KEYED:
        if folded in phrases("columns", role).all:
            return role
    return None


def split_owners(words: str) -> tuple[str, ...]:
    """The people of a cell or a value; what stands in brackets belongs to its name."""
    words = re.sub(r"\s+", " ", words.replace("**", "")).strip(" .`*_")
    if is_empty(words):
        return ()
    both = _AND.match(words)
    if both:
        return both.groups()
    found, depth, at = [], 0, 0
    for index, char in enumerate(words):
        depth += (char in "([（") - (char in ")]）")
        if depth <= 0 and char in ",;/&+、，；":
            found.append(words[at:index])
            at = index + 1
    names = [name.strip(" `*_") for name in (*found, words[at:])]
    return tuple(name for name in names if name and not is_empty(name))


def set_due(stated: Stated, words: str, context: Context) -> bool:
    """Read a deadline; a day where one is named, else its words."""
    words = words.strip(" .`*_")
    if is_empty(words) or "yyyy" in words.casefold():
        return False
    found = dates.find(words, context.reading)
    if len(found) == 1 and found[0].day:
        stated.due = found[0].day
    elif found:
        stated.ambiguous = any(one.day is None for one in found)
        stated.due = found[-1].day
    if stated.due is None:
        stated.due_words = words
    return True


def set_field(stated: Stated, role: str, words: str, context: Context) -> bool:
    """Take a value for a field; False where the words are no such value."""
    if role == "owner":
        stated.owners = stated.owners or split_owners(words)
        return len(words) <= 120
    if role == "due":
        return len(words) <= 80 and set_due(stated, words, context)
    if role == "priority" and normal_priority(words):
        stated.priority = words.strip(" .`*_")
        return True
    if role == "status" and status_of(words):
        stated.status = status_of(words)
        return True
    if role == "ticket" and tickets.reference(words):
        stated.ticket = stated.ticket or tickets.reference(words)
        return True
    if role == "kind" and len(words) <= 30:
        stated.kind = words.strip(" .`*_")
        return True
    return False


def fact(line: Inline, stated: Stated, context: Context) -> bool:
    """Whether a line only states a field ("Owner: Anna"); its value is taken."""
    text = line.text.strip().strip("*_-•· ")
    keyed = _KEY.match(text)
    role = label(keyed[1]) if keyed and len(text) <= 200 else None
    if keyed is None or role is None:
        return False
    value = keyed[2].strip(" *_")
    if role == "ticket":
        stated.ticket = stated.ticket or tickets.of_cell(value, line.links)
        return True
    return set_field(stated, role, value, context) or is_empty(value)


def read(inline: Inline, context: Context, extras: Sequence[Inline] = (), *, whole: bool = False) -> Stated:
    """Take the decorations off an item's words.

    Args:
        extras: what else belongs to the item (lines and sub-bullets); read for fields, no part of the title.
        whole: all sentences belong to the title, as in a table's cell.
    """
    stated, phrase = Stated(), Phrase(inline)
    _leading(phrase, stated)
    stated.hollow = is_placeholder(phrase.text)
    stated.ticket = tickets.take(phrase)
    for _ in range(4):
        before = phrase.text
        _groups(phrase, stated, context)
        _keys(phrase, stated, context)
        _trailing(phrase, stated, context)
        if phrase.text == before:
            break
    if phrase.struck_out() and stated.status in (None, Status.OPEN):
        stated.status = Status.CANCELLED
    for extra in extras:
        _extra(extra, stated, context)
    stated.title = phrase.title() if whole else tidy(work(phrase.title()))
    return stated


def _leading(phrase: Phrase, stated: Stated) -> None:
    box = _BOX.match(phrase.text)
    if box:
        stated.boxed, stated.status = True, _BOXES.get(box[1], Status.DONE)
        phrase.cut(0, box.end())
    _leading_mark(phrase, stated)
    _leading_priority(phrase, stated)
    number = _NUMBER.match(phrase.text)
    if number:
        stated.ident = number["id"]
        phrase.cut(0, number.end())
    _leading_label(phrase, stated)
    _leading_priority(phrase, stated)
    handle = _LEADING_HANDLE.match(phrase.text)
    if handle:
        stated.owners = (handle[1],)
        phrase.cut(0, handle.end(1) + 1)


def _leading_mark(phrase: Phrase, stated: Stated) -> None:
    at = phrase.start()
    mark = status_mark(phrase.text[at : at + 4])
    if mark:
        stated.status = stated.status if stated.boxed else mark
        phrase.cut(at, at + 1)


def _leading_priority(phrase: Phrase, stated: Stated) -> None:
    if stated.priority is not None:
        return
    code = _CODE.match(phrase.text)
    if code:
        stated.priority = code[1]
        phrase.cut(0, code.end())
        return
    at = phrase.start()
    bold = next((b for a, b in phrase.bold if a <= at < b), None)
    bracket = _BRACKETED.match(phrase.text, at)
    end = bold if bold is not None else bracket.end() if bracket else None
    words = phrase.text[at:end] if bold is not None else bracket[1] if bracket else ""
    if end is not None and is_priority(words):
        stated.priority = words.strip(" :[]()*")
        phrase.cut(at, end)


def is_priority(words: str) -> bool:
    """Whether the words are the name of a priority and nothing else."""
    folded = fold(words)
    return any(folded in phrases("priority", level).all for level in table("priority")) and bool(folded)


def _leading_label(phrase: Phrase, stated: Stated) -> None:
    colon = re.match(r"\s*([^:：]{1,24})[:：]\s*", phrase.text)
    if colon and fold(colon[1]) in phrases("labels", "action").all:
        stated.labelled = True
        phrase.cut(0, colon.end())


def _groups(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Brackets that state fields: anywhere with labels, at the end also without."""
    for group in reversed(list(_GROUP.finditer(phrase.text))):
        last = not phrase.text[group.end() :].strip(" .!*_")
        if any(link.start <= group.start() and group.end() <= link.end for link in phrase.links):
            continue
        if _group(group[1], stated, context, last, square=group[0][0] in "[【"):
            phrase.cut(group.start(), group.end())


def _group(inner: str, stated: Stated, context: Context, last: bool, square: bool) -> bool:
    parts = [part for part in _PART.split(inner) if part.strip()]
    understood = [_part(part, stated, context, last) for part in parts]
    if parts and (all(understood) or (understood[0] and _KEY.match(parts[0]))):
        return True
    if last and (inner in phrases("words", "pointer") or fold(inner).startswith("link to")):
        return True
    if last and square and stated.kind is None and re.fullmatch(r"[a-z]{4,12}", inner.strip()):
        stated.kind = inner.strip()
        return True
    return False


def _part(part: str, stated: Stated, context: Context, last: bool) -> bool:
    keyed = _KEY.match(part)
    if keyed:
        return _keyed_part(keyed[1], keyed[2], stated, context)
    if not last:
        return False
    bare = part.strip(" .`*_")
    if (status := exact_status(bare)) and fold(bare) not in (
        "new",
        "ready",
        "live",
        "active",
        "yes",
        "100",
        "open",
        "complete",
    ):
        stated.status = status if stated.status in (None, Status.OPEN) else stated.status
        return True
    if re.fullmatch(r"P[0-5]|SEV-?[0-5]", bare, re.IGNORECASE) or (
        is_priority(bare)
        and fold(bare) not in ("optional", "immediate", "normal", "default", "p", "should", "must", "could")
    ):
        stated.priority = stated.priority or bare
        return True
    if _HANDLE.fullmatch(bare):
        stated.owners = (*stated.owners, bare)
        return True
    return _date_part(bare, stated, context) or _ticket_part(bare, stated)


def _keyed_part(key: str, value: str, stated: Stated, context: Context) -> bool:
    role = label(key)
    status = exact_status(key)
    if role is None and status in (Status.DONE, Status.CANCELLED, Status.IN_PROGRESS):
        stated.status = status if stated.status in (None, Status.OPEN) else stated.status
        return True
    return role is not None and (set_field(stated, role, value, context) or is_empty(value))


def _date_part(bare: str, stated: Stated, context: Context) -> bool:
    found = dates.find(bare, context.reading)
    words = fold(bare[: found[0].start] + bare[found[0].end :]) if found else "x"
    status = exact_status(words) if words else None
    if status in (Status.DONE, Status.CANCELLED):
        stated.status = status
        return True
    if len(found) != 1 or words not in (
        "",
        "by",
        "due",
        "due by",
        "due on",
        "until",
        "target",
        "eta",
        "deadline",
        "before",
        "bis",
        "on",
        "due date",
    ):
        return False
    return set_due(stated, bare[found[0].start : found[0].end], context)


def _ticket_part(bare: str, stated: Stated) -> bool:
    named = tickets.reference(bare)
    if named is None or len(fold(bare.replace(named, "")).split()) > 2:
        return False
    stated.ticket = stated.ticket or named
    return True


def _keys(phrase: Phrase, stated: Stated, context: Context) -> None:
    """ "Owner: Anna" and the like after the work, up to the next such label or the end."""
    found = [m for m in _labels().finditer(phrase.text) if m.start() > phrase.start() or m["mark"] == "::"]
    end = phrase.length()
    for match in reversed(found):
        role = label(match["key"])
        value = phrase.text[match.end() : end].strip(" \t-–—|,;.[]()")
        if role and value and set_field(stated, role, value, context):
            phrase.cut(match.start(), end)
            end = match.start()


@lru_cache(maxsize=1)
def _labels() -> re.Pattern[str]:
    names = {
        name
        for role in ("owner", "due", "priority", "status", "ticket")
        for language in table("columns")[role].values()
        for name in language
        if len(name) > 3 or not name.isascii() or name in ("dri", "due", "eta")
    } - {
        "when",
        "team",
        "lead",
        "link",
        "links",
        "date",
        "time",
        "state",
        "done",
        "data",
        "complete",
        "completed",
        "person",
        "target",
        "issue",
        "issues",
        "status",
        "progress",
        "github",
        "contact",
        "reference",
        "tracker",
        "estado",
        "stand",
        "timeline",
        "expected",
        "suivi",
        "importance",
        "plazo",
        "quando",
        "cuando",
    }
    extra = {"@owner", "target date", "status", "assignee"}
    names_pattern = "|".join(sorted(map(re.escape, names | extra), key=len, reverse=True))
    return re.compile(
        rf"(?:(?<=[\s(\[|;,.*_—–-])|^)[\[(*_]*(?P<key>{names_pattern})[*_]*\s?(?P<mark>::|[:：])[*_]*\s*", re.IGNORECASE
    )


def _trailing(phrase: Phrase, stated: Stated, context: Context) -> None:
    """What stands at the end without a label: an emoji, a status word, a date after "by", people."""
    _trailing_mark(phrase, stated)
    _trailing_status(phrase, stated)
    _trailing_date(phrase, stated, context)
    handles = _HANDLES.search(phrase.text, max(phrase.length() - 400, 0))
    if handles and not stated.owners and handles.start(1) > phrase.start():
        stated.owners = tuple(_HANDLE.findall(handles[1]))
        phrase.cut(handles.start(), phrase.length())


def _trailing_mark(phrase: Phrase, stated: Stated) -> None:
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


def _trailing_status(phrase: Phrase, stated: Stated) -> None:
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


def _trailing_date(phrase: Phrase, stated: Stated, context: Context) -> None:
    end = phrase.length()
    tail = max(end - 60, 0)
    found = dates.find(phrase.text[tail:end], context.reading)
    if not found or stated.due or phrase.text[tail + found[-1].end : end].strip(" .)]*_"):
        return
    start = tail + found[-1].start
    marks = tuple(table("due_marks")["due"])
    before = phrase.text[:start].rstrip()
    word = _BEFORE_DATE.search(phrase.text[max(start - 40, 0) : start])
    if word:
        start -= len(word.group().lstrip())
    elif before.endswith(marks):
        start = len(before) - 1
    elif not before.endswith(("-", "–", "—", "→", "|")):
        return
    if set_due(stated, phrase.text[tail + found[-1].start : tail + found[-1].end], context):
        phrase.cut(start, end)


def _extra(extra: Inline, stated: Stated, context: Context) -> None:
    """A continuation states a ticket or the end of the work; its other words are no fields."""
    if fact(extra, stated, context):
        return
    phrase = Phrase(extra)
    stated.ticket = stated.ticket or tickets.take(phrase)
    _trailing_status(phrase, stated)
