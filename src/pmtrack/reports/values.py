"""What a report is: counts and rows as of a day. Frozen; the only thing that is ever rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pmtrack.model import DueSource, IssueRef, Pulse, State, Status

SOON_DAYS = 7

ALL = "all"
"""The name of what is counted of every priority together."""

ASIDE: Mapping[State, str] = {
    State.REMOVED: "removed",
    State.TEMPLATE: "in a template",
    State.PROPOSED: "proposed or dismissed",
}
"""States of items that are kept apart and not counted, and how people call them."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One item.

    Attributes:
        owners: by name where the team named them, else as written. teams: those among its owners, by name.
        overdue_days: 0 where it is not late; overdue_since: the first day on which it was late.
        notes: what a person should know of its tracking, one phrase each.
        problems: what a person should mend in the document, one phrase each.
        began: the day from which its age counts, see `rows.began`.
        closed_on: the day on which it was closed, None where it is not or where the history does not tell.
        first_due: the due date that it had first; slips: how often that moved to a later day, slip_days: by how many
            days altogether. Without the history None and 0.
    """

    id: str
    source: str
    postmortem: str
    postmortem_title: str
    line: int
    text: str
    status: Status
    owners: tuple[str, ...]
    priority: str | None
    due: date | None
    due_source: DueSource | None
    overdue_days: int
    ticket: IssueRef | None
    state: State
    error: str | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    first_seen: date | None = None
    teams: tuple[str, ...] = ()
    began: date | None = None
    closed_on: date | None = None
    first_due: date | None = None
    slips: int = 0
    slip_days: int = 0

    @property
    def overdue_since(self) -> date | None:
        return self.due + timedelta(days=1) if self.due and self.overdue_days else None

    def due_within(self, today: date, days: int) -> bool:
        """Whether it is open and due today or in the next `days` days."""
        return bool(self.due and not self.status.closed and 0 <= (self.due - today).days <= days)


@dataclass(frozen=True, slots=True)
class InTime:
    """Of the items with a first due date: how many were done by it, and how many were not."""

    met: int = 0
    missed: int = 0

    @property
    def share(self) -> float | None:
        """0 to 1, None where nothing was due yet."""
        return self.met / (self.met + self.missed) if self.met + self.missed else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts.

    Attributes:
        completion: done / (items - cancelled), None where there are none.
        overdue_days: of the item that is late the longest; overdue_since: its first late day.
        no_owner, no_due, median_age: of what is open or in progress. Ages are days.
        median_to_close: days from an item's beginning to its end, of those that were done, None where none was.
        in_time: by priority, and `ALL` together. slipped: items whose due date moved to a later day; slips: how often
            that happened; slip_days: by how many days. All of this line and the one above needs the history.
    """

    items: int = 0
    open: int = 0
    in_progress: int = 0
    done: int = 0
    cancelled: int = 0
    overdue: int = 0
    due_soon: int = 0
    no_owner: int = 0
    no_due: int = 0
    held: int = 0
    failed: int = 0
    completion: float | None = None
    overdue_days: int = 0
    overdue_since: date | None = None
    median_age: float | None = None
    median_to_close: float | None = None
    in_time: Mapping[str, InTime] = field(default_factory=dict)
    slipped: int = 0
    slips: int = 0
    slip_days: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The totals of one postmortem, owner, team, priority or source; `title` is what people call it."""

    name: str
    title: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Week:
    """What was counted at the end of an ISO week, or on the report's day in the last one.

    Attributes:
        name: "2026-W47". ends: the day of the counts.
    """

    name: str
    ends: date
    items: int = 0
    open: int = 0
    in_progress: int = 0
    done: int = 0
    cancelled: int = 0
    overdue: int = 0

    @property
    def completion(self) -> float | None:
        expected = self.items - self.cancelled
        return self.done / expected if expected else None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is rendered, anywhere.

    Attributes:
        rows: what is counted, overdue first; aside: removed items, templates and proposals.
        pulses: when each source and tracker was last read with success; empty for an earlier day.
        outdated: how many documents keep the meaning that an earlier version of pmtrack read in them.
        groups: "postmortem", "owner", "team", "priority" or "source" -> its groups, most overdue first.
        trend: by week, oldest first. Both are empty in a report that was made without the history.
    """

    as_of: date
    totals: Totals
    rows: tuple[ReportRow, ...] = ()
    aside: tuple[ReportRow, ...] = ()
    pulses: tuple[Pulse, ...] = ()
    outdated: int = 0
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    trend: tuple[Week, ...] = ()
