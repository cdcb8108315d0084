"""What each shape of writing hands on: a piece of text that may be an action item."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pmtrack.documents.fields import Stated
from pmtrack.documents.inline import Inline
from pmtrack.documents.sections import Kind, Scope

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
