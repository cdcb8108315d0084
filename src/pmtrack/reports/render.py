"""A report as a table for people, as JSON, as Markdown and as CSV (pure but for the terminal's width)."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC
from typing import Any

from pmtrack.model import State
from pmtrack.reports.block import block
from pmtrack.reports.build import ASIDE, Report, ReportRow, Totals, outdated_line
from pmtrack.reports.words import in_bullet
from pmtrack.text import csv_cell, plain

WIDTH = 120
"""Columns of a table that no terminal shows."""

TABLE: Mapping[str, Mapping[str, Any]] = {
    "Due": {"no_wrap": True},
    "Owner": {"max_width": 24},
    "Pri": {"max_width": 8},
    "Status": {"no_wrap": True},
    "Issue": {"max_width": 16},
    "Item": {"min_width": 20, "ratio": 1},
}
"""The columns of the table for people, and how each takes its room; somebody else's words never take all of it."""


def render(report: Report, form: str) -> str:
    """The report in one of `FORMS`, ending with a line end."""
    return FORMS[form](report)


def as_json(report: Report) -> str:
    """DESIGN: `{"schema", "as_of", "totals", "items", "last_read"}`; within a schema only additions."""
    content = {
        "schema": 1,
        "as_of": report.as_of.isoformat(),
        "totals": asdict(report.totals),
        "items": [_object(row) for row in report.rows],
        "last_read": {
            pulse.name: {
                "at": pulse.last_success.isoformat() if pulse.last_success else None,
                "error": pulse.error,
            }
            for pulse in report.pulses
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


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


def as_table(report: Report, *, terminal: bool) -> str:
    """A table as wide as the terminal, coloured only there; overdue first."""
    from rich import box  # noqa: PLC0415 - takes 50 ms that the other forms do not need
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(width=None if terminal else WIDTH, force_terminal=None if terminal else False, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, room in TABLE.items():
        table.add_column(name, **room)
    for row in report.rows:
        style = "red" if row.overdue_days else "dim" if row.status.closed else ""
        table.add_row(*(Text(plain(words)) for words in _table_cells(row)), style=style)
    with console.capture() as captured:
        if report.rows:
            console.print(table)
        for line in (totals_line(report.totals), *remarks(report)):
            console.print(Text(plain(line)), soft_wrap=True)
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def _table_cells(row: ReportRow) -> tuple[str, ...]:
    late = f" ({row.overdue_days} d late)" if row.overdue_days else ""
    issue = row.ticket.key if row.ticket else row.state.value.replace("_", " ")
    said = [row.error] if row.error else list(row.notes) if row.state is State.CONFLICT else []
    trouble = f"  [{'; '.join(said)}]" if said else ""
    return (
        f"{row.due or '-'}{late}",
        ", ".join(row.owners) or "-",
        row.priority or "-",
        row.status.value.replace("_", " "),
        issue,
        f"{row.text}  ({row.postmortem}:{row.line}){trouble}",
    )


def totals_line(totals: Totals) -> str:
    """One line of totals."""
    done = "no items" if totals.completion is None else f"{totals.completion:.0%} complete"
    return (
        f"{totals.items} items: {totals.open} open, {totals.in_progress} in progress, {totals.done} done, "
        f"{totals.cancelled} cancelled, {totals.overdue} overdue, {totals.due_soon} due within 7 days ({done})"
    )


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


def _object(row: ReportRow) -> dict[str, Any]:
    ticket = row.ticket
    return {
        "id": row.id,
        "source": row.source,
        "postmortem": row.postmortem,
        "line": row.line,
        "text": row.text,
        "status": row.status,
        "owner": ", ".join(row.owners) or None,
        "priority": row.priority,
        "due": row.due.isoformat() if row.due else None,
        "due_source": row.due_source,
        "overdue_days": row.overdue_days,
        "ticket": {"tracker": ticket.tracker, "key": ticket.key, "url": ticket.url} if ticket else None,
        "state": row.state,
        "error": row.error,
        "notes": list(row.notes),
        "problems": list(row.problems),
    }


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
    "table": lambda report: as_table(report, terminal=sys.stdout.isatty()),
    "json": as_json,
    "markdown": as_markdown,
    "csv": as_csv,
}
