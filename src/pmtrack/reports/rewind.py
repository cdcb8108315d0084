"""What the store would have said at the end of an earlier day, by taking the history back (pure).

What the history does not hold is left out of an earlier day rather than taken from today, so that the answer for a day
stays the same whenever it is asked: when a source or a tracker was last read, and what is no longer stated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import Any

from pmtrack.model import ADOPT, CREATE, TRACK, Acceptance, Event, Hold, Known, Link, Row, Side, Snapshot, Status
from pmtrack.reports.course import day_of

ACKNOWLEDGE, DISMISS, ACCEPT = "acknowledge", "dismiss", "accept"
JUDGING = frozenset({CREATE, TRACK, ADOPT, DISMISS, ACCEPT})
"""The decisions that say whether an item is work."""

DECODE: Mapping[str, Callable[[str | None], Any]] = {
    "title": lambda words: words or "",
    "status": lambda words: Status(words) if words else None,
    "owners": lambda words: tuple(words.split(", ")) if words else (),
    "priority": lambda words: words,
    "due": lambda words: date.fromisoformat(words) if words else None,
}
"""How the history writes a field -> its value."""


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it was at the end of each day from `since` to before `until`."""

    since: date
    until: date
    row: Row


def rewind(snapshot: Snapshot, history: Iterable[Event], day: date, zone: tzinfo) -> Snapshot:
    """Take back all that happened after `day` in this zone; items that were not there yet are left out."""
    earlier: dict[str, list[Event]] = defaultdict(list)
    later: dict[str, list[Event]] = defaultdict(list)
    for event in history:
        (later if day_of(event, zone) > day else earlier)[event.ident].append(event)
    rows = (
        _back(_as_told(row), earlier.get(row.known.ident, ()), later.get(row.known.ident, ()))
        for row in snapshot.rows
        if row.known.first_seen <= day
    )
    return Snapshot(tuple(rows), snapshot.documents)


def versions(row: Row, events: Sequence[Event], zone: tzinfo, today: date) -> Iterator[Version]:
    """What the row was like since it was first seen, newest first.

    Args:
        events: all of this item up to `today`, oldest first.
    """
    until = today + timedelta(days=1)
    for at in range(len(events) - 1, -1, -1):
        day = max(day_of(events[at], zone), row.known.first_seen)
        if day < until:
            yield Version(day, until, row)
            until = day
        row = _back(_as_told(row), events[:at], events[at : at + 1])
    if row.known.first_seen < until:
        yield Version(row.known.first_seen, until, row)


def _as_told(row: Row) -> Row:
    """The row without what only today's store knows."""
    return replace(row, link=replace(row.link, unstated=())) if row.link and row.link.unstated else row


def _back(row: Row, earlier: Sequence[Event], later: Sequence[Event]) -> Row:
    """The row before the later events, of which the history says this much."""
    for event in reversed(later):
        row = UNDO.get(event.kind, _as_it_is)(row, event)
    if any(_verb(event) in JUDGING for event in later):
        row = replace(row, known=_decided(row.known, earlier))
    if any(event.kind in ("decided", "conflict") for event in later):
        row = replace(row, conflicts=_open_conflicts(earlier))
    return row


def _as_it_is(row: Row, _event: Event) -> Row:
    return row


def _seen(row: Row, event: Event) -> Row:
    """It was there before it left its document, and was not before it came back."""
    return replace(row, known=replace(row.known, present=event.kind == "removed"))


def _unlinked(row: Row, _event: Event) -> Row:
    """Without its issue; one that could not be made until then failed before."""
    failing = row.link and row.link.error
    return replace(row, link=replace(row.link, ref=None) if row.link and failing else None)


def _failed(row: Row, event: Event) -> Row:
    """Before it failed it did not, or had no issue yet; before it failed no longer, it did."""
    link = row.link
    if event.before:
        said = row.known.stated
        link = replace(link or Link(row.known.ident, "", None, said, said, said), error=event.before)
    elif link:
        link = replace(link, error=None) if link.ref else None
    return replace(row, link=link)


def _held(row: Row, event: Event) -> Row:
    known = row.known
    hold = Hold("", event.before, known.source, (known.ident,), "") if event.before else None
    return replace(row, hold=hold)


def _still_there(row: Row, _event: Event) -> Row:
    return replace(row, link=row.link and replace(row.link, gone=False))


def _changed(row: Row, event: Event) -> Row:
    before = {event.name: DECODE[event.name](event.before)}
    if row.link:
        row = replace(row, link=replace(row.link, agreed=replace(row.link.agreed, **before)))
    return replace(row, known=_stated(row.known, before)) if event.side is Side.DOCUMENT else row


def _stated(known: Known, before: Mapping[str, Any]) -> Known:
    """What its document said before it said otherwise."""
    item = replace(known.item, fields=replace(known.item.fields, **before))
    return replace(known, item=item, stated=replace(known.stated, **before))


UNDO: Mapping[str, Callable[[Row, Event], Row]] = {
    "created": _unlinked,
    "adopted": _unlinked,
    "relinked": _unlinked,
    "removed": _seen,
    "restored": _seen,
    "gone": _still_there,
    "changed": _changed,
    "held": _held,
    "failed": _failed,
}
"""What an event did -> the row without it."""


def _decided(known: Known, earlier: Sequence[Event]) -> Known:
    """What people had decided by then."""
    acceptance = Acceptance.PROPOSED if known.item.confidence < 0.5 else Acceptance.ACCEPTED
    known = replace(known, acceptance=acceptance, decision=None)
    for event in earlier:
        verb = _verb(event)
        if verb in (CREATE, TRACK, ADOPT):
            known = replace(known, acceptance=Acceptance.ACCEPTED, decision=event.after)
        elif verb in JUDGING:
            decided = Acceptance.DISMISSED if verb == DISMISS else Acceptance.ACCEPTED
            known = replace(known, acceptance=decided)
    return known


def _verb(event: Event) -> str:
    """What a person decided, "" where the event is no decision."""
    return (event.after or "").partition(" ")[0] if event.kind == "decided" else ""


def _open_conflicts(earlier: Sequence[Event]) -> tuple[Event, ...]:
    """Those that nobody had acknowledged by then."""
    found: list[Event] = []
    for event in earlier:
        if event.kind == "conflict":
            found.append(event)
        elif _verb(event) == ACKNOWLEDGE:
            found.clear()
    return tuple(found)
