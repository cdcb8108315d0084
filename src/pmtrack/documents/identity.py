"""Which item of a document is which item of the last time it was read (pure).

In order: the ticket that is linked to it, the same normalised text (several alike: section and order), then the best
one-to-one likeness among what is left. An exact text that vanished from one document and is new in another moved.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz

from pmtrack.model import ActionItem, Known
from pmtrack.text import normal

ALIKE = 80  # token_sort_ratio; never token_set_ratio, for which any subset scores 100
AHEAD = 10


def match(
    before: Sequence[Known], now: Sequence[ActionItem], tickets: Mapping[str, str] | None = None
) -> list[str | None]:
    """The ident that each item of `now` keeps, or None for an item that was not there before.

    Args:
        before: of the same document, also those that vanished earlier: they come back by their exact text only.
        tickets: words of a ticket -> ident of the item that is linked to it.
    """
    kept: list[str | None] = [(tickets or {}).get(item.ticket or "") for item in now]
    _once(kept)
    for candidates in ([k for k in before if k.present], [k for k in before if not k.present]):
        _by_text(candidates, now, kept)
    _by_likeness([k for k in before if k.present], now, kept)
    return kept


def moved(vanished: Iterable[Known], new: Sequence[ActionItem]) -> list[str | None]:
    """The ident that each new item brings along from another document, by its exact text."""
    kept: list[str | None] = [None] * len(new)
    _by_text(list(vanished), new, kept)
    return kept


def _once(kept: list[str | None]) -> None:
    seen: set[str] = set()
    for index, ident in enumerate(kept):
        if ident in seen:
            kept[index] = None
        elif ident is not None:
            seen.add(ident)


def _by_text(before: Sequence[Known], now: Sequence[ActionItem], kept: list[str | None]) -> None:
    """First those that also stand under the same heading, then by order."""
    for key in (_text_and_section, _text):
        waiting: dict[object, deque[str]] = defaultdict(deque)
        for known in before:
            if known.ident not in kept:
                waiting[key(known.item)].append(known.ident)
        for index, item in enumerate(now):
            if kept[index] is None and waiting[key(item)]:
                kept[index] = waiting[key(item)].popleft()


def _text(item: ActionItem) -> str:
    return normal(item.fields.title)


def _text_and_section(item: ActionItem) -> tuple[str, str]:
    return normal(item.fields.title), normal(item.section)


def _by_likeness(before: Sequence[Known], now: Sequence[ActionItem], kept: list[str | None]) -> None:
    old = [known for known in before if known.ident not in kept]
    new = [index for index, ident in enumerate(kept) if ident is None]
    if not old or not new:
        return
    scores = [[fuzz.token_sort_ratio(_text(k.item), _text(now[i])) for i in new] for k in old]
    for row, column in _clear_pairs(scores):
        kept[new[column]] = old[row].ident


def _clear_pairs(scores: list[list[float]]) -> list[tuple[int, int]]:
    """Pairs that are alike, and ahead of every other pair of their row and of their column."""
    columns = [list(column) for column in zip(*scores, strict=True)]
    return [
        (row, column)
        for row, line in enumerate(scores)
        for column, score in enumerate(line)
        if score >= ALIKE and _ahead(line, column) and _ahead(columns[column], row)
    ]


def _ahead(line: Sequence[float], index: int) -> bool:
    others = [score for at, score in enumerate(line) if at != index]
    return not others or line[index] >= max(others) + AHEAD
