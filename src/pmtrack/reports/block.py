"""The inside of the report block in a postmortem (pure).

It holds no moment and counts no days, so it changes only when something changed; becoming overdue is a change, once.
It is written the way formatters write Markdown, so that they leave it alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from pmtrack.model import State
from pmtrack.reports.build import Report, ReportRow, Totals
from pmtrack.reports.words import in_bullet, in_cell, linked
from pmtrack.text import one_line

Link = Callable[[ReportRow], str | None]

HEAD = ("Item", "Owner", "Priority", "Due", "State", "Issue")

STATE_WORDS = {
    State.NOT_CREATED: "not filed",
    State.HELD: "held",
    State.FAILED: "failed",
    State.FOLLOWED: "elsewhere",
}
"""How the tracking of an item is named where it has no issue of ours."""

SHOWN_IN_TABLE = frozenset({"no owner", "no due date"})
"""Problems that the table says already, and the line of progress counts."""

_PICTURE = r"(?:.\ufe0f\u20e3?|[\U0001f300-\U0001faff][\U0001f3fb-\U0001f3ff]?)"
_EMOJI = re.compile(rf"{_PICTURE}(?:\u200d{_PICTURE})*+")
_WIDE = "\u3000"


def block(report: Report, link: Link) -> str:
    """Markdown: a line of progress, a table, and what somebody should look at.

    Args:
        link: where the document links to for a row's issue, or None.
    """
    lines = [_progress(report.totals)]
    if report.rows:
        lines += ["", *_table([HEAD, *(_cells(row, link) for row in report.rows)])]
    notes = [note for row in report.rows for note in _notes(row)]
    if notes:
        lines += ["", *notes]
    return "\n".join(lines) + "\n"


def review_on(report: Report) -> date | None:
    """The next day on which `block` changes though nobody does anything: the day after the next due date."""
    waiting = [row.due for row in report.rows if row.due and not row.status.closed and row.due >= report.as_of]
    return min(waiting) + timedelta(days=1) if waiting and min(waiting) < date.max else None


def _progress(totals: Totals) -> str:
    parts = [f"**Action items:** {totals.done} of {totals.items - totals.cancelled} done"]
    for count, word in (
        (totals.in_progress, "in progress"),
        (totals.overdue, "overdue"),
        (totals.cancelled, "cancelled"),
        (totals.held, "held"),
        (totals.failed, "failed"),
        (totals.no_owner, "without owner"),
        (totals.no_due, "without due date"),
    ):
        if count:
            parts.append(f"{count} {word}")
    return " · ".join(parts)


def _cells(row: ReportRow, link: Link) -> tuple[str, ...]:
    overdue = f" (overdue since {row.overdue_since})" if row.overdue_since else ""
    return (
        in_cell(row.text),
        in_cell(", ".join(row.owners)) or "nobody",
        in_cell(row.priority or "") or "none",
        f"{row.due or 'none'}{overdue}",
        row.status.value.replace("_", " "),
        linked(row.ticket.key, link(row)) if row.ticket else STATE_WORDS.get(row.state, "none"),
    )


def _notes(row: ReportRow) -> Iterator[str]:
    """A bullet for each thing that a person should know of an item."""
    for words in filter(None, (*row.notes, row.error, *row.problems)):
        if words not in SHOWN_IN_TABLE:
            yield f"- {in_bullet(one_line(row.text, limit=60))}: {in_cell(words)}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(3, *(width(line[at]) for line in rows)) for at in range(len(rows[0]))]
    head, *rest = rows
    return [_line(head, widths), _line(["-" * size for size in widths], widths), *(_line(row, widths) for row in rest)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (
        "| " + " | ".join(words + " " * (size - width(words)) for words, size in zip(cells, widths, strict=True)) + " |"
    )


def width(words: str) -> int:
    """Columns as Prettier counts them: an emoji or a wide East Asian character is two, an accent none."""
    if words.isascii():
        return len(words)
    return sum(
        0 if "\u0300" <= sign <= "\u036f" else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in _EMOJI.sub(_WIDE, words)
    )
