"""The weekly digest: when it is due, and what it says (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pmtrack.model import Event, Status
from pmtrack.reports.digest_forms import as_markdown
from pmtrack.reports.digest_letter import Letter
from pmtrack.reports.digest_sections import WEEK, Material, Pause, sections, trend_line
from pmtrack.reports.render import remarks, totals_line
from pmtrack.reports.values import Report

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CLOSED = frozenset(status.value for status in Status if status.closed)

SNOOZE, CANCEL, WAKE = "snooze", "cancel", "wake"
"""What a person can say of an item's reminders; in the history `decided: snooze 2026-12-01`."""


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
    return as_markdown(compose(material(report, history, zone)))


def material(report: Report, history: Iterable[Event], zone: tzinfo = UTC) -> Material:
    """What the report and the history give to a digest; without repeat work, which takes its time."""
    events = list(history)
    found = Material(report)
    finished = _finished(events, found.start, zone)
    return replace(found, finished=finished, pauses=pauses(events, report.as_of, zone))


def compose(given: Material, *, about: str = "") -> Letter:
    """The digest of the report's week.

    Args:
        about: whose it is ("Ana Ruiz", "team payments"), "" for everybody's.
    """
    report, told = given.report, sections(given)
    year, week, _ = report.as_of.isocalendar()
    whose = f" of {about}" if about else ""
    trend = trend_line(report.trend)
    lead = (totals_line(report.totals), *((trend,) if trend else ()))
    return Letter(f"Action items{whose}, week {week} of {year}", lead, tuple(told), tuple(remarks(report)))


def pauses(history: Iterable[Event], today: date, zone: tzinfo) -> Mapping[str, Pause]:
    """The items that are not to be reminded of on that day, by their ids: what was said last holds."""
    found: dict[str, Pause] = {}
    for event in history:
        verb, _, argument = (event.after or "").partition(" ")
        if event.kind != "decided" or verb not in PAUSING or event.at.astimezone(zone).date() > today:
            continue
        found.pop(event.ident, None)
        until = date.fromisoformat(argument) if verb == SNOOZE else None
        if verb == CANCEL or (until and until > today):
            found[event.ident] = Pause(until, event.evidence or "")
    return found


PAUSING = frozenset({SNOOZE, CANCEL, WAKE})


def _finished(history: Iterable[Event], start: date, zone: tzinfo) -> frozenset[str]:
    """The items whose status became done or cancelled after that day."""
    closed = (event for event in history if event.name == "status" and event.after in CLOSED)
    return frozenset(event.ident for event in closed if event.at.astimezone(zone).date() > start)
