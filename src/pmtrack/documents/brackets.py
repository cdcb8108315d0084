"""What brackets in an action item's words state: "(Owner: Anna, Due: 2026-12-01)", "[P1]", "(done)"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pmtrack.documents import claims, dates, tickets
from pmtrack.documents.fields import HANDLE, KEY, Context, Stated, label, set_due, set_field, split_owners
from pmtrack.documents.horizon import is_deadline
from pmtrack.documents.naming import NAME, is_login, is_name, split_names
from pmtrack.documents.phrase import Phrase, only_points
from pmtrack.documents.vocabulary import exact_status, fold, is_done_since, is_empty, is_priority, phrases, status_of
from pmtrack.model import Status

_GROUP = re.compile(r"[(\[（【]([^()\[\]（）【】]{1,200})[)\]）】]")
_OPENINGS = frozenset("([（【")
_PART = re.compile(
    r"\s*(?:,(?!\s?(?:19|20)\d\d(?![-/.年\d]))|[;|、；，])\s*|\s+[–—]\s+|(?<=[\w).])\s*(?:[→⇒]|\s->)\s*(?=\S)|(?:\s+/\s+|\s*／\s*)(?=[^,;:：/／]{1,30}[:：]\s?[^/])"
)
_SLASH = re.compile(r"\s+/\s+|\s*／\s*")
_DIGIT = re.compile(r"\d")
_ARROWS = "→⇒➔➜"
_TAIL = re.compile(r"\s(?:[-–—]+>?|[→⇒])\s([^–—→⇒()\[\]]{3,90})\Z")
_BEHIND_SENTENCE = re.compile(
    r"(?<=\.)\s+((?:@\w|[^\W\d_a-z])[^.!?;:–—→⇒()\[\]]{2,60},[^.!?;:–—→⇒()\[\]]{2,60})\.?\s*\Z"
)
_DRIVER = re.compile(rf"(@[\w./-]{{1,60}}|{NAME})\s([a-z ]{{3,40}})\Z")
_FEW_WORDS = 3
_MOST_GROUPS = 8


def take(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Brackets that state fields: anywhere with labels, at the end also without."""
    if _OPENINGS.isdisjoint(phrase.text):
        return
    for group in reversed(list(_GROUP.finditer(phrase.text))[-_MOST_GROUPS:]):
        last = not phrase.text[group.end() :].strip(" .!*_|–—-")
        if any(link.start <= group.start() and group.end() <= link.end for link in phrase.links):
            continue
        if _group(group[1], stated, context, last, square=group[0][0] in "[【"):
            phrase.cut(group.start(), group.end())


def tail(phrase: Phrase, stated: Stated, context: Context) -> None:
    """What stands with commas in it behind the last dash or sentence, as if in brackets: "... — Anna, 7 March 2025"."""
    near = max(phrase.length() - 100, phrase.start())
    match = _TAIL.search(phrase.text, near)
    if match is None and phrase.text.find(", ", near) > phrase.text.find(". ", near) >= 0:
        match = _BEHIND_SENTENCE.search(phrase.text, near)
    if match and _PART.search(match[1].strip()) and _group(match[1].strip(), stated, context, last=True, square=False):
        phrase.cut(match.start(), phrase.length())


def understand(inner: str, stated: Stated, context: Context) -> bool:
    """Take the facts of a line that is nothing but facts; False where it is anything else, though some may be taken."""
    return _group(inner, stated, context, last=True, square=False)


def _group(inner: str, stated: Stated, context: Context, last: bool, square: bool) -> bool:
    if tickets.is_reference(inner):
        return _ticket_part(inner, stated)
    parts = [part for part in _PART.split(inner) if part.strip()]
    if len(parts) == 1 and last and _SLASH.search(inner):
        parts = _SLASH.split(inner)
    understood = [_part(part, stated, context, last) for part in parts]
    unknown = [part.strip() for part, known in zip(parts, understood, strict=True) if not known]
    if parts and understood[0] and KEY.match(parts[0]):
        unknown = [part for part in unknown if not _bare_date(part, stated, context)]
        return True
    if parts and not unknown:
        return True
    return last and (_besides(unknown, len(parts), stated, context) or _remark(inner, stated, square=square))


def _besides(unknown: Sequence[str], count: int, stated: Stated, context: Context) -> bool:
    """What stands beside parts that are understood, where it can be a day or people."""
    if count > 1:
        unknown = [part for part in unknown if not _bare_date(part, stated, context)]
    if not unknown:
        return True
    if len(unknown) < count and not stated.owners and all(_may_own(one, stated) for one in unknown):
        stated.owners = tuple(name for one in unknown for name in split_owners(one))
        return True
    return False


def _remark(inner: str, stated: Stated, *, square: bool) -> bool:
    """A pointer to the work elsewhere, or the kind of work."""
    if only_points(inner) or fold(inner).startswith("link to"):
        return True
    if square and stated.kind is None and re.fullmatch(r"[a-z]{4,12}", inner.strip()):
        stated.kind = inner.strip()
        return True
    return False


def _bare_date(part: str, stated: Stated, context: Context) -> bool:
    """A day and a month beside a name ("Anna, 3/14")."""
    day = dates.short(part, context.reading) if stated.due is None else None
    stated.due = stated.due or day
    return day is not None


def _may_own(words: str, stated: Stated) -> bool:
    """A name or a part of the house; beside a deadline also one that is written small, or that nobody knows."""
    if is_name(words):
        return True
    if len(words.split()) > _FEW_WORDS or any(map(str.isdigit, words)):
        return False
    if not phrases("words", "role").all.isdisjoint(fold(words).split()) or words in phrases("words", "part"):
        return True
    if stated.status is not None and stated.status.closed and is_login(words):
        return True
    return (stated.due or stated.due_words) is not None and (is_login(words) or words[:1].isupper())


def _part(part: str, stated: Stated, context: Context, last: bool) -> bool:
    keyed = KEY.match(part)
    if keyed:
        return _keyed_part(keyed[1], keyed[2], stated, context)
    if not last:
        return False
    bare = part.strip(" .`*_")
    if HANDLE.fullmatch(bare):
        stated.owners = (*stated.owners, bare)
        return True
    return (
        _done_part(bare, stated, context)
        or bare in phrases("words", "undated")
        or _date_part(part, bare, stated, context)
        or _deadline_part(bare, stated)
        or _people_part(bare, stated)
        or _status_part(bare, stated)
        or _other_part(bare, stated)
        or _ticket_part(bare, stated)
    )


def _done_part(bare: str, stated: Stated, context: Context) -> bool:
    if (day := _by_day(bare, context)) is not None:
        return set_due(stated, day, context)
    if is_done_since(bare):
        stated.status = Status.DONE
        stated.owners = stated.owners or claims.doer(bare)
        return True
    return False


def _by_day(bare: str, context: Context) -> str | None:
    """The day of "live by 15 March", which lies ahead."""
    status, _, rest = bare.partition(" ")
    found = dates.find(rest, context.reading) if _DIGIT.search(rest) and exact_status(status) else []
    if len(found) != 1 or fold(rest[: found[0].start]) not in phrases("words", "until").all:
        return None
    return rest[found[0].start : found[0].end]


def _deadline_part(bare: str, stated: Stated) -> bool:
    if is_deadline(bare):
        stated.due_words = stated.due_words or bare
        return True
    return False


def _people_part(bare: str, stated: Stated) -> bool:
    if names := claims.owners(bare) or _named(bare) or _pointed(bare):
        stated.owners = stated.owners or names
        return True
    return False


def _pointed(bare: str) -> tuple[str, ...]:
    """Who stands behind an arrow ("→ Anna")."""
    names = split_names(bare.strip(_ARROWS + " ->"))
    return names if bare[:1] in _ARROWS or bare.startswith(("->", "=>")) else ()


def _named(bare: str) -> tuple[str, ...]:
    """Who stands behind the name of the field, without a colon ("resp. Anna", "owner Anna")."""
    key, _, rest = bare.partition(" ")
    if not rest or label(key.rstrip(".")) != "owner" or key in phrases("words", "team"):
        return ()
    return (rest,) if all(map(is_name, split_names(rest))) else ()


def _status_part(bare: str, stated: Stated) -> bool:
    if (status := exact_status(bare)) and bare not in phrases("words", "loose_in_brackets"):
        stated.status = status if stated.status in (None, Status.OPEN) else stated.status
        return True
    return False


def _other_part(bare: str, stated: Stated) -> bool:
    """A priority or a person."""
    if re.fullmatch(r"P[0-5]|SEV-?[0-5]", bare, re.IGNORECASE) or (
        is_priority(bare)
        and fold(bare) not in ("optional", "immediate", "normal", "default", "p", "should", "must", "could")
    ):
        stated.priority = stated.priority or bare
        return True
    driver = _DRIVER.match(bare)
    name = driver[1] if driver and driver[2] in phrases("words", "owns") and is_name(driver[1]) else bare
    if name != bare:
        stated.owners = (*stated.owners, name)
        return True
    return False


def _keyed_part(key: str, value: str, stated: Stated, context: Context) -> bool:
    role = label(key)
    status = exact_status(key)
    if role is None and status in (Status.DONE, Status.CANCELLED, Status.IN_PROGRESS):
        stated.status = status if stated.status in (None, Status.OPEN) else stated.status
        return True
    return role is not None and (set_field(stated, role, value, context) or is_empty(value))


def _short_date_part(part: str, stated: Stated, context: Context) -> bool:
    """A date without a year ("by 3/14")."""
    part = part.strip()
    ending = next((end for end in ("まで", "までに", "前", "까지", "前完成", "截止") if part.endswith(end)), "")
    if ending and (day := dates.short(part[: -len(ending)].strip(), context.reading)):
        stated.due = stated.due or day
        return True
    *before, last = part.split() or [""]
    if not before or " ".join(before) not in phrases("words", "deadline"):
        return False
    stated.due = stated.due or dates.short(last, context.reading)
    return stated.due is not None


def _date_part(part: str, bare: str, stated: Stated, context: Context) -> bool:
    found = dates.find(bare, context.reading)
    if not found:
        return _short_date_part(part, stated, context)
    words = " ".join(
        word
        for word in fold(bare[: found[0].start] + bare[found[0].end :]).split()
        if word not in phrases("weekdays").all
    )
    status = status_of(words) if words and len(words.split()) <= _FEW_WORDS else None
    if status in (Status.DONE, Status.CANCELLED):
        stated.status = status
        return True
    if words and words in phrases("words", "beginning").all:
        return True
    if len(found) != 1 or (words and words not in phrases("words", "deadline").all):
        return False
    return set_due(stated, bare[found[0].start : found[0].end], context)


def _ticket_part(bare: str, stated: Stated) -> bool:
    named = tickets.reference(bare)
    if named is None or len(fold(bare.replace(named, "")).split()) > 2:
        return False
    stated.ticket = stated.ticket or named
    return True
