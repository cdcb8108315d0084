"""What merging would do: the plan for the documents as they would be, without that for them as they are.

Nothing is asked of a tracker, and nothing is written: trackers are as the store remembers them, so that neither a token
nor a network is needed, and a stranger's pull request can be looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pmtrack.app.remembered import Remembered
from pmtrack.app.setup import Scope, Setup, new_ident
from pmtrack.documents import normal_priority
from pmtrack.documents.lint import Finding, lint
from pmtrack.model import Acceptance, Hold, Known, Row, Snapshot, Status
from pmtrack.reports.build import build
from pmtrack.reports.preview import Coming, Moving, Preview
from pmtrack.reports.repeat import repeats
from pmtrack.reports.rows import Maker
from pmtrack.reports.values import ReportRow
from pmtrack.sources.git.checkout import Checkout, CommitSource
from pmtrack.store import read
from pmtrack.store.database import Store
from pmtrack.sync import Places, Step, Sync, sync
from pmtrack.sync.world import DRAFT, Verb
from pmtrack.text import normal

T = TypeVar("T")

Planning = tuple[Step, Hold | None]

ELSEWHERE = "source {name} is not in this repository, and was left out"

DATED = "no-due-date"
"""The rule of `pmtrack lint` that does not matter where the policy gives a date."""

SAID = frozenset({Verb.UPDATE, Verb.CLOSE, Verb.REOPEN, Verb.ORPHAN, Verb.RESTORE})
"""What is told besides new issues: what people see in their tracker."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan for one commit, and the sources that were read for it."""

    run: Sync
    sources: Mapping[str, CommitSource]

    @property
    def steps(self) -> list[Planning]:
        """Each with the hold that it waits under, None where it does not wait."""
        held = [(step, hold) for hold, steps in self.run.plan.held for step in steps]
        return [*((step, None) for step in self.run.plan.steps), *held]

    @property
    def creates(self) -> list[Planning]:
        """In the order of the documents."""
        return sorted((one for one in self.steps if one[0].verb is Verb.CREATE), key=_order)

    @property
    def items(self) -> list[Known]:
        """The items of the documents that are not what the store has of them."""
        readings = self.run.observation.readings
        return [known for reading in readings for known in reading.known.values() if known.present]


def preview(setup: Setup, base: str, head: str) -> Preview:
    """What merging `head` into `base` would do.

    Args:
        base, head: commits of the checkout that the configuration is in.

    Raises:
        SourceError: there is no checkout, or no such commit. StoreError: the store cannot be read.
    """
    checkout = Checkout.around(setup.config.base)
    before, after = checkout.commit(base), checkout.commit(head)
    with setup.store(create=False) as store:
        was, will = (_planned(setup, store, checkout, commit) for commit in (before, after))
        try:
            snapshot = read.snapshot(setup.config.store, setup.config.base)
            return _Comparison(setup, was, will, snapshot).preview()
        finally:
            for source in (*was.sources.values(), *will.sources.values()):
                source.close()


def _planned(setup: Setup, store: Store, checkout: Checkout, commit: str) -> Planned:
    config = setup.config
    found = {one.name: checkout.documents(one, config.base, commit) for one in config.sources}
    sources = {name: source for name, source in found.items() if source}
    trackers = {name: Remembered(name, one.kind, store) for name, one in config.trackers.items()}
    targets = {one.name: one.tracker for one in config.sources if one.name in sources}
    rules, recorder = setup.rules(Scope(), store), setup.recorder(store)
    places = Places(sources, trackers, targets)
    return Planned(sync(places, setup.terms(), rules, recorder, new_ident=new_ident, carry_out=False), sources)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two plans: for the documents as they are, and as they would be."""

    setup: Setup
    was: Planned
    will: Planned
    snapshot: Snapshot

    def preview(self) -> Preview:
        left_out = [one.name for one in self.setup.config.sources if one.name not in self.will.sources]
        before, after = (one.run.observation.problems for one in (self.was, self.will))
        problems = [*(ELSEWHERE.format(name=name) for name in left_out), *after]
        return Preview(
            tuple(self._coming()),
            tuple(self._moving()),
            self._aside(),
            tuple(dict.fromkeys(problem for problem in problems if problem not in before)),
        )

    def _coming(self) -> Iterator[Coming]:
        """New issues. An item that only moved would get its issue anyway."""
        new = list(_beyond(self.will.creates, self.was.creates, _what))
        maker = Maker(self.setup.today, self.setup.config.directory, normal_priority)
        rows = [_row(maker, step) for step, _ in new]
        asked = self._asked([_row(maker, step) for step, _ in self.was.creates], rows)
        findings = self._findings(step.tracked.known for step, _ in new)
        for (step, hold), row in zip(new, rows, strict=True):
            asks = findings.get((row.source, row.postmortem, row.line), ())
            found = tuple(one.message for one in asks if not (one.rule == DATED and row.due))
            words, others = asked.get(row.id, ("", ()))
            waits = self._waits(hold, row)
            draft = _is_draft(hold)
            yield Coming(row, step.tracked.tracker, step.tracked.address, waits, found, words, others, draft)

    def _waits(self, hold: Hold | None, row: ReportRow) -> str:
        """Why there is no issue at once; of a draft its rule, since a moment of it would count from the merge."""
        if hold is None or not _is_draft(hold):
            return hold.sentence if hold else ""
        rule = next(source.ready for source in self.setup.config.sources if source.name == row.source)
        return f"draft: {row.postmortem} waits until {rule.until}"

    def _findings(self, items: Iterable[Known]) -> Mapping[Hashable, list[Finding]]:
        """What a reviewer would ask, by source, path and line."""
        found: dict[Hashable, list[Finding]] = {}
        for source, path in dict.fromkeys((known.source, known.path) for known in items):
            for one in lint(self.will.sources[source].read(path).data, path, self.setup.config.lint.off):
                found.setdefault((source, path, one.line), []).append(one)
        return found

    def _asked(
        self, waiting: Iterable[ReportRow], new: Iterable[ReportRow]
    ) -> Mapping[str, tuple[str, tuple[ReportRow, ...]]]:
        """By the id of a new item that is asked for elsewhere too: how often, and where."""
        today, directory = self.setup.today, self.setup.config.directory
        stored = build(self.snapshot, today, normal_priority=normal_priority, directory=directory).rows
        known, ours = {row.id for row in stored}, {row.id: row for row in new}
        found = repeats([*stored, *(row for row in waiting if row.id not in known), *ours.values()])
        return {
            row.id: (one.sentence(today), tuple(other for other in one.rows if other is not row))
            for one in found
            for row in one.rows
            if row.id in ours
        }

    def _moving(self) -> Iterator[Moving]:
        """What else would be done to issues."""
        before = {_deed(step) for step, _ in self.was.steps}
        for step, _ in self.will.steps:
            if step.verb in SAID and _deed(step) not in before:
                known, link = step.tracked.known, step.tracked.link
                place = known.path, known.item.line, link.ref if link else None
                yield Moving(step.verb.value, known.item.fields.title, *place, _changes(step), step.tracked.address)

    def _aside(self) -> Mapping[str, int]:
        """How many new items make no issue, by the reason."""
        stored = {row.known.ident for row in self.snapshot.rows}
        new = [known for known in self.will.items if known.ident not in stored]
        reasons = map(self._reason, _beyond(new, self.was.items, _words))
        return dict(sorted(Counter(reason for reason in reasons if reason).items()))

    def _reason(self, known: Known) -> str:
        """A name of `reports.preview.ASIDE`; "" for an item that makes an issue."""
        reading = next(one for one in self.will.run.observation.readings if one.source == known.source)
        document = reading.documents[known.path]
        day, since = document.written or document.incident_date, self.setup.config.since
        checks = (
            ("proposed", known.acceptance is not Acceptance.ACCEPTED),
            ("closed", (known.stated.status or Status.OPEN).closed),
            ("ticket", known.ticket is not None),
            ("old", bool(since and day and day < since)),
            ("confidential", document.confidential),
        )
        return next((name for name, holds in checks if holds), "")


def _beyond(now: Iterable[T], before: Iterable[T], what: Callable[[T], Hashable]) -> Iterator[T]:
    """Those of now that were not there before, by what they are: of several alike as many as are more."""
    there = Counter(map(what, before))
    for one in now:
        if there[what(one)] > 0:
            there[what(one)] -= 1
        else:
            yield one


def _what(one: Planning) -> Hashable:
    """Its words; those of a draft are new once it is none any more."""
    return _words(one[0].tracked.known), _is_draft(one[1])


def _is_draft(hold: Hold | None) -> bool:
    return hold is not None and hold.kind == DRAFT


def _row(maker: Maker, step: Step) -> ReportRow:
    """The item as reports have it, with what its issue would say."""
    tracked = step.tracked
    row = maker.row(Row(tracked.known, tracked.document))
    return replace(row, due=tracked.wanted.due, due_source=tracked.wanted_source)


def _deed(step: Step) -> Hashable:
    return step.verb, step.tracked.ident, _changes(step)


def _changes(step: Step) -> str:
    written = step.merged.write if step.merged else ()
    parts = [f"{one.name}: {_said(one.before)} -> {_said(one.after)}" for one in written]
    return "; ".join([*parts, *([step.reason] if step.reason else [])])


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value else "none"


def _words(known: Known) -> str:
    return normal(known.item.fields.title)


def _order(one: Planning) -> tuple[str, str, int]:
    known = one[0].tracked.known
    return known.source, known.path, known.position
