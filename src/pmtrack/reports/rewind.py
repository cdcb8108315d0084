"""What the store would have said at the end of an earlier day, by taking the history back (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pmtrack.model import Event, Row, Snapshot, Status

DECODE: Mapping[str, Callable[[str | None], Any]] = {
    "title": lambda words: words or "",
    "status": lambda words: Status(words) if words else None,
    "owners": lambda words: tuple(words.split(", ")) if words else (),
    "priority": lambda words: words,
    "due": lambda words: date.fromisoformat(words) if words else None,
}
"""How the history writes a field -> its value."""


def rewind(snapshot: Snapshot, history: Iterable[Event], day: date, zone: ZoneInfo) -> Snapshot:
    """Take back all that happened after `day` in this zone; items that were not there yet are left out."""
    later: Mapping[str, list[Event]] = defaultdict(list)
    for event in history:
        if event.at.astimezone(zone).date() > day:
            later[event.ident].append(event)
    rows = (_undone(row, later.get(row.known.ident, [])) for row in snapshot.rows if row.known.first_seen <= day)
    return replace(snapshot, rows=tuple(rows))


def _undone(row: Row, events: list[Event]) -> Row:
    for event in reversed(events):
        row = UNDO.get(event.kind, _as_it_is)(row, event)
    return row


def _as_it_is(row: Row, _event: Event) -> Row:
    return row


def _seen(row: Row, event: Event) -> Row:
    """It was there before it left its document, and was not before it came back."""
    return replace(row, known=replace(row.known, present=event.kind == "removed"))


def _unlinked(row: Row, _event: Event) -> Row:
    return replace(row, link=None)


def _still_there(row: Row, _event: Event) -> Row:
    return replace(row, link=row.link and replace(row.link, gone=False))


def _agreed(row: Row, event: Event) -> Row:
    if row.link is None:
        return row
    before = {event.name: DECODE[event.name](event.before)}
    return replace(row, link=replace(row.link, agreed=replace(row.link.agreed, **before)))


def _without_conflict(row: Row, event: Event) -> Row:
    return replace(row, conflicts=tuple(other for other in row.conflicts if other.id != event.id))


UNDO: Mapping[str, Callable[[Row, Event], Row]] = {
    "created": _unlinked,
    "adopted": _unlinked,
    "relinked": _unlinked,
    "removed": _seen,
    "restored": _seen,
    "gone": _still_there,
    "changed": _agreed,
    "conflict": _without_conflict,
}
"""What an event did -> the row without it."""
