"""What stands before an action item's words: a box, a mark, a number, a priority, "Action item:", "@anna:"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pmtrack.documents import tickets
from pmtrack.documents.fields import HANDLE, Stated
from pmtrack.documents.phrase import Phrase
from pmtrack.documents.vocabulary import exact_status, fold, is_priority, phrases, status_mark
from pmtrack.model import Status

_BOX = re.compile(r"\s*(?:[-*]\s+)?\[( ?|[xX✓✔]|[-/>!~])\](?=\s|$)\s*")
_BOXES = {
    "": Status.OPEN,
    " ": Status.OPEN,
    "-": Status.CANCELLED,
    "~": Status.CANCELLED,
    "/": Status.IN_PROGRESS,
    ">": Status.OPEN,
    "!": Status.OPEN,
}
_NUMBER = re.compile(
    r"\s*(?:[・•·●▪‣◦]\s*|-(?=[^\W\d_])|\(?[a-z][.)]\s+|\([A-Z]\)\s+"
    r"|\(?(?:(?P<id>[A-Z]{1,4}[- ]?\d{1,4})|\d{1,3})(?:[.):：]\s+|[)）、]\s*|：)"
    r"|\d{1,2}(?:\.\d{1,2}){1,2}\.?\s+(?=[^\W\d])|\d{1,2}\.(?=[^\W\d_a-z]))"
)
_CODE = re.compile(r"\s*[\[(*]*(P[0-5]|SEV[- ]?[0-5])[\])*]*(?:\s*：\s*|\s*[:–—-]?\s+)(?=\S)", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*[\[(]([^\[\]()]{1,20})[\])]\s*[:–—-]?\s*")
_NAMED_LABEL = re.compile(r"\s*([^\W\d_][\w -]{0,20}?)\s?[(（]([@!]?[\w. ,@!-]{1,60})[)）]\s*[:：]\s*")
_KIND_MARK = re.compile(r"!([\w-]{2,40})")
_LABEL = re.compile(r"\s*([^:：]{1,24})[:：]\s*(?=\S)")
_TAG = re.compile(r"\s*[\[(【]([^\W\d_][^\[\]()【】]{2,20})[\])】]\s*[:–—-]?\s*(?=\S)")
_BOLD_LEAD = 24
_STATUS = re.compile(
    r"\s*[\[(*【（{]{0,2}([^\W\d_]+(?:[ -][^\W\d_]+){0,2})"
    r"(?:[】）：]\s*|(?:[\])]\s*[:–—-]?|\}\}|\s*:|\s+[–—-])\s+)(?=\S)"
)
_SHOUTED = re.compile(r"\s*(TODO|DONE|WIP|DOING|NEXT|WAITING|CANCELLED|CANCELED)\s+(?=[^\W\d_])")
_KEYWORDS = {
    "TODO": Status.OPEN,
    "NEXT": Status.OPEN,
    "WAITING": Status.OPEN,
    "DONE": Status.DONE,
    "WIP": Status.IN_PROGRESS,
    "DOING": Status.IN_PROGRESS,
}
_TICKET = re.compile(
    r"\s*\[?((?!(?:AI|AP|CA|PA|AC|RA|ACT|TASK|ITEM|STEP)-)(?:[A-Z][A-Z0-9]{1,9}-\d{1,7}|T\d{4,7}))\]?(?:\s*[:：–—-]\s*|\s+)(?=\S)"
)
_SHORT = re.compile(
    r"\s*\[?(#\d{3,7}|[\w.-]{1,60}/[\w.-]{1,80}#\d{1,7})\]?(?:\s*[:：–—-]\s*|\s+)(?=\S)"
)  # a smaller number is the item's own
_LEADING_HANDLES = re.compile(
    r"\s*(@[\w][\w./-]{0,60}(?:[\s,&/+]{1,3}(?:and\s)?@[\w][\w./-]{0,60}){1,8})[\s:：,–—-]+(?=\S)"
)
_LEADING_HANDLE = re.compile(r"^\s*(@[\w][\w./-]{0,60})(?:\s*[:：–—-]|\s(?:to|will|should)\s)?\s*(?=(\w*))")


_LABEL_SIGN = re.compile(r"[:：()（）\]】}#–—]")
_DIGIT = re.compile(r"\d")
_FAR, _NEAR, _SHORTEST = 60, 14, 3


def is_plain(text: str) -> bool:
    """Whether there is certainly nothing before the work: letters, and nothing that ends a label, a number, a mark."""
    return (
        text[:2].isalpha()
        and _LABEL_SIGN.search(text, 0, _FAR) is None
        and _DIGIT.search(text, 0, _NEAR) is None
        and text.find(" - ", 0, _FAR) < 0
        and not text[:_SHORTEST].isupper()
    )


def box_status(words: str) -> Status | None:
    """The status of a box that stands alone ("[x]")."""
    box = _BOX.match(words)
    return _BOXES.get(box[1], Status.DONE) if box else None


def states_status(text: str, bold: Sequence[tuple[int, int]]) -> bool:
    """Whether words begin with how the work stands: a box, a mark, a keyword, a status in bold."""
    return bool(_BOX.match(text) or _SHOUTED.match(text) or status_mark(text.lstrip()) or bold_status(text, bold))


def take(phrase: Phrase, stated: Stated) -> None:
    """Cut what stands before the work, and keep what it states."""
    box = _BOX.match(phrase.text)
    if box:
        stated.boxed, stated.status = True, _BOXES.get(box[1], Status.DONE)
        phrase.cut(0, box.end())
    _mark(phrase, stated)
    _status(phrase, stated)
    _kind(phrase, stated)
    _priority(phrase, stated)
    number = None if _ticket(phrase, stated) else _NUMBER.match(phrase.text)
    if number is None:
        _status(phrase, stated)
    else:
        stated.ident = number["id"]
        phrase.cut(0, number.end())
    _label(phrase, stated)
    _kind(phrase, stated)
    _priority(phrase, stated)
    named = _NAMED_LABEL.match(phrase.text)
    if named and fold(named[1]) in phrases("labels", "action").all:
        stated.labelled = True
        _named(named[2], stated)
        phrase.cut(0, named.end())
    handles = _LEADING_HANDLES.match(phrase.text)
    if handles:
        stated.owners = tuple(HANDLE.findall(handles[1]))
        phrase.cut(0, handles.end())
        return
    handle = _LEADING_HANDLE.match(phrase.text)
    if handle and (handle.end() > handle.end(1) + 1 or fold(handle[2]) in phrases("words", "verb").all):
        stated.owners = (handle[1],)
        phrase.cut(0, handle.end())


def _named(words: str, stated: Stated) -> None:
    """What stands in "TODO(@ann)", "TODO(!bug)", "TODO(@ann, !bug)": who does it, and of what kind it is."""
    kind, who = _KIND_MARK.search(words), _KIND_MARK.sub("", words).strip(" ,")
    stated.kind = kind[1] if kind else stated.kind
    stated.owners = (who,) if who else stated.owners


def _mark(phrase: Phrase, stated: Stated) -> None:
    at = phrase.start()
    mark = status_mark(phrase.text[at : at + 4])
    if mark:
        is_open = not stated.boxed or (stated.status is Status.OPEN and mark is Status.IN_PROGRESS)
        stated.status = mark if is_open else stated.status
        phrase.cut(at, at + 1)


def bold_status(text: str, bold: Sequence[tuple[int, int]]) -> tuple[Status, int] | None:
    """The status that words begin with in bold ("**TODO** Check it"), and where its name ends; a verb is none."""
    start = len(text) - len(text.lstrip())
    end = next((b for a, b in bold if a <= start < b), 0)
    words = text[start:end].strip(" :.-–—[]()")
    if not 0 < len(words) <= _BOLD_LEAD or not text[end:].strip():
        return None
    found = exact_status(words)
    is_verb = fold(words) in phrases("words", "verb").all and not words.isupper()
    return (found, end) if found and not is_verb else None


def _status(phrase: Phrase, stated: Stated) -> None:
    """Cut "[DONE] ...", "Cancelled: ...", "**Done** - ..."."""
    lead = bold_status(phrase.text, phrase.bold)
    if lead:
        stated.status = lead[0] if stated.status in (None, Status.OPEN) else stated.status
        phrase.cut(0, lead[1])
        return
    shouted = _SHOUTED.match(phrase.text)
    if shouted:
        word = _KEYWORDS.get(shouted[1], Status.CANCELLED)
        stated.status = word if stated.status in (None, Status.OPEN) else stated.status
        phrase.cut(0, shouted.end())
        return
    match = _STATUS.match(phrase.text)
    found = exact_status(match[1]) if match else None
    if match and found in (Status.DONE, Status.CANCELLED, Status.IN_PROGRESS):
        stated.status = found if stated.status in (None, Status.OPEN) else stated.status
        phrase.cut(0, match.end())


def _ticket(phrase: Phrase, stated: Stated) -> bool:
    match = _TICKET.match(phrase.text) or _SHORT.match(phrase.text)
    if match is None or tickets.reference(match[1]) is None or any(link.start < match.end(1) for link in phrase.links):
        return False
    stated.ticket = match[1]
    phrase.cut(0, match.end())
    return True


def _kind(phrase: Phrase, stated: Stated) -> None:
    """Cut "[prevent] ..."."""
    tag = _TAG.match(phrase.text)
    if tag and stated.kind is None and tag[1] in phrases("words", "kind"):
        stated.kind = tag[1]
        phrase.cut(0, tag.end())


def _priority(phrase: Phrase, stated: Stated) -> None:
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


def _label(phrase: Phrase, stated: Stated) -> None:
    colon = _LABEL.match(phrase.text)
    if colon and fold(colon[1]).rstrip("0123456789 ") in phrases("labels", "action").all:
        stated.labelled = True
        phrase.cut(0, colon.end())
