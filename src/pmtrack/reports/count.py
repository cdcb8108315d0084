"""Counting rows, all together and by group: the one place where anything is counted (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from pmtrack.model import State, Status
from pmtrack.reports.values import ALL, SOON_DAYS, Group, InTime, ReportRow, Totals

NOBODY = "nobody"
NO_PRIORITY = "none"


def totals(rows: Sequence[ReportRow], today: date) -> Totals:
    """Count rows; what needs the history counts nothing where the rows were made without it."""
    by_status = {status: sum(row.status is status for row in rows) for status in Status}
    expected = len(rows) - by_status[Status.CANCELLED]
    waiting = [row for row in rows if not row.status.closed]
    worst = max((row.overdue_days for row in waiting), default=0)
    moved = [row for row in rows if row.slips]
    return Totals(
        items=len(rows),
        open=by_status[Status.OPEN],
        in_progress=by_status[Status.IN_PROGRESS],
        done=by_status[Status.DONE],
        cancelled=by_status[Status.CANCELLED],
        overdue=sum(row.overdue_days > 0 for row in waiting),
        due_soon=sum(row.due_within(today, SOON_DAYS) for row in waiting),
        no_owner=sum(not row.owners for row in waiting),
        no_due=sum(row.due is None for row in waiting),
        held=sum(row.state is State.HELD for row in rows),
        failed=sum(row.state is State.FAILED for row in rows),
        completion=by_status[Status.DONE] / expected if expected else None,
        overdue_days=worst,
        overdue_since=today - timedelta(days=worst - 1) if worst else None,
        median_age=median([(today - row.began).days for row in waiting if row.began]),
        median_to_close=median(list(_lengths(rows))),
        in_time=_in_time(rows, today),
        slipped=len(moved),
        slips=sum(row.slips for row in moved),
        slip_days=sum(row.slip_days for row in moved),
    )


def median(numbers: Sequence[int]) -> float | None:
    """The one in the middle, or halfway between two; None of nothing. (`statistics` takes 20 ms to load.)"""
    if not numbers:
        return None
    ordered, half = sorted(numbers), len(numbers) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def in_time(row: ReportRow, today: date) -> bool | None:
    """Whether it was done by its first due date (moving the date does not help); None where nobody can say (yet)."""
    if row.first_due is None or row.status is Status.CANCELLED:
        return None
    if row.status is Status.DONE:
        return row.closed_on <= row.first_due if row.closed_on else None
    return False if row.first_due < today else None


def _lengths(rows: Iterable[ReportRow]) -> Iterator[int]:
    for row in rows:
        if row.status is Status.DONE and row.closed_on and row.began:
            yield max(0, (row.closed_on - row.began).days)


def _in_time(rows: Iterable[ReportRow], today: date) -> Mapping[str, InTime]:
    found: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        if (met := in_time(row, today)) is not None:
            found[ALL].append(met)
            found[row.priority or NO_PRIORITY].append(met)
    return {
        name: InTime(sum(found[name]), len(found[name]) - sum(found[name])) for name in sorted(found, key=_all_first)
    }


def _all_first(name: str) -> tuple[bool, str]:
    return name != ALL, name


def _names(row: ReportRow) -> Sequence[tuple[str, str]]:
    return [(owner, owner) for owner in row.owners] or [(NOBODY, NOBODY)]


KINDS: Mapping[str, Callable[[ReportRow], Sequence[tuple[str, str]]]] = {
    "postmortem": lambda row: [(f"{row.source}:{row.postmortem}", row.postmortem_title or row.postmortem)],
    "owner": _names,
    "team": lambda row: [(team, team) for team in row.teams],
    "priority": lambda row: [(row.priority or NO_PRIORITY,) * 2],
    "source": lambda row: [(row.source, row.source)],
}
"""A kind of group -> the names and titles of those that a row belongs to. An item with two owners is in both."""


def groups(rows: Iterable[ReportRow], today: date) -> Mapping[str, tuple[Group, ...]]:
    """The totals of every group, most overdue first."""
    rows = list(rows)
    return {kind: _groups(rows, names, today) for kind, names in KINDS.items()}


def _groups(
    rows: Iterable[ReportRow], names: Callable[[ReportRow], Sequence[tuple[str, str]]], today: date
) -> tuple[Group, ...]:
    members: dict[tuple[str, str], list[ReportRow]] = defaultdict(list)
    for row in rows:
        for name in names(row):
            members[name].append(row)
    found = (Group(name, title, totals(own, today)) for (name, title), own in members.items())
    return tuple(sorted(found, key=_most_overdue))


def _most_overdue(group: Group) -> tuple[int, int, int, str]:
    counts = group.totals
    return -counts.overdue, -(counts.open + counts.in_progress), -counts.items, group.name
