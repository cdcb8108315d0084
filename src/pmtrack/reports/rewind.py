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

from pmtrack.model import (
    ADOPT,
    CREATE,
    TRACK,
    Acceptance,
    ActionItem,
    Event,
    Fields,
    Hold,
    Known,
    Link,
    Row,
    Side,
    Snapshot,
    Status,
)
from pmtrack.reports.course import day_of

ACKNOWLEDGE, DISMISS, ACCEPT = "acknowledge", "dismiss", "accept"
JUDGING = frozenset({CREATE, TRACK, ADOPT, DISMISS, ACCEPT})
"""The decisions that say whether an item is work."""

PROPOSAL, YES = "proposal", "yes"
"""Whether an item is only a suggestion by its words."""

OF_ITEM: Mapping[str, Callable[[ActionItem, str | None], ActionItem]] = {
    "ticket": lambda item, words: replace(item, ticket=words),
    PROPOSAL: lambda item, words: replace(item, confidence=float(words != YES)),
}
"""What only documents say -> the item that says it."""

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
    return replace(snapshot, rows=tuple(rows), pulses=())


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
    if any(_verb(event) in JUDGING or event.name == PROPOSAL for event in later):
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
    """Without its issue: what its document said was reported, which is what is reported once "filed" is taken back."""
    if row.link is None:
        return row
    known = replace(row.known, stated=row.link.agreed)
    return replace(row, known=known, link=replace(row.link, ref=None, gone=False) if row.link.error else None)


def _filed(row: Row, event: Event) -> Row:
    return replace(row, link=row.link and replace(row.link, agreed=_with(row.link.agreed, event)))


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
    known, kind = row.known, event.before
    hold = Hold("", kind, known.source, (known.ident,), f"it waited for a yes ({kind})") if kind else None
    return replace(row, hold=hold)


def _gone(row: Row, event: Event) -> Row:
    """Its issue was there before it was deleted, and was not before it came back."""
    return replace(row, link=row.link and replace(row.link, gone=event.kind == "returned"))


def _changed(row: Row, event: Event) -> Row:
    """What was reported before; and what its document said, where that is what changed."""
    if event.name in OF_ITEM:
        item = OF_ITEM[event.name](row.known.item, event.before)
        return replace(row, known=replace(row.known, item=item))
    row = _filed(row, event)
    return replace(row, known=_stated(row.known, event)) if event.side is Side.DOCUMENT else row


def _stated(known: Known, event: Event) -> Known:
    item = replace(known.item, fields=_with(known.item.fields, event))
    return replace(known, item=item, stated=_with(known.stated, event))


def _with(fields: Fields, event: Event) -> Fields:
    """The fields with the value that one of them had before."""
    before: dict[str, Any] = {event.name: DECODE[event.name](event.before)}
    return replace(fields, **before)


UNDO: Mapping[str, Callable[[Row, Event], Row]] = {
    "created": _unlinked,
    "adopted": _unlinked,
    "relinked": _unlinked,
    "filed": _filed,
    "changed": _changed,
    "failed": _failed,
    "gone": _gone,
    "returned": _gone,
    "held": _held,
    "removed": _seen,
    "restored": _seen,
}
"""What an event did -> the row without it."""


def _decided(known: Known, earlier: Sequence[Event]) -> Known:
    """What people had decided by then, after what its author had made it."""
    read = [event.before == YES for event in earlier if event.name == PROPOSAL]
    doubtful = read[0] if read else known.item.confidence < 0.5
    known = replace(known, acceptance=Acceptance.PROPOSED if doubtful else Acceptance.ACCEPTED, decision=None)
    for event in earlier:
        known = _judged(known, event)
    return known


def _judged(known: Known, event: Event) -> Known:
    verb = _verb(event)
    if verb in (CREATE, TRACK, ADOPT):
        return replace(known, acceptance=Acceptance.ACCEPTED, decision=event.after)
    if verb in JUDGING:
        return replace(known, acceptance=Acceptance.DISMISSED if verb == DISMISS else Acceptance.ACCEPTED)
    if event.name == PROPOSAL and known.acceptance is Acceptance.PROPOSED:
        return replace(known, acceptance=Acceptance.ACCEPTED)
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
