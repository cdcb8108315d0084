"""What stands behind an action item's words: labelled fields, an emoji, a status word, "by 2026-12-01", "@anna"."""

from __future__ import annotations

import re

from pmtrack.documents import claims, deadlines
from pmtrack.documents.fields import HANDLE, Context, Stated
from pmtrack.documents.naming import WORD
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.vocabulary import (
    exact_status,
    fold,
    is_priority,
    phrases,
    said_since,
    status_mark,
    table,
)
from pmtrack.model import Status

_HANDLES = re.compile(
    r"(?:^|[\s:：(→–—-])(@[\w][\w./-]{0,60}(?:(?:\s*[,&/+]\s*|\s+and\s+|\s+)@[\w][\w./-]{0,60}){0,8})[\s.),;–—|→⇒-]*$"
)
_MENTION = re.compile(rf"(?<=\s)@({WORD}(?: {WORD}){{1,2}})[\s.),;–—|→⇒-]*$")
_DASHES = ("-", "–", "—", "|")
_CLOSINGS, _LOOSE = (")", "]", "）"), " -–—|"
_REMARK = re.compile(r"[.;]\s+|\s[–—-]+>?\s+")
_LONGEST_REMARK, _MOST_REMARKS = 100, 12
_END_FRAGMENT = re.compile(r"(?:^|[.;:!?)\]]\s+|\s/\s+|\s[–—-]+>?\s+|\s[→⇒]\s+|\()([^.;:!?()–—→⇒]{1,40})[.)\s]*$")
_DIGIT = re.compile(r"\d")
_SHOUTS = ("DONE", "TODO", "WIP", "PROGRESS", "COMPLETED", "FIXED", "CANCELLED", "BLOCKED")
_HYPHEN = re.compile(r"\s(?:-+>?|/)\s")
_SIGNED = re.compile(r"[#+][A-Za-z]")
# Tags behind a field; elsewhere "#ops" may be a channel, and part of the work.
_TAGS = re.compile(r"(?<=[)\]\d⏫🔼🔽⏬🔺])(?:\s+[#+][A-Za-z][\w/-]{0,40}){1,4}\s*\Z")
_BANG = re.compile(r"\s!(\w{1,12})\s*\Z")
_CODE_BEHIND = re.compile(r"(?:@[\w./-]{1,60}|[)\]])\s+(P[0-4])\s*\Z")
_BREAKS = frozenset(".;:!?)]–—→⇒(")
_SHOUTED = re.compile(r"(?:^|[\s.])(DONE|TODO|WIP|IN PROGRESS|COMPLETED|FIXED|CANCELLED|BLOCKED)(?:\s+in)?[\s.:]*$")


def take(phrase: Phrase, stated: Stated, context: Context) -> None:
    """What stands at the end without a label: an emoji, a status word, a date after "by", people."""
    tags = _TAGS.search(phrase.text, max(phrase.length() - 60, 0)) if _SIGNED.search(phrase.text) else None
    if tags:
        phrase.cut(tags.start(), phrase.length())
    before = phrase.text
    _mark(phrase, stated)
    status(phrase, stated)
    if phrase.text != before and phrase.text.rstrip(_LOOSE).endswith(_CLOSINGS):
        return  # brackets are read as a whole, now that they stand at the end
    if _DIGIT.search(phrase.text, max(phrase.length() - 60, 0)):
        deadlines.take(phrase, stated, context)
    deadlines.running(phrase, stated)
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
    end = phrase.length()
    mention = _MENTION.search(phrase.text, max(end - 80, phrase.start()))
    if mention:
        stated.owners = (mention[1],)
        phrase.cut(mention.start(), phrase.length())
        return
    handles = _HANDLES.search(phrase.text, max(phrase.length() - 400, 0))
    if handles and handles.start(1) > phrase.start():
        stated.owners = tuple(HANDLE.findall(handles[1]))
        said = deadlines.last_words(phrase.text[max(handles.start(1) - 40, 0) : handles.start(1)], "assigned")
        phrase.cut(min(handles.start(), handles.start(1) - said), phrase.length())


def take_words(phrase: Phrase, stated: Stated) -> None:
    """The same where no sign stands in the words."""
    _mark(phrase, stated)
    found, start = _shouted(phrase, max(phrase.length() - 80, 0)) or (None, 0)
    if found:
        _say(phrase, stated, found, start)
    deadlines.running(phrase, stated)


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
    return None if is_common else (said(words), start)


def said(words: str) -> Status | None:
    """How the work stands, where words say nothing else ("This is live.")."""
    lead = phrases("words", "status_lead").leading(words)
    bare = fold(words)[len(lead) :].strip() if lead else words
    return said_since(bare) or exact_status(bare)
