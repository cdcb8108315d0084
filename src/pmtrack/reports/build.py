"""The report of a day, from store rows (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, tzinfo

from pmtrack.model import Event, Pulse, Row, Snapshot
from pmtrack.people import Directory
from pmtrack.reports.count import groups, totals
from pmtrack.reports.course import Story, course, day_of, story
from pmtrack.reports.rows import Maker, error, state
from pmtrack.reports.selection import Selection, ordered
from pmtrack.reports.trend import trend
from pmtrack.reports.values import ASIDE, Report, ReportRow, Totals

__all__ = [
    "ASIDE",
    "Report",
    "ReportRow",
    "Selection",
    "Totals",
    "build",
    "error",
    "for_document",
    "outdated_line",
    "report_of",
    "state",
]


def outdated_line(count: int) -> str:
    """What is said of documents that an earlier version of pmtrack read."""
    were = "1 document was" if count == 1 else f"{count} documents were"
    return f"{were} read by an earlier version: `pmtrack plan --reextract` shows what this one reads otherwise"


def build(
    snapshot: Snapshot,
    today: date,
    *,
    normal_priority: Callable[[str], str | None],
    directory: Directory | None = None,
    only: Selection | None = None,
    sort: str | None = None,
    history: Iterable[Event] | None = None,
    zone: tzinfo = UTC,
) -> Report:
    """Count what the store holds.

    Args:
        normal_priority: what a document's word for a priority means ("High" -> "P1").
        sort: one of `selection.SORTS`; by urgency without it.
        history: of these rows, oldest first. Without it there are no times to close, no slips, no groups and no trend.
        zone: in which the history's moments are days.
    """
    known = replace(directory or Directory(), names=snapshot.names)
    maker = Maker(today, known, normal_priority)
    wanted = _in_terms(only or Selection(), maker)
    told = None if history is None else story(event for event in history if day_of(event, zone) <= today)
    made = [(row, _made(maker, row, told, zone)) for row in snapshot.rows]
    chosen = [(row, shown) for row, shown in made if wanted.takes(shown, today)]
    report = report_of([shown for _, shown in chosen], today, snapshot.pulses, sort)
    if wanted.state in ASIDE:  # then they are what was asked for, though they do not count
        report = replace(report, rows=tuple(ordered(report.aside, sort)))
    if told is None:
        return report
    counted = () if wanted.state in ASIDE else report.rows
    return replace(report, groups=groups(counted, today), trend=trend([row for row, _ in chosen], told, zone, today))


def report_of(
    rows: Sequence[ReportRow], today: date, pulses: tuple[Pulse, ...] = (), sort: str | None = None
) -> Report:
    """A report of these rows."""
    counted = ordered([row for row in rows if row.state not in ASIDE], sort)
    aside = tuple(row for row in rows if row.state in ASIDE)
    return Report(today, totals(counted, today), tuple(counted), aside, pulses)


def for_document(report: Report, source: str, path: str) -> Report:
    """The part of a report that is about one document, in the order of the document."""
    mine = [row for row in (*report.rows, *report.aside) if (row.source, row.postmortem) == (source, path)]
    part = report_of(mine, report.as_of, report.pulses)
    return replace(part, rows=tuple(sorted(part.rows, key=lambda row: row.line)))


def _in_terms(only: Selection, maker: Maker) -> Selection:
    """With the owner and the priority as rows carry them."""
    owner = only.owner and maker.shown(only.owner)
    return replace(
        only, owner=owner, priority=only.priority and (maker.normal_priority(only.priority) or only.priority)
    )


def _made(maker: Maker, row: Row, told: Story | None, zone: tzinfo) -> ReportRow:
    return maker.row(row, None if told is None else course(told.get(row.known.ident, ()), zone))
