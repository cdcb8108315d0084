"""A whole run from one integer: people act, time passes, the daemon works and dies, and then all goes quiet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from pmtrack.store.database import Store
from support.simulation.authors import Authors
from support.simulation.board import CALM, WEATHERS, Board
from support.simulation.daemon import RUN_LIMIT, Daemon, open_store
from support.simulation.memory_store import rows
from support.simulation.oracles import Witness
from support.simulation.team import Team
from support.simulation.terrain import OracleError, Shelf, Terrain

STEPS = (30, 60)
QUIET_RUNS = 8
PAUSES = (1.0, 4.0, 9.0, 20.0, 60.0, 300.0, 700.0)


@dataclass(slots=True)
class Life:
    """One world and everybody in it."""

    seed: int
    real: bool = False
    tracing: bool = False
    terrain: Terrain = field(init=False)
    shelf: Shelf = field(init=False)
    board: Board = field(init=False)
    authors: Authors = field(init=False)
    team: Team = field(init=False)
    store: Store = field(init=False)
    daemon: Daemon = field(init=False)
    witness: Witness = field(init=False)
    busy: float = 0.0

    def __post_init__(self) -> None:
        self.terrain = Terrain(Random(self.seed), tracing=self.tracing)
        self.shelf = Shelf(self.terrain)
        self.board = Board(self.terrain, self.terrain.chance.choice(WEATHERS))
        self.authors = Authors(self.terrain, self.shelf, self.board.tickets)
        self.team = Team(self.board)
        self.store = open_store(self.terrain, self._committed, real=self.real)
        self.daemon = Daemon(self.terrain, self.shelf, self.board, self.store)
        self.witness = Witness(self.terrain, self.shelf, self.board, self.authors, self.store)
        self.board.witness = self.witness.asked_to_create
        self.terrain.meanwhile = self._meanwhile

    def live(self) -> Life:
        """All of it.

        Raises:
            OracleError: a promise was broken.
        """
        chance = self.terrain.chance
        self.authors.begin(papers=chance.randint(1, 3), lines=3)
        for _ in range(chance.randint(*STEPS)):
            self.terrain.pass_time(chance.choice(PAUSES))
            chance.choices((self._work, self._author, self._team, self._weather), (5, 5, 4, 0.6))[0]()
        self._go_quiet()
        return self

    def _committed(self) -> None:
        self.witness.committed()

    # ------------------------------------------------------------ what happens in a step

    def _work(self) -> None:
        chance = self.terrain.chance
        fuse = chance.randrange(RUN_LIMIT) if chance.random() < 0.4 else None
        self.busy = chance.choice((0.0, 0.0, 0.05, 0.3))
        held = list(self.store.holds())
        holds = frozenset([chance.choice(held)]) if held and chance.random() < 0.2 else frozenset()
        unseen = set(self.authors.unseen)
        self.witness.run_began = self.terrain.seconds
        if self.daemon.run(yes=chance.random() < 0.15, holds=holds, fuse=fuse):
            self.authors.unseen -= unseen
        self.busy = 0.0
        self.witness.after_run(self.daemon.last)

    def _author(self) -> None:
        self.authors.act()

    def _team(self) -> None:
        self.team.act()

    def _weather(self) -> None:
        self.board.weather = self.terrain.chance.choice(WEATHERS)

    def _meanwhile(self) -> None:
        """Somebody acts while a run is under way."""
        if self.busy and self.terrain.chance.random() < self.busy:
            self.terrain.reached["acted during a run"] += 1
            self.terrain.chance.choice((self._author, self._team))()

    # ------------------------------------------------------------ the end

    def _go_quiet(self) -> None:
        """People rest and nothing fails any more, but the list may lag: the runs come to an end by themselves."""
        chance = self.terrain.chance
        self.board.weather = replace(CALM, lag=chance.choice((0.0, self.board.weather.lag)))
        self.board.shut = 0.0
        yes = chance.random() < 0.5
        for _ in range(QUIET_RUNS):
            self.terrain.pass_time(600.0)
            if self._is_quiet(yes=yes):
                break
        else:
            raise OracleError(f"not quiet after {QUIET_RUNS} runs")
        self.witness.at_the_end()

    def _is_quiet(self, *, yes: bool) -> bool:
        before, wrote = dict(self._rows()), (self.shelf.written, self.board.writes)
        self.witness.run_began = self.terrain.seconds
        self.daemon.run(yes=yes)
        self.witness.after_run(self.daemon.last)
        return before == dict(self._rows()) and wrote == (self.shelf.written, self.board.writes)

    def _rows(self) -> dict[str, object]:
        found = dict(rows(self.store, self.shelf.name))
        return {name: list(value) if isinstance(value, list) else dict(value) for name, value in found.items()}


def live(seed: int, *, real: bool = False, tracing: bool = False) -> Life:
    """Live this seed to its end; a broken promise carries the seed."""
    life = Life(seed, real=real, tracing=tracing)
    try:
        return life.live()
    except Exception as error:
        story = "\n".join(life.terrain.trace)
        name = "" if isinstance(error, OracleError) else f"{type(error).__name__}: "
        raise OracleError(f"seed {seed}: {name}{error}\n{story}") from error
