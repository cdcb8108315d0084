"""A row of the store as people are told of it: its state, its owners' names, what is the matter with it (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pmtrack.model import Acceptance, Fields, Row, State, Status
from pmtrack.people import Directory
from pmtrack.policy import overdue_days
from pmtrack.reports.course import Course
from pmtrack.reports.values import ReportRow

GONE = "its issue was deleted in the tracker: dismiss the item, or give it the ticket of another issue"
PENDING = "it is not known yet whether its issue was made: the next sync looks again"

MENDED_BY: Mapping[str, str] = {"no owner": "owners", "no due date": "due", "ambiguous date": "due"}
"""A problem in a document -> the field that settles it, whichever side gave it."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the rows of a report.

    Args:
        normal_priority: what a document's word for a priority means ("High" -> "P1").
    """

    today: date
    directory: Directory
    normal_priority: Callable[[str], str | None]
    _shown: dict[str, str] = field(default_factory=dict)

    def row(self, row: Row, course: Course | None = None) -> ReportRow:
        """With what became of it where the history was read."""
        known, link, fields = row.known, row.link, agreed(row)
        status = fields.status or Status.OPEN
        return ReportRow(
            id=known.ident,
            source=known.source,
            postmortem=known.path,
            postmortem_title=row.document.title,
            line=known.item.line,
            text=known.item.fields.title,
            status=status,
            owners=tuple(map(self.shown, fields.owners)),
            priority=fields.priority and (self.normal_priority(fields.priority) or fields.priority),
            due=fields.due,
            due_source=link.due_source if link and link.ref else known.due_source,
            overdue_days=overdue_days(fields.due, status, self.today),
            ticket=link.ref if link else None,
            state=state(row),
            error=error(row),
            notes=tuple(_notes(row)) if link or row.hold else (),
            problems=_problems(known.item.problems, fields),
            first_seen=known.first_seen,
            teams=self._teams(row),
            began=began(row),
            closed_on=course.closed_on if course and status.closed else None,
            first_due=(course.first_due or fields.due) if course else None,
            slips=course.slips if course else 0,
            slip_days=course.slip_days if course else 0,
        )

    def shown(self, words: str) -> str:
        """The name for an owner's words or account."""
        if words not in self._shown:
            self._shown[words] = self.directory.shown(words)
        return self._shown[words]

    def _teams(self, row: Row) -> tuple[str, ...]:
        """The teams among the owners, as the document words them or as the tracker has them."""
        if not self.directory.teams:
            return ()
        words = dict.fromkeys((*row.known.stated.owners, *agreed(row).owners))
        return tuple(dict.fromkeys(team.name for word in words if (team := self.directory.team(word))))


def agreed(row: Row) -> Fields:
    """What is reported of an item: what both sides agreed on, or what its document says while it has no issue."""
    return row.link.agreed if row.link and row.link.ref else row.known.stated


def began(row: Row) -> date:
    """The day from which its age counts: the postmortem's, else the incident's, else when the item was first seen."""
    return min(row.document.written or row.document.incident_date or row.known.first_seen, row.known.first_seen)


def state(row: Row) -> State:
    """What is the matter with the tracking of an item; the first that fits."""
    return next((found for found, fits in STATES if fits(row)), State.NOT_CREATED)


STATES: Sequence[tuple[State, Callable[[Row], bool]]] = (
    (State.REMOVED, lambda row: not row.known.present),
    (State.PROPOSED, lambda row: row.known.acceptance is Acceptance.DISMISSED),
    (State.FAILED, lambda row: bool(row.link and (row.link.error or row.link.gone or row.link.ref is None))),
    (State.CONFLICT, lambda row: bool(row.link and row.conflicts)),
    (State.LINKED, lambda row: row.link is not None),
    (State.TEMPLATE, lambda row: row.document.is_template),
    (State.PROPOSED, lambda row: row.known.acceptance is not Acceptance.ACCEPTED),
    (State.HELD, lambda row: row.hold is not None),
    (State.FOLLOWED, lambda row: row.known.ticket is not None),
)


def error(row: Row) -> str | None:
    """What went wrong with its issue and what to do next, or None."""
    if row.link is None:
        return None
    return row.link.error or (GONE if row.link.gone else PENDING if row.link.ref is None else None)


def _notes(row: Row) -> Iterator[str]:
    for event in row.conflicts:
        yield f"{event.name}: {event.after} stands, {event.loser} was written too"
    for name in row.link.unstated if row.link else ():
        yield f"{name} no longer stated in the document"
    if row.hold and not row.document.is_template:
        yield row.hold.sentence


def _problems(written: Sequence[str], fields: Fields) -> tuple[str, ...]:
    """What still needs mending: the tracker may have given an owner or a date, and closed work needs neither."""
    if not written or (fields.status and fields.status.closed):
        return ()
    mended = {problem for problem, field in MENDED_BY.items() if getattr(fields, field)}
    return tuple(problem for problem in written if problem not in mended)
