"""pmtrack as processes that are started, killed and started again on the same store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pmtrack.documents import normal_priority
from pmtrack.errors import Busy
from pmtrack.people import Directory
from pmtrack.policy import PRESETS
from pmtrack.publish.reports import publish
from pmtrack.reports import Report, build, for_document
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Step, Sync, Terms, sync
from support.simulation.board import Board, Client
from support.simulation.memory_store import MemoryStore, WatchedStore
from support.simulation.terrain import Killed, Shelf, Terrain

Committed = Callable[[], None]
TERMS = Terms(Directory(), PRESETS["default"])
RUN_LIMIT = 60
"""So many moments a run may have until it is killed, at most: most runs have fewer and live."""


@dataclass(slots=True)
class Gate:
    """The lock of the store: who comes second is refused, and the kernel frees it when its holder dies."""

    holder: str = ""

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        if self.holder:
            raise Busy(f"{self.holder} is at work on this store")
        self.holder = name
        try:
            yield
        finally:
            self.holder = ""


def client_of(board: Board, before: Client | None) -> Client:
    """The adapter of the tracker in memory: one for each process."""
    return before or Client(board)


@dataclass(slots=True)
class Daemon:
    """Attributes:
    name: of this one among those on the same store. patience: how many settle times it waits.
    witness: told each step before it is done. runs: how many were started.
    clients: what a run has to talk to the board, told what the run before had, and None in a new process.
    last: what the last run did, None if it was killed. died: whether it was killed, and nobody ran since.
    """

    name: str
    terrain: Terrain
    shelf: Shelf
    board: Board
    store: Store
    gate: Gate
    patience: int = 1
    witness: Callable[[Step], None] = lambda _step: None
    clients: Callable[[Any, Any], Any] = client_of
    client: Client = field(init=False)
    runs: int = 0
    named: int = 0
    last: Sync | None = None
    died: bool = False

    def __post_init__(self) -> None:
        self.restart()

    def run(self, *, yes: bool = False, holds: frozenset[str] = frozenset(), fuse: int | None = None) -> bool:
        """One run, from the reading to the reports; False if it was killed, or refused at the lock."""
        others, self.terrain.fuse = self.terrain.fuse, fuse
        self.last = None
        try:
            with self.gate.held(self.name):
                self._work(yes=yes, holds=holds)
        except Killed:
            self.restart()
            self.died = True
            return False
        except Busy:
            self.terrain.reached["refused at the lock"] += 1
            return False
        finally:
            self.terrain.fuse = others
        return True

    def restart(self) -> None:
        """The next process knows only what the store tells it."""
        self._connect(None)

    def _connect(self, before: Client | None) -> None:
        self.client = self.clients(self.board, before)
        if self.client is not before:
            self.client.settle *= self.patience

    def _work(self, *, yes: bool, holds: frozenset[str]) -> None:
        self.runs += 1
        self.board.new_run()
        self._connect(self.client)
        self.terrain.tell(f"RUN {self.name}{self.runs}{' --yes' if yes else ''} {self.board.weather.name}")
        self.last = self._sync(yes=yes, holds=holds)
        publish(self.shelf, self.store, self._report, self.terrain.today)

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
        recorder = Recorder(self.store, f"{self.name}{self.runs}", self.terrain.now, self.terrain.today)
        return sync(places, TERMS, rules, recorder, new_ident=self._new_ident, say=self._say)

    def _report(self, source: str, path: str) -> Report:
        made = build(self.store.snapshot(source, path), self.terrain.today, normal_priority=normal_priority)
        return for_document(made, source, path)

    def _say(self, step: Step) -> None:
        self.witness(step)
        if self.terrain.tracing:
            self.terrain.tell(f"  {step}")

    def _new_ident(self) -> str:
        self.named += 1
        return f"{self.name}{self.named:04}"


def open_store(terrain: Terrain, committed: Committed, *, real: bool) -> Store:
    """A store with moments: of dictionaries, or the real one."""
    if not real:
        return MemoryStore(terrain.moment, committed)
    store = WatchedStore.open("sqlite://", Path())
    store.watch(terrain.moment, committed)
    return store
