"""The weekly digest: when it is due, and what it says (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pmtrack.model import Event, State, Status
from pmtrack.reports.build import Report, ReportRow
from pmtrack.reports.render import paragraphs, remarks, totals_line
from pmtrack.reports.words import in_bullet, in_cell

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

WEEK = timedelta(days=7)
CLOSED = frozenset(status.value for status in Status if status.closed)


@dataclass(frozen=True, slots=True)
class Period:
    """One digest.

    Attributes:
        name: the ISO week of its moment, "2026-W47", which is what makes it go out once.
        moment: when it was due.
    """

    name: str
    moment: datetime


def latest(now: datetime, day: str, at: time, zone: ZoneInfo) -> Period:
    """The digest that was due last, by wall-clock time in this zone.

    A moment that a clock change skips or repeats is one moment all the same: a period is named by its week.
    """
    local = now.astimezone(zone)
    back = (local.weekday() - WEEKDAYS.index(day)) % 7
    on = local.date() - timedelta(days=back)
    moment = datetime.combine(on, at, zone)
    if moment.astimezone(UTC) > now.astimezone(UTC):
        moment = datetime.combine(on - WEEK, at, zone)
    year, week, _ = moment.isocalendar()
    return Period(f"{year}-W{week:02}", moment.astimezone(UTC))


def digest(report: Report, history: Iterable[Event], zone: tzinfo = UTC) -> str:
    """Markdown: what is late, what comes next, what was done, what lacks somebody or a date.

    Args:
        zone: in which the report's days are days.
    """
    start = report.as_of - WEEK
    finished = _finished(history, start, zone)
    waiting = [row for row in report.rows if not row.status.closed]
    sections = (
        ("Overdue", [row for row in waiting if row.overdue_days], "overdue since {row.overdue_since}"),
        ("Due within 7 days", [row for row in waiting if row.due_within(report.as_of, 7)], "due {row.due}"),
        ("New this week", [row for row in waiting if row.first_seen and row.first_seen > start], "due {row.due}"),
        (
            "Done or cancelled this week",
            [row for row in report.rows if row.id in finished and row.status.closed],
            "{row.status}",
        ),
        ("Nobody's", [row for row in waiting if not row.owners], "due {row.due}"),
        ("Without a date", [row for row in waiting if row.due is None], "no due date"),
        ("Both sides changed", [row for row in report.rows if row.state is State.CONFLICT], "see `pmtrack review`"),
    )
    year, week, _ = report.as_of.isocalendar()
    lines = [f"# Action items, week {week} of {year}", "", totals_line(report.totals)]
    for title, rows, words in sections:
        lines += _section(title, rows, words)
    return "\n".join([*lines, ""]) + paragraphs(remarks(report))


def _finished(history: Iterable[Event], start: date, zone: tzinfo) -> set[str]:
    """The items whose status became done or cancelled after that day."""
    closed = (event for event in history if event.name == "status" and event.after in CLOSED)
    return {event.ident for event in closed if event.at.astimezone(zone).date() > start}


def _section(title: str, rows: Sequence[ReportRow], words: str) -> Iterator[str]:
    if rows:
        yield from ("", f"## {title} ({len(rows)})", "")
        yield from (_line(row, words.format(row=row)) for row in rows)


def _line(row: ReportRow, words: str) -> str:
    owner = in_cell(", ".join(row.owners)) or "nobody"
    issue = f", {in_cell(row.ticket.key)}" if row.ticket else ""
    said = words.replace("due None", "no due date")
    return f"- {in_bullet(row.text)} ({owner}, {said}{issue}; {in_cell(row.postmortem)})"
