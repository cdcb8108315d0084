"""The whole of it: documents are written and filed, a day goes by with all that goes wrong, and then all goes quiet."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from pmtrack.errors import TrackerError
from pmtrack.model import Issue
from support.simulation.board import CALM, WEATHERS, Board, Client
from support.simulation.team import Team
from support.simulation.terrain import START, OracleError, Terrain
from support.soak.daemon import BACKUP, work
from support.soak.ending import Ending, expect
from support.soak.far import BEGIN
from support.soak.figures import Figures, Hour, contents, measure
from support.soak.scale import Scale, configuration
from support.soak.town import Town

HOUR = 3600.0
WEATHER, PATIENCE = HOUR / 2, 3 * HOUR
"""Seconds, on average: how long the tracker is as it is, and until somebody says yes to what waits in a source."""

TRIMMED = 1200.0
"""Seconds of an issue's past that the tracker needs, longer than any of its lists is behind."""

SLEPT = 4 * 24 * HOUR
"""Longer than the daemon remembers deliveries, and than any source goes without being read whole."""

QUIET_RUNS = 8
STILL = ("documents", "items", "links", "intentions", "holds", "history", "digests", "hints")
"""Tables that a quiet run may not touch."""


class Nobody:
    """What the simulation's oracles are told, which look at every link at every commit."""

    def asked_to_create(self, *_given: Any) -> None: ...

    def asked_to_write(self, *_given: Any) -> None: ...


@dataclass(slots=True)
class Noted(Board):
    """A tracker that notes which issues are changed, for its webhooks."""

    touched: list[str] = field(default_factory=list)

    def keep(self, issue: Issue | None, number: str, second: float | None = None) -> None:
        self.touched.append(number)
        Board.keep(self, issue, number, second)


@dataclass(slots=True)
class Story:
    """One run.

    Args:
        folder: where everything lies; an empty one. told: each hour, as soon as it is over.
    """

    folder: Path
    scale: Scale
    told: Callable[[Hour], None] = lambda _hour: None
    terrain: Terrain = field(init=False)
    board: Noted = field(init=False)
    team: Team = field(init=False)
    town: Town = field(init=False)
    figures: Figures = field(init=False)
    counted: Counter[str] = field(default_factory=Counter)
    pipe: Connection = field(init=False)
    client: Client = field(init=False)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.terrain = Terrain(Random(self.scale.seed), (self.scale.begins - START.hour) * HOUR)
        self.board = Noted(self.terrain)
        self.board.witness = Nobody()
        self.team, self.client = Team(self.board), Client(self.board)
        self.town = Town(self.terrain, [self.folder / f"s{number}" for number in range(self.scale.sources)])
        self.figures = Figures(self.scale.warm)

    @property
    def database(self) -> Path:
        return self.folder / "pmtrack.db"

    @property
    def sources(self) -> list[str]:
        return [root.name for root in self.town.roots]

    def tell(self) -> Figures:
        """All of it.

        Raises:
            OracleError: a promise was broken.
        """
        self._write()
        with self._daemon():
            self._file()
            self._live()
            self._go_quiet()
        return self.figures

    # ------------------------------------------------------------ chapters

    def _write(self) -> None:
        text = configuration(self.scale, self.sources)
        (self.folder / "pmtrack.toml").write_text(text, encoding="utf-8")
        self.town.begin(self.scale.documents)

    def _file(self) -> None:
        """Every item gets its issue, with a yes."""
        for name in self.sources:
            self._agree(name)
        expect(len(self.board.issues()) > 0, "nothing was filed")

    def _live(self) -> None:
        start, self.terrain.meanwhile = self.terrain.seconds, self._meanwhile
        for hour in range(self.scale.hours + 1):
            self._measure(hour)
            if hour < self.scale.hours:
                self._until(start + (hour + 1) * HOUR)
                self._forget_the_past()
        self.terrain.meanwhile = None

    def _until(self, end: float) -> None:
        chance = self.terrain.chance
        while self.terrain.seconds < end:
            self.terrain.pass_time(self.scale.tick)
            self.town.mend()
            for acting, times in ((self.town.act, self.scale.authors), (self._touch, self.scale.team)):
                for _ in range(_about(times * self.scale.tick / HOUR, chance)):
                    acting()
            if chance.random() < self.scale.tick / WEATHER:
                self.board.weather = chance.choice(WEATHERS)
            if chance.random() < self.scale.tick / PATIENCE:
                self._agree(chance.choice(self.sources))
            self._order("round")

    def _go_quiet(self) -> None:
        """People rest, and nothing fails any more."""
        self.board.weather, self.board.shut = CALM, 0.0
        self.town.mend(everything=True)
        for _ in range(QUIET_RUNS):
            before, _ = self._still(), [self._agree(name) for name in self.sources]
            if before == self._still():
                break
        else:
            raise OracleError(f"not quiet after {QUIET_RUNS} runs")
        self._sleep_for_days()
        Ending(self.folder, self.board, self.town, self.counted).check()

    def _sleep_for_days(self) -> None:
        """The machine slept: what fell due is told once, all is read again, and then there is nothing to do."""
        self.terrain.pass_time(SLEPT)
        self._order("round")
        before = self._still()
        self.terrain.pass_time(HOUR)
        self._order("round")
        changed = {name for name, what in self._still().items() if what != before[name]}
        expect(not changed, f"a quiet round wrote {changed}")
        self._order("hook", str(UUID(int=0)), [])
        kept = measure(self.database).rows["deliveries"]
        expect(kept == 1, f"{kept} deliveries are remembered, and all but one are older than three days")

    # ------------------------------------------------------------ what is looked at

    def _measure(self, hour: int) -> None:
        expect("pmtrack_items" in self._order("metrics"), "the metrics tell of no items")
        self._back_up()
        held = self._order("held")
        measured = Hour(hour, held, measure(self.database), self._world(), time.monotonic() - self.began)
        self.figures.hours.append(measured)
        self.told(measured)

    def _back_up(self) -> None:
        """A copy that has everything."""
        before, counted = measure(self.database).rows, self._order("backup")
        copied = measure(self.folder / BACKUP, "immutable=1").rows
        expect(copied == before and counted <= before["items"], f"the backup holds {copied}, and not {before}")

    def _world(self) -> Mapping[str, int]:
        """The most rows that there can be, by what exists or did: what is gone is known again when it comes back."""
        items, sources, trackers = self.town.numbers, len(self.town.roots), 1
        return {
            "documents": self.town.made,
            "items": items,
            "links": items,
            "intentions": items // 50,
            "holds": 20 * sources,
            "cursors": sources + trackers,
            "names": 0,
            "requests": 0,  # this tracker has no account whose budget is shared
            "leases": 2 * sources + 1,  # of its syncs and its sweeps; and whoever sends messages has one
            "hints": len(self.board.records),
            "deliveries": self.counted["webhooks"],
        }

    def _still(self) -> dict[str, object]:
        """What a quiet run leaves as it is."""
        rows = contents(self.database, STILL)
        return {**rows, "files": self.town.stamps(), "requests": self.board.asked}

    # ------------------------------------------------------------ what happens meanwhile

    def _meanwhile(self, _moment: str) -> None:
        """Somebody acts while a run is under way."""
        chance = self.terrain.chance
        if chance.random() < 0.01:
            self.counted["acted during a run"] += 1
            chance.choice((self.town.act, self.team.act))()

    def _touch(self) -> None:
        """Somebody acts in the tracker, which tells the daemon of it: once, twice, or not at all."""
        chance = self.terrain.chance
        self.board.touched.clear()
        self.team.act()
        delivery = str(UUID(int=chance.getrandbits(128)))
        for _ in range(chance.choice((0, 1, 1, 2)) if self.board.touched else 0):
            self.counted["webhooks"] += self._order("hook", delivery, self.board.touched)

    def _forget_the_past(self) -> None:
        """The tracker keeps of each issue what its lists may still show."""
        since = self.terrain.seconds - TRIMMED
        for record in self.board.records.values():
            old = [at for at, (second, _) in enumerate(record.versions) if second < since]
            del record.versions[: old[-1] if old else 0]
        self.board.overwritten.clear()

    # ------------------------------------------------------------ the daemon

    @contextmanager
    def _daemon(self) -> Iterator[None]:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self.folder / "pmtrack.toml"), daemon=True)
        process.start()
        theirs.close()
        try:
            yield
        finally:
            self.pipe.close()
            process.join(10)
            process.kill()
            process.join()
            process.close()

    def _agree(self, name: str) -> None:
        self.counted["sync --yes"] += 1
        if problem := self._order("yes", name):
            self.counted["sync --yes failed"] += 1
            self.terrain.tell(problem)

    def _order(self, what: str, *given: Any) -> Any:
        """Have the daemon do something, and be the tracker meanwhile."""
        self.pipe.send((self.terrain.seconds, what, *given))
        while True:
            word, *told = self.pipe.recv()
            if word == "done":
                return told[0]
            if word == "failed":
                raise OracleError(f"{what}: {told[0]}")
            self.pipe.send((self.terrain.seconds, self._answer(*told)))

    def _answer(self, verb: str, given: tuple[Any, ...]) -> Any:
        self.counted[f"asked: {verb}"] += 1
        if verb == BEGIN:
            self.board.new_run()
            self.client = Client(self.board)
            return None
        try:
            return getattr(self.client, verb)(*given)
        except TrackerError as error:
            return error


def _about(times: float, chance: Random) -> int:
    """A whole number that is this on average."""
    return int(times) + (chance.random() < times % 1)
