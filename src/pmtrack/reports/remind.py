"""Reminders: who is told of which item on which day, and how that is said (pure).

A reminder falls on a day. On a quiet day nothing is sent, and neither while nothing runs: a message says all that fell
on the days since the last one to the same recipient, so that nothing is lost and nobody gets two on one day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from pmtrack.people import Directory
from pmtrack.reports.digest_letter import Letter, Section
from pmtrack.reports.digest_sections import Address, Material, Pause, nowhere
from pmtrack.reports.values import Report, ReportRow

DAY = timedelta(days=1)
LONGEST = 14
"""Days that a message looks back at most."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """How the items of a source are reminded of, see `settings.ReminderSettings`; lengths of time are days."""

    before: tuple[int, ...] = ()
    overdue_every: int = 0
    escalate_after: int = 0
    escalate_to: tuple[str, ...] = ()
    unowned_to: tuple[str, ...] = ()

    @property
    def is_on(self) -> bool:
        return bool(self.before or self.overdue_every or self.escalate_after)

    def reminds(self, due: date, day: date) -> bool:
        """Whether the owner is reminded on this day of an item due then."""
        late = (day - due).days
        if late <= 0:
            return -late in self.before
        return self.overdue_every > 0 and (late - 1) % self.overdue_every == 0

    def escalates(self, due: date, day: date) -> bool:
        """Whether the second recipient is told: when it is that late, and again as often as the owner is."""
        if not self.escalate_after or (past := (day - due).days - self.escalate_after) < 0:
            return False
        return past == 0 or (self.overdue_every > 0 and past % self.overdue_every == 0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When reminders may go out.

    Attributes:
        at: not before this time of day. quiet: names of weekdays, and dates.
    """

    at: time = time(9)
    quiet: frozenset[date | str] = frozenset()

    def is_quiet(self, day: date) -> bool:
        return day in self.quiet or WEEKDAYS[day.weekday()] in self.quiet

    def day(self, now: datetime, zone: tzinfo) -> date | None:
        """The day whose reminders may go out now, None on a quiet day and before its time.

        A time that a clock change skips or repeats comes once all the same, since a message is for a day.
        """
        today = now.astimezone(zone).date()
        moment = datetime.combine(today, self.at, zone)
        return None if self.is_quiet(today) or now < moment.astimezone(UTC) else today


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Rounds:
    """Who is reminded of what.

    Attributes:
        by_source: how each source reminds, "" for all the others.
        directory: whose mail and channels are written to. pauses: items that nobody is reminded of.
    """

    by_source: Mapping[str, Reminding]
    directory: Directory = field(default_factory=Directory)
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    address: Address = nowhere

    def reminding(self, row: ReportRow) -> Reminding:
        return self.by_source.get(row.source) or self.by_source.get("") or Reminding()

    def recipients(self, row: ReportRow) -> tuple[str, ...]:
        """The addresses of its owners; where none has one, whoever stands in for them."""
        found = tuple(to for owner in row.owners if (to := self._address(owner)))
        return tuple(dict.fromkeys(found)) or self.reminding(row).unowned_to

    def _address(self, owner: str) -> str | None:
        person, team = self.directory.person(owner), self.directory.team(owner)
        if person is None and team is not None:
            person = self.directory.person(team.lead) if team.lead else None
        return f"mailto:{person.email}" if person and person.email else None

    def everybody(self, report: Report, today: date) -> list[str]:
        """Whom a message could go to today, see `letter`."""
        return sorted({to for row in self._waiting(report) for _, to in self._told(row, today - LONGEST * DAY, today)})

    def letter(self, report: Report, to: str, after: date, today: date) -> Letter | None:
        """What one recipient is told: all that fell on the days after `after`, up to today; None for nothing."""
        kinds: dict[str, list[ReportRow]] = defaultdict(list)
        for row in self._waiting(report):
            told = {kind for kind, whom in self._told(row, max(after, today - LONGEST * DAY), today) if whom == to}
            if told:  # once, where it weighs most
                kinds[next(kind for kind in KINDS if kind in told)].append(row)
        return self._letter(report, kinds) if kinds else None

    def _waiting(self, report: Report) -> Iterator[ReportRow]:
        return (row for row in report.rows if row.due and not row.status.closed and row.id not in self.pauses)

    def _told(self, row: ReportRow, after: date, today: date) -> Iterator[tuple[str, str]]:
        """(kind, recipient) of what fell on those days."""
        how, due = self.reminding(row), row.due
        if due is None or not how.is_on:
            return
        days = _days(after, today)
        if any(how.reminds(due, day) for day in days):
            kind = OVERDUE if due < today else SOON
            yield from ((kind, to) for to in self.recipients(row))
        if any(how.escalates(due, day) for day in days):
            yield from ((ESCALATED, to) for to in how.escalate_to)

    def _letter(self, report: Report, kinds: Mapping[str, Sequence[ReportRow]]) -> Letter:
        given = Material(report, address=self.address)
        made = [
            Section(kind, tuple(given.line(row, _said(row)) for row in rows), len(rows))
            for kind in KINDS
            if (rows := kinds.get(kind, ()))
        ]
        items = sum(map(len, kinds.values()))
        title = f"{items} action item{'' if items == 1 else 's'} {'needs' if items == 1 else 'need'} you"
        return Letter(f"{title}: {', '.join(f'{one.count} {WORDS[one.title]}' for one in made)}", (), tuple(made), TAIL)


OVERDUE, SOON, ESCALATED = "Overdue", "Due soon", "Long overdue, and brought to you"
KINDS = (ESCALATED, OVERDUE, SOON)
"""What a message can tell of an item, the weightiest first."""

WORDS: Mapping[str, str] = {OVERDUE: "overdue", SOON: "due soon", ESCALATED: "long overdue"}
TAIL = ("Done, or not to be done? Say so in the issue or in the postmortem. Not now? `pmtrack snooze`",)


def _days(after: date, today: date) -> list[date]:
    return [after + DAY * count for count in range(1, (today - after).days + 1)]


def _said(row: ReportRow) -> str:
    return f"overdue since {row.overdue_since}" if row.overdue_days else f"due {row.due}"


def begins(last: Iterable[date | None], today: date) -> date:
    """The day after which a message looks: the last one that counted, else yesterday."""
    return max((day for day in last if day), default=today - DAY)
