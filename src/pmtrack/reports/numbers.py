"""The numbers of the whole store as text: totals, groups and the trend (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from pmtrack.reports.block import width
from pmtrack.reports.render import pace, remarks, totals_line
from pmtrack.reports.values import ALL, Group, Report, Totals, Week
from pmtrack.text import one_line, plain

MOST = 20
"""Groups of a kind that are told; the JSON has all of them."""

LAST_WEEKS = 12
NAME_LIMIT = 40

HEADINGS: Mapping[str, str] = {
    "postmortem": "By postmortem",
    "owner": "By owner",
    "team": "By team",
    "priority": "By priority",
    "source": "By source",
}

COUNTS: Mapping[str, Callable[[Totals], str]] = {
    "items": lambda totals: str(totals.items),
    "open": lambda totals: str(totals.open),
    "in progress": lambda totals: str(totals.in_progress),
    "done": lambda totals: str(totals.done),
    "cancelled": lambda totals: str(totals.cancelled),
    "overdue": lambda totals: str(totals.overdue),
    "since": lambda totals: str(totals.overdue_since or ""),
    "due soon": lambda totals: str(totals.due_soon),
    "complete": lambda totals: percent(totals.completion),
    "in time": lambda totals: percent(totals.in_time[ALL].share if ALL in totals.in_time else None),
}
"""The columns of a group's line."""

OF_WEEK: Mapping[str, Callable[[Week], str]] = {
    "items": lambda week: str(week.items),
    "open": lambda week: str(week.open),
    "in progress": lambda week: str(week.in_progress),
    "done": lambda week: str(week.done),
    "cancelled": lambda week: str(week.cancelled),
    "overdue": lambda week: str(week.overdue),
    "complete": lambda week: percent(week.completion),
}


def percent(share: float | None) -> str:
    """ "50%", or "" where there is nothing to divide by."""
    return "" if share is None else f"{share:.0%}"


def numbers(report: Report) -> str:
    """Totals, a table for each kind of group that there is more than one of, and the last weeks."""
    lines = [totals_line(report.totals), *pace(report.totals), *remarks(report)]
    for kind, heading in HEADINGS.items():
        if len(found := report.groups.get(kind, ())) > (0 if kind == "team" else 1):
            lines += ["", *_groups(heading, found)]
    if len(report.trend) > 1:
        weeks = [[week.name, *(get(week) for get in OF_WEEK.values())] for week in report.trend[-LAST_WEEKS:]]
        lines += ["", *_aligned([["By week", *OF_WEEK], *weeks])]
    return "".join(f"{plain(line)}\n" for line in lines)


def _groups(heading: str, found: Sequence[Group]) -> Iterator[str]:
    yield from _aligned([[heading, *COUNTS], *map(_group, islice(found, MOST))])
    if len(found) > MOST:
        yield f"and {len(found) - MOST} more: see `pmtrack report --format json`"


def _group(group: Group) -> list[str]:
    return [one_line(group.title, NAME_LIMIT), *(get(group.totals) for get in COUNTS.values())]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Names to the left, numbers to the right."""
    sizes = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for name, *values in rows:
        cells = (" " * (size - width(value)) + value for value, size in zip(values, sizes[1:], strict=True))
        yield "  ".join([name + " " * (sizes[0] - width(name)), *cells]).rstrip()
