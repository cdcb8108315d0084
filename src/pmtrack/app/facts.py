"""What messages are made from, read from the store once, and cut to what each recipient is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from pmtrack.app.setup import Scope, Setup
from pmtrack.errors import PmtrackError
from pmtrack.model import Event, Row, Snapshot
from pmtrack.reports.ask import normal_priority
from pmtrack.reports.build import build
from pmtrack.reports.course import Story, story
from pmtrack.reports.digest import compose, material, pauses
from pmtrack.reports.digest_letter import Letter
from pmtrack.reports.digest_sections import Address, Pause
from pmtrack.reports.repeat import Repeat, repeats
from pmtrack.reports.selection import Selection
from pmtrack.reports.values import Report, ReportRow
from pmtrack.store import read

if TYPE_CHECKING:
    from pmtrack.sources.base import Source

EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Facts:
    """The store at one moment.

    Attributes:
        report: of everything. events: by item.
    """

    setup: Setup
    snapshot: Snapshot
    events: Story
    report: Report
    address: Address
    _repeats: list[Sequence[Repeat]] = field(default_factory=list)

    @classmethod
    def read(cls, setup: Setup) -> Facts:
        """Raises:
        StoreError: it cannot be read.
        """
        config = setup.config
        snapshot, history = read.told(config.store, config.base)
        return cls(setup, snapshot, story(history), _build(setup, snapshot, history), address(setup))

    @property
    def repeats(self) -> Sequence[Repeat]:
        """Repeat work of the whole store, looked for once."""
        if not self._repeats:
            self._repeats.append(repeats(self.report.rows))
        return self._repeats[0]

    def pauses(self) -> Mapping[str, Pause]:
        events = [event for events in self.events.values() for event in events]
        return pauses(sorted(events, key=lambda event: event.id or 0), self.setup.today, self.setup.config.zone)

    def digest(self, only: Sequence[Selection] = (), about: str = "") -> Letter:
        """The digest of what any of these takes, or of everything."""
        zone, today = self.setup.config.zone, self.setup.today
        if not only or EVERYTHING in only:
            report, events = self.report, [event for events in self.events.values() for event in events]
        else:
            rows = (*self.report.rows, *self.report.aside)
            ids = {row.id for row in rows if any(one.takes(row, today) for one in only)}
            events = [event for ident in ids for event in self.events.get(ident, ())]
            part = replace(self.snapshot, rows=tuple(row for row in self.snapshot.rows if row.known.ident in ids))
            report = _build(self.setup, part, events)
        events.sort(key=lambda event: event.id or 0)
        mine = {row.id for row in report.rows}
        again = [one for one in self.repeats if any(row.id in mine for row in one.rows)]
        given = replace(material(report, events, zone), repeats=again, address=self.address)
        return compose(given, about=about)

    def row(self, ident: str) -> tuple[Row, ReportRow]:
        """An item as the store has it, and as reports have it."""
        shown = next(row for row in (*self.report.rows, *self.report.aside) if row.id == ident)
        return next(row for row in self.snapshot.rows if row.known.ident == ident), shown


def _build(setup: Setup, snapshot: Snapshot, history: Iterable[Event]) -> Report:
    return build(
        snapshot,
        setup.today,
        normal_priority=normal_priority,
        directory=setup.config.directory,
        history=history,
        zone=setup.config.zone,
    )


def address(setup: Setup) -> Address:
    """Where people read the postmortem of an item: by `link` of its source; none where that cannot be reached."""

    @cache
    def source_of(name: str) -> Source | None:
        try:
            return setup.sources(Scope(source=name))[0]
        except PmtrackError:
            return None

    def found(row: ReportRow) -> str | None:
        source = source_of(row.source)
        return (source.address(row.postmortem, row.line) or None) if source else None

    return found
