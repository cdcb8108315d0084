"""Which rows are wanted, and in which order (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pmtrack.model import State, Status
from pmtrack.reports.values import ReportRow


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are wanted; what is None or False does not matter.

    Attributes:
        due_within: days from today. With `overdue` as well, what is late or due within them.
    """

    overdue: bool = False
    owner: str | None = None
    priority: str | None = None
    source: str | None = None
    postmortem: str | None = None
    state: State | None = None
    due_within: int | None = None

    def takes(self, row: ReportRow, today: date) -> bool:
        return (
            self._takes_date(row, today)
            and (self.owner is None or any(same(self.owner, owner) for owner in (*row.owners, *row.teams)))
            and (self.priority is None or same(self.priority, row.priority or ""))
            and self.source in (None, row.source)
            and self.postmortem in (None, row.postmortem)
            and self.state in (None, row.state)
        )

    def _takes_date(self, row: ReportRow, today: date) -> bool:
        if self.due_within is None:
            return not self.overdue or row.overdue_days > 0
        return row.due_within(today, self.due_within) or (self.overdue and row.overdue_days > 0)


def same(one: str, other: str) -> bool:
    """Whether two words name one owner or priority."""
    return one.strip().lstrip("@").casefold() == other.strip().lstrip("@").casefold()


def by_urgency(row: ReportRow) -> Any:
    """What is late the longest first, then what is due next; closed work last."""
    return row.status.closed, -row.overdue_days, row.due or date.max, row.source, row.postmortem, row.line


_STATUS = {status: at for at, status in enumerate((Status.IN_PROGRESS, Status.OPEN, Status.DONE, Status.CANCELLED))}

SORTS: Mapping[str, Callable[[ReportRow], Any]] = {
    "due": lambda row: row.due or date.max,
    "owner": lambda row: (not row.owners, [owner.casefold() for owner in row.owners]),
    "priority": lambda row: (row.priority is None, row.priority or ""),
    "postmortem": lambda row: (row.source, row.postmortem, row.line),
    "status": lambda row: _STATUS[row.status],
    "age": lambda row: row.began or date.max,
}
"""The orders that can be asked for; within equals, the most urgent first."""


def ordered(rows: Sequence[ReportRow], name: str | None = None) -> list[ReportRow]:
    """In one of `SORTS`, else by urgency."""
    urgent = sorted(rows, key=by_urgency)
    return sorted(urgent, key=SORTS[name]) if name else urgent
