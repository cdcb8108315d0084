"""The pictures of a page: inline SVG with its words beside it, drawn with attributes only (pure).

A drawing is 360 units wide, which a phone shows at about one pixel a unit, so that its words stay readable there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from markupsafe import Markup, escape

from pmtrack.reports.numbers import percent
from pmtrack.reports.values import Group, Report, Week
from pmtrack.text import one_line

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 34, 350, 12, 165

AGES = (7, 30, 90, 180)
"""Days up to which the classes of ages go; the last one has no end."""

AGE_NAMES = ("0-7", "8-30", "31-90", "91-180", "over 180")

MOST = 10
"""Bars of one chart."""

NAME_LIMIT = 48


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and the same as a table where no other table of the page says it."""

    title: str
    drawing: Markup
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def charts(report: Report) -> list[Chart]:
    """The charts that there is something to draw in."""
    found = [_completion(report.trend), _late(report.trend), _ages(report)]
    for kind, title in (("owner", "Overdue by owner"), ("postmortem", "Overdue by postmortem")):
        found.append(_overdue(title, [group for group in report.groups.get(kind, ()) if group.totals.overdue]))
    return [chart for chart in found if chart]


def _completion(weeks: Sequence[Week]) -> Chart | None:
    known = [week for week in weeks if week.completion is not None]
    if len(known) < 2:
        return None
    rows = [(week.name, percent(week.completion), str(week.done), str(week.items - week.cancelled)) for week in known]
    words = f"{rows[0][1]} in {rows[0][0]}, {rows[-1][1]} in {rows[-1][0]}"
    line = _line("line", [week.completion or 0.0 for week in known], 1.0)
    grid = _grid(("0%", "50%", "100%"), rows[0][0], rows[-1][0])
    drawing = _drawing("completion", f"Completion over time: {words}", [*grid, line], HEIGHT)
    return Chart("Completion over time", drawing, ("Week", "Complete", "Done", "Of"), rows)


def _late(weeks: Sequence[Week]) -> Chart | None:
    if len(weeks) < 2:
        return None
    waiting = [week.open + week.in_progress for week in weeks]
    most = max(*waiting, 1)
    rows = [(week.name, str(count), str(week.overdue)) for week, count in zip(weeks, waiting, strict=True)]
    first, last = (f"{rows[at][1]} open and {rows[at][2]} of them overdue in {rows[at][0]}" for at in (0, -1))
    lines = [_line("line", waiting, most), _line("late-line", [week.overdue for week in weeks], most)]
    grid = _grid(("0", f"{most / 2:g}", str(most)), rows[0][0], rows[-1][0])
    title = "Open (line) and overdue (dashed) over time"
    return Chart(
        title, _drawing("late", f"{title}: {first}, {last}", [*grid, *lines], HEIGHT), ("Week", "Open", "Overdue"), rows
    )


def _line(kind: str, values: Sequence[float], most: float) -> Markup:
    step = (RIGHT - LEFT) / (len(values) - 1)
    points = " ".join(f"{LEFT + at * step:.1f},{_height(value / most):.1f}" for at, value in enumerate(values))
    return Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _height(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _grid(marks: Sequence[str], first: str, last: str) -> Iterator[Markup]:
    for at, mark in enumerate(marks):
        y = _height(at / (len(marks) - 1))
        yield Markup('<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(LEFT, y, RIGHT, y)
        yield _text(LEFT - 4, y + 4, mark, "end")
    yield _text(LEFT, HEIGHT - 8, first, "start")
    yield _text(RIGHT, HEIGHT - 8, last, "end")


def _ages(report: Report) -> Chart | None:
    counts = [0] * len(AGE_NAMES)
    for row in report.rows:
        if row.began and not row.status.closed:
            counts[bisect_left(AGES, (report.as_of - row.began).days)] += 1
    if not any(counts):
        return None
    words = ", ".join(f"{count} of {name} days" for name, count in zip(AGE_NAMES, counts, strict=True))
    room = (RIGHT - LEFT) / len(counts)
    parts = [part for at, count in enumerate(counts) for part in _column(at, count, max(counts), room)]
    rows = [(name, str(count)) for name, count in zip(AGE_NAMES, counts, strict=True)]
    drawing = _drawing("ages", f"Age of open items: {words}", parts, HEIGHT)
    return Chart("Age of open items, in days", drawing, ("Days", "Open items"), rows)


def _column(at: int, count: int, most: int, room: float) -> Iterator[Markup]:
    x, y = LEFT + at * room, BOTTOM - (BOTTOM - TOP - 14) * count / most
    yield Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        x + 5, y, room - 10, BOTTOM - y
    )
    yield _text(x + room / 2, y - 4, str(count), "middle")
    yield _text(x + room / 2, HEIGHT - 8, AGE_NAMES[at], "middle")


def _overdue(title: str, groups: Sequence[Group]) -> Chart | None:
    """One bar under its name for each of those that have most of it."""
    if not groups:
        return None
    shown, most = list(islice(groups, MOST)), max(group.totals.overdue for group in groups)
    words = ", ".join(f"{one_line(group.title, NAME_LIMIT)} {group.totals.overdue}" for group in shown)
    rest = f", and {len(groups) - MOST} more" if len(groups) > MOST else ""
    parts = [part for at, group in enumerate(shown) for part in _bar(at, group, most)]
    return Chart(title, _drawing(title.rsplit(maxsplit=1)[-1], f"{title}: {words}{rest}", parts, 34 * len(shown) + 4))


def _bar(at: int, group: Group, most: int) -> Iterator[Markup]:
    y, length = at * 34, 300 * group.totals.overdue / most
    yield _text(2, y + 12, one_line(group.title, NAME_LIMIT), "start")
    yield Markup('<rect class="late-bar" x="2" y="{}" width="{:.1f}" height="11"/>').format(y + 17, length)
    yield _text(length + 8, y + 27, str(group.totals.overdue), "start")


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


def _drawing(name: str, words: str, parts: Sequence[Markup], height: int) -> Markup:
    """With its words for those who do not see it."""
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-words"><title id="{}-words">{}</title>')
    return head.format(WIDTH, height, name, name, escape(words)) + Markup("").join(parts) + Markup("</svg>")
