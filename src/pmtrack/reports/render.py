"""A report in every form that a command can be asked for. Pure, but for what the table asks of the terminal."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC

from pmtrack.reports.block import block
from pmtrack.reports.build import outdated_line
from pmtrack.reports.count import NO_PRIORITY
from pmtrack.reports.look import PLAIN, Look, look_of
from pmtrack.reports.objects import as_json
from pmtrack.reports.table import table
from pmtrack.reports.values import ALL, ASIDE, Report, ReportRow, Totals
from pmtrack.reports.words import in_bullet
from pmtrack.text import csv_cell, plain


def render(report: Report, form: str) -> str:
    """The report in one of `FORMS`, ending with a line end."""
    return FORMS[form](report)


def as_markdown(report: Report) -> str:
    """What the block of a postmortem says, of all of them."""
    return block(report, lambda row: row.ticket.url if row.ticket else None) + paragraphs(remarks(report))


def as_csv(report: Report) -> str:
    """One line a row; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(plain(get(row))) for get in COLUMNS.values()] for row in report.rows)
    return out.getvalue()


def as_table(report: Report, look: Look = PLAIN) -> str:
    """A table for people, then one line of totals and what else is to be said."""
    lines = [*table(report, look), *([""] if report.rows else [])]
    lines += [plain(line).replace("\n", " ") for line in (totals_line(report.totals), *remarks(report))]
    return "".join(f"{line}\n" for line in lines)


def as_html(report: Report) -> str:
    """A page of its own."""
    from pmtrack.reports.page import page  # noqa: PLC0415 - the other forms need no templates

    return page(report)


def totals_line(totals: Totals) -> str:
    """One line of totals."""
    done = "no items" if totals.completion is None else f"{totals.completion:.0%} complete"
    items = "1 item" if totals.items == 1 else f"{totals.items} items"
    return (
        f"{items}: {totals.open} open, {totals.in_progress} in progress, {totals.done} done, "
        f"{totals.cancelled} cancelled, {totals.overdue} overdue, {totals.due_soon} due within 7 days ({done})"
    )


WHOSE: Mapping[str, str] = {
    ALL: "",
    **{name: f" of {name}" for name in ("P0", "P1", "P2", "P3", "P4")},
    NO_PRIORITY: " without a priority",
}
"""The priorities of which it is said in a sentence how much was done in time."""


def pace(totals: Totals) -> Iterator[str]:
    """What the history tells of a report: a line each, none where it was not read or tells nothing."""
    if totals.median_age is not None:
        yield f"half of the open items are older than {days(totals.median_age)}"
    if totals.median_to_close is not None:
        yield f"half of the done items took longer than {days(totals.median_to_close)}"
    for name, whose in WHOSE.items():
        if found := totals.in_time.get(name):
            yield f"done by the first due date{whose}: {found.met} of {found.met + found.missed} ({found.share:.0%})"
    if totals.slips:
        times = "once" if totals.slips == 1 else f"{totals.slips} times"
        items = "1 item" if totals.slipped == 1 else f"{totals.slipped} items"
        yield f"due dates moved to a later day: {times}, of {items}, by {days(totals.slip_days)} in all"


def days(count: float) -> str:
    """`1 day`, `2.5 days`."""
    return f"{count:g} day{'' if count == 1 else 's'}"


def remarks(report: Report) -> Iterator[str]:
    """What was not counted, and how fresh the numbers are: a line each."""
    aside = [(sum(row.state is state for row in report.aside), words) for state, words in ASIDE.items()]
    if report.aside:
        yield "not counted: " + ", ".join(f"{count} {words}" for count, words in aside if count)
    if report.outdated:
        yield outdated_line(report.outdated)
    for pulse in report.pulses:
        at = f"{pulse.last_success.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if pulse.last_success else "never"
        yield f"{pulse.name}: last read {at}" + (f"; {pulse.error}" if pulse.error else "")


def paragraphs(lines: Iterable[str]) -> str:
    """Each line as a paragraph of Markdown after what stands before."""
    return "".join(f"\n{in_bullet(line)}\n" for line in lines)


COLUMNS: Mapping[str, Callable[[ReportRow], str]] = {
    "id": lambda row: row.id,
    "source": lambda row: row.source,
    "postmortem": lambda row: row.postmortem,
    "line": lambda row: str(row.line),
    "text": lambda row: row.text,
    "status": lambda row: row.status,
    "owner": lambda row: ", ".join(row.owners),
    "priority": lambda row: row.priority or "",
    "due": lambda row: row.due.isoformat() if row.due else "",
    "due_source": lambda row: row.due_source or "",
    "overdue_days": lambda row: str(row.overdue_days),
    "ticket": lambda row: row.ticket.key if row.ticket else "",
    "url": lambda row: row.ticket.url if row.ticket else "",
    "state": lambda row: row.state,
    "error": lambda row: row.error or "",
    "problems": lambda row: "; ".join(row.problems),
}

FORMS: Mapping[str, Callable[[Report], str]] = {
    "table": lambda report: as_table(report, look_of(sys.stdout, os.environ)),
    "json": as_json,
    "markdown": as_markdown,
    "csv": as_csv,
    "html": as_html,
}
