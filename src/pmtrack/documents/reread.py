"""A better extractor is not an edit: what a document says that changed after an earlier version had read it (pure).

What an author did not touch keeps the meaning that it had. A line that stands where it stood, read from the very same
lines, says what the earlier reading found in it, also where that was nothing; every other line says what
today's extractor finds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from pmtrack.documents.lines import Sketched, sketch, undisturbed
from pmtrack.model import ActionItem, Postmortem, Span

HEAD = ("title", "incident_date", "written", "severity", "is_template")
"""What a document says of itself, outside its items."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier version read: the items that were there, the sketch of the lines, and the `HEAD` by name."""

    items: Sequence[ActionItem]
    lines: str
    head: Mapping[str, object]


def heard(before: Earlier, data: bytes, now: Postmortem) -> Postmortem:
    """Today's reading `now` of `data`, with the earlier one where the author changed nothing.

    Equal to `now` where the two readings differ only by what the author did.
    """
    lines = sketch(data)
    moved = undisturbed(before.lines, lines)
    old, new = _by_line(before.items), _by_line(now.items)
    came = {to: line for line, to in moved.items() if line in old or to in new}
    then, today = Sketched(before.lines, {*old, *came.values()}), Sketched(lines, {*new, *came})
    found = dict(new)
    for to, line in came.items():
        if {moved.get(one) for one in then.rests_on(line)} == today.rests_on(to):
            found[to] = [_at(item, to, new, data) for item in old.get(line, ())]
    items = tuple(item for _, those in sorted(found.items()) for item in those)
    kept = {moved.get(one) for one in then.besides()} == today.besides()
    head: dict[str, Any] = dict(before.head) if kept else {}
    return replace(now, items=items, **head)


def _by_line(items: Iterable[ActionItem]) -> dict[int, list[ActionItem]]:
    found: dict[int, list[ActionItem]] = defaultdict(list)
    for item in items:
        found[item.line].append(item)
    return dict(found)


def _at(item: ActionItem, line: int, new: Mapping[int, Sequence[ActionItem]], data: bytes) -> ActionItem:
    """The item where it stands now: the place of today's item on that line, else the whole line."""
    span = new[line][0].span if line in new else _line(data, line)
    return replace(item, line=line, span=span)


def _line(data: bytes, line: int) -> Span:
    starts = [0, *accumulate(len(one) for one in data.splitlines(keepends=True))]
    return Span(starts[line - 1], starts[line])
