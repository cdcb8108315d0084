"""What became of an item over time, as its history tells it (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from pmtrack.model import Event, Status

CLOSED = frozenset(status.value for status in Status if status.closed)

Story = Mapping[str, Sequence[Event]]
"""Ident -> what happened to it, oldest first."""


@dataclass(frozen=True, slots=True)
class Course:
    """Attributes:
    closed_on: the day of the last step that closed it; first_due: the due date that it had first.
    slips, slip_days: how often and by how many days altogether its due date moved to a later day.
    """

    closed_on: date | None = None
    first_due: date | None = None
    slips: int = 0
    slip_days: int = 0


NO_COURSE = Course()


def story(history: Iterable[Event]) -> Story:
    """The history by item."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in history:
        found[event.ident].append(event)
    return found


def day_of(event: Event, zone: tzinfo) -> date:
    """The day in the team's zone."""
    return event.at.astimezone(zone).date()


def course(events: Sequence[Event], zone: tzinfo) -> Course:
    """Of one item, from its events, oldest first."""
    changes = [event for event in events if event.kind == "changed"]
    if not changes:
        return NO_COURSE
    moves = [(_day(event.before), _day(event.after)) for event in changes if event.name == "due"]
    later = [(after - before).days for before, after in moves if before and after and after > before]
    return Course(
        closed_on=_closed_on(changes, zone),
        first_due=next((day for move in moves for day in move if day), None),
        slips=len(later),
        slip_days=sum(later),
    )


def _closed_on(changes: Sequence[Event], zone: tzinfo) -> date | None:
    """Done after cancelled is no second end: the day on which it stopped being open for the last time."""
    found = None
    for event in changes:
        if event.name == "status" and event.after in CLOSED and event.before not in CLOSED:
            found = day_of(event, zone)
    return found


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None
