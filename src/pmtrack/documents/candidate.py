"""What each shape of writing hands on: a piece of text that may be an action item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from pmtrack.documents.fields import Stated
from pmtrack.documents.inline import Inline
from pmtrack.documents.sections import Kind, Scope
from pmtrack.documents.vocabulary import fold, phrases

_INFINITIVE = re.compile(r"[a-z]{3,}(?:ar|er|ir|re)\Z")
_REPORTED = re.compile(r"(?<!\bwho )(?<!\bthat )(?<!\bwhich )(?<!\bwhat )\b(?:was|were|has been|have been)\b")
_REPORTS = frozenset({"was", "were", "been"})
_ROMANCE = re.compile(
    r"(?<!\w)(?:de|del|la|el|las|los|do|da|dos|das|para|em|en|com|con|des|les|le|un|una|uma|une|sobre|di|il|per|os|as|no|na|au|aux|que|e|y)(?!\w)"
)


MAX_ITEMS = 2_000
"""More action items of one document are not read."""


class Rank(IntEnum):
    """How rich the place is where the work is written; of the same work written twice the richer place counts."""

    PROMISE = 0
    MEASURE = 1
    LOOSE_BOX = 2
    PROSE = 3
    LIST = 4
    HEADING = 5
    BOX = 6
    TABLE = 7
    FULL_TABLE = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of work as one place of the document writes it.

    Attributes:
        start, end: bytes of its own text; group: which list it is of.
    """

    stated: Stated
    start: int
    end: int
    scope: Scope
    rank: Rank
    group: tuple[int, str]


@lru_cache(maxsize=1)
def gerunds() -> frozenset[str]:
    """The verbs that ask for work, as in "we are adding"."""
    verbs = phrases("words", "verb").all
    return frozenset(form for verb in verbs for form in (f"{verb}ing", f"{verb[:-1]}ing", f"{verb}{verb[-1:]}ing"))


@lru_cache(maxsize=2048)
def asks_for_work(title: str) -> bool:
    """Whether the first word is a verb that asks for work ("Add", "Documentar")."""
    words = fold(title).split()
    if not words:
        return False
    if words[0] in phrases("words", "verb").all:
        return words[1:2] == [] or words[1] not in phrases("words", "predicate").all
    return bool(_INFINITIVE.match(words[0])) and bool(_ROMANCE.search(" ".join(words[1:])))


@lru_cache(maxsize=2048)
def is_past(title: str) -> bool:
    """Whether the words report work instead of asking for it ("Added alerts", "We fixed the leak")."""
    words = fold(title).split()
    for subject in (["we"], ["i"], ["the", "team"], ["also"], ["have"], ["has"], ["been"]):
        if words[: len(subject)] == subject:
            words = words[len(subject) :]
    if not words:
        return False
    first = words[0]
    if first in phrases("words", "past").all and first not in phrases("words", "verb").all:
        return True
    if first.endswith("ed") and len(first) > 4 and first not in phrases("words", "present").all:
        return True
    return not _REPORTS.isdisjoint(words[:8]) and bool(_REPORTED.search(" ".join(words[:8])))


def after_label(inline: Inline, title: str) -> str:
    """The title without a bold label before a colon ("**Training**: Held a workshop")."""
    label, colon, rest = title.partition(":")
    if not colon or len(label) > 60 or not rest.strip():
        return title
    is_bold = any(
        start <= inline.text.find(label[:10]) + 1 and end - start >= len(label) - 1 for start, end in inline.bold
    )
    return rest.strip() if is_bold or len(label.split()) <= 4 else title


def kind_rank(scope: Scope, stated: Stated) -> Rank:
    """The rank of a list item in a scope."""
    if stated.boxed:
        return Rank.BOX if scope.works else Rank.LOOSE_BOX
    if scope.kind is Kind.ACTION or (stated.labelled and scope.kind is Kind.NONE):
        return Rank.LIST
    return Rank.MEASURE
