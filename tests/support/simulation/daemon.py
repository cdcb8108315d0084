"""pmtrack as a process that is started, killed and started again on the same store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from pmtrack.documents import extract, normal_priority
from pmtrack.people import Directory
from pmtrack.policy import PRESETS
from pmtrack.publish import reports as publishing
from pmtrack.publish.reports import publish
from pmtrack.reports import Report, build, for_document
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.sync import documents as reading
from support.simulation.board import Board, Client
from support.simulation.memory_store import MemoryStore, WatchedStore
from support.simulation.terrain import Killed, Shelf, Terrain

Committed = Callable[[], None]
TERMS = Terms(Directory(), PRESETS["default"])
RUN_LIMIT = 60
"""So many moments a run may have until it is killed, at most: most runs have fewer and live."""


@contextmanager
def remembered_extraction() -> Iterator[None]:
    """Reading the same bytes twice costs nothing: extraction is pure, and most of a run's time."""
    quick = lru_cache(maxsize=4096)(extract)
    with patch.object(reading, "extract", quick), patch.object(publishing, "extract", quick):
        yield


@dataclass(slots=True)
class Daemon:
    """Attributes:
    committed: told after every commit. runs: how many were started. last: what the last run did, None if it was killed.
    """

    terrain: Terrain
    shelf: Shelf
    board: Board
    store: Store
    client: Client = field(init=False)
    runs: int = 0
    named: int = 0
    last: Sync | None = None

    def __post_init__(self) -> None:
        self.client = Client(self.board)

    def run(self, *, yes: bool = False, holds: frozenset[str] = frozenset(), fuse: int | None = None) -> bool:
        """One run, from the reading to the reports; False if it was killed."""
        self.runs += 1
        self.last = None
        self.board.new_run()
        self.terrain.fuse = fuse
        self.terrain.tell(f"RUN {self.runs}{' --yes' if yes else ''} {self.board.weather.name}")
        try:
            self.last = self._sync(yes=yes, holds=holds)
            publish(self.shelf, self.store, self._report, self.terrain.today)
        except Killed:
            self.client = Client(self.board)  # the next process knows only what the store tells it
            return False
        finally:
            self.terrain.fuse = None
        return True

    def _sync(self, *, yes: bool, holds: frozenset[str]) -> Sync:
        name = self.shelf.name
        held = self.store.holds()
        rules = Rules(
            now=self.terrain.now(),
            yes=frozenset({name}) if yes else frozenset(),
            released=frozenset(ident for hold in holds if hold in held for ident in held[hold].idents),
            released_holds=holds,
        )
        places = Places({name: self.shelf}, {self.client.name: self.client}, {name: self.client.name})
        recorder = Recorder(self.store, f"R{self.runs}", self.terrain.now, self.terrain.today)
        return sync(places, TERMS, rules, recorder, new_ident=self._new_ident, say=self._say)

    def _report(self, source: str, path: str) -> Report:
        made = build(self.store.snapshot(source, path), self.terrain.today, normal_priority=normal_priority)
        return for_document(made, source, path)

    def _say(self, step: object) -> None:
        self.terrain.tell(f"  {step}")

    def _new_ident(self) -> str:
        self.named += 1
        return f"I{self.named:04}"


def open_store(terrain: Terrain, committed: Committed, *, real: bool) -> Store:
    """A store with moments: of dictionaries, or the real one."""
    if not real:
        return MemoryStore(terrain.moment, committed)
    store = WatchedStore.open("sqlite://", Path())
    store.watch(terrain.moment, committed)
    return store
