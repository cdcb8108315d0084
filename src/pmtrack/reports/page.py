"""A report as one page that needs nothing else: no other file, no network, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pmtrack.reports.charts import charts
from pmtrack.reports.numbers import HEADINGS, percent
from pmtrack.reports.render import pace, remarks, totals_line
from pmtrack.reports.repeat import repeats
from pmtrack.reports.values import ALL, SOON_DAYS, Report, ReportRow, Totals
from pmtrack.reports.words import is_web
from pmtrack.text import plain

MOST = 5_000
"""Items on the page; a browser is slow with more."""

AGAIN = 20
"""Actions of several postmortems."""

GENERATOR = '<meta name="generator" content="pmtrack">'
"""Tells a page of ours, which may be written anew, from another file."""

HEADS = ("Item", "Due", "Days late", "Owner", "Priority", "Status", "Issue", "Postmortem", "Note")

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Cell:
    """Words, what they are sorted by, and a class of the style sheet."""

    words: str
    key: str = ""
    kind: str = ""


def _count(value: float | None, kind: str = "") -> Cell:
    return Cell("" if value is None else f"{value:g}", "" if value is None else f"{value:g}", kind if value else "")


def _days(value: float | None) -> Cell:
    cell = _count(value)
    return Cell(f"{cell.words} d" if cell.words else "", cell.key)


def _share(value: float | None) -> Cell:
    return Cell(percent(value), "" if value is None else f"{value:.4f}")


def _in_time(totals: Totals) -> float | None:
    return totals.in_time[ALL].share if ALL in totals.in_time else None


COLUMNS: Mapping[str, Callable[[Totals], Cell]] = {
    "Items": lambda totals: _count(totals.items),
    "Open": lambda totals: _count(totals.open),
    "In progress": lambda totals: _count(totals.in_progress),
    "Done": lambda totals: _count(totals.done),
    "Cancelled": lambda totals: _count(totals.cancelled),
    "Overdue": lambda totals: _count(totals.overdue, "late"),
    "Late since": lambda totals: Cell(str(totals.overdue_since or ""), str(totals.overdue_since or "")),
    "Due in 7 days": lambda totals: _count(totals.due_soon, "soon"),
    "No owner": lambda totals: _count(totals.no_owner),
    "No date": lambda totals: _count(totals.no_due),
    "Held": lambda totals: _count(totals.held),
    "Failed": lambda totals: _count(totals.failed),
    "Complete": lambda totals: _share(totals.completion),
    "In time": lambda totals: _share(_in_time(totals)),
    "Median age": lambda totals: _days(totals.median_age),
    "Median time to close": lambda totals: _days(totals.median_to_close),
    "Slips": lambda totals: _count(totals.slips),
}
"""The columns of a table of groups, and the tiles of the totals."""

ALWAYS = frozenset({"Items", "Open", "Done", "Overdue", "Complete"})


def page(report: Report) -> str:
    """HTML. Whatever comes from documents and trackers is escaped."""
    style, script = _text("page.css"), _text("page.js")
    open_rows = [row for row in report.rows if not row.status.closed]
    rows = [_row(row, report) for row in (open_rows or report.rows)[:MOST]]
    noted = any(row["note"] for row in rows)
    return _template().render(
        report=report,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        generator=Markup(GENERATOR),  # noqa: S704 - our own words
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704
        totals_line=totals_line(report.totals),
        tiles=[(name, cell.words, cell.kind) for name, get in COLUMNS.items() if (cell := get(report.totals)).words],
        pace=[plain(line) for line in pace(report.totals)],
        charts=charts(report),
        groups=list(_groups(report)),
        again=list(_again(report)),
        heads=HEADS if noted else HEADS[:-1],
        noted=noted,
        items_heading="What is open, overdue first" if open_rows else "Items",
        rows=rows,
        left_out=len((open_rows or report.rows)[MOST:]),
        remarks=[plain(line) for line in remarks(report)],
        zip=zip,
    )


def _groups(report: Report) -> Iterator[tuple[str, str, list[str], list[tuple[str, list[Cell]]]]]:
    """Each table without the columns in which nobody has anything."""
    for kind, heading in HEADINGS.items():
        if found := report.groups.get(kind, ()):
            cells = {name: [get(group.totals) for group in found] for name, get in COLUMNS.items()}
            names = [name for name, of in cells.items() if name in ALWAYS or any(cell.key.strip("0") for cell in of)]
            rows = [(plain(group.title), [cells[name][at] for name in names]) for at, group in enumerate(found)]
            yield heading, f"by-{kind}", names, rows


def _again(report: Report) -> Iterator[tuple[str, str]]:
    """What several postmortems ask for and nobody did yet, and how often and where."""
    waiting = (one for one in repeats(report.rows) if one.waiting)
    for one in islice(waiting, AGAIN):
        yield plain(one.rows[0].text), plain(f"{one.sentence(report.as_of)}: {', '.join(one.postmortems)}")


def _row(row: ReportRow, report: Report) -> dict[str, object]:
    soon = row.due_within(report.as_of, SOON_DAYS)
    return {
        "text": plain(row.text),
        "due": row.due,
        "late": row.overdue_days or "",
        "kind": "late" if row.overdue_days else "soon" if soon else "",
        "owners": plain(", ".join(row.owners)) or "nobody",
        "priority": plain(row.priority or ""),
        "status": row.status.value.replace("_", " "),
        "url": row.ticket.url if row.ticket and is_web(row.ticket.url) else "",
        "key": plain(row.ticket.key) if row.ticket else row.state.value.replace("_", " "),
        "title": plain(row.postmortem_title),
        "place": plain(f"{row.postmortem}:{row.line}"),
        "note": plain("; ".join(filter(None, (row.error, *row.notes)))),
    }


def _hash(text: str) -> str:
    """As a Content-Security-Policy names what stands in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html")
