"""Which item of a document is which item of the last time it was read (pure).

In order: the ticket that names its issue, the same normalised text (several alike: section and order), then the best
one-to-one likeness among what is left. An exact text that vanished from one document and is new in another moved.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from rapidfuzz import fuzz

from pmtrack.model import ActionItem, Known
from pmtrack.text import normal

ALIKE = 80  # token_sort_ratio; never token_set_ratio, for which any subset scores 100
AHEAD = 10


def match(
    before: Sequence[Known], now: Sequence[ActionItem], named: Sequence[str | None] | None = None
) -> list[str | None]:
    """The ident that each item of `now` keeps, or None for an item that was not there before.

    Args:
        before: of the same document, also those that vanished earlier: they come back by their exact text only.
        named: for each item of `now` the ident of the item whose issue its ticket names.
    """
    kept: list[str | None] = [None] * len(now)
    _by_ticket(before, now, named or (), kept)
    for candidates in ([k for k in before if k.present], [k for k in before if not k.present]):
        _by_text(candidates, now, kept)
    _by_likeness([k for k in before if k.present], now, kept)
    return kept


def moved(
    vanished: Sequence[Known], new: Sequence[ActionItem], named: Sequence[str | None] | None = None
) -> list[str | None]:
    """The ident that each new item brings along from another document, by its ticket or its exact text."""
    kept: list[str | None] = [None] * len(new)
    _by_ticket(vanished, new, named or (), kept)
    _by_text(vanished, new, kept)
    return kept


def _by_ticket(
    before: Sequence[Known], now: Sequence[ActionItem], named: Sequence[str | None], kept: list[str | None]
) -> None:
    """Of several that name one issue, the one with the words that it had, else the first."""
    texts = [_text(item) for item in now] if any(named) else []
    for known in [known for known in before if known.ident in named]:
        words = _text(known.item)
        naming = [index for index, ident in enumerate(named) if ident == known.ident]
        same = [index for index in naming if texts[index] == words]
        # An issue that we made is no part of its item's line: another line may speak of it.
        stays = known.item.ticket is None and words in texts
        for index in same[:1] or ([] if stays else naming[:1]):
            kept[index] = known.ident


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
