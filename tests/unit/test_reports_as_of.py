"""`--as-of DAY` says what was said that day: whole histories are lived, each day's report kept and asked for again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from pmtrack.documents import normal_priority
from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Event, Fields, Issue, IssueRef, Side, Snapshot, State, Status
from pmtrack.policy import Policy
from pmtrack.reports import Report, ReportRow, build, rewind
from pmtrack.reports.rewind import UNDO
from pmtrack.sync import Brake
from pmtrack.sync.decide import decided
from support.bench import HEAD, Bench
from support.rows import DIRECTORY, TODAY, linked

START = datetime(2026, 9, 1, 10, tzinfo=UTC)
DAYS = 18
WORDS = ("alert", "runbook", "backup", "cache", "quota", "retry", "pager", "probe", "schema", "router", "token", "disk")
WRITTEN: Mapping[str, Sequence[Any]] = {
    "box": " x",
    "owner": ("Ana", "Bo", "Zoe", "Payments team", ""),
    "priority": ("", "High", "P1"),
    "ticket": ("", "OPS-7", "#1"),
    "more": ("", " soon"),
    "idea": (False, False, True),
}
"""What an author may write of an item."""

NOT_TOLD = ("line", "notes", "problems", "error", "due_source", "postmortem_title", "teams")
"""What the history does not hold of an item."""

REFUSED, LOST = TrackerError("the board said no"), UnknownOutcome("the board gave no answer")
NO_TROUBLE: Mapping[tuple[str, str], TrackerError] = {}
TROUBLES = (
    dict.fromkeys([("create", "before"), ("update", "before")], REFUSED),
    {("update", "before"): REFUSED},
    {("comment", "before"): REFUSED},
    dict.fromkeys([("create", "after"), ("update", "after")], LOST),
    dict.fromkeys([("create", "before"), ("update", "before")], LOST),
    {("listing", "before"): REFUSED},
)
"""What may be wrong with a tracker for a day: (verb, "before" or "after" it is done) -> the answer."""

BRAKES = (Brake(creates=0), Brake(others=0, percent=0), Brake(creates=0, others=0, percent=0))


@dataclass(slots=True)
class Line:
    """An item as its author writes it."""

    words: str
    box: str = " "
    owner: str = "Ana"
    due: date | None = None
    priority: str = ""
    ticket: str = ""
    more: str = ""
    idea: bool = False
    there: bool = True

    def __str__(self) -> str:
        stated = {"owner": self.owner, "due": self.due, "priority": self.priority, "ticket": self.ticket}
        facts = ", ".join(f"{name}: {value}" for name, value in stated.items() if value)
        facts = f" ({facts})" if facts else ""
        box = "" if self.idea else f"[{self.box}] "
        return f"- {box}Improve the {self.words} of the payment gateway{self.more}{facts}\n"


@dataclass(slots=True)
class Life:
    """Authors and a team that do something every day, a sync that follows, and what was reported then."""

    seed: int
    bench: Bench = field(default_factory=lambda: Bench(now=START, directory=DIRECTORY, policy=Policy({"P1": 14})))
    lines: list[Line] = field(default_factory=list)
    said: dict[date, Report] = field(default_factory=dict)
    deleted: list[Issue] = field(default_factory=list)
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.bench.tracker.put(Issue(IssueRef("board", "1", "#1", ""), Fields("Theirs", Status.OPEN)))

    def live(self) -> None:
        often = (self._add, self._write, self._write, self._work, self._work, self._quarrel)
        acts = (*often, *often, self._leave, self._acknowledge, self._delete, self._decide)
        self._add()
        for _ in range(DAYS):
            for _ in range(self.chance.randrange(5)):
                self.chance.choice(acts)()
            self._sync()
            self.said[self.bench.today] = self.report(self.bench.today)
            self.bench.now += timedelta(days=self.chance.choice((1, 1, 1, 2, 9)))

    def report(self, day: date) -> Report:
        """As the command says it for this day."""
        snapshot, history = self.bench.store.snapshot("pm", "a.md"), self.bench.events()
        if day < self.bench.today:
            snapshot = rewind(snapshot, history, day, UTC)
        return build(snapshot, day, normal_priority=normal_priority, directory=DIRECTORY, history=history)

    def _sync(self) -> None:
        """Mostly one run; on some days the team took our right to write, or wants to see what is about to be done."""
        here = [line for line in self.lines if line.there]
        work = "".join(str(line) for line in here if not line.idea)
        ideas = "".join(str(line) for line in here if line.idea)
        self.bench.pages.texts["a.md"] = f"{HEAD}{work}\n## Ideas\n\n{ideas}"
        for _ in range(self.chance.choice((1, 1, 1, 2))):
            troubles = self.chance.choice(TROUBLES) if self.chance.random() < 0.3 else NO_TROUBLE
            self.bench.tracker.fault = partial(self._fails, troubles)
            asks = self.chance.random() < 0.3
            self.bench.run(rules={"brake": self.chance.choice(BRAKES)} if asks else {"yes": frozenset({"pm"})})

    def _fails(self, troubles: Mapping[tuple[str, str], TrackerError], verb: str, when: str) -> None:
        if error := troubles.get((verb, when)):
            raise error

    def _one(self) -> list[Line]:
        return [self.chance.choice(self.lines)] if self.lines else []

    def _add(self) -> None:
        if len(self.lines) < len(WORDS):
            self.lines.append(Line(WORDS[len(self.lines)], due=self._day(), idea=self.chance.random() < 0.2))

    def _write(self) -> None:
        """An author changes one thing of an item."""
        for line in self._one():
            name = self.chance.choice(("box", "owner", "due", "priority", "ticket", "more", "idea"))
            setattr(line, name, self._day() if name == "due" else self.chance.choice(WRITTEN[name]))

    def _delete(self) -> None:
        """Somebody deletes an issue, or brings it back."""
        tracker = self.bench.tracker
        if self.deleted:
            tracker.put(self.deleted.pop())
        for number in self.chance.sample(sorted(tracker.issues), k=bool(tracker.issues)):
            self.deleted.append(tracker.issues[number])
            tracker.delete(number)

    def _decide(self) -> None:
        """Somebody says what is to become of an item."""
        tables = self.bench.store.tables
        for ident in self.chance.sample(sorted(tables.items), k=bool(tables.items)):
            words = self.chance.choice(("create", "track", "accept", "dismiss"))
            with self.bench.store.writing() as writer:
                writer.save_items([decided(tables.items[ident], words, "so")])
                writer.record(Event(self.bench.now, ident, "decided", after=words))

    def _leave(self) -> None:
        """An item leaves its document, or comes back."""
        for line in self._one():
            line.there = not line.there

    def _work(self) -> None:
        """Somebody changes one thing of an issue."""
        for number in self.chance.sample(sorted(self.bench.tracker.issues), k=bool(self.bench.tracker.issues)):
            changes: Mapping[str, Any] = self.chance.choice(
                (
                    {"status": self.chance.choice(list(Status))},
                    {"due": self._day()},
                    {"owners": self.chance.choice(((), ("Ana Ruiz",), ("zoe", "ana-r")))},
                    {"priority": self.chance.choice((None, "P0", "P2"))},
                )
            )
            self.bench.tracker.edit(number, **changes)

    def _quarrel(self) -> None:
        """Both sides give an item another date on the same day."""
        for line in self._one():
            line.due = self._day()
            for number, issue in self.bench.tracker.issues.items():
                if line.words in issue.fields.title:
                    self.bench.tracker.edit(number, due=self._day())

    def _acknowledge(self) -> None:
        """Somebody says that they saw the conflicts of an item."""
        tables = self.bench.store.tables
        waiting = sorted({event.ident for event in tables.history if not event.acknowledged})
        for ident in waiting[:1]:
            seen = (replace(event, acknowledged=True) if event.ident == ident else event for event in tables.history)
            decided = Event(self.bench.now, ident, "decided", after="acknowledge", id=len(tables.history) + 1)
            tables.history = [*seen, decided]

    def _day(self) -> date | None:
        days = self.chance.choice((None, -3, 1, 2, 5, 20))
        return self.bench.today + timedelta(days=days) if days is not None else None


def told(report: Report) -> tuple[object, ...]:
    """All of a report that the history can give back."""
    groups = {kind: found for kind, found in report.groups.items() if kind != "team"}
    return report.totals, report.trend, groups, rows(report.rows), rows(report.aside)


def rows(found: tuple[ReportRow, ...]) -> list[ReportRow]:
    blank: dict[str, Any] = dict.fromkeys(NOT_TOLD)
    return sorted((replace(row, **blank) for row in found), key=lambda row: row.id)


@pytest.mark.parametrize("seed", range(16))
def test_every_day_is_told_again_as_it_was_whenever_it_is_asked_for(seed: int) -> None:
    life = Life(seed)
    for _ in range(2):
        life.live()
        for day, report in life.said.items():
            assert told(life.report(day)) == told(report), f"seed {seed}, {day}"
    assert life.said


def test_the_histories_above_have_everything_in_them() -> None:
    """Otherwise they would prove little."""
    seen = {"kinds": set(), "fields": set(), "slips": 0, "states": set()}
    for seed in range(16):
        life = Life(seed)
        life.live()
        seen["kinds"] |= {event.kind for event in life.bench.events()}
        seen["fields"] |= {(event.name, event.side) for event in life.bench.events("changed")}
        seen["states"] |= {row.state for report in life.said.values() for row in (*report.rows, *report.aside)}
        seen["slips"] += life.report(life.bench.today).totals.slips
    assert {*UNDO, "conflict", "decided"} <= seen["kinds"]
    both = {(name, side) for name in ("status", "owners", "due", "priority") for side in Side}
    assert {*both, ("title", Side.DOCUMENT), ("ticket", Side.DOCUMENT), ("proposal", Side.DOCUMENT)} <= seen["fields"]
    assert {*State} - {"template"} <= seen["states"]
    assert seen["slips"] > 20


@pytest.mark.parametrize("seed", range(10))
def test_a_week_of_the_trend_says_what_its_last_day_says(seed: int) -> None:
    life = Life(seed)
    life.live()
    last = life.report(life.bench.today)
    assert len(last.trend) > 3
    for week in last.trend:
        totals = life.report(week.ends).totals
        assert (week.items, week.open, week.in_progress, week.done, week.cancelled, week.overdue) == (
            totals.items, totals.open, totals.in_progress, totals.done, totals.cancelled, totals.overdue,
        ), week.name  # fmt: skip
        assert week.completion == totals.completion


def test_the_trend_ends_today_and_goes_back_a_year_at_most() -> None:
    old = linked(first_seen=TODAY - timedelta(days=900))
    found = build(Snapshot((old,)), TODAY, normal_priority=normal_priority, history=())
    assert [week.ends for week in found.trend[-2:]] == [date(2026, 11, 15), TODAY]
    assert (len(found.trend), found.trend[-1].name) == (53, "2026-W47")
    assert found.trend[0].items == 1


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2026, 11, 23), date(2027, 1, 3), date(2024, 12, 31)])
def test_a_week_is_told_once(today: date) -> None:
    stored = linked(first_seen=today - timedelta(days=30))
    names = [week.name for week in build(Snapshot((stored,)), today, normal_priority=normal_priority, history=()).trend]
    year, week, _ = today.isocalendar()
    assert names[-1] == f"{year}-W{week:02}"
    assert len(names) == len(set(names))
    assert [end.isoweekday() for end in (one.ends for one in _trend(today)[:-1])] == [7] * (len(names) - 1)


def _trend(today: date) -> Any:
    stored = linked(first_seen=today - timedelta(days=30))
    return build(Snapshot((stored,)), today, normal_priority=normal_priority, history=()).trend
