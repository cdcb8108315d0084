"""How many items were open, done and late at the end of each week (pure).

It is counted from the versions of each row, so that a week says what `--as-of` its last day says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, timedelta, tzinfo
from itertools import accumulate

from pmtrack.model import Row, Status
from pmtrack.reports.course import Story
from pmtrack.reports.rewind import Version, versions
from pmtrack.reports.rows import agreed, state
from pmtrack.reports.values import ASIDE, Week

WEEKS = 53
"""As many as are told: a year."""

_COUNTS = (*(status.value for status in Status), "overdue")


def trend(rows: Sequence[Row], story: Story, zone: tzinfo, today: date) -> tuple[Week, ...]:
    """The weeks since the first item was seen, at most `WEEKS`, oldest first."""
    if not rows:
        return ()
    ends = week_ends(min(row.known.first_seen for row in rows), today)
    every = (one for row in rows for one in versions(row, story.get(row.known.ident, ()), zone, today))
    steps = _steps(every, ends)
    counts = {name: list(accumulate(steps[name])) for name in _COUNTS}
    return tuple(_week(end, {name: counts[name][at] for name in _COUNTS}) for at, end in enumerate(ends))


def week_ends(first: date, today: date) -> list[date]:
    """Each Sunday from the week of `first` on; for the last week, today."""
    sunday = max(first, today - timedelta(weeks=WEEKS - 1))
    sunday += timedelta(days=7 - sunday.isoweekday())
    count = max(0, -(-(today - sunday).days // 7))
    return [*(sunday + timedelta(weeks=week) for week in range(count)), today]


def _steps(every: Iterable[Version], ends: Sequence[date]) -> dict[str, list[int]]:
    """By how much each count goes up or down from one week to the next."""
    steps = {name: [0] * (len(ends) + 1) for name in _COUNTS}

    def between(name: str, since: date, until: date) -> None:
        steps[name][bisect_left(ends, since)] += 1
        steps[name][bisect_left(ends, until)] -= 1

    for version in every:
        if state(version.row) in ASIDE:
            continue
        fields = agreed(version.row)
        status = fields.status or Status.OPEN
        between(status.value, version.since, version.until)
        if fields.due and not status.closed and (late := max(version.since, _after(fields.due))) < version.until:
            between("overdue", late, version.until)
    return steps


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


def _week(end: date, counts: dict[str, int]) -> Week:
    year, week, _ = end.isocalendar()
    return Week(
        f"{year}-W{week:02}",
        end,
        items=sum(counts[status.value] for status in Status),
        open=counts["open"],
        in_progress=counts["in_progress"],
        done=counts["done"],
        cancelled=counts["cancelled"],
        overdue=counts["overdue"],
    )
