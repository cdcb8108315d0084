"""What the simulation found, each as the smallest story that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Issue, Side, Status
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.base import Listing
from pmtrack.trackers.memory import MemoryTracker
from support.simulation.terrain import Shelf, Terrain

HEAD = "# Outage\n\nDate: 2026-11-01\n\n## Action items\n\n"
ITEM = "- [ ] Add an alert on the depth of the mail queue"


@dataclass(slots=True)
class Bench:
    """One document, one tracker, one store, and a clock that every run moves on by a minute."""

    store: Store
    tracker: MemoryTracker = field(default_factory=lambda: MemoryTracker("board", settle=timedelta(seconds=15)))
    terrain: Terrain = field(default_factory=lambda: Terrain(Random(0)))
    shelf: Shelf = field(init=False)
    idents: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.terrain)

    def write(self, *lines: str) -> None:
        self.shelf.texts["a.md"] = (HEAD + "\n".join(lines) + "\n").encode()

    def run(self) -> Sync:
        self.terrain.pass_time(60.0)
        places = Places({"pm": self.shelf}, {"board": self.tracker}, {"pm": "board"})
        recorder = Recorder(self.store, "R", self.terrain.now, self.terrain.today)
        rules = Rules(now=self.terrain.now())
        terms = Terms(Directory(), Policy())
        return sync(places, terms, rules, recorder, new_ident=lambda: f"I{next(self.idents)}")

    def status(self, number: str = "1") -> Status | None:
        return self.tracker.issues[number].fields.status

    def conflicts(self) -> list[tuple[str, str | None]]:
        return [(event.name, event.loser) for event in self.store.history() if event.kind == "conflict"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Store.open("sqlite://", Path()) as store:
        yield Bench(store)


def once(verb: str, when: str, error: BaseException) -> Callable[[str, str], None]:
    """A fault for the next call of this verb only."""
    waiting = [error]

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when) and waiting:
            raise waiting.pop()

    return fault


def test_a_failed_update_of_an_issue_found_again_does_not_forget_that_it_was_asked_for(bench: Bench) -> None:
    """Without the intention the issue has no past, and the author's tick was dropped for the tracker's word."""
    bench.write(ITEM)
    bench.tracker.fault = once("create", "after", UnknownOutcome("502"))
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "before", TrackerError("422"))
    bench.run()
    bench.run()
    assert bench.status() is Status.DONE


def test_what_a_person_typed_is_on_record_before_it_is_overwritten(bench: Bench) -> None:
    """The answer was lost, so the next run saw both sides say the same, and the loser of the conflict was nowhere."""
    bench.write(ITEM)
    bench.run()
    bench.tracker.edit("1", title="A better title")
    bench.write(f"{ITEM} soon")
    bench.tracker.fault = once("update", "after", UnknownOutcome("502"))
    bench.run()
    bench.run()
    assert bench.conflicts() == [("title", "A better title")]


def test_a_conflict_is_recorded_once_however_often_its_write_fails(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.tracker.edit("1", title="A better title")
    bench.write(f"{ITEM} soon")
    bench.tracker.fault = once("update", "before", TrackerError("422"))
    bench.run()
    bench.run()
    assert bench.conflicts() == [("title", "A better title")]


def test_who_was_told_to_wait_asks_nothing_more_in_this_run(bench: Bench) -> None:
    bench.write(ITEM, "- [ ] Write the runbook of the payment gateway", "- [ ] Rotate every certificate")
    bench.tracker.fault = once("create", "before", TrackerError("429", retry_after=60.0))
    bench.run()
    assert bench.tracker.calls["create"] == 1
    bench.run()
    assert bench.tracker.writes == 3


@dataclass(slots=True)
class Lagging(MemoryTracker):
    """Its list shows an older moment, and so cannot tell what exists."""

    shown: tuple[Issue, ...] | None = None

    def listing(self, cursor: str) -> Listing:
        found = MemoryTracker.listing(self, cursor)
        return Listing(found.issues if self.shown is None else self.shown, found.cursor)


@pytest.fixture
def lagging(bench: Bench) -> Bench:
    bench.tracker = Lagging("board", settle=timedelta(seconds=15))
    return bench


def test_a_list_that_lags_does_not_speak_for_the_tracker(lagging: Bench) -> None:
    """Our own close was not in the list yet: it was taken for a reopening, which then beat the author's."""
    lagging.write(ITEM)
    lagging.run()
    before = tuple(lagging.tracker.issues.values())
    lagging.write(ITEM.replace("[ ]", "[x]"))
    lagging.run()
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = before
    lagging.write(ITEM)
    lagging.run()
    assert (lagging.status(), lagging.conflicts()) == (Status.OPEN, [])


def test_a_deleted_issue_is_found_out_where_the_list_cannot_tell(lagging: Bench) -> None:
    """The update failed in every run, and no cursor moved on."""
    lagging.write(ITEM)
    lagging.run()
    lagging.tracker.delete("1")
    lagging.write(f"{ITEM} soon")
    lagging.run()
    assert lagging.store.links()["I1"].gone
    assert not lagging.run().plan.steps


def test_an_author_may_take_back_what_was_sent_and_never_answered(bench: Bench) -> None:
    """The close had come, its answer had not: it was taken for a person's, and the author's reopening for nothing."""
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "after", UnknownOutcome("502"))
    bench.run()
    bench.write(ITEM)
    bench.run()
    assert (bench.status(), bench.conflicts()) == (Status.OPEN, [])


def test_what_came_without_an_answer_is_in_the_history_once(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "after", UnknownOutcome("502"))
    bench.run()
    bench.run()
    changed = [(e.name, e.after, e.side) for e in bench.store.history() if e.kind == "changed"]
    assert changed == [("status", "done", Side.DOCUMENT)]
    assert not bench.store.intentions()


def test_an_update_that_never_came_leaves_nothing_behind(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "before", UnknownOutcome("timed out"))
    bench.run()
    bench.write(ITEM)
    bench.run()
    assert (bench.status(), bench.store.intentions(), bench.tracker.writes) == (Status.OPEN, {}, 1)


def test_an_update_that_may_still_come_is_waited_for(bench: Bench) -> None:
    bench.tracker.settle = timedelta(seconds=90)
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "before", UnknownOutcome("timed out"))
    bench.run()
    bench.write(ITEM)
    bench.run()
    bench.tracker.edit("1", status=Status.DONE)  # as late as that
    bench.run()
    assert (bench.status(), bench.store.intentions()) == (Status.OPEN, {})


@pytest.mark.parametrize("line", [ITEM, ITEM.replace("[ ]", "[x]")], ids=["as it was", "with a tick"])
def test_an_item_that_comes_back_has_come_back_in_the_history(bench: Bench, line: str) -> None:
    """A report as of a day between took it for one that had been there all along."""
    other = "- [ ] Write the runbook of the payment gateway"
    for lines in ((ITEM, other), (other,), (line, other)):
        bench.write(*lines)
        bench.run()
    kinds = [event.kind for event in bench.store.history() if event.ident == "I1"]
    assert kinds[:3] == ["created", "removed", "restored"]
    assert kinds.count("restored") == 1


def test_a_deleted_issue_that_the_list_still_shows_is_not_back(lagging: Bench) -> None:
    """The list was behind the deletion, and so the item had its issue again until the next direct read."""
    lagging.write(ITEM)
    lagging.run()
    before = tuple(lagging.tracker.issues.values())
    lagging.tracker.delete("1")
    lagging.write(f"{ITEM} soon")
    lagging.run()
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = before
    lagging.write(ITEM)
    lagging.run()
    assert lagging.store.links()["I1"].gone


def test_an_issue_found_again_is_taken_as_it_is_now(lagging: Bench) -> None:
    """The list had it as it was made; a person closed it since, and the author's new words were all that was heard."""
    lagging.write(ITEM)
    lagging.tracker.fault = once("create", "after", UnknownOutcome("502"))
    lagging.run()
    before = tuple(lagging.tracker.issues.values())
    lagging.tracker.edit("1", status=Status.DONE)
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = before
    lagging.run()
    assert lagging.store.links()["I1"].agreed.status is Status.DONE
