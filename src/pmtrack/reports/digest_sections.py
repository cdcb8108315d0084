"""The sections of a digest, each from the rows of a report (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pmtrack.model import State
from pmtrack.reports.digest_letter import Line, Link, Section
from pmtrack.reports.repeat import Repeat
from pmtrack.reports.values import Group, Report, ReportRow, Week
from pmtrack.reports.words import is_web

WEEK = timedelta(days=7)

AGES: Sequence[tuple[int, str]] = (
    (90, "more than 90 days"),
    (30, "31 to 90 days"),
    (7, "8 to 30 days"),
    (0, "up to 7 days"),
)
"""Days that an item is late by more than -> how its age is called."""

TREND_WEEKS = 8
BARS = "▁▂▃▄▅▆▇█"

GROUPS: Mapping[str, str] = {"team": "By team", "source": "By source", "owner": "By owner"}

Address = Callable[[ReportRow], str | None]
"""Where people read the postmortem of an item; None where its source does not say."""


def nowhere(_row: ReportRow) -> None:
    """The address of a postmortem that has none."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What a person said of an item: not to remind of it.

    Attributes:
        until: the first day on which it is reminded of again; None where the work was called off.
    """

    until: date | None
    reason: str

    @property
    def sentence(self) -> str:
        return f"until {self.until}: {self.reason}" if self.until else self.reason


@dataclass(frozen=True, slots=True)
class Material:
    """What a digest is made from.

    Attributes:
        finished: ids of the items that were closed within the week.
        pauses: by id. repeats: what several postmortems ask for. address: see `Address`.
    """

    report: Report
    finished: frozenset[str] = frozenset()
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    repeats: Sequence[Repeat] = ()
    address: Address = nowhere

    @property
    def waiting(self) -> list[ReportRow]:
        """What somebody has to do, without what is paused."""
        return [row for row in self.report.rows if not row.status.closed and row.id not in self.pauses]

    @property
    def start(self) -> date:
        return self.report.as_of - WEEK

    def line(self, row: ReportRow, said: str) -> Line:
        """An item, and why it is told."""
        issue = (Link(row.ticket.key, row.ticket.url if is_web(row.ticket.url) else None),) if row.ticket else ()
        owner = ", ".join(row.owners) or "nobody"
        return Line(row.text, (owner, said), (*issue, Link(row.postmortem, self.address(row))))


def sections(material: Material) -> list[Section]:
    """Those that have something to tell, in the order in which they are read."""
    return [section for make in MAKERS for section in make(material)]


def _overdue(material: Material) -> Iterable[Section]:
    late = [row for row in material.waiting if row.overdue_days]
    paused = sum(row.overdue_days > 0 and row.id in material.pauses for row in material.report.rows)
    aside = (f"{paused} more {'is' if paused == 1 else 'are'} snoozed or called off, see below",) if paused else ()
    notes = (*_by_age(late), *aside)
    yield from _items(material, "Overdue", late, lambda row: f"overdue since {row.overdue_since}", notes)


def _by_age(rows: Sequence[ReportRow]) -> tuple[str, ...]:
    """How many are late by how much; nothing of one item, whose line says it."""
    counts = dict.fromkeys((name for _, name in AGES), 0)
    for row in rows:
        counts[next(name for least, name in AGES if row.overdue_days > least)] += 1
    parts = [f"{count} by {name}" for name, count in counts.items() if count]
    return (f"Late: {', '.join(parts)}",) if len(rows) > 1 else ()


def _due(material: Material) -> Iterable[Section]:
    soon = [row for row in material.waiting if row.due_within(material.report.as_of, WEEK.days)]
    yield from _items(material, "Due within 7 days", soon, lambda row: f"due {row.due}")


def _new(material: Material) -> Iterable[Section]:
    new = [row for row in material.waiting if row.first_seen and row.first_seen > material.start]
    yield from _items(material, "New this week", new, _when)


def _finished(material: Material) -> Iterable[Section]:
    ended = [row for row in material.report.rows if row.id in material.finished and row.status.closed]
    yield from _items(material, "Done or cancelled this week", ended, lambda row: row.status.value)


def _repeated(material: Material) -> Iterable[Section]:
    """What is asked for again and again, and still to be done."""
    lines = [_repeat(material, one) for one in material.repeats if one.waiting]
    if lines:
        yield Section("Asked for again and again", tuple(lines), len(lines))


def _repeat(material: Material, one: Repeat) -> Line:
    rows = {(row.source, row.postmortem): row for row in one.rows}.values()
    links = tuple(Link(row.postmortem, material.address(row)) for row in rows)
    return Line(one.rows[0].text, (one.sentence(material.report.as_of),), links)


def _nobodys(material: Material) -> Iterable[Section]:
    yield from _items(material, "Nobody's", [row for row in material.waiting if not row.owners], _when)


def _undated(material: Material) -> Iterable[Section]:
    yield from _items(material, "Without a date", [row for row in material.waiting if row.due is None], _when)


def _conflicts(material: Material) -> Iterable[Section]:
    torn = [row for row in material.report.rows if row.state is State.CONFLICT]
    yield from _items(material, "Both sides changed", torn, lambda _row: "see pmtrack review")


def _paused(material: Material) -> Iterable[Section]:
    """What people asked not to be reminded of, apart from all the rest."""
    rows = [row for row in material.report.rows if row.id in material.pauses and not row.status.closed]
    snoozed = [row for row in rows if material.pauses[row.id].until]
    called_off = [row for row in rows if not material.pauses[row.id].until]
    yield from _aside(material, "Snoozed", snoozed)
    yield from _aside(material, "Called off, and still open", called_off)


def _aside(material: Material, title: str, rows: Sequence[ReportRow]) -> Iterable[Section]:
    for section in _items(material, title, rows, lambda row: material.pauses[row.id].sentence):
        yield replace(section, calls=False)


def _groups(material: Material) -> Iterable[Section]:
    for kind, title in GROUPS.items():
        found = material.report.groups.get(kind, ())
        lines = [Line(group.title, (_group(group),)) for group in found if _is_open(group)]
        if len(lines) > 1:
            yield Section(title, tuple(lines), calls=False)


def _is_open(group: Group) -> bool:
    return bool(group.totals.open + group.totals.in_progress)


def _group(group: Group) -> str:
    counts = group.totals
    done = "" if counts.completion is None else f", {counts.completion:.0%} complete"
    return f"{counts.overdue} overdue, {counts.open + counts.in_progress} to do{done}"


def trend_line(trend: Sequence[Week]) -> str | None:
    """ "Completion over 4 weeks: 10%, 12%, 12%, 30% ▁▁▁▂"; None where there is no course yet."""
    shares = [week.completion for week in trend[-TREND_WEEKS:] if week.completion is not None]
    if len(shares) < 2:
        return None
    bars = "".join(BARS[min(len(BARS) - 1, int(share * len(BARS)))] for share in shares)
    return f"Completion over {len(shares)} weeks: {', '.join(f'{share:.0%}' for share in shares)} {bars}"


def _when(row: ReportRow) -> str:
    return f"due {row.due}" if row.due else "no due date"


def _items(
    material: Material,
    title: str,
    rows: Sequence[ReportRow],
    said: Callable[[ReportRow], str],
    notes: tuple[str, ...] = (),
) -> Iterable[Section]:
    if rows:
        yield Section(title, tuple(material.line(row, said(row)) for row in rows), len(rows), notes)


MAKERS: Sequence[Callable[[Material], Iterable[Section]]] = (
    _overdue, _due, _new, _finished, _repeated, _nobodys, _undated, _conflicts, _groups, _paused,
)  # fmt: skip
