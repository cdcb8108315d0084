"""Labelled fields in an action item's words: "Owner: Anna", "[due:: 2026-12-01]"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from pmtrack.documents import dates
from pmtrack.documents.fields import Context, Stated, label, set_field
from pmtrack.documents.phrase import Phrase, only_points
from pmtrack.documents.tickets import is_reference
from pmtrack.documents.vocabulary import exact_status, fold, is_empty, is_priority, phrases

_VALUE_END = re.compile(r"(?<!\b[A-ZÀ-ÖØ-ÞА-Я])(?<!\b[HFDMSJ]r)(?<!\bM[s])(?<!\bSt)\.\s+(?=\S)|\s[–—]+\s|\s-+>?\s|[;|]")
_NEXT = re.compile(r"\s*[/／|,，、]")
_COLON = re.compile(r"(::|[:：]|(?<=\w)=(?=\w))[*_]{0,4}\s*")
_BY_EQUALS = ("owner", "due")
_KEY_END = re.compile(r"[*_]{0,4}\s?\Z")
_KEY_WORD = re.compile(r"[^\s(\[|;,.*_—–（【「、，。；-]+")
_KEY_START = re.compile(r"[\[(*_（【「]{1,4}\Z")
_SCOPED = re.compile(r"~\"?((?:priority|severity)::\w{1,12})\"?")
_LAST_PART = re.compile(r"\s[–—-]\s([^–—]{1,40})\Z")
_LEADING = re.compile(
    r"\s*[\[(*_【（]{0,3}([^\W\d][^:：\n\[\](){}]{1,24}?)\s?[:：][\s*_]{0,3}([^:：\[\](){}]{1,40}?)"
    r"[*_]{0,2}(?:[\])】）]\s*[:–—-]?|\s[–—-]+>?|\s\||;|\s→)\s*(?=\S)"
)
_MAY_LEAD = frozenset(("owner", "due", "priority", "status"))
_SIGNS = frozenset(":：=")
_KEY_WORDS = 4
_MOST_LABELS = 40
_DELIMITER = re.compile(r"[|;,.、，。；]\s*\Z|\s[-–—]+\s*\Z")
_BROKEN = re.compile(r"[(\[|;,.*（【「、，。；–—]|\s-\s")


def count(text: str) -> int:
    """How many labels stand in a text."""
    return 0 if _SIGNS.isdisjoint(text) else sum(1 for _ in _labels(text))


def take(phrase: Phrase, stated: Stated, context: Context, *, whole: bool = False) -> None:
    """Cut labelled fields ("Owner: Anna"), each up to the next label or the end.

    Args:
        whole: also one at the very start, for a line that is nothing but fields.
    """
    if _SIGNS.isdisjoint(phrase.text):
        return
    if "::" in phrase.text and (scoped := _SCOPED.search(phrase.text)):
        stated.priority = stated.priority or scoped[1]
        phrase.cut(*scoped.span())
    end = phrase.length()
    for one in reversed([one for one in _labels(phrase.text) if whole or one.start > phrase.start() or one.doubled]):
        dated = dates.find(phrase.text[one.end : one.end + 40], context.reading) if one.role == "due" else []
        behind = one.end + (dated[0].end if dated and dated[0].start <= 1 else 0)
        stop = _VALUE_END.search(phrase.text, behind, end)
        value_end = behind if dated and _NEXT.match(phrase.text, behind, end) else stop.start() if stop else end
        value = phrase.text[one.end : value_end].strip(" \t-–—|,;.[]()，、；。")
        if one.loose and not _is_exact(one.role, value):
            continue
        if value and (set_field(stated, one.role, value, context) or is_empty(value)):
            phrase.cut(one.start, value_end)
            end = one.start
            if one.role == "ticket" and (points := _LAST_PART.search(phrase.text, max(end - 60, 0), end)):
                phrase.cut(points.start() if only_points(f"{points[1]} ticket") else end, end)


def take_leading(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Cut a labelled field that stands before the work and is set off from it ("Owner: Anna - Add an alert")."""
    found = _LEADING.match(phrase.text)
    role, loose = _label_role(found[1]) if found else (None, False)
    if found and role in _MAY_LEAD and not loose and phrase.text[found.end() :].strip():
        value = found[2].strip(" *_")
        if set_field(stated, str(role), value, context):
            phrase.cut(0, found.end())


class _Label(NamedTuple):
    """A label with its decorations.

    Attributes:
        doubled: two colons follow it, which nobody writes by chance; loose: it may be a common word.
    """

    start: int
    end: int
    role: str
    doubled: bool
    loose: bool


def _labels(text: str) -> Iterator[_Label]:
    """The labels of a text: of the words before a colon, as many as are the name of a field."""
    behind = labelled = 0
    for colon in list(_COLON.finditer(text))[-_MOST_LABELS:]:
        before = _KEY_END.sub("", text[max(behind, colon.start() - 60) : colon.start()])
        first = max(behind, colon.start() - 60)
        behind = colon.end()
        for word in list(_KEY_WORD.finditer(before))[-_KEY_WORDS:]:
            opening = _KEY_START.search(before, 0, word.start())
            place = opening.start() if opening else word.start()
            is_apart = bool(opening or _DELIMITER.search(before, 0, place))
            role, loose = _label_role(before[word.start() :])
            if role and (colon[1] != "=" or role in _BY_EQUALS):
                if labelled and labelled == first and not before[: word.start()].strip():
                    continue  # these words are the value of the label before them
                labelled = behind
                yield _Label(first + place, behind, role, colon[1] == "::", loose and not is_apart)
                break


@lru_cache(maxsize=2048)
def _label_role(words: str) -> tuple[str | None, bool]:
    """The field of a label, and whether it is a common word in sentences."""
    folded = fold(words)
    is_short = len(folded) <= 2 and folded.isascii()
    role = None if is_short or _BROKEN.search(words) else label(words)
    return (None if role == "kind" else role), folded in phrases("words", "loose_label").all


def _is_exact(role: str, value: str) -> bool:
    """Whether a value can be nothing else, so that the common word before it is a label."""
    if role == "status":
        return exact_status(value) is not None
    return is_priority(value) if role == "priority" else role == "ticket" and is_reference(value)
