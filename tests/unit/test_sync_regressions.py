"""What the simulation found, each as the smallest story that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest
from support.simulation.terrain import Shelf, Terrain

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Status
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.trackers.memory import MemoryTracker

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
