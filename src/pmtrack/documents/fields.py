"""What an action item's words state besides the work: status, owner, due date, priority, ticket, kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from pmtrack.documents import dates, tickets
from pmtrack.documents.horizon import is_deadline
from pmtrack.documents.inline import Inline
from pmtrack.documents.verbs import asks_for_work
from pmtrack.documents.vocabulary import (
    exact_status,
    fold,
    is_empty,
    normal_priority,
    phrases,
    status_of,
)
from pmtrack.model import Status

HANDLE = re.compile(r"@[\w][\w./-]{0,60}")
KEY = re.compile(r"^\s*([^:：=]{1,40}?)\s*(?:[:：]{1,2}|=)\s*(.+)$", re.DOTALL)
_AND = re.compile(
    r"^(@?[\w.-]+|[^\W\d_a-z][\w'’.-]+(?: [^\W\d_a-z][\w'’.-]+)?)\s+(?:and|y|e|et|und|och|og|en|и|oraz|i|ja)\s+"
    r"(@?[\w.-]+|[^\W\d_a-z][\w'’.-]+(?: [^\W\d_a-z][\w'’.-]+)?)$"
)
_SET_OFF = re.compile(r"\s[–—-]+>?\s+(.+)\Z|[;|→]\s*(.+)\Z", re.DOTALL)
_TICKET_WORDS = 4
_ROLES = ("owner", "due", "priority", "status", "ticket", "kind")


@dataclass(slots=True)
class Stated:
    """What an item states.

    Attributes:
        due_words: the words of a deadline that names no day; ident: the item's own number ("A2").
        boxed: it has a box; labelled: it says that it is an action item; hollow: its words are a placeholder.
        reported: its words say that it was done.
        ambiguous: its date may be one of two days; tailed: something stood behind its words.
        contradicted: another place says the same work with another status.
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
    reported: bool = False
    labelled: bool = False
    hollow: bool = False
    ambiguous: bool = False
    tailed: bool = False
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the document while an item is read."""

    reading: dates.Reading = field(default_factory=dates.Reading)


@lru_cache(maxsize=1024)
def label(words: str) -> str | None:
    """The field that a label names ("Owner", "期限"), or None."""
    folded = fold(words.strip("*_ "))
    return _labels().get(folded) if folded and len(folded) <= 40 else None


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    return {words: role for role in reversed(_ROLES) for words in phrases("columns", role).all}


def split_owners(words: str) -> tuple[str, ...]:
    """The people of a cell or a value; what stands in brackets belongs to its name."""
    words = re.sub(r"\s+", " ", words.replace("**", "")).strip(" .`*_")
    if is_empty(words):
        return ()
    handles = words.split(" ")
    if all(map(HANDLE.fullmatch, handles)):
        return tuple(handles)
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
    given, words = words, words.strip(" .`*_")
    if is_empty(words) or "yyyy" in words.casefold():
        return False
    found = dates.find(words, context.reading)
    if len(found) == 1 and found[0].day:
        stated.due = found[0].day
    elif found:
        stated.ambiguous = any(one.day is None for one in found)
        stated.due = found[-1].day
    if stated.due is None and not found:
        stated.due = dates.short(given.strip(" `*_)("), context.reading)
    if stated.due is None:
        stated.due_words = words
    return True


def set_field(stated: Stated, role: str, words: str, context: Context) -> bool:
    """Take a value for a field; False where the words are no such value."""
    value = words.strip(" .`*_")
    if role == "due":
        return len(words) <= 80 and set_due(stated, words, context)
    if role == "status":
        stated.status = status_of(words) or stated.status
        return status_of(words) is not None
    if role == "ticket":
        stated.ticket = stated.ticket or tickets.reference(words)
        return tickets.reference(words) is not None
    fits = {"owner": len(words) <= 120, "priority": normal_priority(words) is not None, "kind": len(words) <= 30}
    if not fits.get(role):
        return False
    if role == "owner":
        names = tuple(name for name in split_owners(words) if not _is_aside(name, stated, context))
        stated.owners = stated.owners or names
    elif role == "priority":
        stated.priority = value
    else:
        stated.kind = value
    return True


def _is_aside(words: str, stated: Stated, context: Context) -> bool:
    """Whether words beside names are none but a status or a deadline ("Owner: Sven, done"); it is taken."""
    status = exact_status(words)
    if status in (Status.DONE, Status.IN_PROGRESS, Status.CANCELLED):
        stated.status = status if stated.status in (None, Status.OPEN) else stated.status
        return True
    if dates.find(words, context.reading) and set_due(stated, words, context):
        return True
    if is_deadline(words):
        stated.due_words = stated.due_words or words
        return True
    return False


def is_fact(line: Inline) -> bool:
    """Whether a line only states a field."""
    return any(mark in line.text for mark in ":：=") and fact(line, Stated(), Context())


def fact(line: Inline, stated: Stated, context: Context) -> bool:
    """Whether a line only states a field ("Owner: Anna"); its value is taken."""
    text = line.text.strip().strip("*_-•· ")
    keyed = KEY.match(text)
    role = label(keyed[1]) if keyed and len(text) <= 200 else None
    if keyed is None or role is None:
        return False
    value = keyed[2].strip(" *_")
    if (work := _SET_OFF.search(value)) and asks_for_work(work[1] or work[2]):
        return False
    if role == "ticket":
        stated.ticket = stated.ticket or tickets.of_cell(value, line.links)
        return len(value.split()) <= _TICKET_WORDS
    return set_field(stated, role, value, context) or is_empty(value)
