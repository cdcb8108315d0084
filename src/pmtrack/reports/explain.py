"""Why an item has its due date, its owner and its state, and who is reminded of it (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from pmtrack.model import DueSource, Event, Row, Side, State, Status
from pmtrack.people import Directory
from pmtrack.policy import LATE, Policy, base_day, due_by_policy, normal_severity, overdue_days
from pmtrack.reports.course import day_of
from pmtrack.reports.digest_sections import Pause
from pmtrack.reports.remind import Calendar, Rounds
from pmtrack.reports.rows import error, state
from pmtrack.reports.values import ReportRow

AHEAD = 400
"""Days in which the next reminder is looked for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One item with all that its explanation rests on.

    Attributes:
        row: as the store has it; shown: the same as reports have it. events: its history, oldest first.
        pause: what a person said of its reminders. normal_priority: what a word for a priority means.
    """

    row: Row
    shown: ReportRow
    events: Sequence[Event]
    today: date
    zone: tzinfo
    policy: Policy
    rounds: Rounds
    calendar: Calendar
    normal_priority: Callable[[str], str | None]
    pause: Pause | None = None

    @property
    def directory(self) -> Directory:
        return self.rounds.directory

    @property
    def base(self) -> date:
        document = self.row.document
        return base_day(document.written, document.incident_date, self.row.known.first_seen)

    @property
    def by_policy(self) -> date | None:
        """What the policy of today gives it."""
        policy = self.policy.of(self.row.known.source)
        return due_by_policy(policy, self.priority, self.row.document.severity, self.base)

    @property
    def priority(self) -> str | None:
        words = self.row.known.stated.priority
        return words and (self.normal_priority(words) or words)

    def last(self, name: str, side: Side | None = None) -> Event | None:
        """The last change of a field, of one side if it is named."""
        found = (e for e in reversed(self.events) if e.kind == "changed" and e.name == name)
        return next((event for event in found if side in (None, event.side)), None)


def explain(case: Case) -> dict[str, list[str]]:
    """Sentences by topic: "due", "owner", "status", "state", "reminders". In the order in which they are read."""
    return {topic: list(why(case)) for topic, why in TOPICS.items()}


def as_text(case: Case, said: Mapping[str, Sequence[str]]) -> str:
    """For a terminal; somebody else's words are still raw."""
    shown = case.shown
    key = f", issue {shown.ticket.key}" if shown.ticket else ""
    lines = [f"{shown.text} ({shown.postmortem}:{shown.line}{key}, id {shown.id})"]
    for topic, sentences in said.items():
        lines += [
            f"{topic + ':':<11}{sentence}" if not at else f"{'':<11}{sentence}" for at, sentence in enumerate(sentences)
        ]
    return "".join(f"{' '.join(line.splitlines())}\n" for line in lines)


def _due(case: Case) -> Iterator[str]:
    due, link, known = case.shown.due, case.row.link, case.row.known
    source = link.due_source if link else known.due_source
    if due is None:
        yield f"none: the document states none, and {_no_rule(case)}"
    else:
        yield f"{due}, {DUES[source](case)}"
        if late := overdue_days(due, case.shown.status, case.today):
            yield f"so it has been overdue since {due + timedelta(days=1)}, {late} day{'s' if late > 1 else ''}"
    if source is DueSource.POLICY and case.by_policy != due:
        yield f"by today's policy it would be {case.by_policy or 'none'}; a change of the policy moves no issue"
    if link is None and due is None and case.by_policy:
        yield f"an issue that is made for it gets {case.by_policy}, {_rule(case)}"
    yield from (_moved(case, event) for event in case.events if event.kind == "changed" and event.name == "due")


def _rule(case: Case) -> str:
    """Which line of the policy fits, and from which day it counts."""
    policy, severity = case.policy.of(case.row.known.source), case.row.document.severity or ""
    own = f" of source {case.row.known.source}" if case.row.known.source in case.policy.sources else ""
    days = policy.due.get(case.priority or "")
    what = f"priority {case.priority}" if days is not None else f"severity {severity}"
    days = days if days is not None else policy.severity.get(normal_severity(severity))
    return (
        f"by the policy{own}: {what} has {days} days from {_base(case)}"
        if days is not None
        else "by a policy that is no more"
    )


def _no_rule(case: Case) -> str:
    if case.by_policy:
        return "the policy has not been applied to it"
    words = f"priority {case.priority or 'none'} or severity {case.row.document.severity or 'none'}"
    return f"the policy has no rule for {words}: add one to [policy], or write a date"


def _base(case: Case) -> str:
    document, seen = case.row.document, case.row.known.first_seen
    day = document.written or document.incident_date
    if day is None:
        return f"{seen}, when it was first seen, since the postmortem has no date"
    if seen - day > LATE:
        return f"{seen}, when it was first seen, since the postmortem of {day} was imported later"
    return f"{day}, the {'postmortem' if document.written else 'incident'}'s date"


DUES: Mapping[DueSource | None, Callable[[Case], str]] = {
    DueSource.EXPLICIT: lambda _case: "as the document states it",
    DueSource.HORIZON: lambda case: (
        f"since the document says “{case.row.known.item.horizon}”, counted from {_base(case)}"
    ),
    DueSource.POLICY: _rule,
    DueSource.TRACKER: lambda case: f"as it was set in the issue{_by(case, case.last('due', Side.TRACKER))}",
    None: lambda _case: "as the issue had it",
}


def _moved(case: Case, event: Event) -> str:
    return f"moved from {event.before or 'none'} to {event.after or 'none'}{_by(case, event)}"


def _by(case: Case, event: Event | None) -> str:
    """ " on 2026-11-20 by ana (event 7)"."""
    if event is None:
        return ""
    who = case.directory.shown(event.actor) if event.actor else "somebody not known"
    where = f" in the {'issue' if event.side is Side.TRACKER else 'document'}" if event.side else ""
    return f" on {day_of(event, case.zone)} by {who}{where}" + (f" ({event.evidence})" if event.evidence else "")


def _owner(case: Case) -> Iterator[str]:
    written = case.row.known.stated.owners
    yield ", ".join(case.shown.owners) or "nobody: neither the document nor the issue names anybody"
    for words in written:
        yield f"the document names “{words}”{_known_as(case, words)}"
    if event := case.last("owners", Side.TRACKER):
        yield f"the issue was given to {event.after or 'nobody'}{_by(case, event)}"


def _known_as(case: Case, words: str) -> str:
    person, team = case.directory.person(words), case.directory.team(words)
    if person is None and team is None:
        return ", who is nobody in people.toml: the issue has nobody assigned, and the name stands in it"
    if person is None and team is not None:
        return f", the team {team.name}, whose lead is {team.lead or 'nobody'}"
    assert person is not None  # noqa: S101 - by the two cases above
    left = f", who left on {person.until}" if person.until and person.until < case.today else ""
    heir = f" and handed over to {person.successor}" if left and person.successor else ""
    same = person.name.casefold() == words.strip().casefold()
    return f"{'' if same else f', who is {person.name}'}{left}{heir}"


def _status(case: Case) -> Iterator[str]:
    event = case.last("status")
    yield (
        f"{case.shown.status.value}{_by(case, event)}"
        if event
        else f"{case.shown.status.value} since it was first read"
    )


def _state(case: Case) -> Iterator[str]:
    yield f"{state(case.row).value}: {STATES[state(case.row)]}"
    if failed := error(case.row):
        yield failed
    hold = [case.row.hold.sentence] if case.row.hold else []
    yield from dict.fromkeys([*hold, *case.shown.notes])
    yield from (f"to mend in the document: {problem}" for problem in case.shown.problems)


STATES: Mapping[State, str] = {
    State.LINKED: "its issue and its document say the same",
    State.PROPOSED: "it may be an action item or was dismissed: `pmtrack accept` makes it one",
    State.HELD: "its change waits, for the reason below",
    State.TEMPLATE: "it stands in a template, of which no issues are made",
    State.NOT_CREATED: "it has no issue: the next sync makes one, unless it is closed or too old already",
    State.REMOVED: "its document does not have it any more",
    State.FOLLOWED: "it names an issue that is read, and not written",
    State.FAILED: "the last change of its issue failed",
    State.CONFLICT: "both sides changed one field differently, and nobody has acknowledged it",
}


def _reminders(case: Case) -> Iterator[str]:
    if case.pause:
        yield f"{'snoozed' if case.pause.until else 'called off'}, {case.pause.sentence}"
        return
    if case.shown.status.closed or case.shown.due is None:
        yield (
            "none: it is closed" if case.shown.status in (Status.DONE, Status.CANCELLED) else "none: it has no due date"
        )
        return
    how = case.rounds.reminding(case.shown)
    if not how.is_on:
        yield "none: [policy.reminders] is not set"
        return
    day = next((d for d in _ahead(case.today) if how.reminds(case.shown.due, d)), None)
    told = ", ".join(case.rounds.recipients(case.shown)) or "nobody, since its owners have no address"
    yield f"next on {_first_loud(case, day)} to {told}" if day else f"none comes any more; its owners are {told}"


def _ahead(today: date) -> Iterator[date]:
    return (today + timedelta(days=count) for count in range(1, AHEAD))


def _first_loud(case: Case, day: date) -> date:
    return next((d for d in (day + timedelta(days=n) for n in range(AHEAD)) if not case.calendar.is_quiet(d)), day)


TOPICS: Mapping[str, Callable[[Case], Iterator[str]]] = {
    "due": _due,
    "owner": _owner,
    "status": _status,
    "state": _state,
    "reminders": _reminders,
}
