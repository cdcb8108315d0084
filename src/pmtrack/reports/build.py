"""The numbers and rows as of a day: the one place where anything is counted (pure, from store rows)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pmtrack.model import Acceptance, DueSource, Fields, IssueRef, Pulse, Row, Snapshot, State, Status
from pmtrack.people import Directory
from pmtrack.policy import overdue_days

SOON_DAYS = 7

ASIDE: Mapping[State, str] = {
    State.REMOVED: "removed",
    State.TEMPLATE: "in a template",
    State.PROPOSED: "proposed or dismissed",
}
"""States of items that are kept apart and not counted, and how people call them."""

GONE = "its issue was deleted in the tracker: dismiss the item, or give it the ticket of another issue"
MENDED_BY: Mapping[str, str] = {"no owner": "owners", "no due date": "due", "ambiguous date": "due"}
"""A problem in a document -> the field that settles it, whichever side gave it."""

PENDING = "it is not known yet whether its issue was made: the next sync looks again"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One item.

    Attributes:
        owners: by name where the team named them, else as written.
        overdue_days: 0 where it is not late; overdue_since: the first day on which it was late.
        notes: what a person should know of its tracking, one phrase each.
        problems: what a person should mend in the document, one phrase each.
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

    @property
    def overdue_since(self) -> date | None:
        return self.due + timedelta(days=1) if self.due and self.overdue_days else None

    def due_within(self, today: date, days: int) -> bool:
        """Whether it is open and due today or in the next `days` days."""
        return bool(self.due and not self.status.closed and today <= self.due <= today + timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts. `completion` is done / (items - cancelled), None where there are none."""

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


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is rendered, anywhere.

    Attributes:
        rows: what is counted, overdue first; aside: removed items, templates and proposals.
        pulses: when each source and tracker was last read with success.
        outdated: how many documents keep the meaning that an earlier version of pmtrack read in them.
    """

    as_of: date
    totals: Totals
    rows: tuple[ReportRow, ...] = ()
    aside: tuple[ReportRow, ...] = ()
    pulses: tuple[Pulse, ...] = ()
    outdated: int = 0


def outdated_line(count: int) -> str:
    """What is said of documents that an earlier version of pmtrack read."""
    were = "1 document was" if count == 1 else f"{count} documents were"
    return f"{were} read by an earlier version: `pmtrack plan --reextract` shows what this one reads otherwise"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are wanted; what is None or False does not matter."""

    overdue: bool = False
    owner: str | None = None
    priority: str | None = None
    source: str | None = None
    postmortem: str | None = None

    def takes(self, row: ReportRow) -> bool:
        return (
            (not self.overdue or row.overdue_days > 0)
            and (self.owner is None or any(_same(self.owner, owner) for owner in row.owners))
            and (self.priority is None or _same(self.priority, row.priority or ""))
            and self.source in (None, row.source)
            and self.postmortem in (None, row.postmortem)
        )


def build(
    snapshot: Snapshot,
    today: date,
    *,
    normal_priority: Callable[[str], str | None],
    directory: Directory | None = None,
    only: Selection | None = None,
) -> Report:
    """Count what the store holds.

    Args:
        normal_priority: what a document's word for a priority means ("High" -> "P1").
    """
    make = _Maker(today, directory or Directory(), normal_priority)
    wanted = make.selection(only or Selection())
    rows = [made for row in snapshot.rows if wanted.takes(made := make.row(row))]
    return report_of(rows, today, snapshot.pulses)


def report_of(rows: Sequence[ReportRow], today: date, pulses: tuple[Pulse, ...] = ()) -> Report:
    """A report of these rows."""
    counted = sorted((row for row in rows if row.state not in ASIDE), key=_order)
    aside = tuple(row for row in rows if row.state in ASIDE)
    return Report(today, totals(counted, today), tuple(counted), aside, pulses)


def for_document(report: Report, source: str, path: str) -> Report:
    """The part of a report that is about one document, in the order of the document."""
    mine = [row for row in (*report.rows, *report.aside) if (row.source, row.postmortem) == (source, path)]
    part = report_of(mine, report.as_of, report.pulses)
    return replace(part, rows=tuple(sorted(part.rows, key=lambda row: row.line)))


def totals(rows: Sequence[ReportRow], today: date) -> Totals:
    """Count rows."""
    by_status = {status: sum(row.status is status for row in rows) for status in Status}
    expected = len(rows) - by_status[Status.CANCELLED]
    waiting = [row for row in rows if not row.status.closed]
    return Totals(
        items=len(rows),
        open=by_status[Status.OPEN],
        in_progress=by_status[Status.IN_PROGRESS],
        done=by_status[Status.DONE],
        cancelled=by_status[Status.CANCELLED],
        overdue=sum(row.overdue_days > 0 for row in rows),
        due_soon=sum(row.due_within(today, SOON_DAYS) for row in rows),
        no_owner=sum(not row.owners for row in waiting),
        no_due=sum(row.due is None for row in waiting),
        held=sum(row.state is State.HELD for row in rows),
        failed=sum(row.state is State.FAILED for row in rows),
        completion=by_status[Status.DONE] / expected if expected else None,
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    today: date
    directory: Directory
    normal_priority: Callable[[str], str | None]

    def selection(self, only: Selection) -> Selection:
        """With the owner by the name that rows carry."""
        return replace(only, owner=only.owner and self.directory.shown(only.owner))

    def row(self, row: Row) -> ReportRow:
        known, link = row.known, row.link
        agreed = link.agreed if link else known.stated
        status = agreed.status or Status.OPEN
        priority = agreed.priority and (self.normal_priority(agreed.priority) or agreed.priority)
        return ReportRow(
            id=known.ident,
            source=known.source,
            postmortem=known.path,
            postmortem_title=row.document.title,
            line=known.item.line,
            text=known.item.fields.title,
            status=status,
            owners=tuple(map(self.directory.shown, agreed.owners)),
            priority=priority,
            due=agreed.due,
            due_source=link.due_source if link else known.due_source,
            overdue_days=overdue_days(agreed.due, status, self.today),
            ticket=link.ref if link else None,
            state=state(row),
            error=error(row),
            notes=tuple(_notes(row)),
            problems=_problems(row.known.item.problems, agreed),
            first_seen=known.first_seen,
        )


def state(row: Row) -> State:
    """What is the matter with the tracking of an item; the first that fits."""
    link = row.link
    rules = (
        (State.REMOVED, not row.known.present),
        (State.PROPOSED, row.known.acceptance is Acceptance.DISMISSED),
        (State.FAILED, bool(link and (link.error or link.gone or link.ref is None))),
        (State.CONFLICT, bool(link and row.conflicts)),
        (State.LINKED, link is not None),
        (State.TEMPLATE, row.document.is_template),
        (State.PROPOSED, row.known.acceptance is not Acceptance.ACCEPTED),
        (State.HELD, row.hold is not None),
        (State.FOLLOWED, row.known.ticket is not None),
    )
    return next((found for found, fits in rules if fits), State.NOT_CREATED)


def error(row: Row) -> str | None:
    """What went wrong with its issue and what to do next, or None."""
    if row.link is None:
        return None
    return row.link.error or (GONE if row.link.gone else PENDING if row.link.ref is None else None)


def _notes(row: Row) -> list[str]:
    notes = [f"{event.name}: {event.after} stands, {event.loser} was written too" for event in row.conflicts]
    notes += [f"{name} no longer stated in the document" for name in (row.link.unstated if row.link else ())]
    notes += [row.hold.sentence] if row.hold and not row.document.is_template else []
    return notes


def _problems(written: Sequence[str], agreed: Fields) -> tuple[str, ...]:
    """What still needs mending: the tracker may have given an owner or a date, and closed work needs neither."""
    if agreed.status and agreed.status.closed:
        return ()
    mended = {problem for problem, field in MENDED_BY.items() if getattr(agreed, field)}
    return tuple(problem for problem in written if problem not in mended)


def _order(row: ReportRow) -> tuple[bool, int, date, str, str, int]:
    return row.status.closed, -row.overdue_days, row.due or date.max, row.source, row.postmortem, row.line


def _same(one: str, other: str) -> bool:
    return one.strip().lstrip("@").casefold() == other.strip().lstrip("@").casefold()
