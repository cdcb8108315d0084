"""A whole run from one integer: people act, time passes, the daemon works and dies, and then all goes quiet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from pmtrack.store.database import Store
from support.simulation.authors import Authors, normal
from support.simulation.board import CALM, WEATHERS, Board, Weather
from support.simulation.daemon import RUN_LIMIT, Daemon, Gate, client_of, open_store
from support.simulation.memory_store import MemoryStore, Tables, rows
from support.simulation.oracles import LONGEST_LAG, Witness
from support.simulation.team import Team
from support.simulation.terrain import ROOT, OracleError, Shelf, Terrain

STEPS = (30, 60)
QUIET_RUNS = 8
ELBOW = 0.03  # the chance that the other daemon tries to start at a moment of a run
FREEZES = ("after listing", "after fetch", "after create", "after update", "before a document")
"""Where a run may stand still. Nothing protects a process that stands still between its last look and its request."""

PAUSES = (1.0, 4.0, 9.0, 20.0, 60.0, 300.0, 700.0)


@dataclass(slots=True)
class Life:
    """One world and everybody in it.

    Attributes:
        busy: the chance that somebody acts at a moment of a run. backup: of the store, of some earlier time.
        careful: the store was lost or restored, and since then nobody says yes to anything.
        boards, clients: what the tracker is, and what a run has to talk to it.
    """

    seed: int
    real: bool = False
    tracing: bool = False
    boards: Callable[[Terrain, Weather], Any] = Board
    clients: Callable[[Any, Any], Any] = client_of
    terrain: Terrain = field(init=False)
    shelf: Shelf = field(init=False)
    board: Board = field(init=False)
    authors: Authors = field(init=False)
    team: Team = field(init=False)
    store: Store = field(init=False)
    gate: Gate = field(default_factory=Gate)
    daemons: list[Daemon] = field(init=False)
    witness: Witness = field(init=False)
    busy: float = 0.0
    backup: Tables | None = None
    careful: bool = False

    def __post_init__(self) -> None:
        self.terrain = Terrain(Random(self.seed), tracing=self.tracing)
        self.shelf = Shelf(self.terrain)
        self.board = self.boards(self.terrain, self.terrain.chance.choice(WEATHERS))
        self.authors = Authors(self.terrain, self.shelf, self.board.tickets)
        self.team = Team(self.board)
        self.store = open_store(self.terrain, self._committed, real=self.real)
        self.witness = Witness(self.terrain, self.shelf, self.board, self.authors, self.store)
        names = ("A", "B") if has_two_daemons(self.seed) else ("A",)
        self.daemons = [self._daemon(name, patience) for patience, name in enumerate(names, start=1)]
        self.board.witness = self.witness
        self.terrain.meanwhile = self._meanwhile

    def _daemon(self, name: str, patience: int) -> Daemon:
        world = (self.terrain, self.shelf, self.board, self.store, self.gate)
        return Daemon(name, *world, patience=patience, witness=self.witness.begins, clients=self.clients)

    def live(self) -> Life:
        """All of it.

        Raises:
            OracleError: a promise was broken.
        """
        chance = self.terrain.chance
        self.authors.begin(papers=chance.randint(1, 3), lines=3)
        for _ in range(chance.randint(*STEPS)):
            self.terrain.pass_time(chance.choice(PAUSES))
            chance.choices(list(self.steps), list(self.steps.values()))[0]()
        self._go_quiet()
        return self

    def _committed(self) -> None:
        self.witness.committed()

    @property
    def steps(self) -> dict[Callable[[], None], float]:
        """What may happen next, and how often it does."""
        steps = {self._work: 5.0, self._author: 5.0, self._team: 4.0, self._weather: 0.6}
        return steps | {self._back_up: 0.6, self._restore: 0.2} if has_disasters(self.seed) else steps

    # ------------------------------------------------------------ what happens in a step

    def _work(self) -> None:
        chance = self.terrain.chance
        fuse = chance.randrange(RUN_LIMIT) if chance.random() < 0.4 else None
        self.busy = chance.choice((0.0, 0.0, 0.05, 0.3))
        held = sorted(self.store.holds())
        holds = frozenset([chance.choice(held)]) if held and chance.random() < 0.2 else frozenset()
        unseen = set(self.authors.unseen)
        self.witness.run_began = self.terrain.seconds
        if self.careful:
            holds = frozenset()
        daemon = chance.choice(self.daemons)
        self._count_succession(daemon)
        self._close_doors()
        done = daemon.run(yes=chance.random() < 0.15 and not self.careful, holds=holds, fuse=fuse)
        if self.shelf.shut:
            self.authors.half_seen()
        elif done:
            self.authors.seen(unseen)
        self.busy, self.shelf.shut = 0.0, frozenset()
        self.witness.after_run(daemon.last)

    def _close_doors(self) -> None:
        """Now and then a document, or the whole root, cannot be read during a run."""
        chance = self.terrain.chance
        if self.shelf.texts and chance.random() < 0.06:
            self.shelf.shut = frozenset([chance.choice((ROOT, *self.shelf.texts))])
            self.terrain.reached["root unreadable" if ROOT in self.shelf.shut else "document unreadable"] += 1
            self.terrain.tell(f"unreadable: {set(self.shelf.shut)}")

    def _count_succession(self, daemon: Daemon) -> None:
        if any(other.died and other is not daemon for other in self.daemons):
            self.terrain.reached["killed, and the other goes on"] += 1
        for other in self.daemons:
            other.died = False

    def _author(self) -> None:
        self.authors.act()

    def _team(self) -> None:
        self.team.act()

    def _weather(self) -> None:
        self.board.weather = self.terrain.chance.choice(WEATHERS)

    def _back_up(self) -> None:
        assert isinstance(self.store, MemoryStore)
        self.backup = self.store.tables.copy()

    def _restore(self) -> None:
        """The store is lost, or what it was some time ago; by the time that it is back, the list has everything."""
        assert isinstance(self.store, MemoryStore)
        lost = self.backup is None or self.terrain.chance.random() < 0.3
        self.terrain.pass_time(LONGEST_LAG)
        self.board.settle()
        self.store.tables = Tables() if lost or not self.backup else self.backup.copy()
        for daemon in self.daemons:
            daemon.restart()
        self.witness.forget()
        known = {normal(known.item.fields.title) for known in self.store.tables.items.values() if known.present}
        self.authors.forgotten(self.authors.words() if lost else known)
        self.careful = True
        self.terrain.reached["store lost" if lost else "store restored"] += 1
        self.terrain.tell("STORE LOST" if lost else "STORE RESTORED")

    def _meanwhile(self, moment: str) -> None:
        """Somebody acts while a run is under way, it stands still, or the other daemon tries to start one."""
        chance = self.terrain.chance
        if self.busy and chance.random() < self.busy:
            self.terrain.reached["acted during a run"] += 1
            chance.choice((self._author, self._team))()
        if moment in FREEZES and chance.random() < 0.01:
            self.terrain.pass_time(chance.choice((30.0, 600.0)))
            self.terrain.reached["frozen"] += 1
        # Before a commit a transaction is open: there the other one would only wait for it.
        if len(self.daemons) > 1 and moment != "before a commit" and chance.random() < ELBOW:
            next(daemon for daemon in self.daemons if daemon.name != self.gate.holder).run()

    # ------------------------------------------------------------ the end

    def _go_quiet(self) -> None:
        """People rest and nothing fails any more, but the list may lag: the runs come to an end by themselves."""
        chance = self.terrain.chance
        self.board.weather = replace(CALM, lag=chance.choice((0.0, self.board.weather.lag)))
        self.board.shut = 0.0
        yes = chance.random() < 0.5 and not self.careful
        for _ in range(QUIET_RUNS):
            self.terrain.pass_time(600.0)
            if self._is_quiet(yes=yes):
                break
        else:
            raise OracleError(f"not quiet after {QUIET_RUNS} runs")
        self.witness.at_the_end()

    def _is_quiet(self, *, yes: bool) -> bool:
        before, wrote = dict(self._rows()), (self.shelf.written, self.board.asked)
        self.witness.run_began = self.terrain.seconds
        daemon = self.terrain.chance.choice(self.daemons)
        daemon.run(yes=yes)
        self.witness.after_run(daemon.last)
        return before == dict(self._rows()) and wrote == (self.shelf.written, self.board.asked)

    def _rows(self) -> dict[str, object]:
        found = dict(rows(self.store, self.shelf.name))
        return {name: list(value) if isinstance(value, list) else dict(value) for name, value in found.items()}


def has_disasters(seed: int) -> bool:
    """In one life of four the store may be lost; that is played with the store of dictionaries only."""
    return seed % 4 == 3


def has_two_daemons(seed: int) -> bool:
    """In every other life; the second waits longer than it would have to."""
    return seed % 2 == 1


def live(seed: int, *, real: bool = False, tracing: bool = False, **world: Any) -> Life:
    """Live this seed to its end, with the `boards` and `clients` of another tracker perhaps.

    Raises:
        OracleError: a promise was broken; it carries the seed.
    """
    life = Life(seed, real=real, tracing=tracing, **world)
    try:
        return life.live()
    except Exception as error:
        story = "\n".join(life.terrain.trace)
        name = "" if isinstance(error, OracleError) else f"{type(error).__name__}: "
        raise OracleError(f"seed {seed}: {name}{error}\n{story}") from error
