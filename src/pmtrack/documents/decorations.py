"""The decorations around an action item's words: boxes, marks, brackets, labels, dates, people at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pmtrack.documents import brackets, claims, labels, leading, tickets, trailing
from pmtrack.documents.fields import Context, Stated, fact
from pmtrack.documents.inline import Inline
from pmtrack.documents.phrase import Phrase, tidy
from pmtrack.documents.placeholder import is_placeholder
from pmtrack.documents.sentences import work
from pmtrack.documents.vocabulary import exact_status
from pmtrack.model import Status

# Without any of these, only words, a mark at the very end or a deadline in words can stand behind the work.
_SIGNS = re.compile(r"[\d()\[\]（【:：=@!→⇒–—;?|/⏫🔼🔽⏬🔺]")
_BETWEEN_FACTS = re.compile(r"\s[·|•∙]\s")
_LIST_ENDS = frozenset(";,，；")
_CLAUSE = re.compile(r"[,.;:(–—]|\s-\s")


def read(inline: Inline, context: Context, extras: Sequence[Inline] = (), *, whole: bool = False) -> Stated:
    """Take the decorations off an item's words.

    Args:
        extras: what else belongs to the item (lines and sub-bullets); read for fields, no part of the title.
        whole: all sentences belong to the title, as in a table's cell.
    """
    stated, phrase = Stated(), Phrase(inline)
    if phrase.bold or not leading.is_plain(phrase.text):
        labels.take_leading(phrase, stated, context)
        leading.take(phrase, stated)
    stated.hollow = is_placeholder(phrase.text)
    end = phrase.length()
    stated.status = stated.status or (tickets.standing(phrase) if phrase.links else None)
    stated.ticket = stated.ticket or tickets.take(phrase)
    stated.tailed = phrase.length() < end
    _peel(phrase, stated, context)
    if phrase.struck:
        _struck(phrase, stated)
    for extra in extras:
        _extra(extra, stated, context)
    stated.title = phrase.title() if whole else tidy(work(phrase.title()))
    return stated


def _struck(phrase: Phrase, stated: Stated) -> None:
    """Work that is struck through is not done; words that are were replaced, unless those beside them say why."""
    why = next(filter(str.strip, _CLAUSE.split(phrase.beside_struck())), "")
    status = exact_status(why.strip()) if why else None
    remarks = phrase.remark_behind_struck()
    if status in (Status.DONE, Status.CANCELLED) or phrase.struck_out() or remarks:
        stated.status = (status or Status.CANCELLED) if stated.status in (None, Status.OPEN) else stated.status
        if why or remarks:
            phrase.cut(max(b for _, b in phrase.struck), phrase.length())
    else:
        phrase.cut_struck()


def _peel(phrase: Phrase, stated: Stated, context: Context) -> None:
    """Take off what stands behind the work, as long as there is something."""
    end = phrase.length()
    if phrase.text[end - 1 : end] in _LIST_ENDS:
        phrase.cut(end - 1, end)
    for _ in range(4):
        before = phrase.text
        if _SIGNS.search(before) or " -" in before or ". " in before:
            brackets.take(phrase, stated, context)
            labels.take(phrase, stated, context)
            brackets.tail(phrase, stated, context)
            trailing.take(phrase, stated, context)
        else:
            trailing.take_words(phrase, stated)
        claims.take(phrase, stated)
        if phrase.text == before:
            return
        stated.tailed = stated.tailed or phrase.length() < end


def again(stated: Stated, title: str, context: Context) -> None:
    """Read the end of a title anew: what stood behind it was cut off."""
    phrase = Phrase(Inline(title))
    _peel(phrase, stated, context)
    stated.title = phrase.title()


def is_byline(line: Inline, context: Context) -> bool:
    """Whether a line is nothing but who, until when and the like, set apart by dots or bars ("Ann · due 3 May")."""
    return bool(_BETWEEN_FACTS.search(line.text)) and brackets.understand(_parts(line.text), Stated(), context)


def _parts(text: str) -> str:
    return _BETWEEN_FACTS.sub("; ", text)


def _extra(extra: Inline, stated: Stated, context: Context) -> None:
    """A continuation states a ticket or the end of the work; its other words are no fields."""
    phrase = Phrase(extra)
    if labels.count(phrase.text) > 1:
        labels.take(phrase, stated, context, whole=True)
        stated.status = exact_status(phrase.title()) or stated.status
        return
    if fact(extra, stated, context):
        return
    if _BETWEEN_FACTS.search(phrase.text) and brackets.understand(_parts(phrase.text), stated, context):
        return
    stated.ticket = stated.ticket or tickets.take(phrase)
    trailing.status(phrase, stated)
